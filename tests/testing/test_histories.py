"""Reading histories: every event finds its state, and coverage counts the way that was taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from fanfold.engine import StepReader, TaskFailure, TaskSuccess, run
from fanfold.testing.coverage import WorkflowCoverage
from fanfold.testing.histories import history_lines
from fanfold.testing.strategies import machine_inputs, state_machines


def alone(name: str, **state: Any) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True, **state}}}


TASK = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f"}
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "After"}]
NESTED = {
    "StartAt": "Outer",
    "States": {
        "Outer": {
            "Type": "Map",
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "Split",
                "States": {
                    "Split": {
                        "Type": "Parallel",
                        "Branches": [
                            alone("Left"),
                            alone("Inner", Type="Map", ItemProcessor=alone("Deep")),
                        ],
                        "End": True,
                    }
                },
            },
            "Next": "After",
        },
        "After": {"Type": "Succeed"},
    },
}


def test_places_in_nested_maps() -> None:
    lines = history_lines(run(NESTED, [["a", "b"], []], tasks=pytest.fail).history)
    for line in (
        "0.000  PassStateEntered  Deep #0.1",
        "0.000  MapStateSucceeded  Inner #0",
        "0.000  ParallelStateSucceeded  Split #0",
        "0.000  MapIterationSucceeded  Outer #1",
        "0.000  MapStateSucceeded  Outer",
        "0.000  SucceedStateEntered  After",
        "0.000  ExecutionSucceeded",
    ):
        assert line in lines


def test_iterations_that_are_cut_short_are_told_by_their_index() -> None:
    inside = {
        "StartAt": "Which",
        "States": {
            "Which": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "No"}],
                "Default": "Pause",
            },
            "No": {"Type": "Fail"},
            "Pause": {"Type": "Wait", "Seconds": 5, "End": True},
        },
    }
    machine = alone("Each", Type="Map", ItemProcessor=inside)
    lines = history_lines(run(machine, [0, 1, 2], tasks=pytest.fail).history)
    assert [line.split("  ", 1)[1] for line in lines if "Iteration" in line] == [
        "MapIterationStarted  Each #0",
        "MapIterationStarted  Each #1",
        "MapIterationAborted  Each #0",
        "MapIterationFailed  Each #1",
    ]


@pytest.mark.parametrize(
    ("state", "failing"),
    [
        (TASK, True),
        (TASK, False),
        ({"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": alone("In", **TASK)}, True),
        ({"Type": "Parallel", "Branches": [alone("In", **TASK), alone("Beside")]}, True),
        ({"Type": "Parallel", "Branches": [alone("In", **TASK), alone("Beside")]}, False),
    ],
)
def test_a_catch_is_told_from_a_next(state: dict[str, Any], failing: bool) -> None:
    definition = {
        "StartAt": "Try",
        "States": {"Try": {**state, "Catch": CATCH, "Next": "After"}, "After": {"Type": "Succeed"}},
    }
    answer = TaskFailure("No") if failing else TaskSuccess(1)
    execution = run(definition, {"items": [1]}, tasks=lambda call: answer)
    [last] = [
        step for step in map(StepReader().read, execution.history) if step.type == "SucceedStateEntered"
    ]
    assert (last.after, last.caught) == ("Try", failing)
    covered = WorkflowCoverage("try", definition)
    covered.record(execution.history)
    assert covered.missed_transitions() == [("Try", "After", not failing)]
    assert covered.line().endswith("'Try' -> 'After'" + ("" if failing else " by Catch"))


@given(state_machines(), machine_inputs())
def test_every_event_of_any_machine_belongs_to_a_state_that_is_entered(definition: Any, value: Any) -> None:
    execution = run(definition, value, tasks=lambda call: TaskSuccess(call.input))
    covered = WorkflowCoverage("any", definition)
    covered.record(execution.history)
    for step in map(StepReader().read, execution.history):
        if step.type.startswith("Execution"):
            assert step.state == ""
        else:
            assert covered.states[step.state] > 0, step
        if step.type.endswith(("StateEntered", "StateExited")):
            details = next(value for key, value in step.event.items() if key.endswith("EventDetails"))
            assert step.state == details["name"]
        if step.type.startswith("MapIteration"):
            details = step.event[f"m{step.type[1:]}EventDetails"]
            assert (step.state, step.iteration[-1]) == (details["name"], details["index"])
    known = {*covered.missed_transitions(), *covered.transitions}
    assert covered.same_graph(definition)
    assert covered.picture().count("<rect") > len(known)


def test_what_processes_send_adds_up() -> None:
    one, two = (WorkflowCoverage("nested", NESTED) for _ in range(2))
    for covered, items in ((one, [["a"]]), (two, [])):
        covered.record(run(NESTED, items, tasks=pytest.fail).history)
    two.add_json(one.to_json())
    assert two.states == {"Outer": 2, "Split": 1, "Left": 1, "Inner": 1, "Deep": 1, "After": 2}
    assert two.transitions == {("Outer", "After", False): 2}
    assert two.same_graph(NESTED)
    assert not two.same_graph(alone("Other"))
    assert two.line() == "nested  states 6/6  transitions 1/1"
