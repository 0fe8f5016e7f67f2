"""The hub's own functions as GBCS devices: the CHF with the device log, and the GPF."""

from host.hub.chf import ChfObjects, NoObjects
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.local_device import LocalDevices
from host.hub.local_flash import LocalFlash
from keys.suite import Suite
from smets.device.device import Device
from smets.device.store import Store
from smets.gbcs import use_cases_text
from smets.gbcs.roles import CHF, GPF


def store_of(database: Database, eui: str) -> Store:
    """Where a function keeps its keys, trust anchors and counters; used in a transaction."""
    return Store(LocalFlash(database, eui))


def make(database: Database, device_log: DeviceLog, chf: str, gpf: str) -> LocalDevices:
    """Both functions by EUI-64, on stores that have been provisioned."""
    return {
        chf: lambda: _device(database, chf, CHF, ChfObjects(device_log)),
        gpf: lambda: _device(database, gpf, GPF, NoObjects()),
    }


def _device(database: Database, eui: str, device_type: int, objects: NoObjects) -> Device:
    store = store_of(database, eui)
    return Device(bytes.fromhex(eui), device_type, Suite(), store, use_cases_text.load(), objects)
