"""Taking a capture of the air apart."""

import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.radio.trace import names
from host.radio.trace.captured import Captured
from host.radio.trace.dissector import Dissector
from host.radio.trace.layer import Dissection
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from smets.zigbee import aps, mac, nwk, security, zdo
from smets.zigbee.aps import ApsFrame
from smets.zigbee.mac import MacFrame
from smets.zigbee.nwk import NwkFrame
from tests.interop.air import (
    KEYS,
    LINK_KEY,
    NETWORK_KEY,
    PAN,
    SUITE,
    TO_CLIENT,
    TO_SERVER,
    Node,
    link,
    network,
    seal,
    transfer,
    unicast,
)

LABELS = {key: label for label, key in KEYS.items()}
ONE_FRAME = MacFrame(mac.DATA, 7, PAN, 0, PAN, 0x1A2B).encode()


@pytest.fixture
def hub() -> Node:
    return Node(0, bytes.fromhex("00DB1234567890A2"))


@pytest.fixture
def meter() -> Node:
    return Node(0x1A2B, bytes.fromhex("00DB1234567890A0"))


def message(octets: int = 200) -> bytes:
    """A command with so many octets of DER; the code is CS02a's."""
    header = GroupingHeader(COMMAND, 1005, bytes(8), bytes.fromhex("00DB1234567890A0"), 8)
    return Message(header, b"\x30" * octets).encode()


def dissected(
    frames: Iterable[bytes], known: dict[bytes, str] | None = None
) -> Iterator[Dissection]:
    dissector = Dissector(SUITE, LABELS if known is None else known)
    for number, frame in enumerate(frames, start=1):
        yield dissector.dissect(Captured(number, number, frame, with_fcs=False))


def only(frame: bytes, known: dict[bytes, str] | None = None) -> Dissection:
    (result,) = dissected([frame], known)
    return result


def reached(dissection: Dissection) -> str:
    return dissection.layers[-1].name


# The tables of names stand beside those of the codecs.


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        (mac.COMMANDS, names.MAC_COMMANDS),
        (
            tuple(
                (code, layout + "".join(more for _, more in optional))
                for code, layout, optional in nwk.COMMANDS
            ),
            names.NWK_COMMANDS,
        ),
        (
            tuple(
                (code, fields) for code, _, fields in aps.COMMANDS if code in names.APS_COMMANDS
            ),
            names.APS_COMMANDS,
        ),
        (
            tuple(
                (kind, fields) for code, kind, fields in aps.COMMANDS if code == aps.TRANSPORT_KEY
            ),
            names.TRANSPORT_KEY,
        ),
    ],
)
def test_every_command_and_field_of_the_codecs_has_a_name(
    codec: tuple[tuple[int, str], ...], shown: names.Rows
) -> None:
    assert {code for code, _ in codec} == set(shown)
    for code, layout in codec:
        longest = max(len(fields) for other, fields in codec if other == code)
        assert len(shown[code][1]) == longest, (shown[code], layout)
        assert len(set(shown[code][1])) == longest


def test_no_field_of_a_command_hides_one_of_its_layer() -> None:
    network = {"kind", "source", "destination", "sequence", "radius", "key", "key_sequence"}
    assert not any(network & set(fields) for _, fields in names.NWK_COMMANDS.values())
    support = {"kind", "counter", "command", "key_identifier", "frame_counter", "secured_by"}
    for rows in (names.APS_COMMANDS, names.TRANSPORT_KEY):
        assert not any(support & set(fields) for _, fields in rows.values())


def test_every_zdo_message_and_field_has_a_name() -> None:
    assert set(names.ZDO) == {row[0] for row in zdo.CLUSTERS}
    for cluster, request, response, _ in zdo.CLUSTERS:
        _, of_request, of_response = names.ZDO[cluster]
        assert (len(of_request), len(of_response)) == (len(request), len(response)), cluster


def test_every_aps_command_has_a_name() -> None:
    assert {row[0] for row in aps.COMMANDS} == {*names.APS_COMMANDS, aps.TRANSPORT_KEY}


# Layers


