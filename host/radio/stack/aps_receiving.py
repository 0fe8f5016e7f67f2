"""APS frames on their way in: opened, told apart, acknowledged, put together (Zigbee 2.2.8.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.radio.stack.aps_messages import acknowledgement_of, block_number, message_of, renumbered
from host.radio.stack.duplicates import Duplicates
from host.radio.stack.events import Message
from host.radio.stack.reassembly import Reassembly
from host.radio.stack.types import ApsOption, NetworkState
from smets.codec.errors import AuthenticationError, DecodeError
from smets.zigbee import aps, security
from smets.zigbee.nwk import NwkFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

ALL_ENDPOINTS = 0xFF


class ApsReceiver:
    """What comes to one node, up to its endpoints."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._duplicates = Duplicates()
        self._reassembly = Reassembly(core.limits)
        self.reassembles = True

    def forget(self, source: int) -> None:
        """A node begins its counters again."""
        self._duplicates.forget(source)

    def receive(
        self, carrier: NwkFrame, octets: bytes, lqi: int, rssi: int, now: float, secured: bool
    ) -> None:
        """An APS frame; `secured`: it came under the network key."""
        core = self._core
        try:
            frame = aps.ApsFrame.decode(octets)
            if not secured and not (frame.kind == aps.COMMAND and frame.secured):
                core.counters["nwk unsecured"] += 1
                return
            source = core.neighbours.eui64_of(carrier.source)
            identifier: int | None = None
            if frame.secured:
                frame.payload, source, identifier = core.aps.security.open(frame, source, now)
            core.counters["aps received"] += 1
            if frame.kind == aps.COMMAND:
                core.aps.commands.receive(
                    carrier.source, source, frame.payload, identifier, secured, now
                )
            elif identifier not in {None, security.LINK}:
                raise DecodeError("data under a key that is for commands")
            elif frame.kind == aps.ACK:
                core.aps.transfers.acknowledge(carrier.source, frame.counter, frame.block, now)
            else:
                self._receive_data(carrier, frame, source, (lqi, rssi), now)
        except DecodeError:
            core.counters["aps malformed"] += 1
        except AuthenticationError:
            return

    def _receive_data(
        self,
        carrier: NwkFrame,
        frame: aps.ApsFrame,
        source: bytes | None,
        signal: tuple[int, int],
        now: float,
    ) -> None:
        core = self._core
        if core.state is not NetworkState.JOINED or not self._is_for_us(frame):
            return
        block = frame.block
        number = -1 if block is None else block_number(block)
        again = self._duplicates.seen(carrier.source, frame.counter, number, frame.payload, now)
        if again:
            core.counters["aps duplicate"] += 1
        message = message_of(carrier, frame, source, signal)
        if block is None or not self.reassembles:
            if frame.ack_request and (block is None or again):
                self._acknowledge(
                    carrier.source, frame, source, block and acknowledgement_of(block), now
                )
            if not again:
                core.aps.hand_up(message, now)
            return
        if again:
            lost = self._reassembly.again(carrier.source, frame.counter, block)
            self._acknowledge(carrier.source, frame, source, lost, now)
            return
        due, whole = self._reassembly.add(carrier.source, frame.counter, block, frame.payload, now)
        core.counters["aps reassembly failed"] = self._reassembly.failed
        if due is not None:
            self._acknowledge(carrier.source, frame, source, due, now)
        if whole is not None:
            options = message.aps.options & ~ApsOption.FRAGMENT
            core.aps.hand_up(
                Message(
                    message.delivery,
                    message.source,
                    source,
                    renumbered(message.aps, message.aps.sequence, options, 0),
                    whole,
                    *signal,
                ),
                now,
            )

    def _is_for_us(self, frame: aps.ApsFrame) -> bool:
        core = self._core
        if frame.delivery == aps.GROUP:
            return any(group == frame.group for group, _ in core.groups)
        endpoint = frame.destination_endpoint
        return endpoint in {0, ALL_ENDPOINTS} or endpoint in core.endpoints

    def _acknowledge(
        self,
        destination: int,
        frame: aps.ApsFrame,
        partner: bytes | None,
        block: aps.Block | None,
        now: float,
    ) -> None:
        """2.2.8.4.1: the addresses turned round, under the same security."""
        answer = aps.ApsFrame(
            aps.ACK,
            frame.counter,
            b"",
            aps.UNICAST,
            frame.source_endpoint,
            frame.destination_endpoint,
            frame.cluster,
            frame.profile,
            block=block,
        )
        self._core.aps.transmit(
            destination, answer, b"", partner if frame.secured else None, None, now
        )
