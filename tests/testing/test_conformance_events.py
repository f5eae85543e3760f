"""Recorded histories against those of the engine."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine import TaskSuccess, run
from fanfold.testing._conformance_events import events_difference, project

WORK = {
    "StartAt": "Work",
    "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::a:b", "End": True}},
}
MAP = {"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemProcessor": WORK, "End": True}}}
BRANCHES = {
    "StartAt": "Both",
    "States": {"Both": {"Type": "Parallel", "Branches": [WORK, WORK], "End": True}},
}


def history(definition: dict[str, Any], input: Any, durations: list[float]) -> list[dict[str, Any]]:
    left = iter(durations)
    execution = run(definition, input, tasks=lambda call: TaskSuccess(call.input, next(left)))
    return [project(event) for event in execution.history]


def compare(expected: Any, actual: Any, *, ordered: bool = True, concurrent: bool = False) -> str | None:
    return events_difference(expected, actual, ["<any>"], ordered=ordered, concurrent=concurrent)


durations = st.lists(st.floats(0.1, 9), min_size=3, max_size=3)


@given(one=durations, other=durations)
@settings(deadline=None, max_examples=10)
def test_the_order_of_iterations_does_not_count_but_what_happens_in_them_does(
    one: list[float], other: list[float]
) -> None:
    expected, actual = history(MAP, [1, 2, 3], one), history(MAP, [1, 2, 3], other)
    assert compare(expected, actual, concurrent=True) is None
    for index, event in enumerate(actual):
        assert compare(expected, actual[:index] + actual[index + 1 :], concurrent=True) is not None
        if "output" in event and event["type"] == "TaskSucceeded":
            changed = [*actual[:index], event | {"output": 9}, *actual[index + 1 :]]
            assert compare(expected, changed, concurrent=True) is not None


def test_order_within_an_iteration_counts() -> None:
    actual = history(MAP, [1], [1.0])
    swapped = [dict(event) for event in actual]
    scheduled = next(i for i, e in enumerate(swapped) if e["type"] == "TaskScheduled")
    for index, identifier in ((scheduled, scheduled + 2), (scheduled + 1, scheduled + 1)):
        swapped[index]["id"] = identifier
    assert compare(swapped, actual, concurrent=True) is not None


def test_ordered_histories_are_the_same_event_by_event() -> None:
    actual = history(WORK, 1, [1.0])
    assert compare(actual, actual) is None
    assert compare(actual[::-1], actual) is None, "asked for in reverse order"
    assert compare(actual, actual[:-1]) == f"event {actual[-1]} is missing"
    assert compare(actual[:-1], actual) == f"event {actual[-1]} is too much"
    changed = [*actual[:1], actual[1] | {"prev": 7}, *actual[2:]]
    assert compare(changed, actual) == "event 2 TaskStateEntered: at /prev: expected 7, got 0"
    assert compare([actual[0] | {"input": "<any>"}, *actual[1:]], actual) is None


def recorded(actual: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As recordings of Parallel states are: sorted within, without ids and the end of the fan-out."""
    inside = [{k: v for k, v in e.items() if k not in ("id", "prev")} for e in actual[3:-3]]
    return [*actual[:3], *sorted(inside, key=lambda e: e["type"]), *actual[-2:]]


def test_parallel_states_are_compared_as_a_multiset() -> None:
    actual = history(BRANCHES, {"n": 1}, [2.0, 1.0])
    expected = recorded(actual)
    assert compare(expected, actual, ordered=False, concurrent=True) is None
    assert compare(expected[:3] + expected[4:], actual, ordered=False, concurrent=True) is not None
    assert compare(expected, actual[:4] + actual[5:], ordered=False, concurrent=True) is not None
    assert compare(expected[:-1], actual, ordered=False, concurrent=True) is not None


@pytest.mark.parametrize(
    ("details", "kept"),
    [
        ({"name": "A", "input": '{"a": 1}', "inputDetails": {"truncated": False}}, {"name": "A", "input": {"a": 1}}),
        ({"output": "1", "assignedVariables": {"x": '"t"'}}, {"output": 1, "assigned": {"x": "t"}}),
        ({"roleArn": "r", "input": "{}"}, {"input": {}}),
        ({"workerName": "w"}, {}),
        ({"taskCredentials": {"roleArn": "r"}}, {"taskCredentials": {"roleArn": "r"}}),
    ],
)  # fmt: skip
def test_projection(details: dict[str, Any], kept: dict[str, Any]) -> None:
    event = {"id": 2, "previousEventId": 1, "timestamp": 5.0, "type": "T", "someEventDetails": details}
    assert project(event) == {"id": 2, "prev": 1, "type": "T", **kept}
