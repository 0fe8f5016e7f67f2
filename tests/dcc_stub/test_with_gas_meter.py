"""Every service request for a gas meter, answered by the firmware's own gas meter."""

from __future__ import annotations

from typing import Any

import pytest

from dcc_stub.engine import DccStub
from dcc_stub.inventory.status import Status
from dcc_stub.transform import rows
from smets.device.device import Device as GbcsDevice
from tests.dcc_stub.asking import CREDENTIALS, ask_meter, gas_meter, names, value_of
from tests.dcc_stub.lab import (
    CLOCK,
    DAY,
    GPF,
    GSME,
    MPRN,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUPPLIER,
    gas_commissioned,
    make_dcc,
)

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
# A meter holds its supplier's certificates from the start, so none is handed over; a join by
# certificate needs a display.
ELSEWHERE = {"6.21", "8.7.1", "8.8.1"}


@pytest.fixture(scope="module")
def meter() -> GbcsDevice:
    return gas_meter()


@pytest.mark.parametrize(
    ("variant", "party", "fields", "changes"),
    REQUESTS,
    ids=names(REQUESTS),
)
def test_the_meter_answers(dcc: DccStub, meter: GbcsDevice, variant, party, fields, changes):
    gas_commissioned(dcc, **changes)
    opened = ask_meter(dcc, meter, party, variant, fields)
    assert opened.succeeded, opened.results
    assert opened.results


def test_every_command_to_a_gas_meter_is_asked_here():
    asked = {variant for variant, *_ in REQUESTS}
    for row in rows.ROWS:
        if "GSME" in row.device_types:
            assert row.variant in asked | ELSEWHERE, row


def test_what_is_set_is_read_back_and_the_register_is_the_sum_of_the_profile():
    meter, dcc = gas_meter(), gas_commissioned(make_dcc())
    ask_meter(dcc, meter, SUPPLIER, "6.20.1", {"ImportMPRN": MPRN})
    assert value_of(dcc, meter, "MPRN", "6.2.7") == MPRN
    ask_meter(dcc, meter, SUPPLIER, "7.2", {})
    assert value_of(dcc, meter, "SupplyState", "7.4") == "off"
    ask_meter(dcc, meter, SUPPLIER, "7.3", {})
    assert value_of(dcc, meter, "SupplyState", "7.4") == "armed"
    whole = {"ReadLogPeriod": {"StartDateTime": NOW - 3 * 86_400, "EndDateTime": NOW}}
    samples = value_of(dcc, meter, "ProfileDataLog", "4.8.1", whole)
    used = sum(row["Consumption dm3"] for row in samples)
    assert used > 0
    assert value_of(dcc, meter, "ConsumptionRegister", "4.1.1") == pytest.approx(used / 1000)
    days = value_of(dcc, meter, "DailyReadLog", "4.6.1", whole)
    assert {row["Time"][11:] for row in days} == {"00:00:00Z"}


def test_a_gas_meter_is_commissioned_by_its_clock():
    meter, dcc = gas_meter(), gas_commissioned(make_dcc(), status=Status.WHITELISTED)
    late = {"CurrentDateTime": NOW + 3600, "TolerancePeriod": 60}
    assert ask_meter(dcc, meter, SUPPLIER, "8.1.1", late).results[1]["value"] != "reliable"
    device = dcc.store.inventory.find(GSME)
    assert device is not None
    assert device.status is Status.INSTALLED_NOT_COMMISSIONED
    assert ask_meter(dcc, meter, SUPPLIER, "8.1.1", CLOCK).results[1]["value"] == "reliable"
    device = dcc.store.inventory.find(GSME)
    assert device is not None
    assert (device.status, device.commissioned) == (Status.COMMISSIONED, NOW)
