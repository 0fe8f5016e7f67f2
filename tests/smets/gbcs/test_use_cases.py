"""The use-case table against the reference messages; the host reads its text, so CPython alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smets.codec import table_text
from smets.codec.errors import DecodeError
from smets.dlms import access
from smets.dlms.access import AccessRequest
from smets.gbcs import roles, use_cases, use_cases_text, zcl_command
from smets.gbcs.gbz import Gbz
from smets.gbcs.grouping import COMMAND, RESPONSE
from smets.gbcs.message import Message
from smets.gbcs.zcl_command import ZclCommand
from smets.zigbee import clusters_text, zcl_data
from tests.outside import outside_data

VM = False
DEFAULT_RESPONSE = 0x0B

# Commands that name some of the members only: which ones is the sender's choice.
OPTIONAL_MEMBERS = {"ECS46a", "ECS47", "ECS47a"}


@pytest.fixture(scope="module")
def messages() -> dict[str, Message]:
    folder = outside_data("rtds", "RTDS-4.5.0")
    return {
        path.name: Message.decode(bytes.fromhex(path.read_text().strip()))
        for path in Path(folder).glob("*/*.HEX")
    }


def row(message: Message) -> use_cases.UseCase:
    found = use_cases_text.load().find(message.header.message_code)
    assert found is not None
    return found


def test_every_reference_message_is_of_a_known_use_case(messages):
    assert len(messages) > 1000
    for name, message in messages.items():
        use_case = row(message)
        is_alert = message.header.cra_flag == 3
        if use_case.category != use_cases.HAN_ONLY:
            assert use_case.is_command != is_alert, name


def test_dlms_commands_name_the_members_of_the_table_in_its_order(messages):
    seen = set()
    for name, message in messages.items():
        use_case = row(message)
        if message.header.cra_flag != COMMAND or use_case.payload != use_cases.DLMS:
            continue
        request = AccessRequest.decode(message.payload)
        named = [(s.class_id, s.logical_name, s.member) for s in request.specifications]
        wanted = [(m.class_id, m.logical_name, m.member) for m in use_case.members]
        if use_case.name in OPTIONAL_MEMBERS:
            continue
        assert named == wanted, name
        for specification, member in zip(request.specifications, use_case.members, strict=True):
            choice = min(member.operation, access.GET_WITH_SELECTION)
            if member.over:
                choice = access.ACTION
            assert specification.choice == choice, name
        seen.add(use_case.name)
    assert len(seen) > 60


def test_constants_are_those_of_the_reference(messages):
    from smets.dlms import data as axdr

    checked = 0
    for name, message in messages.items():
        use_case = row(message)
        if message.header.cra_flag != COMMAND or use_case.payload != use_cases.DLMS:
            continue
        request = AccessRequest.decode(message.payload)
        if len(request.data) != len(use_case.members):
            continue
        for data, member in zip(request.data, use_case.members, strict=True):
            if member.constant:
                assert axdr.encode(data) == member.constant, name
                checked += 1
    assert checked > 20


def expand(command: ZclCommand) -> Iterator[tuple[ZclCommand, int]]:
    for index in range(command.times):
        yield command, index


def test_gbz_commands_are_made_of_the_zcl_commands_of_the_table(messages):
    seen = set()
    for name, message in messages.items():
        use_case = row(message)
        if message.header.cra_flag != COMMAND or not use_case.zcl_commands:
            continue
        expected = [pair for each in use_case.zcl_commands for pair in expand(each)]
        components = Gbz.decode(message.payload).components
        assert len(components) == len(expected), name
        for number, (component, (command, index)) in enumerate(
            zip(components, expected, strict=True)
        ):
            header = bytes((command.frame_control, number, command.command))
            assert (component.cluster, component.zcl_header) == (command.cluster, header), name
            assert (component.from_date_time is not None) == command.dated, name
            if command.frame_control == zcl_command.READ_ATTRIBUTES:
                attributes = b"".join(each.to_bytes(2, "little") for each in command.attributes)
                assert component.payload == attributes, name
                continue
            fields = zip(command.fields, command.decode(component.payload), strict=True)
            for field, value in fields:
                assert field.kind != zcl_command.INDEX or value == index, name
        seen.add(use_case.name)
    assert len(seen) >= 28


def test_the_table_and_that_of_the_clusters_agree():
    table = clusters_text.load()
    checked = 0
    for use_case in use_cases_text.load().all():
        for command in use_case.zcl_commands:
            for attribute in command.attributes:
                assert table.attribute(command.cluster, False, attribute), use_case.name
            if command.frame_control == zcl_command.READ_ATTRIBUTES:
                continue
            to_client = command.frame_control == zcl_command.TO_CLIENT
            known = table.command(command.cluster, to_client, command.command)
            assert known is not None, use_case.name
            ours = [field.size for field in command.fields]
            theirs = [zcl_data.size(each) or 0 for each in known.types().values()]
            assert ours == theirs, use_case.name
            checked += 1
    assert checked >= 20


def test_responses_are_encrypted_where_the_table_says(messages):
    checked = 0
    for name, message in messages.items():
        use_case = row(message)
        if message.header.cra_flag != RESPONSE or not use_case.zcl_commands:
            continue
        rows = [each for command in use_case.zcl_commands for each, _ in expand(command)]
        for component in Gbz.decode(message.payload).components:
            asked = rows[component.zcl_header[1]]
            holds_data = component.zcl_header[2] != DEFAULT_RESPONSE
            encrypted = component.frame_counter is not None
            assert encrypted == (asked.encrypted and holds_data), name
            checked += encrypted
    assert checked >= 30


def test_a_payload_that_does_not_fit_its_zcl_command_is_refused():
    found = use_cases_text.load().find(0x0078)
    assert found is not None
    (command,) = found.zcl_commands
    good = bytes.fromhex("000080a7341c006100")
    assert command.decode(good) == [0, 0x1C34A780, 0, 97]
    for wrong in (good[:-1], good + b"\x00", b"\x01" + good[1:]):
        with pytest.raises(DecodeError):
            command.decode(wrong)


def test_protection_is_that_of_the_category(messages):
    # recovery and contingency carry no MAC, ACB by ACB and CS02a by MAC no signature
    exceptions = {"CS02a", "CS02f", "CS02bAccessControlBrokerByACB"}
    exceptions |= {"CS02bAnyExceptAbnormalRootByRecovery", "CS02bAnyByContingency"}
    for name, message in messages.items():
        use_case = row(message)
        if "PRECOMMAND" in name or use_case.name in exceptions:
            continue
        critical = use_case.is_critical
        assert bool(message.signature) == critical, name
        expects_mac = not critical or message.header.cra_flag == COMMAND
        assert (message.mac is not None) == expects_mac, name


def test_the_response_date_time_is_where_the_table_says(messages):
    for name, message in messages.items():
        if message.header.cra_flag == RESPONSE:
            assert bool(message.header.date_time) == row(message).dated_response, name


def test_every_row_reads_back_and_names_are_unique():
    rows = list(use_cases_text.load().all())
    assert len(rows) == len({each.message_code for each in rows}) == len({r.name for r in rows})
    assert len(rows) > 200
    for each in rows:
        assert each.title
        assert each.is_command or not each.replay_protected
        for member in each.members:
            assert 1 <= member.operation <= use_cases.PROTECTED_RANGE
            assert bool(member.over) == (member.operation >= use_cases.PROTECTED)


def test_roles_and_targets():
    load = use_cases_text.load()
    read_import = load.find(0x0027)
    assert read_import is not None
    assert read_import.may_come_from(roles.SUPPLIER)
    assert not read_import.may_come_from(roles.ACCESS_CONTROL_BROKER)
    assert not read_import.may_come_from(roles.OTHER)
    assert read_import.is_for(roles.ESME)
    assert not read_import.is_for(roles.GSME)
    provide = load.find(0x0008)
    assert provide is not None
    assert provide.may_come_from(roles.RECOVERY)
    assert provide.is_for(roles.GPF)
    assert load.find(0xFFFF) is None


def test_a_line_the_table_does_not_know_is_refused():
    for text in (
        "0027 ECS17b C.X DLMS - ESME supplier Title",
        "0027 ECS17b C.C DLMS - ESME boss Title",
        "0027 ECS17b C.C DLMS X ESME supplier Title",
        "0074 GCS13a C.NC GBZ - GSME supplier Title\n  get 0702 0000",
        "0074 GCS13a C.NC GBZ - GSME supplier Title\n  call 0702 06 u17",
        "0027 ECS17b C.C DLMS - ESME supplier Title\n  fetch 1/0-0:1.0.0.255 2",
    ):
        with pytest.raises((KeyError, ValueError)):
            table_text.pack(use_cases_text.row(*entry) for entry in table_text.entries(text))
