"""Reference commands get their reference responses from the engine, octet for octet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.suite import Suite
from smets.device import not_supported
from smets.device.admission import Command
from smets.dlms.date_time import days_since_2000
from smets.gbcs import roles, use_cases_text
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from tests.device.replay import Reference, difference
from tests.outside import outside_data
from tests.smets.device.engine import BROKER, World

NOT_SUPPORTED = 0x0120

# What the engine carries out whatever its objects are; a future date it does not support yet.
CREDENTIALS = {0x0008, 0x011B, *range(0x0102, 0x0109), 0x0126}
FUTURE = ("FUTURE_DATED", "CANCELLATION")
# The sender chooses among their members, or they are for another kind of action.
VARIANTS = {"ECS46a", "ECS47", "ECS47a"}
# Between HAN devices; a CHF's method and a clock, which these objects do not have.
OTHERS = {"PCS01", "PCS02", "CCS07", "GCS28"}
# Its PPMID is content with a certificate of a device other than the one it is joined with.
ANOTHER_CERTIFICATE = "CS03CNonCritical_8.7.2_SUCCESS_COMMAND"


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference()


def answers(reference: Reference) -> Iterator[tuple[str, str, int, str]]:
    """Name, use case, message code of the answer, and what differs."""
    for pair in reference.pairs:
        device, now = reference.device(pair)
        answer = device.receive(pair.command_octets, now)
        use_case = use_cases_text.load().find(pair.command.header.message_code)
        assert use_case is not None
        code = Message.decode(answer).header.message_code if answer else 0
        yield pair.name, use_case.name, code, difference(pair, answer)


def test_every_command_is_answered_as_the_reference_answers_it_or_not_supported(reference):
    matched = 0
    for name, use_case, code, differs in answers(reference):
        if use_case in VARIANTS | OTHERS or code == NOT_SUPPORTED or name == ANOTHER_CERTIFICATE:
            continue
        assert not differs, name
        matched += 1
    assert matched == 203


def test_commands_on_credentials_all_match(reference):
    names = []
    for pair in reference.pairs:
        if pair.command.header.message_code not in CREDENTIALS:
            continue
        if any(word in pair.name for word in FUTURE):
            continue
        device, now = reference.device(pair)
        assert not difference(pair, device.receive(pair.command_octets, now)), pair.name
        names.append(pair.name)
    assert len(names) == 19


@pytest.mark.parametrize(
    ("name", "own_counter", "supplementary"),
    [
        ("ECS100_NA_8F85_ALERT", 2000, False),
        ("ECS100_NA_8F85_SUPPLEMENTARY_REMOTE_PARTY_ALERT", 2001, True),
    ],
)
def test_the_alert_on_a_command_not_supported_is_the_references(name, own_counter, supplementary):
    path: Path = outside_data("rtds", "RTDS-4.5.0", "NA_ECS100", name + "_GBCS.HEX")
    expected = bytes.fromhex(path.read_text().strip())
    wanted = Message.decode(expected).header
    world = World(Suite())
    device = world.device()
    device.eui = wanted.originator
    device.counters._own = own_counter - 1
    asked = GroupingHeader(COMMAND, 100_000, wanted.recipient, device.eui, 0x0012)
    if supplementary:
        asked.supplementary_remote_party = wanted.supplementary_remote_party
        asked.supplementary_remote_party_counter = wanted.supplementary_remote_party_counter
    use_case = use_cases_text.load().find(0x0012)
    assert use_case is not None
    command = Command(Message(asked, b""), use_case, roles.SUPPLIER, True)
    now = days_since_2000(2015, 1, 1) * 86400
    alert = not_supported.alert(device, command, now, [])
    assert alert[:-64] == expected[:-64]
    world.opened(alert, BROKER)
