"""The join of a meter in a VM through a hub on bellows, as Wireshark sees it on the air."""

import asyncio

import pytest

from host.boards.vm import Vm
from keys import parties
from keys.store import Keystore
from tests import tshark
from tests.gbcs_user import READ_MPAN
from tests.host.boards.meters import METER
from tests.host.hub.lab import until
from tests.meter_on_radio import JOIN, Lab

pytestmark = pytest.mark.slow

ESME = parties.ESME.eui
GPF = parties.GPF.eui  # the hub's radio
ORIGINATOR_COUNTER = 7

# IEEE 802.15.4 7.5.1, Zigbee 4.4.10.1, 2.4.3, SE D.8.3.1 and C.3.1, as tshark shows them.
ASSOCIATION = ("0x01", "0x04", "0x02")  # request, data request, response
TRANSPORT_KEY = "0x05"
NETWORK_KEY = "0x01"
KEY_TRANSPORT_KEY = "0x02"
KEY_ESTABLISHMENT = "0x0800"
TUNNELING = "0x0704"
SUITE_2 = "0x0002"
GBCS_PROTOCOL = "0x06"
SECT283K1 = "0x0d"
AES_MMO = "0x08"

TO_SERVER = "zbee_zcl_se.ke.cmd.srv_rx.id"
TO_CLIENT = "zbee_zcl_se.ke.cmd.srv_tx.id"
CERTIFICATE = "zbee_zcl_se.ke.cert."
GROUPING = "gbcs_message.grouping_header."
APS_KEY = "zbee.sec.decryption_key"

Packets = list[tshark.Packet]


class Join:
    """What was on the air, the keys written with it, and the keys that the devices were given."""

    def __init__(self, packets: Packets, written: dict[str, list[bytes]], store: Keystore) -> None:
        self.packets = packets
        self.written = written
        self.store = store

    def one(self, name: str, show: str | None = None) -> tshark.Packet:
        """The first packet with a field, of that value when one is given."""
        for packet in self.packets:
            if name in packet and (show is None or packet.show(name) == show):
                return packet
        raise AssertionError(f"no frame with {name} {show}")


def _written(text: str) -> dict[str, list[bytes]]:
    """Keys by their label in Wireshark's table."""
    keys: dict[str, list[bytes]] = {}
    for line in text.splitlines():
        key, _, label = (part.strip('"') for part in line.split(","))
        keys.setdefault(label, []).append(bytes.fromhex(key.replace(":", "")))
    return keys


@pytest.fixture(scope="module")
def join(gate_vm: Vm, tmp_path_factory: pytest.TempPathFactory) -> Join:
    lab = Lab(tmp_path_factory.mktemp("join"), gate_vm, parties.ESME)

    async def run() -> None:
        async with lab.running() as dcc:
            await lab.join(dcc)
            dcc.send(METER, lab.supplier.command(READ_MPAN, ESME, ORIGINATOR_COUNTER))
            await until(lambda: bool(dcc.received(METER)), JOIN)

    asyncio.run(run())
    packets = tshark.dissect(lab.capture, lab.captured_keys)
    return Join(packets, _written(lab.captured_keys.read_text()), lab.keystore)


def test_no_frame_is_malformed_or_stays_closed(join: Join) -> None:
    tshark.assert_sound(join.packets)
    for packet in join.packets:
        assert "data" not in packet.protocols, packet.number
        # a tunnel's message stands in one frame, or in the last of its blocks
        if "zbee_aps.block" not in packet and packet.shows("zbee_aps.type") == ["0x00"]:
            assert {"zbee_zcl", "zbee_zdp"} & set(packet.protocols), packet.number


def test_the_steps_of_a_join_follow_each_other(join: Join) -> None:
    steps = [
        *[join.one("wpan.cmd", command) for command in ASSOCIATION],
        join.one("zbee_aps.cmd.id", TRANSPORT_KEY),
        *[join.one(way, f"0x0{step}") for step in range(3) for way in (TO_SERVER, TO_CLIENT)],
        join.one("zbee_zcl_se.tun.cmd.srv_rx.id", "0x00"),
        join.one("zbee_zcl_se.tun.cmd.srv_tx.id", "0x00"),
        join.one(GROUPING + "message_code"),
    ]
    numbers = [packet.number for packet in steps]
    assert numbers == sorted(set(numbers))


def test_the_meter_associates_with_the_hub(join: Join) -> None:
    request, _, response = [join.one("wpan.cmd", command) for command in ASSOCIATION]
    assert request.show("wpan.src64") == ESME.hex(":")
    assert response.show("wpan.src64") == GPF.hex(":")
    assert response.show("wpan.dst64") == ESME.hex(":")
    assert response.show("wpan.assoc.status") == "0x00"


