"""What waits in a parent for children that ask when they are awake (802.15.4 7.1.1.1.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smets.zigbee.mac import MacFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

Done = Callable[[bool, bool, float], None]  # acknowledged, with frame pending, time
Seal = Callable[[], bytes]  # AuthenticationError without a key


@dataclass(slots=True)
class Waiting:
    """A frame, the moment it is given up, and who wants to know.

    `seal` makes its payload each time it goes out: what is heard before has a lower counter, or
    the child would take it for a replay.
    """

    frame: MacFrame
    expires: float
    done: Done | None
    seal: Seal | None = None


class IndirectQueue:
    """First in, first out for each child; a bound for all together."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._queues: dict[int | bytes, deque[Waiting]] = {}
        self._count = 0

    def put(
        self,
        address: int | bytes,
        frame: MacFrame,
        done: Done | None,
        now: float,
        seal: Seal | None = None,
    ) -> None:
        """Keeps a frame for `address`; past the bound `done` hears at once that it is lost.

        Answers to joiners, which have no short address, never lack room for messages.
        """
        core = self._core
        room = core.limits.indirect_messages
        if isinstance(address, bytes):
            room += core.limits.children
        if self._count >= room:
            core.counters["indirect overflow"] += 1
            if done is not None:
                done(False, False, now)
            return
        waiting = Waiting(frame, now + core.limits.indirect_timeout, done, seal)
        self._queues.setdefault(address, deque()).append(waiting)
        self._count += 1
        core.radio.pending.add(address)
        core.at(waiting.expires, lambda then: self._expire(address, then))

    def has_room_to_spare(self) -> bool:
        """Whether a broadcast may wait too: half of the room is kept for messages to one."""
        return self._count < self._core.limits.indirect_messages // 2

    def take(self, address: int | bytes, now: float) -> Waiting | None:
        """The frame that has waited longest, its pending bit set when it is not the last."""
        self._expire(address, now)
        queue = self._queues.get(address)
        if not queue:
            return None
        waiting = queue.popleft()
        waiting.frame.pending = bool(queue)
        self._removed(address)
        return waiting

    def put_back(self, address: int | bytes, waiting: Waiting, now: float) -> None:
        """The child did not acknowledge; it may ask again before the frame expires."""
        if waiting.expires <= now:
            self._lost(waiting, now)
            return
        self._queues.setdefault(address, deque()).appendleft(waiting)
        self._count += 1
        self._core.radio.pending.add(address)

    def drop(self, address: int | bytes, now: float) -> None:
        """The child is gone."""
        for waiting in self._queues.pop(address, deque()):
            self._count -= 1
            self._lost(waiting, now)
        self._core.radio.pending.discard(address)

    def _expire(self, address: int | bytes, now: float) -> None:
        queue = self._queues.get(address)
        while queue and queue[0].expires <= now:
            waiting = queue.popleft()
            self._removed(address)
            self._lost(waiting, now)

    def _removed(self, address: int | bytes) -> None:
        self._count -= 1
        if not self._queues[address]:
            del self._queues[address]
            self._core.radio.pending.discard(address)

    def _lost(self, waiting: Waiting, now: float) -> None:
        self._core.counters["indirect expired"] += 1
        if waiting.done is not None:
            waiting.done(False, False, now)
