"""Reading a history: which state each event belongs to, which way the execution went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

__all__ = ["Step", "history_lines", "steps"]

_FAILURES = ("Failed", "TimedOut", "SubmitFailed", "StartFailed", "ScheduleFailed")
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

    def __str__(self) -> str:
        """`2.000  TaskScheduled  Invoke #0`."""
        index = f" #{'.'.join(map(str, self.iteration))}" if self.iteration else ""
        return f"{self.seconds:.3f}  {self.type}  {self.state}{index}".rstrip()


def steps(events: Iterable[Mapping[str, Any]]) -> Iterator[Step]:
    """The events of one history with their places, in its order.

    An event such as `TaskScheduled` does not name its state: the chain of `previousEventId` leads to it.
    """
    start: float | None = None
    frames: dict[int, _Frames] = {}
    left: dict[int, tuple[str, bool]] = {}
    failed: set[int] = set()
    containers: dict[str, str] = {}
    for event in events:
        moment = _seconds(event["timestamp"])
        start = moment if start is None else start
        identity, previous, kind = event["id"], event.get("previousEventId", 0), event["type"]
        name, index = _named(event)
        inside = frames.get(previous, ())
        after, caught = None, False
        if kind.endswith("StateEntered"):
            after, caught = left.get(previous, (None, False))
            inside = shown = (*inside, (name, None))
            containers[name] = kind.removesuffix("StateEntered")
        elif kind.endswith("StateExited"):
            shown = _cut(inside, (name, None))
            inside = shown[:-1]
            left[identity] = name, previous in failed
        elif kind == "MapIterationStarted":
            inside = shown = (*_cut(inside, (name, None)), (name, index))
        elif kind.startswith("MapIteration"):
            shown = _cut(inside, (name, index))
            inside = shown[:-1]
        else:
            inside = shown = _own(kind, inside, containers)
        frames[identity] = inside
        if kind.endswith(_FAILURES):
            failed.add(identity)
        states = [state for state, number in shown if number is None]
        numbers = tuple(number for _, number in shown if number is not None)
        if kind.startswith("Execution"):
            states, numbers = [], ()
        yield Step(moment - start, kind, states[-1] if states else "", numbers, after, caught, event)


def history_lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line for each event, as `str` of a `Step`: what snapshots hold and differences show."""
    return [str(step) for step in steps(events)]


def _named(event: Mapping[str, Any]) -> tuple[str, int | None]:
    details: Mapping[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    return details.get("name", ""), details.get("index")


def _cut(frames: _Frames, last: tuple[str, int | None]) -> _Frames:
    """`frames` up to and with `last`; with `last` at the end of all of them where it is not among them."""
    for spot in range(len(frames) - 1, -1, -1):
        if frames[spot] == last:
            return frames[: spot + 1]
    return (*frames, last)


def _own(kind: str, frames: _Frames, containers: Mapping[str, str]) -> _Frames:
    """The frames of an event of a Map or Parallel state itself, which may follow one from inside."""
    wanted = "Parallel" if kind.startswith("ParallelState") else "Map"
    if not kind.startswith(("MapState", "MapRun", "ParallelState")) or kind.endswith("Started"):
        return frames
    for spot in range(len(frames) - 1, -1, -1):
        name, number = frames[spot]
        if number is None and containers.get(name) == wanted:
            return frames[: spot + 1]
    return frames


def _seconds(timestamp: Any) -> float:
    """Seconds since the epoch of an event of ours (a number) or of boto3's (a datetime)."""
    return float(timestamp.timestamp() if hasattr(timestamp, "timestamp") else timestamp)
