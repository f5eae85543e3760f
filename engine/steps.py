"""Reading a history: which state each event belongs to, which way the execution went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["Step", "StepReader"]

_FAILURES = ("Failed", "TimedOut")
_Frames = tuple[tuple[str, int | None], ...]
"""States from the outside in, and behind a Map state its iteration: (name, None), (name, index)."""


class Step(NamedTuple):
    """An event, and where in the workflow it happened."""

    seconds: float
    """Since the start of the execution."""
    type: str
    state: str
    """Name of the state; empty for an event of the execution."""
    iteration: tuple[int, ...]
    """Indexes of the Map iterations around it, from the outside in."""
    after: str | None
    """For `...StateEntered`: the state that was left for this one; None for the first of its scope."""
    caught: bool
    """For `...StateEntered`: whether a Catch led here."""
    event: Mapping[str, Any]

    @property
    def place(self) -> str:
        """`Invoke #2.0`: the state, and the index of each Map iteration around it."""
        return f"{self.state} #{'.'.join(map(str, self.iteration))}" if self.iteration else self.state

    def __str__(self) -> str:
        """`2.000  TaskScheduled  Invoke #0`."""
        return f"{self.seconds:.3f}  {self.type}  {self.place}".rstrip()


class StepReader:
    """Finds the place of each event of one history, given one by one in its order.

    An event such as `TaskScheduled` does not name its state: the chain of `previousEventId` leads to it.
    """

    def __init__(self) -> None:
        self._start: float | None = None
        self._frames: dict[int, _Frames] = {}
        self._left: dict[int, tuple[str, bool]] = {}
        """By the `...StateExited` of it: a state, and whether it failed."""
        self._failed: set[int] = set()
        self._containers: dict[str, str] = {}
        """Kind of each state that was entered, such as `Map`."""

    def read(self, event: Mapping[str, Any]) -> Step:
        """The next event: ours, or as boto3 gives those of GetExecutionHistory."""
        moment = _seconds(event["timestamp"])
        if self._start is None:
            self._start = moment
        identity, previous, kind = event["id"], event.get("previousEventId", 0), event["type"]
        after, caught = None, False
        if kind.endswith("StateEntered"):
            after, caught = self._left.get(previous, (None, False))
        inside, shown = self._follow(kind, *_named(event), self._frames.get(previous, ()))
        self._frames[identity] = inside
        if kind.endswith("StateExited"):
            self._left[identity] = shown[-1][0], previous in self._failed
        elif kind.endswith(_FAILURES):
            self._failed.add(identity)
        state = next((name for name, number in reversed(shown) if number is None), "")
        iteration = tuple(number for _, number in shown if number is not None)
        return Step(moment - self._start, kind, state, iteration, after, caught, event)

    def _follow(self, kind: str, name: str, index: int | None, frames: _Frames) -> tuple[_Frames, _Frames]:
        """The frames after an event, and those it belongs to."""
        if kind.endswith("StateEntered"):
            self._containers[name] = kind.removesuffix("StateEntered")
            frames = (*frames, (name, None))
            return frames, frames
        if kind.endswith("StateExited"):
            shown = _cut(frames, (name, None))
            return shown[:-1], shown
        if kind.startswith("MapIteration"):
            # What cuts an iteration short has happened in another.
            around = _cut(frames, (name, None))
            shown = (*around, (name, index))
            return shown if kind == "MapIterationStarted" else around, shown
        if kind.startswith("Execution"):
            return frames, ()
        frames = self._own(kind, frames)
        return frames, frames

    def _own(self, kind: str, frames: _Frames) -> _Frames:
        """The frames of an event of a Map or Parallel state itself, which may follow one from inside."""
        wanted = "Parallel" if kind.startswith("ParallelState") else "Map"
        if not kind.startswith(("MapState", "MapRun", "ParallelState")) or kind.endswith("Started"):
            return frames
        for spot in range(len(frames) - 1, -1, -1):
            name, number = frames[spot]
            if number is None and self._containers.get(name) == wanted:
                return frames[: spot + 1]
        return frames


def _named(event: Mapping[str, Any]) -> tuple[str, int | None]:
    details: Mapping[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    return details.get("name", ""), details.get("index")


def _cut(frames: _Frames, last: tuple[str, None]) -> _Frames:
    """`frames` up to and with `last`; with `last` at the end of all of them where it is not among them."""
    for spot in range(len(frames) - 1, -1, -1):
        if frames[spot] == last:
            return frames[: spot + 1]
    return (*frames, last)


def _seconds(timestamp: Any) -> float:
    """Seconds since the epoch of an event of ours (a number) or of boto3's (a datetime)."""
    return float(timestamp.timestamp() if hasattr(timestamp, "timestamp") else timestamp)
