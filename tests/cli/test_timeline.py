"""The events table: every event names its state, whatever the history."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.cli.console import Style
from fanfold.cli.timeline import HEADING, Row, Timeline, duration_text, result_lines
from fanfold.engine import TaskCall, TaskFailure, TaskSuccess, run

PLAIN = Style(StringIO())


def pipeline(concurrency: int, waiting: int) -> dict[str, Any]:
    """A Map in a Map, each with a Wait and a Task whose failure is caught."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f", "Payload.$": "$"},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Give up"}],
        "End": True,
    }
    states = {
        "Wait": {"Type": "Wait", "Seconds": waiting, "Next": "Work"},
        "Work": task,
        "Give up": {"Type": "Pass", "End": True},
    }
    inner = {"Type": "Map", "ItemProcessor": {"StartAt": "Wait", "States": states}, "End": True}
    outer = {
        "Type": "Map",
        "MaxConcurrency": concurrency,
        "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": inner}},
        "Next": "Done",
    }
    return {"StartAt": "Outer", "States": {"Outer": outer, "Done": {"Type": "Succeed"}}}


@given(
    items=st.lists(st.lists(st.booleans(), max_size=3), max_size=4),
    concurrency=st.integers(0, 3),
    waiting=st.integers(0, 100_000),
)
@settings(deadline=None, max_examples=50)
def test_every_event_names_its_state_and_iteration(
    items: list[list[bool]], concurrency: int, waiting: int
) -> None:
    calls: dict[tuple[tuple[str, int], ...], float] = {}

    def work(call: TaskCall) -> TaskSuccess | TaskFailure:
        calls[call.iteration] = call.time
        return TaskSuccess({"Payload": 1}, 0.5) if call.input["Payload"] else TaskFailure("Broken", "as told")

    execution = run(pipeline(concurrency, waiting), items, tasks=work)
    rows = list(Timeline().rows(execution.history))
    assert [row.id for row in rows] == [event["id"] for event in execution.history]
    scheduled = {row.step: row.seconds for row in rows if row.type == "TaskScheduled"}
    assert scheduled == {
        f"Work #{'.'.join(str(index) for _, index in iteration)}": moment
        for iteration, moment in calls.items()
    }
    failed = [row for row in rows if row.type == "TaskFailed"]
    assert len(failed) == sum(not good for inner in items for good in inner)
    assert all(row.step.startswith("Work #") and row.detail == "Broken" for row in failed)
    for row in rows:
        if row.type.startswith(("MapIteration", "MapState")):
            assert re.fullmatch(r"Outer( #\d+)?|Inner #\d+(\.\d+)?", row.step)
        if row.type.startswith("Execution"):
            assert row.step == ""
    assert [row.step for row in rows if row.type == "MapStateExited"][-1] == "Outer"
    assert [row.step for row in rows if row.type == "SucceedStateEntered"] == ["Done"]


def test_rows_fit_eighty_columns_and_say_what_matters() -> None:
    timeline = Timeline()
    events: list[dict[str, Any]] = [
        {"id": 1, "previousEventId": 0, "timestamp": 100.0, "type": "ExecutionStarted"},
        {
            "id": 2,
            "previousEventId": 0,
            "timestamp": 100.0,
            "type": "MapStateEntered",
            "stateEnteredEventDetails": {"name": "Each"},
        },
        {
            "id": 3,
            "previousEventId": 2,
            "timestamp": 100.25,
            "type": "MapStateStarted",
            "mapStateStartedEventDetails": {"length": 3},
        },
        {
            "id": 4,
            "previousEventId": 3,
            "timestamp": 102.0,
            "type": "ExecutionTimedOut",
            "executionTimedOutEventDetails": {"error": "States.Timeout"},
        },
    ]
    assert [timeline.row(event).text(PLAIN) for event in events] == [
        "    1       0.000  ExecutionStarted",
        "    2       0.000  MapStateEntered            Each",
        "    3       0.250  MapStateStarted            Each  3 items",
        "    4       2.000  ExecutionTimedOut          States.Timeout",
    ]
    assert HEADING.split() == ["id", "seconds", "event", "step"]


def test_events_of_the_service_itself_are_read_as_well() -> None:
    moments = [datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC) for second in (1, 3)]
    events = [
        {"id": number, "timestamp": moment, "type": "ExecutionStarted"}
        for number, moment in enumerate(moments, 1)
    ]
    assert [row.seconds for row in Timeline().rows(events)] == [0.0, 2.0]


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    row = Row(1, 0.0, "TaskFailed", "Work", "Broken")
    assert row.text(Style(Terminal())) == f"\x1b[31m{row.text(PLAIN)}\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert row.text(Style(Terminal())) == row.text(PLAIN)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.000 s"),
        (6.0124, "6.012 s"),
        (60, "1 min 0 s"),
        (3_661, "1 h 1 min 1 s"),
        (31_536_000, "365 d 0 h 0 min 0 s"),
    ],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_failure_is_told_with_its_error_and_cause() -> None:
    assert list(result_lines("FAILED", None, "Broken", "it was", 2.5)) == [
        "FAILED after 2.500 s",
        "error: Broken",
        "cause: it was",
    ]
    assert list(result_lines("SUCCEEDED", None, None, None, 0)) == ["SUCCEEDED after 0.000 s", "null"]


PASS = {"Type": "Pass", "End": True}
BROKEN = {"Type": "Pass", "Parameters": {"a.$": "$.none"}, "End": True}


@pytest.mark.parametrize(
    ("states", "failed"),
    [
        ({"A": PASS}, None),
        ({"A": BROKEN}, "A"),
        ({"A": {"Type": "Fail"}}, "A"),
        (
            {
                "A": {
                    "Type": "Map",
                    "ItemsPath": "$.none",
                    "ItemProcessor": {"StartAt": "B", "States": {"B": PASS}},
                    "End": True,
                }
            },
            "A",
        ),
        (
            {
                "A": {
                    "Type": "Map",
                    "ItemsPath": "$.list",
                    "ItemProcessor": {"StartAt": "B", "States": {"B": BROKEN}},
                    "End": True,
                }
            },
            "B",
        ),
        (
            {
                "A": {
                    "Type": "Parallel",
                    "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Fail"}}}],
                    "End": True,
                }
            },
            "B",
        ),
        (
            {
                "A": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Parameters": {},
                    "End": True,
                }
            },
            "A",
        ),
        (
            {
                "A": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sqs:sendMessage",
                    "Parameters": {},
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}],
                    "End": True,
                },
                "C": PASS,
            },
            None,
        ),
    ],
)
def test_the_state_that_failed_is_the_innermost(states: dict[str, Any], failed: str | None) -> None:
    execution = run(
        {"StartAt": "A", "States": states}, {"list": [1]}, tasks=lambda _: TaskFailure("Broken", "no")
    )
    timeline = Timeline()
    list(timeline.rows(execution.history))
    assert (timeline.failed, execution.status) == (failed, "FAILED" if failed else "SUCCEEDED")
