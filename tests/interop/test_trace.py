"""`./hanlab trace` and Wireshark on the same captures."""

from dataclasses import replace
from pathlib import Path

import pytest

from host.conformance import corpus
from host.radio.capture import IEEE802_15_4_TAP, LINK_TYPES
from host.radio.trace import capture_file, keys
from host.radio.trace.dissector import Dissector
from host.radio.trace.layer import Dissection
from smets.zigbee import cbke_certificate, clusters
from smets.zigbee.cbke_certificate import CbkeCertificate
from tests.interop.air import (
    KEYS,
    SUITE,
    TO_CLIENT,
    TO_SERVER,
    Node,
    transfer,
    unicast,
    write_pcap,
)
from tests.interop.join import record
from tests.outside import outside_data
from tests.tshark import Packet, assert_sound, dissect, rewrite

# Our field, its layer, Wireshark's field or fields.
FIELDS = (
    ("MAC", "sequence", "wpan.seq_no"),
    ("NWK", "sequence", "zbee_nwk.seqno"),
    ("NWK", "radius", "zbee_nwk.radius"),
    ("APS", "counter", "zbee_aps.counter"),
    ("APS", "source_endpoint", "zbee_aps.src"),
    ("APS", "destination_endpoint", "zbee_aps.dst"),
    ("APS", "cluster", "zbee_aps.cluster|zbee_aps.zdp_cluster"),
    ("APS", "profile", "zbee_aps.profile"),
    ("ZDO", "sequence", "zbee_zdp.seqno"),
    ("ZCL", "transaction", "zbee_zcl.cmd.tsn"),
    ("GBCS", "message_code", "gbcs_message.grouping_header.message_code"),
    ("GBCS", "originator_counter", "gbcs_message.grouping_header.originator_counter"),
)


CERTIFICATE = "zbee_zcl_se.ke.cert."


def both(capture: Path, keys: dict[str, bytes]) -> list[tuple[Dissection, Packet]]:
    """Each frame as we and as Wireshark see it."""
    ours = Dissector(SUITE, {key: label for label, key in keys.items()})
    theirs = dissect(capture, keys)
    return list(zip(map(ours.dissect, capture_file.read(capture)), theirs, strict=True))


def numbers(packet: Packet, name: str) -> list[int]:
    return [int(text, 0) for each in name.split("|") for text in packet.shows(each)]


def assert_alike(dissection: Dissection, packet: Packet) -> int:
    """Fail where a field differs; return how many were compared."""
    compared = 0
    for layer_name, field, name in FIELDS:
        ours = [
            layer.fields[field]
            for layer in dissection.layers
            if layer.name == layer_name and layer.fields.get(field) is not None
        ]
        # Wireshark has ZCL commands inside a GBZ payload under the same name.
        theirs = numbers(packet, name)[: 1 if layer_name == "ZCL" else None]
        assert ours == theirs, (packet.number, layer_name, field)
        compared += len(ours)
    counters = [
        layer.fields["frame_counter"]
        for layer in dissection.layers
        if "frame_counter" in layer.fields
    ]
    assert counters == numbers(packet, "zbee.sec.counter"), packet.number
    for layer in dissection.layers:
        if "source" in layer.fields and layer.name == "NWK":
            assert int(layer.fields["source"], 16) == numbers(packet, "zbee_nwk.src")[0]
            assert int(layer.fields["destination"], 16) == numbers(packet, "zbee_nwk.dst")[0]
    return compared + len(counters)


@pytest.mark.parametrize("name", ["z195.pcap", "z230.pcap", "z283.pcap"])
def test_a_capture_made_by_hand(name: str) -> None:
    frames = both(outside_data("vectors", "zigbee", name), KEYS)
    assert len(frames) == 5
    assert sum(assert_alike(*each) for each in frames) > 40
    last, packet = frames[-1]
    # Three octets of a GBCS message are malformed for both.
    assert last.fault is not None
    assert packet.complaints != ()
    # Frame 3 counts upwards where a certificate should be, which Wireshark does not mind.
    faults = [each.fault for each, _ in frames[:-1]]
    assert faults == [None, None, "unexpected curve or hash of a certificate", None]


