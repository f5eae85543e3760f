"""Assertions about runs, whose failures show what happened."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from .histories import history_lines

if TYPE_CHECKING:
    from .runs import WorkflowRun

__all__ = [
    "assert_failed",
    "assert_history",
    "assert_invocations",
    "assert_succeeded",
    "assert_timed_out",
    "difference",
]

_ANY: Any = object()
_LAST = 12
"""Events that a failed assertion shows."""


def assert_succeeded(run: WorkflowRun, output: Any = _ANY) -> None:
    """The run succeeded, with this output if one is given."""
    __tracebackhide__ = True
    _assert_status(run, "SUCCEEDED")
    if output is not _ANY and not _same(run.output, output):
        raise AssertionError(
            f"{run.workflow} gave another output\n{difference(_json(output), _json(run.output))}"
        )


def assert_failed(run: WorkflowRun, error: str | None = None, *, cause: str | None = None) -> None:
    """The run failed, with this error and with a cause that holds `cause`, where they are given."""
    __tracebackhide__ = True
    _assert_status(run, "FAILED")
    if error is not None and run.error != error:
        raise AssertionError(f"{run.workflow} failed with {run.error}, expected {error}\n{_tail(run)}")
    if cause is not None and cause not in (run.cause or ""):
        raise AssertionError(f"{run.workflow} failed for another cause\n- ...{cause}...\n+ {run.cause}")


def assert_timed_out(run: WorkflowRun, at: float | None = None) -> None:
    """The run timed out, at this many virtual seconds if they are given."""
    __tracebackhide__ = True
    _assert_status(run, "TIMED_OUT")
    if at is not None:
        _needs_time(run, run.duration)
        if run.duration != at:
            raise AssertionError(f"{run.workflow} timed out after {run.duration:g} s, expected {at:g} s")


def assert_invocations(
    run: WorkflowRun,
    *,
    at: Sequence[float] | None = None,
    payloads: Sequence[Any] | None = None,
    function: str | None = None,
) -> None:
    """Lambda functions, or one of them, were invoked at these virtual seconds, with these payloads, in order.

    Retries count as invocations of their own. Concurrent invocations of other backends than the engine come
    in any order, and so do their payloads.
    """
    __tracebackhide__ = True
    found = [one for one in run.invocations if function in (None, one.function)]
    if at is not None:
        for one in found:
            _needs_time(run, one.seconds)
        times = [round(one.seconds or 0.0, 3) for one in found]
        if times != [round(float(moment), 3) for moment in at]:
            raise AssertionError(
                f"{run.workflow} invoked {function or 'its functions'} at other times\n"
                + difference([f"{moment:g} s" for moment in at], [f"{moment:g} s" for moment in times])
            )
    if payloads is not None:
        expected, actual = [_line(one) for one in payloads], [_line(one.payload) for one in found]
        if run.backend != "virtual":
            expected, actual = sorted(expected), sorted(actual)
        if expected != actual:
            raise AssertionError(
                f"{run.workflow} invoked {function or 'its functions'} with other payloads\n"
                + difference(expected, actual)
            )


def assert_history(run: WorkflowRun, expected: Sequence[str | EllipsisType]) -> None:
    """The history is this, event by event; `...` stands for any events.

    An event is its type (`TaskScheduled`), or type and place as `history_lines` has them
    (`TaskScheduled  Invoke #0`), or with its virtual second too (`2.000  TaskScheduled  Invoke #0`).
    """
    __tracebackhide__ = True
    lines = history_lines(run.events)
    if not _matches(lines, list(expected)):
        wanted = ["..." if one is ... else one for one in expected]
        shown = [_as_wanted(line, wanted) for line in lines]
        raise AssertionError(f"{run.workflow} has another history\n{difference(wanted, shown)}")


def _matches(lines: list[str], expected: list[str | EllipsisType]) -> bool:
    """Whether the lines are the expected ones: the usual matching with `...` as a star, in linear space."""
    reachable = {0}
    for one in expected:
        if one is ...:
            reachable = set(range(min(reachable), len(lines) + 1)) if reachable else set()
        else:
            reachable = {spot + 1 for spot in reachable if spot < len(lines) and _fits(lines[spot], one)}
    return len(lines) in reachable


def _fits(line: str, wanted: str) -> bool:
    second, kind, *place = line.split("  ")
    words = wanted.split("  ")
    return words in (line.split("  "), [kind, *place], [kind]) and bool(second)


def _as_wanted(line: str, wanted: Sequence[str]) -> str:
    """A line of the history with as much detail as the expectation that it meets, if any."""
    return next((one for one in wanted if one != "..." and _fits(line, one)), line)


def _assert_status(run: WorkflowRun, status: str) -> None:
    __tracebackhide__ = True
    if run.status != status:
        raise AssertionError(f"{run.workflow} is {run.status}, expected {status}\n{_tail(run)}")


def _needs_time(run: WorkflowRun, seconds: float | None) -> None:
    """Times can be asserted where a Wait takes its seconds; elsewhere the test is skipped."""
    if seconds is None:
        from .backends import UnsupportedError

        raise UnsupportedError(f"{run.backend} does not keep the workflow's time")


def _tail(run: WorkflowRun) -> str:
    lines = history_lines(run.events)
    told = [f"error: {run.error}"] * (run.error is not None) + [f"cause: {run.cause}"] * (
        run.cause is not None
    )
    left_out = ["..."] if len(lines) > _LAST else []
    return "\n".join([*told, "its last events:", *left_out, *lines[-_LAST:]])


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    return _line(one) == _line(other)


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _json(value: Any) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines()


def difference(expected: Sequence[str], actual: Sequence[str]) -> str:
    """Expected lines with `-`, actual ones with `+`."""
    lines = difflib.unified_diff(list(expected), list(actual), "expected", "actual", n=3, lineterm="")
    return "\n".join(lines)
