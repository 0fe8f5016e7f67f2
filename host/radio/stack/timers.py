"""What a node does later."""

import heapq
from collections.abc import Callable


class Timer:
    """`cancel` takes it back."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[float], None]) -> None:
        self.action: Callable[[float], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Timers:
    """Actions by time; each is given the time."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._entered = 0

    def at(self, moment: float, action: Callable[[float], None]) -> Timer:
        timer = Timer(action)
        self._entered += 1
        heapq.heappush(self._heap, (moment, self._entered, timer))
        return timer

    def next_time(self) -> float | None:
        heap = self._heap
        while heap and heap[0][2].action is None:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def run(self, now: float) -> None:
        heap = self._heap
        while heap and heap[0][0] <= now:
            timer = heapq.heappop(heap)[2]
            if timer.action is not None:
                timer.action(now)

    def clear(self) -> None:
        self._heap.clear()
