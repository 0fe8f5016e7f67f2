"""The table of clusters against Wireshark's dissectors of Smart Energy."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smets.codec.reader import Reader
from smets.zigbee import clusters, clusters_text, zcl, zcl_data
from smets.zigbee.clusters import Command
from tests.interop.air import KEYS, Node, unicast, write_pcap
from tests.tshark import assert_sound, dissect, values

TABLE = clusters_text.load()
HUB, METER = Node(0, b"\x0a" * 8), Node(0x1A2B, b"\x0b" * 8)

# Cluster, the start of Wireshark's names for it
JUDGED = {
    clusters.BASIC: "zbee_zcl_general.basic",
    clusters.TIME: "zbee_zcl_general.time",
    clusters.OTA: "zbee_zcl_general.ota",
    clusters.PRICE: "zbee_zcl_se.price",
    clusters.METERING: "zbee_zcl_se.met",
    clusters.MESSAGING: "zbee_zcl_se.msg",
    clusters.TUNNELING: "zbee_zcl_se.tun",
    clusters.PREPAYMENT: "zbee_zcl_se.pp",
    clusters.CALENDAR: "zbee_zcl_se.calendar",
    clusters.DEVICE_MANAGEMENT: "zbee_zcl_se.device_management",
    clusters.EVENTS: "zbee_zcl_se.events",
    clusters.KEY_ESTABLISHMENT: "zbee_zcl_se.ke",
}
# What Wireshark has no field for: data of another protocol, and the second octet of a percentage
# that reference messages have two octets for.
BEYOND_WIRESHARK = {
    "TransferData": 2,
    "ChangeDebt": 1,
}

ZCL = "zbee_zcl"
WITHOUT_COMMANDS = {clusters.TIME}
WITH_ATTRIBUTES = (
    clusters.BASIC,
    clusters.TIME,
    clusters.PRICE,
    clusters.METERING,
    clusters.TUNNELING,
    clusters.PREPAYMENT,
    clusters.CALENDAR,
    clusters.DEVICE_MANAGEMENT,
)

# The same thing in other words: ours as Wireshark has it.
OTHER_WORDS = {
    "configurenotificationflag": "configurenotificationflags",
    "querydevicespecificfilerequest": "queryspecificfilerequest",
    "querydevicespecificfileresponse": "queryspecificfileresponse",
    "swbuildid": "softwarebuildid",
    "dststart": "daylightsavingtimestart",
    "dstend": "daylightsavingtimeend",
    "uncontrolledflowthresholdmultiplier": "uncontrolledflowmultiplier",
    "uncontrolledflowthresholddivisor": "uncontrolledflowdivisor",
    "uncontrolledflowthresholdunitofmeasure": "uncontrolledflowunitofmeasure",
    "dstshift": "daylightsavingtimeshift",
}

# Content for fields that go to the end of a command.
CERTIFICATE = bytes(9) + b"\x0d\x08" + bytes(26) + b"\x02" + bytes(36)
REST = {
    "PublishBlockThresholds": b"\x01" + bytes(6),
    "InitiateKeyEstablishmentRequest": CERTIFICATE,
    "InitiateKeyEstablishmentResponse": CERTIFICATE,
}
# Fields whose value says what else is there, or is deprecated.
VALUES = {
    ("CancelMessage", "message_control"): 0,
    ("ImageNotify", "payload_type"): 3,
    ("InitiateKeyEstablishmentRequest", "key_establishment_suite"): 2,
    ("InitiateKeyEstablishmentResponse", "key_establishment_suite"): 2,
}


def words(name: str) -> str:
    plain = re.sub("[^a-z0-9]", "", name.lower())
    return OTHER_WORDS.get(plain, plain)


def commands() -> Iterator[tuple[int, bool, int, Command]]:
    for cluster in JUDGED:
        for to_client in (False, True):
            for number in range(256):
                command = TABLE.command(cluster, to_client, number)
                if command is not None:
                    yield cluster, to_client, number, command


@pytest.mark.parametrize("cluster", [each for each in JUDGED if each not in WITHOUT_COMMANDS])
def test_commands_have_the_same_numbers_and_names(cluster: int) -> None:
    sides = [(False, "srv_rx"), (True, "srv_tx")][: 1 if cluster == clusters.BASIC else 2]
    theirs = {
        (to_client, number): words(name)
        for to_client, side in sides
        for number, name in values(f"{JUDGED[cluster]}.cmd.{side}.id").items()
    }
    ours = {
        (to_client, number): words(command.name)
        for of_cluster, to_client, number, command in commands()
        if of_cluster == cluster
    }
    assert ours == theirs


@pytest.mark.parametrize("cluster", WITH_ATTRIBUTES)
def test_attributes_that_both_know_have_the_same_names(cluster: int) -> None:
    theirs = values(f"{JUDGED[cluster]}.attr_id")
    compared = 0
    for number, attribute in TABLE.attributes(cluster, of_client=False):
        if number in theirs:
            # Wireshark writes "Current No Tier Block 1", others "No Tier Block 1".
            assert words(attribute.name) in words(theirs[number]), f"{number:04x}"
            compared += 1
        else:
            assert cluster == clusters.BASIC, f"{number:04x} is not in Wireshark"
    assert compared


def sample(data_type: int, command: str, field: str) -> Any:
    if (command, field) in VALUES:
        return VALUES[command, field]
    if data_type == clusters.REST:
        return REST.get(command, b"\x30\x31")
    if data_type == clusters.CODE:
        return bytes(16)
    size = zcl_data.size(data_type)
    if size is None:
        return b"AB"
    octets = zcl_data.read(Reader(bytes(size)), data_type)
    return octets if isinstance(octets, bytes) else 1


def payload(command: Command) -> bytes:
    """Every field that can be there, what repeats once, as its count says."""
    found: list[Any] = []
    for data_type, presence, condition, name in command._fields:
        absent = (presence == clusters.MASKED and not found[0] & condition) or (
            presence == clusters.EQUAL and found[0] != condition
        )
        found.append(None if absent else sample(data_type, command.name, str(name, "ascii")))
    if command._repeated:
        found.append([tuple(sample(each, command.name, "") for each, _ in command._repeated)])
    return command.encode(found)


def test_every_command_ends_where_wireshark_says(tmp_path: Path) -> None:
    frames: list[bytes] = []
    sent: dict[int, tuple[str, int]] = {}
    for cluster, to_client, number, command in commands():
        control = zcl.CLUSTER_COMMAND | (zcl.TO_CLIENT if to_client else 0)
        octets = zcl.Frame(control, 1, number, payload(command)).encode()
        frames.extend(unicast(HUB, METER, cluster, octets))
        sent[len(frames)] = (command.name, len(octets))
    packets = dissect(write_pcap(tmp_path / "commands.pcap", frames), KEYS)
    whole = [packet for packet in packets if packet.number in sent]
    assert len(whole) == len(sent) > 100
    assert_sound(packets)
    ends = {
        packet.number: max(each.end for each in packet.fields if each.name.startswith(ZCL))
        for packet in whole
    }
    differing = {
        sent[number][0]: sent[number][1] - end
        for number, end in ends.items()
        if sent[number][1] != end
    }
    assert differing == BEYOND_WIRESHARK
