"""Public responses opened by the party they are for: checked, decrypted, in named values."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dcc_stub.transform import rows
from dcc_stub.user import values
from dcc_stub.user.opening import Opened, Opener
from keys.errors import NotHeldError
from keys.suite import Suite
from smets.codec.errors import AuthenticationError, DecodeError, SmetsError
from smets.gbcs import use_cases_text
from smets.gbcs.message import Message
from tests.dcc_stub.public_data import rtds_keys
from tests.outside import outside_data

SUPPLIER = bytes.fromhex("90b3d51f30010000")
CODES = {
    *(row.message_code for row in rows.ROWS if set(row.device_types) & {"ESME", "CHF"}),
    0x00CB,
} - {0x000D, 0x000F, 0x0013}


@cache
def messages() -> dict[str, bytes]:
    """The responses and alerts of the use cases that this DCC offers."""
    found = {}
    folder = outside_data("rtds", "RTDS-4.5.0")
    paths = [*folder.glob("*/*_RESPONSE_GBCS.HEX"), *folder.glob("*/*_ALERT_GBCS.HEX")]
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
    assert len(messages()) >= 85
    assert decrypted >= 6
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
    "name", ["ECS17b_4.1.1_SINGLE_SUCCESS_RESPONSE", "ECS42_7.1_SUCCESS_RESPONSE"]
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
