"""The host's end of EZSP: resets the co-processor, agrees on a version, commands one at a time.

An engine: it is stepped with ticks, takes octets, hands octets to `write`, and never waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec import ticks as clock
from smets.codec.errors import DecodeError
from smets.zigbee import ash, ezsp, ezsp_status
from smets.zigbee.driver import NO_ANSWER, RESTARTED, WRONG_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from smets.codec.table import Table

    Values = dict[str, Any]
    Then = Callable[[Values], None]

    class Owner(Protocol):
        """Who drives the co-processor."""

        def on_open(self) -> None:
            """Commands may be given."""
            ...

        def on_callback(self, frame_id: int, values: Values) -> None:
            """Something happened of its own accord."""
            ...

        def on_broken(self, reason: int) -> None:
            """Nothing works until `open`; `reason` as in `driver`."""
            ...


RESET_TIME = 2500  # milliseconds until the reset is sent again
RESETS = 3
COMMAND_TIME = 10000

# states
_BROKEN = 0
_RESETTING = 1
_AGREEING = 2
_OPEN = 3


class EzspLink:
    """`table` is that of `ezsp.txt`; `refused` counts frames that were none."""

    def __init__(self, table: Table, write: Callable[[bytes], None], owner: Owner) -> None:
        self.frames = ezsp.Frames(table, ezsp.OLDEST)
        self.refused = 0
        self._table = table
        self._write = write
        self._owner = owner
        self._ash = ash.Ash()
        self._now = 0  # milliseconds that only grow
        self._ticks: int | None = None
        self._state = _BROKEN
        self._due: int | None = None
        self._resets = 0
        self._sequence = 0
        self._queue: list[tuple[int, Mapping[str, Any], Then]] = []
        self._waiting: tuple[int, Then] | None = None

    @property
    def now(self) -> int:
        """Milliseconds since the first step."""
        return self._now

    @property
    def busy(self) -> bool:
        """Whether a command is queued or unanswered."""
        return self._state in {_RESETTING, _AGREEING} or bool(self._queue or self._waiting)

    def open(self) -> None:
        """Resets the co-processor; `on_open` or `on_broken` follows."""
        self._resets = 0
        self._reset()

    def _reset(self) -> None:
        self._queue = []
        self._waiting = None
        self._state = _RESETTING
        self._due = self._now + RESET_TIME
        self._resets += 1
        self._ash.reset()
        self._flush()

    def command(self, frame_id: int, values: Mapping[str, Any], then: Then) -> None:
        """Gives a command when its turn comes; `then` gets the answer.

        The answer to a command that the co-processor does not know is a status alone. Dropped
        when the link is not open.
        """
        if self._state == _OPEN:
            self._queue.append((frame_id, values, then))
            self._next()

    def step(self, ticks: int) -> None:
        """Does what is due."""
        if self._ticks is not None:
            self._now += clock.elapsed(self._ticks, ticks)
        self._ticks = ticks
        self._events(self._ash.tick(self._now))
        if self._due is not None and self._now >= self._due:
            self._due = None
            if self._state == _RESETTING and self._resets < RESETS:
                self._reset()
            else:
                self.give_up(NO_ANSWER)
        self._flush()

    def receive(self, octets: bytes) -> None:
        """Octets of the line, which came at the time of the last step."""
        self._events(self._ash.receive(octets, self._now))
        self._flush()

    def _flush(self) -> None:
        octets = self._ash.output(self._now)
        if octets:
            self._write(octets)

    def give_up(self, reason: int) -> None:
        """Ends the link until `open`; its owner hears why."""
        if self._state != _BROKEN:
            self._state = _BROKEN
            self._due = None
            self._queue = []
            self._waiting = None
            self._owner.on_broken(reason)

    def _events(self, events: list[ash.Event]) -> None:
        for kind, octets in events:
            if kind == ash.DATA:
                self._frame(octets)
            elif kind == ash.ERROR:
                if self._state != _RESETTING:
                    self.give_up(NO_ANSWER)
            elif self._state == _RESETTING:
                self._state = _AGREEING
                self._agree(ezsp.old_header(0, ezsp.COMMAND), ezsp.OLDEST)
            else:
                self.give_up(RESTARTED)

    def _agree(self, header: bytes, version: int) -> None:
        self._due = self._now + COMMAND_TIME
        self._ash.send(header + bytes((version,)))

    def _frame(self, octets: bytes) -> None:
        try:
            sequence, control, frame_id, fields, old = ezsp.parse(octets, response=True)
            if self._state == _AGREEING and frame_id == ezsp.VERSION and fields:
                self._version(fields[0], old)
            elif self._state == _OPEN:
                self._answer(sequence, control, frame_id, fields)
        except DecodeError:
            self.refused += 1  # if it was an answer, the command's time runs out

    def _version(self, version: int, old: bool) -> None:
        if not ezsp.OLDEST <= version <= ezsp.NEWEST:
            self.give_up(WRONG_VERSION)
        elif old:
            self.frames = ezsp.Frames(self._table, version)
            self._agree(ezsp.header(0, ezsp.COMMAND, ezsp.VERSION), version)
        else:
            self._state = _OPEN
            self._due = None
            self._sequence = 0
            self._owner.on_open()

    def _next(self) -> None:
        if self._waiting is not None or not self._queue:
            return
        frame_id, values, then = self._queue.pop(0)
        frame = self.frames.find(frame_id)
        if frame is None or frame.request is None:
            raise ValueError(f"version {self.frames.version} has no command {frame_id:04x}")
        self._sequence = (self._sequence + 1) & 0xFF
        self._waiting = (frame_id, then)
        self._due = self._now + COMMAND_TIME
        header = ezsp.header(self._sequence, ezsp.COMMAND, frame_id)
        self._ash.send(header + self.frames.encode(frame.request, values))
        self._flush()

    def _answer(self, sequence: int, control: int, frame_id: int, fields: bytes) -> None:
        frame = self.frames.find(frame_id)
        if frame is None:
            return  # a callback that this table does not hold
        values = self.frames.decode(frame.response, fields)
        if ezsp.is_callback(control):
            self._owner.on_callback(frame_id, values)
            return
        waiting = self._waiting
        if waiting is None or sequence != self._sequence:
            return
        if frame_id == ezsp.INVALID_COMMAND:
            values = {"status": ezsp_status.NOT_SUPPORTED}
        elif frame_id != waiting[0]:
            raise DecodeError("an answer to another command")
        self._waiting = None
        self._due = None
        waiting[1](values)
        self._next()
