"""A whole join on the virtual air, as Wireshark sees it."""

from pathlib import Path

import pytest

from host.radio.capture import LINK_TYPES, KeyFile
from host.radio.stack.types import ApsOption, Role
from tests import tshark
from tests.host.radio.han import (
    ESME,
    ESME_KEY,
    GSME,
    GSME_KEY,
    IHD,
    NETWORK_KEY,
    WELL_KNOWN,
    Han,
)

SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION

# A ZCL read of the meter's register, for tshark to go up to the top.
READ = bytes.fromhex("0001000000")


def _colons(eui64: bytes) -> str:
    return eui64.hex(":")


@pytest.fixture(scope="module", params=LINK_TYPES)
def packets(request, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("capture")
    han = Han()
    capture = han.capture(folder / "join.pcap", request.param)
    keys = KeyFile(folder / KeyFile.NAME)
    for key, label in ((ESME_KEY, "ESME"), (GSME_KEY, "GSME"), (WELL_KNOWN, "well known")):
        keys.add(key, label)
    esme = han.join(ESME, ESME_KEY, Role.END_DEVICE)
    gsme = han.join(GSME, GSME_KEY, Role.SLEEPY_END_DEVICE)
    router = han.join(IHD, ESME_KEY, Role.ROUTER)
    han.hub.send(esme, READ, SECURED)
    han.hub.send(gsme, READ, SECURED)
    han.run(1)
    gsme.poll()
    han.hub.send(esme, b"\x01\x02\x02\x00\x00" + bytes(700), SECURED)
    han.run(20)
    for device in (esme, router):
        device.node.request_link_key(device.now)
        device.station.settle()
    han.run(3)
    keys.add(han.hub.node.keys.find(ESME).key, "ESME, new")
    han.hub.node.remove_device(esme.node.node_id, ESME, han.hub.now)
    han.hub.station.settle()
    gsme.node.leave(gsme.now)
    gsme.station.settle()
    han.run(20)
    capture.close()
    assert capture.frames > 60
    return tshark.dissect(folder / "join.pcap", folder / KeyFile.NAME)


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
