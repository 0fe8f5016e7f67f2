"""Every service request for an electricity meter, answered by the firmware's own meter."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.load import Bench, through_engine
from dcc_stub.transform import rows
from dcc_stub.user.opening import Opened, Opener
from host.boards.provision import provision_store
from smets.device.device import Device as GbcsDevice
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import roles
from smets.meter import esme, objects_text
from tests.dcc_stub.lab import (
    CHF,
    ESME,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUITE,
    SUPPLIER,
    Hub,
    User,
    commissioned,
    delivered,
    keys,
    make_dcc,
)
from tests.dcc_stub.test_credentials import replacement

PPMID = bytes.fromhex("00db1234567890a4")
DAY = {"ReadLogPeriod": {"StartDateTime": NOW - 86_400, "EndDateTime": NOW}}
CLOCK = {"CurrentDateTime": NOW, "TolerancePeriod": 60}
CREDENTIALS = {
    **replacement(),
    "ReplacementCertificates": {
        "SupplierOrNetworkOperatorCertificates": replacement()["ReplacementCertificates"]
    },
}
# Service request, who asks, its fields, changes to the device in the inventory.
REQUESTS: list[tuple[str, bytes, dict[str, Any], dict[str, Any]]] = [
    ("4.1.1", SUPPLIER, {}, {}),
    ("4.1.1", NETWORK_OPERATOR, {}, {}),
    ("4.1.2", SUPPLIER, {}, {}),
    ("4.1.3", SUPPLIER, {}, {}),
    ("4.2", NETWORK_OPERATOR, {}, {}),
    ("4.6.1", SUPPLIER, DAY, {}),
    ("4.6.2", SUPPLIER, DAY, {}),
    ("4.8.1", SUPPLIER, DAY, {}),
    ("4.8.1", OTHER_USER, DAY, {}),
    ("4.8.2", SUPPLIER, DAY, {}),
    ("4.8.3", NETWORK_OPERATOR, DAY, {}),
    ("4.10", NETWORK_OPERATOR, DAY, {}),
    ("4.11.1", SUPPLIER, {}, {}),
    ("4.11.1", OTHER_USER, {}, {}),
    ("4.13", SUPPLIER, {}, {}),
    ("4.15", SUPPLIER, {}, {}),
    ("4.16", SUPPLIER, {}, {}),
    ("4.17", SUPPLIER, DAY, {}),
    ("4.17", OTHER_USER, DAY, {}),
    ("4.18", SUPPLIER, {}, {}),
    ("6.2.1", NETWORK_OPERATOR, {}, {}),
    ("6.2.2", SUPPLIER, {}, {}),
    ("6.2.3", SUPPLIER, {}, {"smets_chts_version": "SMETS V2.0"}),
    ("6.2.4", SUPPLIER, {}, {}),
    ("6.2.4", OTHER_USER, {}, {"smets_chts_version": "SMETS V2.0"}),
    ("6.2.5", SUPPLIER, {}, {}),
    ("6.2.7", SUPPLIER, {}, {}),
    ("6.2.9", SUPPLIER, {}, {}),
    ("6.11", SUPPLIER, CLOCK, {}),
    ("6.12", SUPPLIER, {"LowMediumPowerThreshold": 500, "MediumHighPowerThreshold": 900}, {}),
    ("6.13", SUPPLIER, {**DAY, "LogToRead": "Event"}, {}),
    ("6.13", SUPPLIER, {**DAY, "LogToRead": "Security"}, {}),
    ("6.15.1", SUPPLIER, CREDENTIALS, {}),
    ("6.20.1", SUPPLIER, {"ImportMPANs": {"ImportMPAN": "1312345678111"}}, {}),
    ("6.20.2", SUPPLIER, {"ExportMPAN": "1312345678333"}, {}),
    ("6.24.1", SUPPLIER, {"RemotePartyRole": ("Supplier", "NetworkOperator", "ACB")}, {}),
    ("7.1", SUPPLIER, {}, {}),
    ("7.2", SUPPLIER, {}, {}),
    ("7.3", SUPPLIER, {}, {}),
    ("7.4", SUPPLIER, {}, {}),
    ("8.1.1", SUPPLIER, CLOCK, {"status": Status.WHITELISTED}),
    ("11.2", SUPPLIER, {}, {}),
]
COUNTERS = itertools.count(1_800_000_000_000)
# Codes of commands to an electricity meter that its firmware does not have yet.
NOT_IN_THE_FIRMWARE = {
    *(0x0024, 0x00C1, 0x002D, 0x0030, 0x0034, 0x00BC, 0x00C6, 0x00D9, 0x00B9, 0x00FD, 0x00BA),
    *(0x011B, 0x0103),
}
# Joins need something to join with: a test of their own.
JOINS = {0x000D, 0x000F, 0x0013}


def make_meter() -> GbcsDevice:
    flash = RamFlash()
    provision_store(Store(flash), keys(), ESME, roles.ESME)
    meter = esme.create(ESME, SUITE, flash, objects_text.tables)
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


def ask(
    dcc: DccStub, meter: GbcsDevice, party: bytes, variant: str, fields: dict[str, Any]
) -> Opened:
    """A request, from the user's signature to the meter's answer in words."""
    user, hub = User(party), Hub(dcc)
    user.counter = next(COUNTERS)
    request = user.request(variant, fields=fields)
    answered = user.ask(dcc, request)
    if request.command_variant == 4:
        answered = user.ask(dcc, user.sign_pre_command(request, answered))
    assert answered.code == "I99"
    ((_, command),) = hub.take()
    reply = meter.receive(command.encode(), NOW)
    assert reply is not None, [vars(refusal) for refusal in meter.refusals()]
    hub.bring(ESME, reply)
    ((receiver, response),) = delivered(dcc)
    assert (receiver, response.code) == (party, "I0")
    return Opener(keys(), SUITE, party).open(response.gbcs_message or b"")


@pytest.mark.parametrize(
    ("variant", "party", "fields", "changes"),
    REQUESTS,
    ids=[f"{row[0]}-{row[1].hex()[-5:]}-{number}" for number, row in enumerate(REQUESTS)],
)
def test_the_meter_answers(dcc: DccStub, meter: GbcsDevice, variant, party, fields, changes):
    commissioned(dcc, **changes)
    opened = ask(dcc, meter, party, variant, fields)
    assert opened.succeeded, opened.results
    assert opened.results


def test_every_command_to_a_meter_is_asked_here():
    asked = {variant for variant, *_ in REQUESTS}
    for row in rows.ROWS:
        asked_elsewhere = row.message_code in NOT_IN_THE_FIRMWARE | JOINS
        if "ESME" in row.device_types and not asked_elsewhere:
            # A meter holds its supplier's certificates from the start, so none is handed over.
            assert row.variant in asked | {"6.21"}


def test_a_meter_is_joined_with_a_display_and_parted_from_it():
    meter, dcc = make_meter(), commissioned(make_dcc())
    dcc.store.inventory.put(Device(PPMID, "PPMID", Status.WHITELISTED, hub=CHF))
    other = {"OtherDeviceID": PPMID}
    display = {"DeviceID": PPMID.hex("-").upper(), "DeviceType": "PPMID"}
    assert ask(dcc, meter, SUPPLIER, "8.7.1", other).succeeded
    (log,) = ask(dcc, meter, SUPPLIER, "8.9", {}).results
    assert log["value"] == [display]
    assert dcc.store.inventory.joined_with(ESME) == [PPMID]
    assert ask(dcc, meter, SUPPLIER, "8.8.1", other).succeeded
    assert not ask(dcc, meter, SUPPLIER, "8.8.1", other).succeeded
    assert dcc.store.inventory.joined_with(ESME) == []


def test_what_is_set_is_read_back():
    meter, dcc = make_meter(), commissioned(make_dcc())

    def value(name: str, variant: str, fields: dict[str, Any] | None = None) -> Any:
        results = ask(dcc, meter, SUPPLIER, variant, fields or {}).results
        return next(each["value"] for each in results if each["name"] == name)

    thresholds = {"LowMediumPowerThreshold": 1234, "MediumHighPowerThreshold": 5678}
    ask(dcc, meter, SUPPLIER, "6.12", thresholds)
    assert value("InstantaneousPowerThresholds", "6.2.5") == [1234, 5678]
    ask(dcc, meter, SUPPLIER, "6.20.1", {"ImportMPANs": {"ImportMPAN": "1312345678111"}})
    assert value("ImportMPAN", "6.2.7") == "1312345678111"
    ask(dcc, meter, SUPPLIER, "7.2", {})
    assert value("SupplyState", "7.4") == "disconnected"
    ask(dcc, meter, SUPPLIER, "7.1", {})
    assert value("SupplyState", "7.4") == "connected"
    half_hours = value("ActiveImportProfile", "4.8.1", DAY)
    assert len(half_hours) in {48, 49}
    assert sum(row["ActiveImport Wh"] for row in half_hours) > 0


def test_a_replayed_command_gets_no_answer():
    meter, dcc = make_meter(), commissioned(make_dcc())
    user = User()
    request = user.request("7.2")
    user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
    ((_, command),) = Hub(dcc).take()
    assert meter.receive(command.encode(), NOW) is not None
    assert meter.receive(command.encode(), NOW) is None


def test_a_load_of_reads_is_answered_by_meters():
    meter, dcc = make_meter(), commissioned(make_dcc())
    bench = Bench(dcc, keys(), SUITE, SUPPLIER, CHF, {ESME: meter.receive}, lambda: NOW)
    assert through_engine(bench, rounds=3).requests == 3


def test_a_meter_in_the_dccs_control_is_handed_over_and_commissioned():
    flash = RamFlash()
    provision_store(Store(flash), keys(), ESME, roles.ESME, dcc_controlled=True)
    meter = esme.create(ESME, SUITE, flash, objects_text.tables)
    meter.poll(NOW)
    dcc = commissioned(make_dcc(), status=Status.WHITELISTED)
    opened = ask(dcc, meter, SUPPLIER, "6.21", replacement())
    assert {each["result"] for each in opened.results} == {"success"}
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) == SUPPLIER
    assert ask(dcc, meter, SUPPLIER, "8.1.1", CLOCK).succeeded
    device = dcc.store.inventory.find(ESME)
    assert device is not None
    assert device.status is Status.COMMISSIONED
    assert ask(dcc, meter, SUPPLIER, "4.1.1", {}).succeeded
