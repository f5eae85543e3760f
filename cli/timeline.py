"""An execution's history as a table of 80 columns, like the Events table of the Step Functions console."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .console import Style

__all__ = [
    "HEADING",
    "LOG_HEADING",
    "Row",
    "Timeline",
    "duration_text",
    "log_text",
    "map_run_text",
    "result_lines",
]

HEADING = f"{'id':>5} {'seconds':>11}  {'event':<26} step"
LOG_HEADING = f"{'seconds':>8}  log"


class Row(NamedTuple):
    """One event: id, virtual seconds since the start, type, the state it belongs to, what is worth adding."""

    id: int
    seconds: float
    type: str
    step: str
    detail: str

    def text(self, style: Style) -> str:
        """The row as a line of the table."""
        told = "  ".join(filter(None, (self.step, self.detail)))
        line = f"{self.id:>5} {self.seconds:>11.3f}  {self.type:<26} {told}".rstrip()
        if _failed(self.type):
            return style.red(line)
        if self.type == "ExecutionSucceeded":
            return style.green(line)
        return line


class _Frame(NamedTuple):
    """A state that is being executed, or with `number` an iteration of the Map state of that name."""

    name: str
    number: int | None = None
    holds: str = ""
    """`Map` or `Parallel` for a state that holds others."""


class Timeline:
    """Turns events into rows one by one, in the order of the history.

    An event such as TaskScheduled does not name its state: the state is found by the chain of
    `previousEventId`.
    """

    def __init__(self) -> None:
        self._start: float | None = None
        self._frames: dict[int, tuple[_Frame, ...]] = {}
        self.failed: str | None = None
        """Name of the state whose failure was not caught, if there is one."""

    def rows(self, events: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
        """A row for each event."""
        return map(self.row, events)

    def row(self, event: Mapping[str, Any]) -> Row:
        """The row of the next event."""
        moment = _seconds(event["timestamp"])
        if self._start is None:
            self._start = moment
        kind = event["type"]
        details: Mapping[str, Any] = next(
            (value for key, value in event.items() if key.endswith("EventDetails")), {}
        )
        before = self._frames.get(event.get("previousEventId", 0), ())
        frames, shown = _follow(kind, details, before)
        self._frames[event["id"]] = frames
        self._note_failure(kind, shown or before)
        return Row(event["id"], moment - self._start, kind, _step(shown), _detail(kind, details))

    def _note_failure(self, kind: str, frames: tuple[_Frame, ...]) -> None:
        if not frames:
            return
        if kind.endswith("StateExited"):
            if frames[-1].name == self.failed:
                self.failed = None  # it was caught
            return
        ends = kind == "FailStateEntered" or kind.endswith(("Failed", "TimedOut"))
        # What holds a state that failed fails with it: the innermost is the one to look at.
        if ends and (self.failed is None or not kind.startswith(("Map", "Parallel", "Execution"))):
            self.failed = frames[-1].name


def _follow(
    kind: str, details: Mapping[str, Any], frames: tuple[_Frame, ...]
) -> tuple[tuple[_Frame, ...], tuple[_Frame, ...]]:
    """The frames after an event, and those it belongs to."""
    name = details.get("name", "")
    if kind.endswith("StateEntered"):
        # What came before in this scope has exited or was left by a Catch; a nested scope starts in its container.
        frames = (*frames, _Frame(name, None, kind.removesuffix("StateEntered")))
        return frames, frames
    if kind.endswith("StateExited"):
        outer = _before(frames, name)
        return outer, (*outer, _Frame(name))
    if kind.startswith(("MapState", "ParallelState")) and not kind.endswith("Started"):
        # Its own end: it may follow an event of a state inside.
        holds = kind.partition("State")[0]
        inside = next((frame.name for frame in reversed(frames) if frame.holds == holds), "")
        outer = _before(frames, inside)
        return outer, (*outer, _Frame(inside)) if inside else frames
    if kind == "MapIterationStarted":
        frames = (*_within(frames, name), _Frame(name, details.get("index", 0)))
        return frames, frames
    if kind.startswith("MapIteration"):
        outer = _within(frames, name)
        return outer, (*outer, _Frame(name, details.get("index", 0)))
    if kind.startswith("Execution"):
        return (), ()
    return frames, frames


def _before(frames: tuple[_Frame, ...], name: str) -> tuple[_Frame, ...]:
    """The frames around the innermost state `name`; all of them if it is none of them."""
    for spot in range(len(frames) - 1, -1, -1):
        if frames[spot].name == name and frames[spot].number is None:
            return frames[:spot]
    return frames


def _within(frames: tuple[_Frame, ...], name: str) -> tuple[_Frame, ...]:
    """`frames` up to and with the Map state `name`, however far inside the event before it was."""
    outer = _before(frames, name)
    return frames[: len(outer) + 1]


def _failed(kind: str) -> bool:
    return kind.endswith(("Failed", "TimedOut", "Aborted"))


def _step(frames: tuple[_Frame, ...]) -> str:
    """`Invoke #2`: the state, and the index of each Map iteration around it."""
    if not frames:
        return ""
    indexes = ".".join(str(frame.number) for frame in frames if frame.number is not None)
    return f"{frames[-1].name} #{indexes}" if indexes else frames[-1].name


def _detail(kind: str, details: Mapping[str, Any]) -> str:
    if "error" in details:
        return str(details["error"])
    if kind == "MapStateStarted":
        length = details.get("length", 0)
        if not length:
            return ""  # a distributed Map counts as it reads: see map_run_text
        return "1 item" if length == 1 else f"{length} items"
    if kind in ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled"):
        resource = str(details.get("resource", ""))
        resource = f"{details['resourceType']}:{resource}" if "resourceType" in details else resource
        return resource.rpartition(":function:")[2] if ":function:" in resource else resource
    return ""


def map_run_text(state: str, items: Mapping[str, int], executions: Mapping[str, int]) -> str:
    """A Map Run in a line: its items and child executions by what became of them, as DescribeMapRun counts them."""

    def told(counts: Mapping[str, int]) -> str:
        kinds = {"failed": "failed", "timedOut": "timed out", "aborted": "aborted", "pending": "pending"}
        return "".join(f", {counts[key]} {word}" for key, word in kinds.items() if counts.get(key))

    return (
        f"{state}: {items['succeeded']} of {items['total']} items succeeded{told(items)}; "
        f"{executions['total']} child executions{told(executions)}"
    )


def log_text(message: str, width: int) -> Iterator[str]:
    """A line of a function's log, a REPORT line (fields apart by tabs) folded to the width."""
    fields = [field for field in message.split("\t") if field] if message.startswith("REPORT ") else [message]
    line = fields[0]
    for field in fields[1:]:
        if len(line) + 2 + len(field) > width:
            yield line
            line = f"  {field}"
        else:
            line += f"  {field}"
    yield line


def _seconds(timestamp: Any) -> float:
    """Seconds since the epoch of an event of ours (a number) or of boto3's (a datetime)."""
    return float(timestamp.timestamp() if hasattr(timestamp, "timestamp") else timestamp)


def duration_text(seconds: float) -> str:
    """`6.012 s`, and beyond a minute `2 h 05 min 06 s`, as one reads a duration."""
    if seconds < 60:
        return f"{seconds:.3f} s"
    whole = round(seconds)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    parts = (
        [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(hours or days) + [f"{minutes} min", f"{rest} s"]
    )
    return " ".join(parts)


def result_lines(
    status: str, output: Any, error: str | None, cause: str | None, seconds: float
) -> Iterator[str]:
    """How an execution ended, for people. `output` is a JSON value, or None where there is none."""
    yield f"{status} after {duration_text(seconds)}"
    if status == "SUCCEEDED":
        yield json.dumps(output, indent=2, ensure_ascii=False)
        return
    if error is not None:
        yield f"error: {error}"
    if cause is not None:
        yield f"cause: {cause}"
