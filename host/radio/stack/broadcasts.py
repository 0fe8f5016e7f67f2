"""Broadcasts: once through every node, again to those who were not heard passing it on (3.6.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.radio.stack.types import DeviceType, NetworkState
from smets.zigbee import mac, nwk
from smets.zigbee.nwk import NwkFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

PASSIVE_ACK_TIMEOUT = 0.5  # s; nwkPassiveAckTimeout
RETRIES = 2  # nwkMaxBroadcastRetries
DELIVERY_TIME = 9.0  # s; nwkNetworkBroadcastDeliveryTime
JITTER = 0.064  # s; nwkcMaxBroadcastJitter
RECORDS = 64


@dataclass(slots=True)
class _Record:
    expires: float
    heard: set[int] = field(default_factory=set)


class Broadcasts:
    """The broadcast transaction table of one node."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._records: dict[tuple[int, int], _Record] = {}

    def seen(self, frame: NwkFrame, sender: int, now: float) -> bool:
        """Whether a broadcast was here before; a new one is entered."""
        record = self._records.get((frame.source, frame.sequence))
        if record is not None and record.expires > now:
            record.heard.add(sender)
            return True
        self._enter(frame, now).heard.add(sender)
        return False

    def _enter(self, frame: NwkFrame, now: float) -> _Record:
        if len(self._records) >= RECORDS:
            for key in [k for k, r in self._records.items() if r.expires <= now]:
                del self._records[key]
            if len(self._records) >= RECORDS:
                self._records.pop(next(iter(self._records)))
        record = _Record(now + DELIVERY_TIME)
        self._records[frame.source, frame.sequence] = record
        return record

    def originate(self, frame: NwkFrame, payload: bytes, now: float) -> None:
        """This node's own: a router's to all at once, an end device's by its parent."""
        self._enter(frame, now)
        core = self._core
        network = core.network
        if network is not None and not core.is_router:
            if network.parent is not None:
                core.nwk.transmit(network.parent, frame, payload, None, now)
            return
        self._transmit(frame, payload, RETRIES, now)

    def relay(self, frame: NwkFrame, payload: bytes, now: float) -> None:
        """Somebody else's, after a moment."""
        frame.radius -= 1
        wait = self._core.random_seconds(JITTER)
        self._core.at(now + wait, lambda then: self._transmit(frame, payload, RETRIES, then))

    def _transmit(self, frame: NwkFrame, payload: bytes, retries: int, now: float) -> None:
        core = self._core
        if core.state is not NetworkState.JOINED:
            return
        core.nwk.transmit(mac.BROADCAST, frame, payload, None, now)
        if retries == RETRIES and frame.destination == nwk.BROADCAST_ALL:
            for child in list(core.neighbours.children.values()):
                asleep = child.device_type is DeviceType.SLEEPY_END_DEVICE
                wanted = asleep and child.authenticated and child.node_id != frame.source
                if wanted and core.mac.indirect.has_room_to_spare():
                    core.nwk.transmit(child.node_id, frame, payload, None, now)
        if retries:
            core.at(
                now + PASSIVE_ACK_TIMEOUT,
                lambda then: self._again(frame, payload, retries - 1, then),
            )

    def _again(self, frame: NwkFrame, payload: bytes, retries: int, now: float) -> None:
        record = self._records.get((frame.source, frame.sequence))
        core = self._core
        core.neighbours.expire_routers(now)
        unheard = set(core.neighbours.routers) - {frame.source}
        if record is not None:
            unheard -= record.heard
        # End devices pass nothing on, so nobody knows whether they heard it.
        listening = any(
            child.device_type is DeviceType.END_DEVICE
            for child in core.neighbours.children.values()
        )
        if unheard or (listening and frame.destination != nwk.BROADCAST_ROUTERS):
            self._transmit(frame, payload, retries, now)