def test_every_reference_message_on_the_air(tmp_path: Path) -> None:
    hub = Node(0, bytes.fromhex("00DB1234567890A2"))
    meter = Node(0x1A2B, bytes.fromhex("00DB1234567890A0"))
    frames: list[bytes] = []
    sent = 0
    for each in corpus.read(outside_data("rtds", "RTDS-4.5.0")):
        if each.octets is None or each.kind == "PRECOMMAND":
            continue
        ends = (meter, hub) if sent % 2 else (hub, meter)
        frames.extend(transfer(*ends, each.octets, TO_SERVER if sent % 2 else TO_CLIENT))
        sent += 1
    messages = 0
    for ours, theirs in both(write_pcap(tmp_path / "rtds.pcap", frames), KEYS):
        assert_alike(ours, theirs)
        assert ours.fault is None
        message = next((layer for layer in ours.layers if layer.name == "GBCS"), None)
        if message is not None:
            messages += 1
            assert "unreadable" not in message.summary
    assert messages == sent


@pytest.mark.parametrize("link_type", LINK_TYPES)
def test_a_whole_join(link_type: int, tmp_path: Path) -> None:
    """The network key is in no file: both take it off the air, as the devices do."""
    capture, keys_path = record(tmp_path, link_type)
    told = {label: key for key, label in keys.read(keys_path).items()}
    frames = both(capture, told)
    compared = sum(assert_alike(*each) for each in frames)
    assert compared > 500
    assert [each.fault for each, _ in frames] == [None] * len(frames)
    layers = [layer for each, _ in frames for layer in each.layers]
    said = {layer.fields["command"] for layer in layers if "command" in layer.fields}
    assert {"transport key: network key", "verify key", "confirm key"} <= said
    assert {"device announce", "Read Attributes"} <= said
    summaries = {layer.summary.partition(" ")[0] for layer in layers if layer.name == "MAC"}
    assert {"beacon", "association", "data", "ack"} <= summaries


@pytest.mark.parametrize("form", ["pcapng", "nsecpcap"])
def test_a_capture_as_wireshark_writes_it(form: str, tmp_path: Path) -> None:
    capture, _ = record(tmp_path, IEEE802_15_4_TAP)
    ours = list(capture_file.read(capture))
    theirs = list(capture_file.read(rewrite(capture, tmp_path / form, form)))
    assert len(ours) > 60
    for one, other in zip(ours, theirs, strict=True):
        assert replace(other, time=one.time) == one
        assert other.time == pytest.approx(one.time, abs=1e-6)


def test_the_certificate_of_key_establishment(tmp_path: Path) -> None:
    certificate = CbkeCertificate(
        2,
        subject=bytes.fromhex("00DB1234567890A0"),
        issuer=bytes.fromhex("1122334455667788"),
        reconstruction=b"\x03" + bytes(range(36)),
        serial=b"\x00\x00\x00\x00\x00\x00\x01\x02",
        valid_from=1_800_000_000,
        validity=86_400,
        key_usage=cbke_certificate.KEY_AGREEMENT,
    )
    initiate = b"\x01\x01\x00" + b"\x02\x00\x03\x0f" + certificate.encode()
    terminate = b"\x09\x01\x03" + b"\x02\x0a\x02\x00"
    hub = Node(0, bytes.fromhex("00DB1234567890A2"))
    meter = Node(0x1A2B, bytes.fromhex("00DB1234567890A0"))
    frames = [
        *unicast(meter, hub, clusters.KEY_ESTABLISHMENT, initiate),
        *unicast(hub, meter, clusters.KEY_ESTABLISHMENT, terminate),
    ]
    seen = both(write_pcap(tmp_path / "cbke.pcap", frames), KEYS)
    for each in seen:
        assert_alike(*each)
    (ours, theirs), (end, theirs_end) = seen[-2:]
    assert_sound([theirs, theirs_end])
    fields = ours.layers[-1].fields
    for name, field in (
        ("subject", "subject"),
        ("issuer", "issuer"),
        ("serialno", "serial"),
        ("reconst", "reconstruction"),
    ):
        assert theirs.octets(CERTIFICATE + name) == fields[field], name
    assert theirs.octets(CERTIFICATE + "valid.from") == fields["valid_from"].to_bytes(5, "big")
    assert theirs.octets(CERTIFICATE + "valid.to") == fields["validity"].to_bytes(4, "big")
    assert theirs.show(CERTIFICATE + "key.usage.agreement") == "1"
    assert theirs_end.show("zbee_zcl_se.ke.terminate.status") == "0x02"
    assert end.layers[-1].summary == "ended: key confirmation mismatch"
