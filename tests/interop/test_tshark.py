"""Wireshark's GBCS dissectors and ours on the same reference messages, as they go on the air."""

import re
from dataclasses import dataclass

import pytest

from host.conformance import corpus
from smets.gbcs import use_cases_text
from smets.gbcs.gbz import ENCRYPTED, FROM_DATE_TIME, LAST, PROFILE_SMART_ENERGY, Component, Gbz
from smets.gbcs.grouping import ALERT
from smets.gbcs.message import Message
from tests.interop.air import KEYS, TO_CLIENT, TO_SERVER, Node, transfer, write_pcap
from tests.outside import outside_data
from tests.tshark import Packet, assert_sound, dissect, values

FEWEST, FEWEST_GBZ = 800, 200

# What a user sends to the DCC to have it completed: it is on no HAN.
PRECOMMAND = "PRECOMMAND"

# No framing (ESME), PUT and GET-RESPONSE with five messages more (GSME): GBCS 10.2.
FRAMINGS = (b"", b"\x03", b"\x02\x05")

USE_CASE_NAME = re.compile(r"[CEGHP]?CS\d\d\w*(/[CEGHP]?CS\d\d\w*)*")
CS02B = "CS02b"
FEWEST_NAMES = 150

HEADER = "gbcs_message.grouping_header."
COUNTER = HEADER + "supplementary_remote_party_originator_counter"
CERTIFICATE = HEADER + "supplementary_remote_party_ka_certificate"


@dataclass
class Heard:
    """A reference message, and what tshark made of the frames that carried it."""

    name: str
    octets: bytes
    framing: bytes
    packet: Packet


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[Heard]:
    """All reference messages through one tunnel, both ways, in every framing by turns."""
    hub = Node(0, bytes.fromhex("00DB1234567890A2"))
    meter = Node(0x1A2B, bytes.fromhex("00DB1234567890A0"))
    frames: list[bytes] = []
    sent: dict[int, tuple[str, bytes, bytes]] = {}
    for each in corpus.read(outside_data("rtds", "RTDS-4.5.0")):
        if each.octets is None or each.kind == PRECOMMAND:
            continue
        framing = FRAMINGS[len(sent) % 3]
        if len(sent) % 2:
            frames.extend(transfer(meter, hub, framing + each.octets, TO_SERVER))
        else:
            frames.extend(transfer(hub, meter, framing + each.octets, TO_CLIENT))
        sent[len(frames)] = (each.name, each.octets, framing)
    capture = write_pcap(tmp_path_factory.mktemp("air") / "rtds.pcap", frames)
    complaints = dissect(capture, KEYS, ["-Y", "_ws.expert || _ws.malformed"])
    assert [(packet.number, packet.complaints) for packet in complaints] == []
    packets = dissect(capture, KEYS, ["-Y", "gbcs_message"])
    assert [packet.number for packet in packets] == list(sent)
    assert len(packets) >= FEWEST
    assert_sound(packets)
    return [Heard(*sent[packet.number], packet) for packet in packets]


def test_the_framing_is_seen(heard: list[Heard]) -> None:
    seen = {
        each.name: (
            each.packet.shows("gbcs_tunnel.command"),
            each.packet.shows("gbcs_tunnel.remaining"),
        )
        for each in heard
    }
    expected = {b"": ([], []), b"\x03": (["0x03"], []), b"\x02\x05": (["0x02"], ["5"])}
    assert seen == {each.name: expected[each.framing] for each in heard}


def test_the_grouping_header_is_read_alike(heard: list[Heard]) -> None:
    for each in heard:
        header = Message.decode(each.octets).header
        ours = {
            "cra_flag": [f"0x{header.cra_flag:02x}"],
            "originator_counter": [str(header.originator_counter)],
            "business_originator_id": [header.originator.hex(":")],
            "business_target_id": [header.recipient.hex(":")],
            "message_code": [f"0x{header.message_code:04x}"],
            "supplementary_remote_party_id": _some(header.supplementary_remote_party.hex(":")),
            "supplementary_remote_party_counter": _number(
                header.supplementary_remote_party_counter
            ),
        }
        assert {name: each.packet.shows(HEADER + name) for name in ours} == ours, each.name


