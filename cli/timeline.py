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


class Timeline:
    """Turns events into rows one by one, in the order of the history."""

    def __init__(self) -> None:
        from fanfold.engine import StepReader

        self._steps = StepReader()
        self._states: dict[int, str] = {}
        self.failed: str | None = None
        """Name of the state whose failure was not caught, if there is one."""

    def rows(self, events: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
        """A row for each event."""
        return map(self.row, events)

    def row(self, event: Mapping[str, Any]) -> Row:
        """The row of the next event."""
        step = self._steps.read(event)
        self._states[event["id"]] = step.state
        # The end of the execution is told of the state that it follows.
        self._note_failure(step.type, step.state or self._states.get(event.get("previousEventId", 0), ""))
        return Row(event["id"], step.seconds, step.type, step.place, _detail(event))

    def _note_failure(self, kind: str, state: str) -> None:
        if not state:
            return
        if kind.endswith("StateExited"):
            if state == self.failed:
                self.failed = None  # it was caught
            return
        ends = kind == "FailStateEntered" or kind.endswith(("Failed", "TimedOut"))
        # What holds a state that failed fails with it: the innermost is the one to look at.
        if ends and (self.failed is None or not kind.startswith(("Map", "Parallel", "Execution"))):
            self.failed = state


def _failed(kind: str) -> bool:
    return kind.endswith(("Failed", "TimedOut", "Aborted"))


def _detail(event: Mapping[str, Any]) -> str:
    details: Mapping[str, Any] = next(
        (value for key, value in event.items() if key.endswith("EventDetails")), {}
    )
    kind = event["type"]
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