def test_the_network_key_comes_under_the_install_codes_key(join: Join) -> None:
    transport = join.one("zbee_aps.cmd.id", TRANSPORT_KEY)
    assert transport.show("zbee_aps.cmd.key_type") == NETWORK_KEY
    assert transport.show("zbee.sec.key_id") == KEY_TRANSPORT_KEY
    assert transport.show(APS_KEY) == "preconfigured link key"
    assert transport.show("zbee_aps.cmd.dst") == ESME.hex(":")
    assert transport.show("zbee_aps.cmd.src") == GPF.hex(":")
    assert [transport.octets("zbee_aps.cmd.key")] == join.written["network key"]


@pytest.mark.parametrize(
    ("way", "subject"), [(TO_SERVER, ESME), (TO_CLIENT, GPF)], ids=["meter", "hub"]
)
def test_both_certificates_are_of_suite_2(join: Join, way: str, subject: bytes) -> None:
    initiate = join.one(way, "0x00")
    assert initiate.show("zbee_aps.cluster") == KEY_ESTABLISHMENT
    assert initiate.show("zbee_zcl_se.ke.attr.suite") == SUITE_2
    assert initiate.show(CERTIFICATE + "curve") == SECT283K1
    assert initiate.show(CERTIFICATE + "hash") == AES_MMO
    assert initiate.octets(CERTIFICATE + "subject") == subject
    assert initiate.show(CERTIFICATE + "key.usage.agreement") == "1"
    given = join.store.require_zigbee_keys(subject).cbke[2].certificate
    assert initiate.octets(CERTIFICATE + "reconst") == given[37:]
    assert initiate.octets(CERTIFICATE + "issuer") == given[11:19]


def test_ephemeral_keys_and_both_proofs_are_exchanged(join: Join) -> None:
    points = [
        join.one(TO_SERVER, "0x01").octets("zbee_zcl_se.ke.qeu"),
        join.one(TO_CLIENT, "0x01").octets("zbee_zcl_se.ke.qev"),
    ]
    assert [len(point) for point in points] == [37, 37]
    assert all(point[0] in {2, 3} for point in points)
    assert points[0] != points[1]
    proofs = [
        join.one(TO_SERVER, "0x02").octets("zbee_zcl_se.ke.macu"),
        join.one(TO_CLIENT, "0x02").octets("zbee_zcl_se.ke.macv"),
    ]
    assert [len(proof) for proof in proofs] == [16, 16]
    assert proofs[0] != proofs[1]
    assert not any("zbee_zcl_se.ke.terminate.status" in packet for packet in join.packets)


def test_application_frames_after_it_are_under_the_new_link_key(join: Join) -> None:
    """SE 5.4.6: key establishment itself goes under the network key alone."""
    label = f"link key of {ESME.hex()}"
    assert len(join.written[label]) == 1
    assert join.written[label][0] not in join.written["preconfigured link key"]
    established = join.one(TO_CLIENT, "0x02").number
    secured = 0
    for packet in join.packets:
        if "zbee_aps.cluster" not in packet or packet.show("zbee_aps.type") != "0x00":
            continue
        if packet.show("zbee_aps.cluster") == KEY_ESTABLISHMENT:
            assert packet.show("zbee_aps.security") == "0", packet.number
        elif packet.number > established:
            assert packet.show("zbee_aps.security") == "1", packet.number
            assert packet.show(APS_KEY) == label, packet.number
            secured += 1
    assert secured > 4


def test_a_tunnel_for_gbcs_is_opened(join: Join) -> None:
    request = join.one("zbee_zcl_se.tun.cmd.srv_rx.id", "0x00")
    assert request.show("zbee_aps.cluster") == TUNNELING
    assert request.show("zbee_zcl_se.tun.protocol_id") == GBCS_PROTOCOL
    assert request.show("zbee_zcl_se.tun.flow_control_supported") == "0"
    response = join.one("zbee_zcl_se.tun.cmd.srv_tx.id", "0x00")
    assert response.show("zbee_zcl_se.tun.transfer_status") == "0x00"
    assert response.show("zbee_zcl_se.tun.max_in_transfer_size") == "0x0800"


def test_the_first_tunnelled_messages_are_the_command_and_its_response(join: Join) -> None:
    command, response = [packet for packet in join.packets if "gbcs_message" in packet.protocols]
    opened = join.one("zbee_zcl_se.tun.cmd.srv_tx.id", "0x00")
    supplier = parties.SUPPLIER.eui
    for packet, cra_flag, originator, target in (
        (command, "0x01", supplier, ESME),
        (response, "0x02", ESME, supplier),
    ):
        assert packet.show("zbee_aps.cluster") == TUNNELING
        assert packet.shows("zbee_zcl_se.tun.tunnel_id") == opened.shows(
            "zbee_zcl_se.tun.tunnel_id"
        )
        assert packet.show(GROUPING + "cra_flag") == cra_flag
        assert packet.show(GROUPING + "originator_counter") == str(ORIGINATOR_COUNTER)
        assert packet.octets(GROUPING + "business_originator_id") == originator
        assert packet.octets(GROUPING + "business_target_id") == target
        assert packet.octets(GROUPING + "message_code") == READ_MPAN.to_bytes(2, "big")
        assert len(packet.octets("gbcs_message.mac")) == 12
