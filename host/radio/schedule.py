"""What happens when: one queue for everything on the air, in virtual or in real time."""

import asyncio
import heapq
import time
from collections.abc import Callable


class Entry:
    """Something scheduled; `cancel` takes it back."""

    __slots__ = ("action", "time")

    def __init__(self, moment: float, action: Callable[[], None]) -> None:
        self.time = moment
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Schedule:
    """Runs actions in the order of their times, those of one time as they were entered."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.on_change: Callable[[], None] | None = None  # something earlier than before is due
        self._heap: list[tuple[float, int, Entry]] = []
        self._entered = 0

    def at(self, moment: float, action: Callable[[], None]) -> Entry:
        entry = Entry(max(moment, self.now), action)
        self._entered += 1
        heapq.heappush(self._heap, (entry.time, self._entered, entry))
        if self.on_change is not None and self._heap[0][2] is entry:
            self.on_change()
        return entry

    def after(self, seconds: float, action: Callable[[], None]) -> Entry:
        return self.at(self.now + seconds, action)

    def next_time(self) -> float | None:
        heap = self._heap
        while heap and heap[0][2].action is None:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def run_until(self, moment: float) -> None:
        """All that is due until then, and what that brings with it."""
        heap = self._heap
        while heap and heap[0][0] <= moment:
            when, _, entry = heapq.heappop(heap)
            if entry.action is not None:
                self.now = max(self.now, when)
                entry.action()
        self.now = max(self.now, moment)

    def run(self, seconds: float) -> None:
        self.run_until(self.now + seconds)

    def run_while(self, waiting: Callable[[], bool], limit: float) -> bool:
        """Goes on as long as `waiting`, `limit` seconds at most; whether the wait ended."""
        end = self.now + limit
        while waiting():
            following = self.next_time()
            if following is None or following > end:
                self.now = end
                return not waiting()
            self.run_until(following)
        return True


class RealTime:
    """Runs a schedule by the clock of the event loop, `speed` times as fast."""

    def __init__(self, schedule: Schedule, speed: float = 1.0) -> None:
        self._schedule = schedule
        self._speed = speed
        self._start = time.monotonic() - schedule.now / speed
        self._handle: asyncio.TimerHandle | None = None
        self._running = False
        self._loop = asyncio.get_running_loop()
        schedule.on_change = self._arm
        self._arm()

    def catch_up(self) -> float:
        """Brings the schedule to now: before anything from outside acts on it."""
        if not self._running:
            self._running = True
            try:
                self._schedule.run_until((time.monotonic() - self._start) * self._speed)
            finally:
                self._running = False
            self._arm()
        return self._schedule.now

    def close(self) -> None:
        self._schedule.on_change = None
        if self._handle is not None:
            self._handle.cancel()

    def _arm(self) -> None:
        if self._running:
            return
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        following = self._schedule.next_time()
        if following is not None:
            wait = following / self._speed - (time.monotonic() - self._start)
            self._handle = self._loop.call_later(max(wait, 0), self.catch_up)
