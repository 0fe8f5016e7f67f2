"""The mirror with a gas meter that a test plays."""

import pytest

from host.hub.zigbee.datagrams import Datagram
from host.hub.zigbee.endpoints import GPF_ENDPOINT
from host.hub.zigbee.mirror import MirrorServer
from smets.codec.errors import DecodeError
from smets.zigbee import clusters_text, zcl
from smets.zigbee.clusters import METERING

EUI = "00db1234567890a1"
TABLE = clusters_text.load()
TO_CLIENT = zcl.CLUSTER_COMMAND | zcl.TO_CLIENT


class Gpf:
    def __init__(self) -> None:
        self.attributes = []
        self.snapshots = []
        self.queued = 0
        self.server = MirrorServer(self, lambda eui: self.queued)

    async def on_attributes(self, eui, cluster, values):
        self.attributes.append((eui, cluster, values))

    async def on_snapshot(self, eui, snapshot):
        self.snapshots.append(snapshot)

    async def hears(self, frame: zcl.Frame, cluster: int = METERING) -> zcl.Frame | None:
        datagram = Datagram(EUI, cluster, 1, GPF_ENDPOINT, frame.encode(), secured=True)
        return await self.server.answer(datagram, zcl.Frame.decode(frame.encode()))


def report(*octets: str) -> zcl.Frame:
    payload = bytes.fromhex("".join(octets))
    return zcl.Frame(zcl.TO_CLIENT | zcl.NO_DEFAULT_RESPONSE, 9, zcl.REPORT_ATTRIBUTES, payload)


async def test_a_mirror_is_the_gpfs_endpoint():
    answer = await Gpf().hears(zcl.Frame(TO_CLIENT, 3, 0x01))
    assert answer.encode().hex() == "1103010b00"


async def test_the_last_report_is_answered_with_what_waits():
    gpf = Gpf()
    consumption = ("0000", "25", "d20400000000")  # CurrentSummationDelivered, uint48, 1234
    assert await gpf.hears(report(*consumption)) is None
    assert gpf.attributes == [(EUI, METERING, {0: 1234})]
    gpf.queued = 2
    answer = await gpf.hears(report("feff", "30", "01"))
    assert len(gpf.attributes) == 1
    assert answer.is_cluster_command
    assert not answer.to_client
    assert answer.command == 0x09
    # scheme 2, functional flags with bit 21 alone, four words of other flags
    assert answer.payload.hex() == "0200002000" + "00000000" * 4
    gpf.queued = 0
    answer = await gpf.hears(report(*consumption, "feff", "30", "01"))
    assert answer.payload.hex() == "02" + "00000000" * 5
    assert len(gpf.attributes) == 2


async def test_a_snapshot_is_kept_before_it_is_acknowledged():
    gpf = Gpf()
    command = TABLE.command(METERING, True, 0x06)
    assert command
    payload = command.encode([7, 800_000_000, 1, 0, 1, 1, 0, b"\x01\x02"])
    answer = await gpf.hears(zcl.Frame(TO_CLIENT, 5, 0x06, payload))
    assert answer.payload == bytes((0x06, zcl.SUCCESS))
    (snapshot,) = gpf.snapshots
    assert snapshot["snapshot_time"] == 800_000_000
    assert snapshot["snapshot_payload"] == b"\x01\x02"


async def test_other_commands_are_refused_and_nonsense_is_an_error():
    gpf = Gpf()
    answer = await gpf.hears(zcl.Frame(TO_CLIENT, 5, 0x0C))
    assert answer.payload == bytes((0x0C, zcl.UNSUPPORTED_CLUSTER_COMMAND))
    for payload in ("00", "0000", "000025d204"):
        with pytest.raises(DecodeError):
            await gpf.hears(report(payload))
    assert not gpf.attributes
