"""Every service request for an electricity meter, answered by the firmware's own meter."""

from __future__ import annotations

from typing import Any

import pytest

from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.load import Bench, through_engine
from dcc_stub.transform import rows
from host.boards.provision import provision_store
from smets.device.device import Device as GbcsDevice
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import roles
from smets.meter import esme, objects_text
from tests.dcc_stub.asking import CREDENTIALS, ask_meter, electricity_meter, names, value_of
from tests.dcc_stub.lab import (
    CHF,
    CLOCK,
    DAY,
    ESME,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUITE,
    SUPPLIER,
    Hub,
    User,
    commissioned,
    keys,
    make_dcc,
)
from tests.dcc_stub.test_credentials import replacement

PPMID = bytes.fromhex("00db1234567890a4")
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
# Codes of commands to an electricity meter that its firmware does not have yet.
NOT_IN_THE_FIRMWARE = {
    *(0x0024, 0x00C1, 0x002D, 0x0030, 0x0034, 0x00BC, 0x00C6, 0x00D9, 0x00B9, 0x00FD, 0x00BA),
    *(0x011B, 0x0103),
}
# Joins need something to join with: a test of their own.
JOINS = {0x000D, 0x000F, 0x0013}


@pytest.fixture(scope="module")
def meter() -> GbcsDevice:
    return electricity_meter()


@pytest.mark.parametrize(
    ("variant", "party", "fields", "changes"),
    REQUESTS,
    ids=names(REQUESTS),
)
def test_the_meter_answers(dcc: DccStub, meter: GbcsDevice, variant, party, fields, changes):
    commissioned(dcc, **changes)
    opened = ask_meter(dcc, meter, party, variant, fields)
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
    meter, dcc = electricity_meter(), commissioned(make_dcc())
    dcc.store.inventory.put(Device(PPMID, "PPMID", Status.WHITELISTED, hub=CHF))
    other = {"OtherDeviceID": PPMID}
    display = {"DeviceID": PPMID.hex("-").upper(), "DeviceType": "PPMID"}
    assert ask_meter(dcc, meter, SUPPLIER, "8.7.1", other).succeeded
    (log,) = ask_meter(dcc, meter, SUPPLIER, "8.9", {}).results
    assert log["value"] == [display]
    assert dcc.store.inventory.joined_with(ESME) == [PPMID]
    assert ask_meter(dcc, meter, SUPPLIER, "8.8.1", other).succeeded
    assert not ask_meter(dcc, meter, SUPPLIER, "8.8.1", other).succeeded
    assert dcc.store.inventory.joined_with(ESME) == []


def test_what_is_set_is_read_back():
    meter, dcc = electricity_meter(), commissioned(make_dcc())
    thresholds = {"LowMediumPowerThreshold": 1234, "MediumHighPowerThreshold": 5678}
    ask_meter(dcc, meter, SUPPLIER, "6.12", thresholds)
    assert value_of(dcc, meter, "InstantaneousPowerThresholds", "6.2.5") == [1234, 5678]
    ask_meter(dcc, meter, SUPPLIER, "6.20.1", {"ImportMPANs": {"ImportMPAN": "1312345678111"}})
    assert value_of(dcc, meter, "ImportMPAN", "6.2.7") == "1312345678111"
    ask_meter(dcc, meter, SUPPLIER, "7.2", {})
    assert value_of(dcc, meter, "SupplyState", "7.4") == "disconnected"
    ask_meter(dcc, meter, SUPPLIER, "7.1", {})
    assert value_of(dcc, meter, "SupplyState", "7.4") == "connected"
    half_hours = value_of(dcc, meter, "ActiveImportProfile", "4.8.1", DAY)
    assert len(half_hours) in {48, 49}
    assert sum(row["ActiveImport Wh"] for row in half_hours) > 0


def test_a_replayed_command_gets_no_answer():
    meter, dcc = electricity_meter(), commissioned(make_dcc())
    user = User()
    request = user.request("7.2")
    user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
    ((_, command),) = Hub(dcc).take()
    assert meter.receive(command.encode(), NOW) is not None
    assert meter.receive(command.encode(), NOW) is None


def test_a_load_of_reads_is_answered_by_meters():
    meter, dcc = electricity_meter(), commissioned(make_dcc())
    bench = Bench(dcc, keys(), SUITE, SUPPLIER, CHF, {ESME: meter.receive}, lambda: NOW)
    assert through_engine(bench, rounds=3).requests == 3


def test_a_meter_in_the_dccs_control_is_handed_over_and_commissioned():
    flash = RamFlash()
    provision_store(Store(flash), keys(), ESME, roles.ESME, dcc_controlled=True)
    meter = esme.create(ESME, SUITE, flash, objects_text.tables)
    meter.poll(NOW)
    dcc = commissioned(make_dcc(), status=Status.WHITELISTED)
    opened = ask_meter(dcc, meter, SUPPLIER, "6.21", replacement())
    assert {each["result"] for each in opened.results} == {"success"}
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) == SUPPLIER
    assert ask_meter(dcc, meter, SUPPLIER, "8.1.1", CLOCK).succeeded
    device = dcc.store.inventory.find(ESME)
    assert device is not None
    assert device.status is Status.COMMISSIONED
    assert ask_meter(dcc, meter, SUPPLIER, "4.1.1", {}).succeeded
