"""The virtual clock: a heap of moments, and the processes that sleep on it.

A process is a generator. It sleeps by calling `Clock.wake_at` or `Clock.await_answer` for itself and then
yielding; it waits for its children by yielding while they run. Nothing here knows about states.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any, Protocol

__all__ = ["Clock", "Coroutine", "Sleeper"]

_FIRST = -62_135_596_800
_LAST = 8_640_000_000_000
"""The year 1, and the last moment that JSONata's numbers of milliseconds have a date for (+275760-09-13)."""

Coroutine = Generator[None, Any, Any]


class Sleeper(Protocol):
    """Whatever the clock wakes. A sleeper that is closed before its moment ignores the call."""

    def wake(self, value: Any) -> None: ...


class Pending(Protocol):
    """A `concurrent.futures.Future`, as far as the clock needs one."""

    def result(self) -> Any: ...


class Clock:
    """Runs sleepers in the order of (time, sequence). `now` is in seconds since the Unix epoch.

    Raises ValueError for a start before the year 1, or one that no date can say.
    """

    __slots__ = ("_heap", "_pending", "_sequence", "now", "pace")

    def __init__(self, start: float, pace: Callable[[float], None] | None = None) -> None:
        if not _FIRST <= start <= _LAST:
            raise ValueError(f"start {start}: expected seconds since the Unix epoch, {_FIRST} to {_LAST}")
        self.now = start
        self.pace = pace
        self._sequence = 0
        self._heap: list[tuple[float, int, Sleeper, Any]] = []
        self._pending: list[tuple[Pending, Sleeper]] = []

    def wake_at(self, time: float, sleeper: Sleeper, value: Any = None) -> None:
        """Wake the sleeper at that time, to the microsecond, after everything already due at it."""
        self._sequence += 1
        heappush(self._heap, (round(time, 6), self._sequence, sleeper, value))

    def await_answer(self, pending: Pending, sleeper: Sleeper) -> None:
        """Wake the sleeper with the answer, at the present virtual moment, once every sleeper due now has run.

        That way calls of the same moment are all under way before the first answer is waited for.
        """
        self._pending.append((pending, sleeper))

    def run(self, done: Callable[[], bool]) -> bool:
        """Wake sleepers until `done()`. False when nothing is left that could ever happen."""
        heap = self._heap
        while not done():
            if self._pending and not (heap and heap[0][0] <= self.now):
                pending, self._pending = self._pending, []
                for answer, sleeper in pending:
                    sleeper.wake(answer.result())
                continue
            if not heap:
                return False
            time, _, sleeper, value = heappop(heap)
            if time > self.now:
                if self.pace is not None:
                    self.pace(time)
                self.now = time
            sleeper.wake(value)
        return True
