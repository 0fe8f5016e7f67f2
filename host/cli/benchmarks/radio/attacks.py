"""Frames of an attacker who hears everything: replayed, forged, in the clear."""

from random import Random

from host.cli.benchmarks.radio.han import (
    CHANNELS,
    ENDPOINT,
    SUITE,
    Han,
    run,
)
from host.cli.benchmarks.report import Row, Table
from host.radio.air import Air
from host.radio.schedule import Schedule
from smets.zigbee import aps, mac, nwk, security
from smets.zigbee.clusters import METERING
from smets.zigbee.driver import SMART_ENERGY

ROUTER_CAPABILITY = 0x8E
FAR_AHEAD = 0x100000  # a frame counter that nobody has reached

# What of a node's counters says that a frame was refused.
REFUSED = (
    "mac malformed",
    "mac refused",
    "nwk malformed",
    "nwk unsecured",
    "nwk unknown key",
    "nwk forged",
    "nwk replayed",
    "aps malformed",
    "aps no key",
    "aps forged",
    "aps replayed",
)


class Attacker:
    """On the air beside a HAN."""

    def __init__(self, han: Han, seed: int) -> None:
        self.han = han
        self.random = Random(seed)  # noqa: S311 - it only chooses what to damage
        self.heard: list[bytes] = []
        self._counter = FAR_AHEAD
        han.air.taps.append(lambda _time, _channel, _rssi, frame: self.heard.append(frame))

    def recorded(self) -> list[bytes]:
        """Secured network frames to a node that still listens, as they were on the air."""
        listening = {p.node.node_id for p in self.han.parties if p.node.radio.receiver_on}
        frames = [(mac.MacFrame.decode(octets), octets) for octets in self.heard]
        return [
            octets
            for frame, octets in frames
            if frame.kind == mac.DATA and frame.destination in listening
        ]

    def damaged(self, octets: bytes) -> bytes:
        """With one bit of what the network key protects turned, and a counter ahead."""
        start = 9 + 8  # behind the MAC and NWK headers
        frame = bytearray(octets)
        frame[start + 4] ^= 0x40
        at = self.random.randrange(start + 14, len(frame))
        frame[at] ^= 1 << self.random.randrange(8)
        return bytes(frame)

    def nonsense(self, eui64: bytes) -> bytes:
        """A MAC command that is none, or is cut off."""
        commands = (
            b"",
            bytes((mac.ASSOCIATION_REQUEST,)),
            bytes((self.random.randrange(16, 256),)),
        )
        return self._mac_command(self.han.hub.node.node_id, eui64, self.random.choice(commands))

    def association(self, eui64: bytes, response: bool) -> bytes:
        """A request in a device's name while nobody is let in, or a response not asked for."""
        hub = self.han.hub.node
        if response:
            answer = mac.command(mac.ASSOCIATION_RESPONSE, 0x1234, mac.ASSOCIATED)
            return self._mac_command(eui64, hub.eui64, answer)
        request = mac.command(mac.ASSOCIATION_REQUEST, ROUTER_CAPABILITY)
        return self._mac_command(hub.node_id, eui64, request)

    def _mac_command(self, target: int | bytes, source: bytes, command: bytes) -> bytes:
        pan = self.han.parameters.pan_id
        return mac.MacFrame(mac.COMMAND, 1, pan, target, pan, source, command).encode()

    def clear(self, source: int) -> bytes:
        """An APS message without any security."""
        message = aps.ApsFrame(aps.DATA, 1, b"", 0, ENDPOINT, ENDPOINT, METERING, SMART_ENERGY)
        return self._mac(
            nwk.NwkFrame(nwk.DATA, 0, source, 30, 1, message.encode()).encode(), source
        )

    def insider(self, source: int, eui64: bytes, link_key: bytes, counter: int) -> bytes:
        """Network security of a device, link security with a key or counter of one's choice."""
        key = self.han.hub.node.network_key
        assert key is not None
        message = aps.ApsFrame(
            aps.DATA, 1, b"", 0, ENDPOINT, ENDPOINT, METERING, SMART_ENERGY, secured=True
        )
        link = security.AuxiliaryHeader(security.LINK, counter)
        payload = security.seal(SUITE, link_key, message.header(), link, b"insider", eui64)
        frame = nwk.NwkFrame(nwk.DATA, 0, source, 30, 1, secured=True)
        self._counter += 1
        network = security.AuxiliaryHeader(security.NETWORK, self._counter, eui64, key[1])
        octets = security.seal(SUITE, key[0], frame.header(), network, payload, eui64)
        return self._mac(octets, source)

    def _mac(self, octets: bytes, source: int) -> bytes:
        pan = self.han.parameters.pan_id
        return mac.MacFrame(mac.DATA, 1, pan, 0, pan, source, octets).encode()

    def inject(self, octets: bytes) -> bool:
        """Whether a node refused it and said so in its counters."""
        before = self._refusals()
        self.han.air.inject(octets, CHANNELS[0])
        self.han.air.schedule.run(0.05)
        return self._refusals() > before

    def _refusals(self) -> int:
        nodes = [party.node.counters() for party in self.han.parties]
        return sum(counters[name] for counters in nodes for name in REFUSED)


def attacks(frames: int, seed: int) -> Table:
    """About `frames` of each kind at the hub and its meters."""
    air = Air(Schedule(), seed)
    han = Han(air)
    meter = han.meters[0]
    attacker = Attacker(han, seed)
    for tag in range(max(1, frames // 4)):
        meter.send(han.hub, b"once", tag & 0xFF)
        run(air, [han], 0.5)
    recorded = attacker.recorded()[:frames]
    before = sum(len(party.messages) for party in han.parties)
    source, eui64 = meter.node.node_id, meter.node.eui64
    used = meter.node.keys.find(han.hub.node.eui64)
    link_key = SUITE.mmo(eui64) if used is None else used.key
    han.hub.node.permit(0, air.schedule.now)
    kinds = (
        ("MAC commands malformed", [attacker.nonsense(eui64) for _ in range(frames)]),
        (
            "associations forged",
            [attacker.association(eui64, bool(at % 2)) for at in range(frames)],
        ),
        ("replayed network frames", recorded),
        ("forged network frames", [attacker.damaged(frame) for frame in recorded]),
        ("frames without security", [attacker.clear(source)] * frames),
        (
            "forged under the link key, by an insider",
            [attacker.insider(source, eui64, bytes(16), FAR_AHEAD) for _ in range(frames)],
        ),
        (
            "replayed under the link key, by an insider",
            [attacker.insider(source, eui64, link_key, 0) for _ in range(frames)],
        ),
    )
    rows: list[Row] = []
    for name, octets in kinds:
        refused = sum(attacker.inject(frame) for frame in octets)
        rows.append(
            {
                "frames": name,
                "sent": len(octets),
                "refused and counted": refused,
                "let through": len(octets) - refused,
                "limit": 0,
            }
        )
    reached = sum(len(party.messages) for party in han.parties) - before
    rows.append(
        {
            "frames": "messages that reached an endpoint",
            "sent": None,
            "refused and counted": None,
            "let through": reached,
            "limit": 0,
        }
    )
    return Table("An attacker on the air", rows, limited="let through")
