"""Requests that a device answers by itself: the meters of the firmware, the functions of a hub."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from dcc_stub.engine import DccStub
from dcc_stub.user.opening import Opened, Opener
from host.boards.provision import provision_store
from smets.codec.table import Table
from smets.device.device import Device
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import roles
from smets.meter import esme, gsme, gsme_objects_text, objects_text
from tests.dcc_stub.lab import ESME, GSME, NOW, SUITE, SUPPLIER, Hub, User, delivered, keys, send
from tests.dcc_stub.test_credentials import replacement

# Every device's counters only grow, whoever asks it.
COUNTERS = itertools.count(1_800_000_000_000)
# of a meter's supplier
CREDENTIALS = {
    **replacement(),
    "ReplacementCertificates": {
        "SupplierOrNetworkOperatorCertificates": replacement()["ReplacementCertificates"]
    },
}


def electricity_meter() -> Device:
    """One that has measured for three days."""
    return _run(esme.create, ESME, roles.ESME, objects_text.tables)


def gas_meter() -> Device:
    """The same for gas."""
    return _run(gsme.create, GSME, roles.GSME, gsme_objects_text.tables)


def _run(
    create: Callable[..., Device], eui: bytes, role: int, tables: Callable[[str], Table]
) -> Device:
    flash = RamFlash()
    provision_store(Store(flash), keys(), eui, role)
    meter = create(eui, SUITE, flash, tables)
    for now in range(NOW - 3 * 86_400, NOW, 1800):
        meter.poll(now)
    return meter


def ask(
    dcc: DccStub,
    target: bytes,
    receive: Callable[[bytes], bytes],
    party: bytes,
    variant: str,
    fields: dict[str, Any],
) -> Opened:
    """A request, from the user's signature to the device's answer in words."""
    user = User(party)
    user.counter = next(COUNTERS)
    command = send(dcc, user, variant, target, fields)
    Hub(dcc).bring(target, receive(command.encode()))
    ((receiver, response),) = delivered(dcc)
    assert (receiver, response.code) == (party, "I0")
    return Opener(keys(), SUITE, party).open(response.gbcs_message or b"")


def ask_meter(
    dcc: DccStub, meter: Device, party: bytes, variant: str, fields: dict[str, Any]
) -> Opened:
    """The same of a meter, which says why if it gives no answer."""

    def receive(command: bytes) -> bytes:
        reply = meter.receive(command, NOW)
        assert reply is not None, [vars(refusal) for refusal in meter.refusals()]
        return reply

    return ask(dcc, meter.eui, receive, party, variant, fields)


def value_of(
    dcc: DccStub, meter: Device, name: str, variant: str, fields: dict[str, Any] | None = None
) -> Any:
    """The value of that name which the meter answers its supplier."""
    results = ask_meter(dcc, meter, SUPPLIER, variant, fields or {}).results
    return next(each["value"] for each in results if each["name"] == name)


def names(requests: list[tuple[Any, ...]]) -> list[str]:
    """Of tests of requests that begin with the service request and who asks."""
    return [f"{row[0]}-{row[1].hex()[-5:]}-{number}" for number, row in enumerate(requests)]
