"""Messages on their way out: acknowledged, tried again, cut into blocks (Zigbee 2.2.8.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.radio.stack.timers import Timer
from smets.zigbee import aps

if TYPE_CHECKING:
    from host.radio.stack.core import Core

ACK_WAIT = 1.6  # s; apscAckWaitDuration over a hop or two
RETRIES = 3  # apscMaxFrameRetries

Ended = Callable[[bool, float], None]
Transmit = Callable[[int, aps.ApsFrame, bytes, "bytes | None", "Ended | None", float], None]


@dataclass(slots=True)
class Transfer:
    """One message: all its blocks (one, when it is not cut), and how far they are."""

    destination: int
    header: aps.ApsFrame
    blocks: list[bytes]
    partner: bytes | None  # whose link key protects it
    cut: bool
    ended: Ended
    first: int = 0  # of the window under way
    acknowledged: set[int] = field(default_factory=set)
    tries: int = 0
    timer: Timer | None = None
    host_block: aps.Block | None = None  # the host cuts, this is its block


class Transfers:
    """What waits for acknowledgements."""

    def __init__(self, core: Core, transmit: Transmit) -> None:
        self._core = core
        self._transmit = transmit
        self._under_way: dict[tuple[int, int], Transfer] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def start(self, transfer: Transfer, now: float) -> None:
        key = transfer.destination, transfer.header.counter
        old = self._under_way.pop(key, None)
        if old is not None:
            self._end(old, False, now)
        self._under_way[key] = transfer
        self._send_window(transfer, now)

    def clear(self) -> None:
        """The network is left: nothing more is heard of them."""
        for transfer in self._under_way.values():
            if transfer.timer is not None:
                transfer.timer.cancel()
        self._under_way.clear()

    def _window(self, transfer: Transfer) -> range:
        end = min(transfer.first + self._core.limits.fragment_window, len(transfer.blocks))
        return range(transfer.first, end)

    def _send_window(self, transfer: Transfer, now: float) -> None:
        for number in self._window(transfer):
            if number not in transfer.acknowledged:
                self._send_block(transfer, number, now)
        if transfer.timer is not None:
            transfer.timer.cancel()
        wait = ACK_WAIT + self._core.aps.delay_of(transfer.destination)
        transfer.timer = self._core.at(now + wait, lambda then: self._late(transfer, then))

    def _send_block(self, transfer: Transfer, number: int, now: float) -> None:
        header = transfer.header
        header.block = transfer.host_block
        if transfer.cut and number == 0:
            header.block = aps.Block(aps.FIRST_FRAGMENT, len(transfer.blocks))
        elif transfer.cut:
            header.block = aps.Block(aps.NEXT_FRAGMENT, number)
        self._transmit(
            transfer.destination, header, transfer.blocks[number], transfer.partner, None, now
        )

    def _late(self, transfer: Transfer, now: float) -> None:
        if transfer.tries >= RETRIES:
            self._finish(transfer, False, now)
            return
        transfer.tries += 1
        self._core.counters["aps retried"] += 1
        self._send_window(transfer, now)

    def acknowledge(self, source: int, counter: int, block: aps.Block | None, now: float) -> None:
        """An acknowledgement came."""
        transfer = self._under_way.get((source, counter))
        if transfer is None or (block is None) is (
            transfer.cut or transfer.host_block is not None
        ):
            return
        if not transfer.cut:
            if block is None or block.number == _number(transfer.host_block):
                self._finish(transfer, True, now)
            return
        assert block is not None
        assert block.received is not None
        window = self._window(transfer)
        if block.number != transfer.first:
            return
        for number in window:
            if block.received >> (number - block.number) & 1:
                transfer.acknowledged.add(number)
        if any(number not in transfer.acknowledged for number in window):
            # The rest of the window, at once; the timer counts the tries.
            for number in window:
                if number not in transfer.acknowledged:
                    self._send_block(transfer, number, now)
            return
        transfer.first = window.stop
        transfer.tries = 0
        if transfer.first >= len(transfer.blocks):
            self._finish(transfer, True, now)
        else:
            self._send_window(transfer, now)

    def _finish(self, transfer: Transfer, good: bool, now: float) -> None:
        del self._under_way[transfer.destination, transfer.header.counter]
        self._end(transfer, good, now)

    def _end(self, transfer: Transfer, good: bool, now: float) -> None:
        if transfer.timer is not None:
            transfer.timer.cancel()
        if not good:
            self._core.counters["aps failed"] += 1
        transfer.ended(good, now)


def _number(block: aps.Block | None) -> int:
    return 0 if block is None or block.fragment == aps.FIRST_FRAGMENT else block.number