def test_a_tunnelled_message_is_opened_to_its_last_layer(hub: Node, meter: Node) -> None:
    *blocks, last = dissected(transfer(hub, meter, b"\x02\x05" + message(), TO_CLIENT))
    assert [reached(each) for each in blocks] == ["BLOCK"] * 3
    assert [layer.name for layer in last.layers] == ["MAC", "NWK", "APS", "ZCL", "TUNNEL", "GBCS"]
    fields = {layer.name: layer.fields for layer in last.layers}
    assert fields["NWK"]["key"] == "network"
    assert fields["APS"]["key"] == "link"
    assert fields["TUNNEL"] == {"command": "GET-RESPONSE", "remaining": 5}
    assert fields["GBCS"]["use_case"] == "CS02a"
    assert fields["GBCS"]["originator_counter"] == 1005
    assert fields["GBCS"]["octets"] == len(message())


def test_blocks_come_in_any_order_and_more_than_once(hub: Node, meter: Node) -> None:
    blocks = list(transfer(hub, meter, message(), TO_CLIENT))
    shuffled = [blocks[2], blocks[0], blocks[0], blocks[3], blocks[2], blocks[1]]
    results = list(dissected(shuffled))
    assert [reached(each) for each in results] == ["BLOCK"] * 5 + ["GBCS"]
    assert all(each.fault is None for each in results)


def test_unfinished_messages_are_forgotten_at_last(hub: Node, meter: Node) -> None:
    dissector = Dissector(SUITE, LABELS)
    first, *rest = transfer(hub, meter, message(), TO_CLIENT)
    frames = [first]
    for _ in range(300):
        other = Node(meter.short + len(frames), meter.extended)
        frames.append(next(iter(transfer(other, hub, message(), TO_SERVER))))
    results = [
        dissector.dissect(Captured(1, 0, frame, with_fcs=False)) for frame in (*frames, *rest)
    ]
    assert {reached(each) for each in results} == {"BLOCK"}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x01", "GET"),
        (b"\x02\x00", "GET-RESPONSE, 0 more wait"),
        (b"\x03" + message(20), "PUT"),
    ],
)
def test_the_framing_of_a_gas_meter(data: bytes, shown: str, hub: Node, meter: Node) -> None:
    layers = list(dissected(transfer(meter, hub, data, TO_SERVER)))[-1].layers
    assert next(layer.summary for layer in layers if layer.name == "TUNNEL") == shown


def test_the_network_key_is_learned_from_the_air_and_never_shown(hub: Node, meter: Node) -> None:
    header = ApsFrame(aps.COMMAND, 9, secured=True).header()
    command = aps.write_command(
        aps.TRANSPORT_KEY, aps.NETWORK_KEY, NETWORK_KEY, 0, meter.extended, hub.extended
    )
    transport = security.derived_key(SUITE, LINK_KEY, security.KEY_TRANSPORT)
    sealed = seal(header, command, transport, security.KEY_TRANSPORT, hub)
    carrier = NwkFrame(nwk.DATA, meter.short, hub.short, 1, 4, sealed).encode()
    delivery = link(hub, meter, carrier)
    frames = [delivery, *transfer(hub, meter, b"\x01", TO_CLIENT)]
    with_link_key, opened = dissected(frames, {LINK_KEY: "meter"})
    assert with_link_key.layers[-1].fields["command"] == "transport key: network key"
    assert with_link_key.layers[-1].fields["destination"] == meter.extended
    assert opened.layers[1].fields["key"] == "network key of frame 1"
    assert reached(opened) == "TUNNEL"
    shown = json.dumps([with_link_key.document(), opened.document()])
    for key in (NETWORK_KEY, LINK_KEY, transport):
        assert key.hex() not in shown
    without, closed = dissected(frames, {})
    assert (without.fault, closed.fault) == ("none of the keys opens it",) * 2
    assert [reached(without), reached(closed)] == ["NWK", "MAC"]


def test_an_attribute_is_named_for_the_side_that_has_it(hub: Node, meter: Node) -> None:
    report = b"\x18\x01\x0a" + bytes.fromhex("000025") + (99).to_bytes(6, "little")
    (result,) = dissected(unicast(meter, hub, 0x0702, report))
    assert result.layers[-1].fields["values"]["CurrentSummationDelivered"] == 99