def test_what_follows_the_supplementary_counter_is_the_same(heard: list[Heard]) -> None:
    """Wireshark takes the first 8 octets for a counter, be they one or a certificate's start."""
    certificates = counters = 0
    for each in heard:
        header = Message.decode(each.octets).header
        if header.supplementary_certificate:
            certificates += 1
            found = each.packet.octets(COUNTER) + each.packet.octets(CERTIFICATE)
            assert found == header.supplementary_certificate, each.name
        else:
            counters += header.supplementary_originator_counter is not None
            assert CERTIFICATE not in each.packet, each.name
            ours = _number(header.supplementary_originator_counter)
            assert each.packet.shows(COUNTER) == ours, each.name
    assert certificates > 0
    assert counters > 0


def test_signature_and_mac_are_found_in_the_same_place(heard: list[Heard]) -> None:
    macs = signatures = 0
    for each in heard:
        message = Message.decode(each.octets)
        assert each.packet.shows("gbcs_message.mac") == _some((message.mac or b"").hex(":"))
        assert each.packet.shows("gbcs_message.krp") == _some((message.signature or b"").hex(":"))
        macs += message.mac is not None
        signatures += bool(message.signature)
    assert macs > 0
    assert signatures > 0


def test_zcl_commands_in_a_payload_are_taken_apart_alike(heard: list[Heard]) -> None:
    count = 0
    for each in heard:
        message = Message.decode(each.octets)
        if not message.payload.startswith(PROFILE_SMART_ENERGY):
            continue
        if message.header.cra_flag == ALERT:
            continue
        components = Gbz.decode(message.payload).components
        last = len(components) - 1
        ours = {
            "profile_id": ["0x0109"],
            "components": [str(len(components))],
            "extended_header_control": [
                f"0x{_control(one, index == last):02x}" for index, one in enumerate(components)
            ],
            "extended_header_cluster": [f"0x{one.cluster:04x}" for one in components],
            "frame_control": [f"0x{one.zcl_header[0]:02x}" for one in components],
            "transaction": [str(one.zcl_header[1]) for one in components],
            "command_id": [f"0x{one.zcl_header[2]:02x}" for one in components],
            "additional_frame_counter": [
                str(one.frame_counter) for one in components if one.frame_counter is not None
            ],
            "length_of_ciphered_information": [
                str(len(one.payload)) for one in components if one.frame_counter is not None
            ],
        }
        assert {name: each.packet.shows("gbcs_gbz." + name) for name in ours} == ours, each.name
        count += 1
    assert count >= FEWEST_GBZ


def test_wireshark_knows_the_use_cases_by_the_names_of_our_table() -> None:
    """Wireshark's list is of an older GBCS: ours has codes beyond it, and lacks none of it."""
    ours = {case.message_code: case.name.upper() for case in use_cases_text.load().all()}
    compared = 0
    for code, words in values(HEADER + "message_code").items():
        names = USE_CASE_NAME.match(words)
        if names is None:
            assert code in ours
        elif names[0] == CS02B:
            assert ours[code] == (CS02B + words.rpartition(" ")[2]).upper()
        else:
            assert ours[code] in names[0].upper().split("/"), words
            compared += 1
    assert compared > FEWEST_NAMES


def _control(component: Component, last: bool) -> int:
    encrypted = ENCRYPTED if component.frame_counter is not None else 0
    dated = FROM_DATE_TIME if component.from_date_time is not None else 0
    return encrypted | dated | (LAST if last else 0)


def _some(value: str) -> list[str]:
    return [value] if value else []


def _number(value: int | None) -> list[str]:
    return [] if value is None else [str(value)]
