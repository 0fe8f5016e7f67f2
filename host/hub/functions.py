"""The hub's own functions as GBCS devices: the CHF with the device log, and the GPF."""

from host.hub.chf import ChfObjects, Identity
from host.hub.chf_alerts import Chf
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.event_log import EVENTS, SECURITY, EventLog
from host.hub.gpf import GpfObjects
from host.hub.gpf_alerts import Gpf
from host.hub.local_device import LocalDevices
from host.hub.local_flash import LocalFlash
from keys.suite import Suite
from smets.device.store import Store
from smets.gbcs import use_cases_text
from smets.gbcs.roles import CHF, GPF


def store_of(database: Database, eui: str) -> Store:
    """Where a function keeps its keys, trust anchors and counters; used in a transaction."""
    return Store(LocalFlash(database, eui))


def make(database: Database, device_log: DeviceLog, chf: str, gpf: str) -> LocalDevices:
    """Both functions by EUI-64, on stores that have been provisioned.

    The HAN has the GPF's identifier unless it is another hub's (CCS03).
    """
    if not any(device_log.keys.extended_pan_id):
        with database.transaction():
            device_log.keys.extended_pan_id = bytes.fromhex(gpf)
    return {
        chf: lambda: make_chf(database, device_log, Identity(bytes.fromhex(chf))),
        gpf: lambda: make_gpf(database, device_log, gpf),
    }


def event_log(database: Database, function: str) -> EventLog:
    """The event log of "chf" or "gpf"."""
    return EventLog(database, f"{function} events", EVENTS)


def security_log(database: Database, function: str) -> EventLog:
    """The security log of "chf" or "gpf"."""
    return EventLog(database, f"{function} security", SECURITY)


def chf_objects(database: Database, device_log: DeviceLog, identity: Identity) -> ChfObjects:
    """What the CHF has behind its commands."""
    logs = event_log(database, "chf"), security_log(database, "chf")
    return ChfObjects(identity, device_log, *logs)


def gpf_objects(database: Database, device_log: DeviceLog, eui: str) -> GpfObjects:
    """What the GPF has behind its commands."""
    logs = event_log(database, "gpf"), security_log(database, "gpf")
    return GpfObjects(eui, device_log, device_log.mirror, *logs)


def make_chf(database: Database, device_log: DeviceLog, identity: Identity) -> Chf:
    """The CHF as its store and the device log say."""
    objects = chf_objects(database, device_log, identity)
    store = store_of(database, identity.eui.hex())
    return Chf(identity.eui, CHF, Suite(), store, use_cases_text.load(), objects)


def make_gpf(database: Database, device_log: DeviceLog, eui: str) -> Gpf:
    """The GPF as its store, the device log and the mirror say."""
    objects = gpf_objects(database, device_log, eui)
    store = store_of(database, eui)
    return Gpf(bytes.fromhex(eui), GPF, Suite(), store, use_cases_text.load(), objects)
