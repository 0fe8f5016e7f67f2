"""Every service request for a gas meter, answered by the firmware's own gas meter."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.transform import rows
from dcc_stub.user.opening import Opened, Opener
from host.boards.provision import provision_store
from keys import parties
from smets.device.device import Device as GbcsDevice
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import roles
from smets.meter import gsme, gsme_objects_text
from tests.dcc_stub.lab import (
    CHF,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUITE,
    SUPPLIER,
    Hub,
    User,
    delivered,
    keys,
    make_dcc,
)
from tests.dcc_stub.test_credentials import replacement

GSME = parties.GSME.eui
GPF = parties.GPF.eui
MPRN = "1000999888"
DAY = {"ReadLogPeriod": {"StartDateTime": NOW - 86_400, "EndDateTime": NOW}}
CLOCK = {"CurrentDateTime": NOW, "TolerancePeriod": 60}
CREDENTIALS = {
    **replacement(),
    "ReplacementCertificates": {
        "SupplierOrNetworkOperatorCertificates": replacement()["ReplacementCertificates"]
    },
}
OLD = {"smets_chts_version": "SMETS V2.0"}
# Service request, who asks, its fields, changes to the device in the inventory.
REQUESTS: list[tuple[str, bytes, dict[str, Any], dict[str, Any]]] = [
    ("8.1.1", SUPPLIER, CLOCK, {"status": Status.WHITELISTED}),
    ("3.3", SUPPLIER, {}, {}),
    ("4.1.1", SUPPLIER, {}, {}),
    ("4.1.1", NETWORK_OPERATOR, {}, {}),
    ("4.1.2", SUPPLIER, {}, {}),
    ("4.1.4", SUPPLIER, {}, {}),
    ("4.3", SUPPLIER, {}, {}),
    ("4.4.3", SUPPLIER, DAY, {}),
    ("4.6.1", SUPPLIER, DAY, {}),
    ("4.8.1", SUPPLIER, DAY, {}),
    ("4.8.1", NETWORK_OPERATOR, DAY, {}),
    ("4.8.1", OTHER_USER, DAY, {}),
    ("4.10", SUPPLIER, DAY, {}),
    ("4.11.1", SUPPLIER, {}, {}),
    ("4.14", SUPPLIER, DAY, {}),
    ("4.18", SUPPLIER, {}, {}),
    ("4.18", SUPPLIER, {}, OLD),
    ("6.2.3", SUPPLIER, {}, {}),
    ("6.2.3", SUPPLIER, {}, {"smets_chts_version": "SMETS V1.58"}),
    ("6.2.4", SUPPLIER, {}, {}),
    ("6.2.4", OTHER_USER, {}, OLD),
    ("6.2.7", SUPPLIER, {}, {}),
    ("6.2.8", SUPPLIER, {}, {}),
    ("6.2.9", SUPPLIER, {}, {}),
    ("6.11", SUPPLIER, CLOCK, {}),
    ("6.13", SUPPLIER, {**DAY, "LogToRead": "Event"}, {}),
    ("6.13", SUPPLIER, {**DAY, "LogToRead": "Security"}, {}),
    ("6.15.1", SUPPLIER, CREDENTIALS, {}),
    ("6.20.1", SUPPLIER, {"ImportMPRN": MPRN}, {}),
    ("6.24.1", SUPPLIER, {"RemotePartyRole": ("Supplier", "NetworkOperator", "ACB")}, {}),
    ("7.2", SUPPLIER, {}, {}),
    ("7.3", SUPPLIER, {}, {}),
    ("7.4", SUPPLIER, {}, {}),
    ("8.7.2", SUPPLIER, {"OtherDeviceID": GPF}, {}),
    ("8.9", SUPPLIER, {}, {}),
    ("8.8.2", SUPPLIER, {"OtherDeviceID": GPF}, {}),
    ("11.2", SUPPLIER, {}, {}),
]
COUNTERS = itertools.count(1_900_000_000_000)
# A meter holds its supplier's certificates from the start, so none is handed over; a join by
# certificate needs a display.
ELSEWHERE = {"6.21", "8.7.1", "8.8.1"}


def make_meter() -> GbcsDevice:
    flash = RamFlash()
    provision_store(Store(flash), keys(), GSME, roles.GSME)
    meter = gsme.create(GSME, SUITE, flash, gsme_objects_text.tables)
    for now in range(NOW - 3 * 86_400, NOW, 1800):
        meter.poll(now)
    return meter


@pytest.fixture(scope="module")
def meter() -> GbcsDevice:
    return make_meter()


@pytest.fixture(scope="module")
def dcc() -> DccStub:
    """One DCC for the meter, whose replay counters only grow."""
    return make_dcc()


def install(dcc: DccStub, **changes: object) -> DccStub:
    """With the gas meter in the inventory, in use unless the changes say otherwise."""
    device = Device(GSME, "GSME", Status.COMMISSIONED, hub=CHF)
    dcc.store.inventory.put(Device(**{**device.__dict__, **changes}))
    dcc.store.inventory.put(Device(GPF, "GPF", Status.INSTALLED_NOT_COMMISSIONED, hub=CHF))
    return dcc


def ask(
    dcc: DccStub, meter: GbcsDevice, party: bytes, variant: str, fields: dict[str, Any]
) -> Opened:
    """A request, from the user's signature to the meter's answer in words."""
    user, hub = User(party), Hub(dcc)
    user.counter = next(COUNTERS)
    request = user.request(variant, GSME, fields)
    answered = user.ask(dcc, request)
    if request.command_variant == 4:
        answered = user.ask(dcc, user.sign_pre_command(request, answered))
    assert answered.code == "I99"
    ((_, command),) = hub.take()
    reply = meter.receive(command.encode(), NOW)
    assert reply is not None, [vars(refusal) for refusal in meter.refusals()]
    hub.bring(GSME, reply)
    ((receiver, response),) = delivered(dcc)
    assert (receiver, response.code) == (party, "I0")
    return Opener(keys(), SUITE, party).open(response.gbcs_message or b"")


@pytest.mark.parametrize(
    ("variant", "party", "fields", "changes"),
    REQUESTS,
    ids=[f"{row[0]}-{row[1].hex()[-5:]}-{number}" for number, row in enumerate(REQUESTS)],
)
def test_the_meter_answers(dcc: DccStub, meter: GbcsDevice, variant, party, fields, changes):
    install(dcc, **changes)
    opened = ask(dcc, meter, party, variant, fields)
    assert opened.succeeded, opened.results
    assert opened.results


def test_every_command_to_a_gas_meter_is_asked_here():
    asked = {variant for variant, *_ in REQUESTS}
    for row in rows.ROWS:
        if "GSME" in row.device_types:
            assert row.variant in asked | ELSEWHERE, row


def test_what_is_set_is_read_back_and_the_register_is_the_sum_of_the_profile():
    meter, dcc = make_meter(), install(make_dcc())

    def value(name: str, variant: str, fields: dict[str, Any] | None = None) -> Any:
        results = ask(dcc, meter, SUPPLIER, variant, fields or {}).results
        return next(each["value"] for each in results if each["name"] == name)

    ask(dcc, meter, SUPPLIER, "6.20.1", {"ImportMPRN": MPRN})
    assert value("MPRN", "6.2.7") == MPRN
    ask(dcc, meter, SUPPLIER, "7.2", {})
    assert value("SupplyState", "7.4") == "off"
    ask(dcc, meter, SUPPLIER, "7.3", {})
    assert value("SupplyState", "7.4") == "armed"
    whole = {"ReadLogPeriod": {"StartDateTime": NOW - 3 * 86_400, "EndDateTime": NOW}}
    samples = value("ProfileDataLog", "4.8.1", whole)
    used = sum(row["Consumption dm3"] for row in samples)
    assert used > 0
    assert value("ConsumptionRegister", "4.1.1") == pytest.approx(used / 1000)
    days = value("DailyReadLog", "4.6.1", whole)
    assert {row["Time"][11:] for row in days} == {"00:00:00Z"}


def test_a_gas_meter_is_commissioned_by_its_clock():
    meter, dcc = make_meter(), install(make_dcc(), status=Status.WHITELISTED)
    late = {"CurrentDateTime": NOW + 3600, "TolerancePeriod": 60}
    assert ask(dcc, meter, SUPPLIER, "8.1.1", late).results[1]["value"] != "reliable"
    device = dcc.store.inventory.find(GSME)
    assert device is not None
    assert device.status is Status.INSTALLED_NOT_COMMISSIONED
    assert ask(dcc, meter, SUPPLIER, "8.1.1", CLOCK).results[1]["value"] == "reliable"
    device = dcc.store.inventory.find(GSME)
    assert device is not None
    assert (device.status, device.commissioned) == (Status.COMMISSIONED, NOW)
