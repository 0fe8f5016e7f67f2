"""The board's end of the serial link: frames in, the device's answers out.

The number that the hub gave a message is what identifies it (see `receiving`); the ACK follows
the commit.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from board.receiving import FAILED, OUTBOX_FULL, RECEIVED, deal_with
from smets.codec.link import (
    ACK,
    CLOCK,
    GET,
    GET_RESPONSE,
    IDENTIFY,
    LONGEST_MESSAGE,
    NUMBER_LENGTH,
    PUT,
    STATUS,
    VERSION,
    is_repeat,
    numbered,
)
from smets.codec.ticks import SECOND, elapsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from board.clock import Clock
    from board.receiving import Device

REPEAT = SECOND  # milliseconds until an unanswered IDENTIFY or PUT is sent again


class Endpoint:
    """Pure: octets and ticks in, `send` called with the content of frames.

    An exception means that the device failed and that the board has to start again.
    """

    def __init__(
        self,
        identity: bytes,
        create: Callable[[], Device],
        clock: Clock,
        send: Callable[[bytes], None],
        get_interval: int = 0,
    ) -> None:
        """`identity`: EUI-64 and device type; a device with a `get_interval` (s) sleeps."""
        self._identify = bytes((IDENTIFY,)) + identity + bytes((VERSION,))
        self._clock = clock
        self._send = send
        self._get_interval = get_interval * SECOND
        self._handlers: dict[int, Callable[[memoryview], None]] = {
            GET_RESPONSE: self._get_response,
            PUT: self._put,
            ACK: self._ack,
            CLOCK: self._set_clock,
            IDENTIFY: self._who,
            STATUS: self._status,
        }
        self.report: Callable[[], dict[str, object]] = dict
        self.lost = 0  # messages of the device that no frame can carry
        self._heard = False
        self._identified_at: int | None = None
        self._sent: int | None = None
        self._sent_at = 0
        self._got_at: int | None = None
        self._polled: int | None = None
        self._device = create()
        stored = self._device.store.get(RECEIVED)
        self._received = int.from_bytes(stored, "big") if stored else None

    def receive(self, content: memoryview) -> None:
        """One frame of the hub, not copied; what makes no sense is passed over."""
        self._heard = True
        handler = self._handlers.get(content[0])
        if handler:
            handler(content[1:])

    def step(self, ticks: int) -> None:
        """Does what is due: the device's own work, then sending and repeating."""
        self._poll()
        if not self._heard:
            if self._is_due(self._identified_at, REPEAT, ticks):
                self._identified_at = ticks
                self._send(self._identify)
            return
        self._send_head(ticks)
        if self._get_interval and self._is_due(self._got_at, self._get_interval, ticks):
            self._got_at = ticks
            self._send(bytes((GET,)))

    def _send_head(self, ticks: int) -> None:
        outbox = self._device.outbox
        head = outbox.head()
        if head is None or (self._sent == head and elapsed(self._sent_at, ticks) < REPEAT):
            return
        message = outbox.message(head)
        if len(message) > LONGEST_MESSAGE:
            self.lost += 1
            outbox.acknowledged(head)
        else:
            self._sent = head
            self._sent_at = ticks
            self._send(numbered(PUT, head, message))

    def _is_due(self, last: int | None, interval: int, ticks: int) -> bool:
        return last is None or elapsed(last, ticks) >= interval

    # The hub's frames

    def _get_response(self, body: memoryview) -> None:
        if len(body) > NUMBER_LENGTH + 1:
            if body[NUMBER_LENGTH]:
                self._got_at = None  # more remain: ask again at once
            number = int.from_bytes(body[:NUMBER_LENGTH], "big")
            self._take(number, body[NUMBER_LENGTH + 1 :])

    def _put(self, body: memoryview) -> None:
        if len(body) > NUMBER_LENGTH:
            self._take(int.from_bytes(body[:NUMBER_LENGTH], "big"), body[NUMBER_LENGTH:])

    def _take(self, number: int, message: memoryview) -> None:
        now = self._clock.now()
        if now is None or len(self._device.outbox) >= OUTBOX_FULL:
            return  # no ACK: the hub keeps it and comes again
        if not is_repeat(self._received, number):
            identity = number.to_bytes(NUMBER_LENGTH, "big")
            deal_with(self._device, identity, message, now)
            self._received = number
        self._send(numbered(ACK, number))

    def _ack(self, body: memoryview) -> None:
        if len(body) == NUMBER_LENGTH:
            self._device.outbox.acknowledged(int.from_bytes(body, "big"))

    def _set_clock(self, body: memoryview) -> None:
        if len(body) == 4:
            self._clock.set(int.from_bytes(body, "big"))
            self._poll()

    def _who(self, body: memoryview) -> None:
        self._send(self._identify)

    def _status(self, body: memoryview) -> None:
        status = self.report()
        status["now"] = self._clock.now()
        status["outbox"] = len(self._device.outbox)
        failed = self._device.store.get(FAILED)
        status["failed"] = failed and failed[-1]
        status["lost"] = self.lost
        self._send(bytes((STATUS,)) + json.dumps(status).encode())

    # The device

    def _poll(self) -> None:
        now = self._clock.now()
        if now is None or now == self._polled:
            return
        self._polled = now
        self._device.poll(now)
