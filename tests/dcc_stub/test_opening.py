"""Public responses opened by the party they are for: checked, decrypted, in named values."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dcc_stub.transform import rows
from dcc_stub.user import gbz_values, values, zcl_values
from dcc_stub.user.opening import Opened, Opener
from keys.errors import NotHeldError
from keys.suite import Suite
from smets.codec.errors import AuthenticationError, DecodeError, SmetsError
from smets.gbcs import use_cases_text
from smets.gbcs.message import Message
from smets.zigbee import clusters_text
from smets.zigbee.zcl import Frame
from tests.dcc_stub.public_data import rtds_keys
from tests.outside import outside_data

SUPPLIER = bytes.fromhex("90b3d51f30010000")
ALERTS = {0x0018, 0x008B, 0x00B2, 0x00CB, 0x00CC, 0x00CD, 0x00CF, 0x00F2, 0x0120, 0x0128}
GENERIC_ALERTS = {0x1000, 0x1001}
CODES = {row.message_code for row in rows.ROWS} | ALERTS | GENERIC_ALERTS


@cache
def messages() -> dict[str, bytes]:
    """The responses and alerts of the use cases that this DCC offers."""
    found = {}
    folder = outside_data("rtds", "RTDS-4.5.0")
    paths = [*folder.glob("*/*_RESPONSE_GBCS.HEX"), *folder.glob("*/*_ALERT*_GBCS.HEX")]
    for path in sorted(paths):
        octets = bytes.fromhex(path.read_text())
        if Message.decode(octets).header.message_code in CODES:
            found[path.name.removesuffix("_GBCS.HEX")] = octets
    return found


@cache
def expected() -> dict[str, dict[str, Any]]:
    lines = Path(outside_data("rtds", "expected.jsonl")).read_text().splitlines()
    return {entry["name"]: entry["expected"] for entry in map(json.loads, lines)}


def opened(name: str) -> Opened:
    octets = messages()[name]
    header = Message.decode(octets).header
    party = header.supplementary_remote_party or header.recipient
    return Opener(rtds_keys(), Suite(), party).open(octets)


def test_all_are_opened_and_decrypt_as_others_decrypt_them(capsys: pytest.CaptureFixture[str]):
    decrypted = 0
    for name in messages():
        message = opened(name)
        assert message.checked
        assert message.results
        theirs = [bytes.fromhex(each) for each in expected()[name].get("decrypted") or []]
        assert list(message.plaintexts) == theirs
        decrypted += len(theirs)
        json.dumps(message.as_json())
    assert len(messages()) >= 250
    assert decrypted >= 32
    with capsys.disabled():
        print(
            f"\nRTDS responses and alerts opened: {len(messages())}, parts decrypted: {decrypted}"
        )


def test_success_and_error_cases_are_told_apart():
    told = {name: opened(name).succeeded for name in messages()}
    assert all(success for name, success in told.items() if "_SUCCESS_" in name)
    failed = [name for name, success in told.items() if not success]
    # The response to a future dated command is well; its alert tells of the failure.
    assert {name for name in told if "_ERROR_" in name} - set(failed) == {
        "CS02bSupplierBySupplier_6.15.1_FUTURE_DATED_ERROR_RESPONSE"
    }


@pytest.mark.parametrize(
    ("name", "values_there"),
    [
        (
            "ECS17b_4.1.1_SINGLE_SUCCESS_RESPONSE",
            {
                "ImportRegisters": {
                    "ActiveImport": {"value": 10, "unit": "Wh"},
                    "ReactiveImport": {"value": 10, "unit": "varh"},
                }
            },
        ),
        ("ECS17a_4.2_SUCCESS_RESPONSE", {"ActiveExportRegister": 10}),
        ("ECS45_7.4_SUCCESS_RESPONSE", {"SupplyState": "connected"}),
        ("ECS26m_6.2.4_SUCCESS_RESPONSE", {"ESMEVariant": "B", "Model": "ATGTypeX"}),
        ("ECS70_6.11_SUCCESS_RESPONSE", {"Clock": "2015-01-01T00:00:00Z", "ClockStatus": 0}),
        ("ECS24_4.11.1_SUCCESS_RESPONSE", {"ActiveTariffPrice": 0.00001}),
        ("ECS26f_6.2.5_SUCCESS_RESPONSE", {"InstantaneousPowerThresholds": [2300, 4600]}),
        (
            "GCS13a_4.1.1_SUCCESS_RELIABLE_GSME_RESPONSE",
            {"UnitOfMeasure": "m3", "ConsumptionRegister": 12.345},
        ),
        ("GCS14_4.3_SUCCESS_RELIABLE_GPF_RESPONSE", {"MeterBalance": 2500000, "Currency": 826}),
        ("GCS21m_6.2.4_SUCCESS_RESPONSE", {"Manufacturer": "1234", "Model": "12345678"}),
        (
            "GCS28_6.11_SUCCESS_RESPONSE",
            {"Clock": "2014-12-31T23:30:00Z", "ClockStatus": "reliable"},
        ),
        ("GCS32_7.2_SUCCESS_RESPONSE", {"SupplyState": "off"}),
        ("GCS33_7.4_SUCCESS_RESPONSE", {"SupplyState": "on", "RemainingBatteryCapacity": 100}),
        ("GCS38_11.2_SUCCESS_RESPONSE", {"FirmwareVersion": "0123abcd"}),
        ("GCS46_6.2.7_SUCCESS_RESPONSE", {"MPRN": "1000999888"}),
        ("GCS18_4.10_NOT_FOUND_RESPONSE", {"GetSampledData": []}),
        ("GCS59_8.12.2_SUCCESS_RESPONSE", {"Join 00-11-22-33-44-55-66-77": "PPMID"}),
    ],
)
def test_values_have_their_names(name: str, values_there: dict[str, Any]):
    found = {each["name"]: each.get("value") for each in opened(name).results}
    assert values_there.items() <= found.items()


def test_half_hours_are_rows_with_times_and_units():
    (profile,) = opened("ECS22b_4.8.1_SINGLE_SUCCESS_RESPONSE").results
    assert profile["name"] == "ActiveImportProfile"
    assert len(profile["value"]) == 49
    assert profile["value"][0] == {"Time": "2014-12-31T00:00:00Z", "ActiveImport Wh": 95}
    assert profile["value"][-1]["Time"] == "2015-01-01T00:00:00Z"


def test_logs_of_a_gas_meter_are_rows():
    (profile,) = opened("GCS17_4.8.1_SUCCESS_RESPONSE").results
    assert (profile["name"], len(profile["value"])) == ("ProfileDataLog", 97)
    assert profile["value"][0] == {"Time": "2014-12-30T00:00:00Z", "Consumption dm3": 4767306}
    assert profile["value"][-1]["Time"] == "2015-01-01T00:00:00Z"
    (days,) = opened("GCS61_4.17_SUCCESS_RESPONSE").results
    assert days["name"] == "DailyConsumptionLog"
    first, last = days["value"][0]["Time"], days["value"][-1]["Time"]
    assert (first, last) == ("2014-12-22T00:00:00Z", "2015-01-01T00:00:00Z")
    billing, debts = opened("GCS15c_4.4.3_SUCCESS_RESPONSE").results
    assert (billing["name"], debts["name"]) == ("BillingDataLog", "PrepaymentBillingDataLog")
    assert billing["value"][0]["Block4 dm3"] == 195
    assert debts["value"][0]["MeterBalance"] == -126


def test_a_failure_behind_others_is_told_once():
    results = opened("GCS16b_4.14_KRP_ERROR_RESPONSE").results
    assert [each.get("result") for each in results] == [
        None,
        "not carried out",
        "hardware fault",
    ]


def test_alerts_have_names_and_content():
    (alert,) = opened("CS14_NA_8F12_ALERT").results
    assert (alert["alert"], alert["title"]) == ("8F12", "CHF device log changed")
    assert [each["DeviceID"] for each in alert["content"]["Devices"]] == [
        "00-DB-12-34-56-78-90-A0",
        "00-DB-12-34-56-78-90-A1",
    ]
    backup, log = opened("GCS62_NA_8071_ALERT").results
    assert (backup["title"], len(log["value"])) == ("GPF device log changed", 6)
    name = "GCS01a_1.1.1_8F66_FUTURE_DATED_BLOCK_SUCCESS_ALERT_PUBLISH_CALENDAR"
    (outcome,) = opened(name).results
    assert outcome["content"] == {
        "Command": "GCS01a",
        "OriginatorCounter": 1005,
        "Instruction": "PublishCalendar",
    }


def test_who_protects_what_is_said():
    assert opened("ECS17b_4.1.1_SINGLE_SUCCESS_RESPONSE").checked == ("MAC",)
    assert opened("ECS42_7.1_SUCCESS_RESPONSE").checked == ("signature",)
    # The user cannot check a MAC that is meant for the broker, which has checked it.
    assert opened("ECS21c_4.6.2_SUCCESS_RESPONSE").checked == ("MAC by the DCC",)


def test_an_outcome_of_a_future_dated_change_is_read():
    name = "CS02bSupplierBySupplier_6.15.1_8F66_FUTURE_DATED_SUCCESS_ALERT"
    alert, *cells = opened(name).results
    assert alert["alert"] == "8F66"
    assert {cell["result"] for cell in cells} == {"success"}
    assert {cell["name"] for cell in cells} == {
        "Supplier DigitalSigning",
        "Supplier KeyAgreement",
        "Supplier PrepaymentTopUp",
    }


@pytest.mark.parametrize(
    "name",
    [
        "ECS17b_4.1.1_SINGLE_SUCCESS_RESPONSE",
        "ECS42_7.1_SUCCESS_RESPONSE",
        "GCS13a_4.1.1_SUCCESS_RELIABLE_GSME_RESPONSE",
        "GCS32_7.2_SUCCESS_RESPONSE",
    ],
)
def test_every_changed_octet_is_noticed(name: str):
    octets = messages()[name]
    opener = Opener(rtds_keys(), Suite(), SUPPLIER)
    for at in range(len(octets)):
        changed = octets[:at] + bytes((octets[at] ^ 0x01,)) + octets[at + 1 :]
        with pytest.raises((SmetsError, NotHeldError)):
            opener.open(changed)


def test_a_command_or_an_unprotected_message_is_not_opened():
    folder = outside_data("rtds", "RTDS-4.5.0", "4.1.1_ECS17b")
    command = bytes.fromhex((folder / "ECS17b_4.1.1_ERROR_COMMAND_GBCS.HEX").read_text())
    opener = Opener(rtds_keys(), Suite(), SUPPLIER)
    with pytest.raises(DecodeError, match="command"):
        opener.open(command)
    message = Message.decode(messages()["ECS42_7.1_SUCCESS_RESPONSE"])
    message.signature = b""
    with pytest.raises(AuthenticationError, match="neither"):
        opener.open(message.encode())


def test_every_named_value_is_one_that_a_command_names():
    named = set()
    for case in use_cases_text.load().all():
        for member in case.members:
            method = "m" if member.operation == 3 else ""
            named.add((member.class_id, member.logical_name, f"{member.member}{method}"))
            named |= {(each[0], each[1], str(each[2])) for each in member.over}
    assert set(values._rows()) <= named


def test_every_zcl_value_is_one_that_a_command_reads_or_a_cluster_answers():
    read = {
        (command.cluster, f"{attribute:04x}")
        for case in use_cases_text.load().all()
        for command in case.zcl_commands
        for attribute in command.attributes
    }
    for cluster, number in zcl_values._rows():
        if number.startswith("c"):
            command = clusters_text.load().command(cluster, True, int(number[1:], 16))
            assert command is not None
        else:
            assert (cluster, number) in read


def test_a_response_that_does_not_fit_its_command_is_refused():
    case = use_cases_text.load().find(0x0074)
    assert case is not None
    right = gbz_values.Answer(0x0702, Frame(0x18, 0, 1, bytes.fromhex("0203c0")))
    assert [value.result for value in gbz_values.values(case, [right])] == ["hardware fault"]
    wrong = (
        [],
        [right, gbz_values.Answer(0x0702, Frame(0x18, 1, 1, b""))],
        [gbz_values.Answer(0x0700, right.frame)],
        [gbz_values.Answer(0x0702, Frame(0x18, 0, 2, b""))],
        [gbz_values.Answer(0x0702, Frame(0x19, 0, 7, b""))],
        [gbz_values.Answer(0x0702, Frame(0x08, 0, 0x0B, b"\x00"))],
        [gbz_values.Answer(0x0702, Frame(0x18, 0, 1, b"\x02"))],
    )
    for answers in wrong:
        with pytest.raises(DecodeError):
            gbz_values.values(case, answers)
