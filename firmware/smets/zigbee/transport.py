"""Messages of any size over a radio's frames: one at a time, block by block, others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.zigbee import driver, fragments
from smets.zigbee.driver import Datagram

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.zigbee.driver import Driver

    Done = Callable[[bool], None]

TAGS = 256
MOST_WAITING = 8  # more is refused, as a radio without memory does


class Transport:
    """Sends whole messages through `radio`; the radio's listener passes `on_sent` on to here."""

    def __init__(self, radio: Driver) -> None:
        self._radio = radio
        self._waiting: list[tuple[Datagram, Done | None]] = []
        self._blocks: list[bytes] = []
        self._at = 0
        self._tag = 0

    def forget(self) -> None:
        """Nothing is under way any more: the radio has started anew."""
        self._waiting = []
        self._blocks = []

    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._waiting

    def send(self, datagram: Datagram, done: Done | None = None) -> None:
        """`done` is told whether the other end's APS has acknowledged all of it."""
        if len(self._waiting) >= MOST_WAITING:
            if done:
                done(False)
            return
        self._waiting.append((datagram, done))
        if len(self._waiting) == 1:
            self._begin()

    def on_sent(self, tag: int, delivered: bool) -> None:
        """What the radio says of a frame; of one that is not under way it says nothing new."""
        if tag != self._tag or not self._waiting:
            return
        self._at += 1
        if delivered and self._at < len(self._blocks):
            self._send_block()
            return
        _, done = self._waiting.pop(0)
        if self._waiting:
            self._begin()
        if done:
            done(delivered)

    def _begin(self) -> None:
        datagram = self._waiting[0][0]
        capabilities = self._radio.capabilities
        if capabilities.fragments:
            self._blocks = [datagram.payload]
        else:
            self._blocks = fragments.cut(
                datagram.payload, capabilities.max_payload, datagram.secured
            )
        self._at = 0
        self._tag = (self._tag + 1) % TAGS
        self._send_block()

    def _send_block(self) -> None:
        datagram = self._waiting[0][0]
        in_blocks = len(self._blocks) > 1
        self._radio.send(
            self._tag,
            Datagram(
                datagram.peer,
                datagram.profile,
                datagram.cluster,
                datagram.source_endpoint,
                datagram.destination_endpoint,
                self._blocks[self._at],
                datagram.secured,
                datagram.acknowledged or in_blocks,
                block=self._at if in_blocks else driver.NO_BLOCK,
                blocks=len(self._blocks) if in_blocks and not self._at else 0,
            ),
        )
