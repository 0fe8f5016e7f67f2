"""A whole join on the virtual air, as Wireshark sees it."""

import pytest

from host.radio.capture import LINK_TYPES
from tests import tshark
from tests.host.radio.han import ESME, GSME, IHD, NETWORK_KEY
from tests.interop.join import record


def _colons(eui64: bytes) -> str:
    return eui64.hex(":")


@pytest.fixture(scope="module", params=LINK_TYPES)
def packets(request, tmp_path_factory):
    capture, keys = record(tmp_path_factory.mktemp("capture"), request.param)
    return tshark.dissect(capture, keys)


def test_no_frame_is_malformed_or_stays_closed(packets):
    tshark.assert_sound(packets)
    for packet in packets:
        if "zbee_nwk" in packet.protocols:
            assert "data" not in packet.protocols, packet.number


def test_the_association_and_the_transport_of_the_network_key(packets):
    commands = [packet.show("wpan.cmd") for packet in packets if "wpan.cmd" in packet]
    for command in ("0x07", "0x01", "0x04", "0x02"):
        assert command in commands, commands
    keys = [
        packet
        for packet in packets
        if "zbee_aps.cmd.id" in packet and packet.show("zbee_aps.cmd.id") == "0x05"
    ]
    network = [packet for packet in keys if packet.show("zbee_aps.cmd.key_type") == "0x01"]
    targets = {packet.show("zbee_aps.cmd.dst") for packet in network}
    assert targets == {_colons(ESME), _colons(GSME), _colons(IHD)}
    assert {packet.octets("zbee_aps.cmd.key") for packet in network} == {NETWORK_KEY}


def test_link_keys_are_proved(packets):
    commands = {
        packet.show("zbee_aps.cmd.id") for packet in packets if "zbee_aps.cmd.id" in packet
    }
    assert {"0x05", "0x08", "0x0f", "0x10"} <= commands


def test_the_message_is_read_to_the_top(packets):
    reads = [packet for packet in packets if "zbee_zcl" in packet.protocols]
    assert len(reads) >= 2
    assert any(packet.show("zbee_aps.cluster") == "0x0702" for packet in reads)


def test_blocks_are_put_together(packets):
    blocks = [packet for packet in packets if "zbee_aps.block" in packet]
    assert len(blocks) > 9