def test_a_command_that_is_cut_off_keeps_its_name(hub: Node, meter: Node) -> None:
    (result,) = dissected(unicast(meter, hub, 0x0704, b"\x01\x01\x00\x06\xff"))
    assert result.layers[-1].fields["command"] == "RequestTunnel"
    assert result.layers[-1].fields["values"]["payload"] == b"\x06\xff"
    assert result.fault is not None
    assert result.fault.startswith("truncated")


def test_an_unknown_cluster_and_command_are_shown_as_octets(hub: Node, meter: Node) -> None:
    (result,) = dissected(unicast(meter, hub, 0xFC00, b"\x01\x01\x77\xab"))
    assert (result.layers[-1].fields["cluster"], result.fault) == ("cluster fc00", None)
    assert result.layers[-1].fields["command"] == "command 77"
    assert result.layers[-1].fields["values"]["payload"] == b"\xab"


def test_key_establishment_that_ends_says_why(hub: Node, meter: Node) -> None:
    (result,) = dissected(unicast(hub, meter, 0x0800, b"\x09\x01\x03\x01\x0a\x02\x00"))
    assert result.layers[-1].summary == "ended: certificate by another CA"


def test_a_device_announce_gives_a_short_address_its_eui64(hub: Node, meter: Node) -> None:
    payload = zdo.write(zdo.DEVICE_ANNOUNCE, 1, 0x3344, bytes(range(8)), 0x80)
    frame = ApsFrame(
        aps.DATA,
        1,
        payload,
        destination_endpoint=0,
        source_endpoint=0,
        cluster=zdo.DEVICE_ANNOUNCE,
        profile=0,
    )
    dissector = Dissector(SUITE, LABELS)
    octets = network(hub, meter, frame.encode())
    result = dissector.dissect(Captured(1, 0, octets, with_fcs=False))
    assert result.layers[-1].fields["short_address"] == "3344"
    assert dissector.addresses.find(PAN, 0x3344) == bytes(range(8))


def test_a_wrong_frame_check_sequence_is_a_fault() -> None:
    frame = mac.with_fcs(ONE_FRAME)
    damaged = frame[:-1] + bytes((frame[-1] ^ 1,))
    dissector = Dissector(SUITE, {})
    assert dissector.dissect(Captured(1, 0, frame, with_fcs=True)).layers != []
    result = dissector.dissect(Captured(1, 0, damaged, with_fcs=True))
    assert (result.layers, result.fault) == ([], "wrong frame check sequence")


# Hostile octets


@settings(max_examples=300)
@given(st.binary(max_size=140))
def test_no_octets_stop_the_dissector(octets: bytes) -> None:
    only(octets)


HEARD = [
    *transfer(Node(0, bytes(8)), Node(1, b"\1" * 8), b"\x03" + message(), TO_SERVER),
    link(Node(0, bytes(8)), Node(1, b"\1" * 8), NwkFrame(nwk.DATA, 0, 1, 1, 1).encode()),
]


@settings(max_examples=300)
@given(st.sampled_from(HEARD), st.integers(0, 126), st.integers(1, 255))
def test_no_damage_stops_the_dissector(frame: bytes, at: int, flip: int) -> None:
    damaged = bytearray(frame)
    damaged[at % len(frame)] ^= flip
    only(bytes(damaged))


@settings(max_examples=300)
@given(st.sampled_from([0, 0x0019, 0x0702, 0x0704, 0x0800, 0x1234]), st.binary(max_size=60))
def test_no_authentic_nonsense_stops_the_dissector(cluster: int, payload: bytes) -> None:
    """The keys are right, the message is not."""
    for each in dissected(unicast(Node(0, bytes(8)), Node(1, b"\1" * 8), cluster, payload)):
        assert each.layers[2].name == "APS"


@settings(max_examples=200)
@given(st.sampled_from([row[0] for row in zdo.CLUSTERS]), st.booleans(), st.binary(max_size=60))
def test_no_zdo_nonsense_stops_the_dissector(cluster: int, response: bool, payload: bytes) -> None:
    frame = ApsFrame(
        aps.DATA,
        1,
        payload,
        destination_endpoint=0,
        source_endpoint=0,
        cluster=cluster | (zdo.RESPONSE if response else 0),
        profile=0,
    )
    assert reached(only(network(Node(0, bytes(8)), Node(1, b"\1" * 8), frame.encode()))) in {
        "APS",
        "ZDO",
    }
