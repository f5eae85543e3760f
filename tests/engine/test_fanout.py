"""`Parallel` and `Map`: what they run, in which order, and what the first failure does to the rest."""

from __future__ import annotations

from typing import Any

import pytest

from fanfold.engine import Execution, TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess, run

LAMBDA = "arn:aws:states:::lambda:invoke"


def echo(call: TaskCall) -> TaskAnswer:
    return TaskSuccess(call.input)


def single(state: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {"End": True, **state}}, **top}


def mapped(inner: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return single({"Type": "Map", "ItemProcessor": single(inner), **fields})


def events(execution: Execution) -> list[tuple[str, int]]:
    return [(event["type"], event["previousEventId"]) for event in execution.history]


def test_the_chain_of_events_of_a_map() -> None:
    execution = run(mapped({"Type": "Pass"}, MaxConcurrency=1), [7, 8], tasks=echo)
    assert events(execution) == [
        ("ExecutionStarted", 0),
        ("MapStateEntered", 0),
        ("MapStateStarted", 2),
        ("MapIterationStarted", 3),
        ("PassStateEntered", 4),
        ("PassStateExited", 5),
        ("MapIterationSucceeded", 6),
        ("MapIterationStarted", 6),
        ("PassStateEntered", 8),
        ("PassStateExited", 9),
        ("MapIterationSucceeded", 10),
        ("MapStateSucceeded", 11),
        ("MapStateExited", 11),
        ("ExecutionSucceeded", 13),
    ]


def test_iterations_that_run_side_by_side_start_from_the_map_and_then_from_one_another() -> None:
    execution = run(mapped({"Type": "Wait", "Seconds": 1}, MaxConcurrency=2), [1, 2, 3], tasks=echo)
    started = [prev for kind, prev in events(execution) if kind == "MapIterationStarted"]
    third = execution.history[started[2] - 1]
    assert started[:2] == [3, 3]
    assert (third["type"], third["timestamp"]) == ("WaitStateExited", 1.0)


def test_items_selector_and_context_of_iterations() -> None:
    selector = {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "all.$": "$.k"}
    definition = mapped({"Type": "Pass"}, ItemsPath="$.items", ItemSelector=selector, ResultPath="$.out")
    execution = run(definition, {"items": ["a", "b"], "k": 1}, tasks=echo)
    assert execution.output["out"] == [{"v": "a", "i": 0, "all": 1}, {"v": "b", "i": 1, "all": 1}]
    inner = {"Type": "Pass", "Output": "{% $states.context.Map.Item.Index & $states.input %}"}
    definition = mapped(inner, Items="{% $states.input.items %}") | {"QueryLanguage": "JSONata"}
    assert run(definition, {"items": ["a", "b"]}, tasks=echo).output == ["0a", "1b"]


def test_a_nested_map_sees_its_own_item() -> None:
    inner = {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index", "v.$": "$"}}
    definition = mapped({"Type": "Map", "ItemProcessor": single(inner)})
    calls: list[TaskCall] = []
    execution = run(definition, [["a"], ["b", "c"]], tasks=echo)
    assert execution.output == [[{"i": 0, "v": "a"}], [{"i": 0, "v": "b"}, {"i": 1, "v": "c"}]]
    nested = mapped({"Type": "Map", "ItemProcessor": single({"Type": "Task", "Resource": LAMBDA})})
    run(nested, [["a"], ["b", "c"]], tasks=lambda call: calls.append(call) or TaskSuccess(1))
    assert [call.iteration for call in calls] == [
        (("S", 0), ("S", 0)),
        (("S", 1), ("S", 0)),
        (("S", 1), ("S", 1)),
    ]


def test_the_first_failure_of_a_map_aborts_the_other_iterations() -> None:
    def tasks(call: TaskCall) -> TaskAnswer:
        return TaskFailure("Boom", "no", 2.0) if call.input == "bad" else TaskHang()

    definition = mapped({"Type": "Task", "Resource": LAMBDA})
    execution = run(definition, ["good", "bad", "fine"], tasks=tasks)
    assert (execution.error, execution.cause, execution.duration) == ("Boom", "no", 2.0)
    failed = next(e["id"] for e in execution.history if e["type"] == "TaskFailed")
    assert [
        (e["type"], e["previousEventId"], e.get("mapIterationAbortedEventDetails", {}).get("index"))
        for e in execution.history[failed:]
    ] == [
        ("MapIterationAborted", failed, 0),
        ("TaskStateAborted", failed, None),
        ("MapIterationAborted", failed, 2),
        ("TaskStateAborted", failed, None),
        ("MapIterationFailed", failed, None),
        ("MapStateFailed", failed, None),
        ("ExecutionFailed", failed + 6, None),
    ]


def test_the_first_failure_of_a_parallel_aborts_the_other_branches() -> None:
    """Branches that are over are left alone; what is cut short follows the failure."""
    pause = {"Type": "Wait", "Seconds": 1, "Next": "F"}
    branches = [
        single({"Type": "Wait", "Seconds": 20, "End": True}),
        {"StartAt": "W", "States": {"W": pause, "F": {"Type": "Fail", "Error": "Boom"}}},
        single({"Type": "Task", "Resource": LAMBDA, "End": True}),
        single({"Type": "Pass", "End": True}),
    ]
    execution = run(
        single({"Type": "Parallel", "Branches": branches, "End": True}), tasks=lambda call: TaskHang()
    )
    failed = next(e["id"] for e in execution.history if e["type"] == "FailStateEntered")
    assert [(e["type"], e["previousEventId"]) for e in execution.history[failed:]] == [
        ("WaitStateAborted", failed),
        ("TaskStateAborted", failed),
        ("ParallelStateFailed", failed),
        ("ExecutionFailed", failed + 3),
    ]


def test_an_item_selector_that_fails_starts_no_iteration_and_ends_the_others() -> None:
    definition = mapped(
        {"Type": "Wait", "Seconds": 9}, ItemSelector={"v": "{% $states.context.Map.Item.Value.v %}"}
    ) | {"QueryLanguage": "JSONata"}
    execution = run(definition, [{"v": 1}, {}], tasks=echo)
    assert [kind for kind, _ in events(execution)][2:] == [
        *("MapStateStarted", "MapIterationStarted", "WaitStateEntered"),
        *("MapIterationAborted", "WaitStateAborted", "EvaluationFailed", "MapStateFailed", "ExecutionFailed"),
    ]


def test_iterations_that_start_at_once_follow_the_start_of_the_map() -> None:
    execution = run(mapped({"Type": "Pass"}, MaxConcurrency=2), [1, 2, 3], tasks=echo)
    starts = [e["previousEventId"] for e in execution.history if e["type"] == "MapIterationStarted"]
    second = [e["id"] for e in execution.history if e["type"] == "PassStateExited"][1]
    assert starts == [3, 3, second]


def test_what_fails_after_the_success_of_a_fan_out_follows_it() -> None:
    state = {"Type": "Parallel", "Branches": [single({"Type": "Pass", "End": True})], "End": True}
    execution = run(single({**state, "ResultSelector": {"a.$": "$.no"}}), tasks=echo)
    last, success = execution.history[-1], execution.history[-2]
    assert (success["type"], last["previousEventId"]) == ("ParallelStateSucceeded", success["id"])


def test_a_catcher_that_cannot_be_evaluated_fails_the_state_once_more() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Output": {"v": "{% $states.input.no %}"}, "Next": "S"}]
    branch = single({"Type": "Fail", "Error": "Boom"})
    definition = single({"Type": "Parallel", "Branches": [branch], "Catch": catch, "End": True})
    execution = run(definition | {"QueryLanguage": "JSONata"}, {}, tasks=echo)
    assert [(e["type"], e["previousEventId"]) for e in execution.history[3:]] == [
        ("FailStateEntered", 3),
        ("ParallelStateFailed", 4),
        ("EvaluationFailed", 4),
        ("ParallelStateFailed", 6),
        ("ExecutionFailed", 7),
    ]


def test_a_map_retries_as_a_whole_and_may_catch() -> None:
    failures = iter([True, False, False, False])

    def tasks(call: TaskCall) -> TaskAnswer:
        return TaskFailure("Boom") if next(failures) else TaskSuccess(call.input)

    definition = mapped(
        {"Type": "Task", "Resource": LAMBDA}, MaxConcurrency=1, Retry=[{"ErrorEquals": ["Boom"]}]
    )
    execution = run(definition, [1, 2], tasks=tasks)
    assert execution.output == [1, 2]
    assert [kind for kind, _ in events(execution)].count("MapStateStarted") == 2
    assert execution.duration == 1.0


@pytest.mark.parametrize(
    ("path", "error", "cause"),
    [
        ("$.a.items", "States.Runtime", 'Unable to apply step "items" to input {"a":{}}'),
        ("$.a[0]", "States.ReferencePathConflict", 'Unable to apply step [0] to input {"a":{}}'),
        ("$v.items", "States.Runtime", 'Unable to apply step "items" to input {"w":[7]}'),
        ("$v.w.items", "States.ReferencePathConflict", 'Unable to apply step "items" to input {"w":[7]}'),
        ("$$.Execution.Input.b.c", "States.Runtime", None),
        ("$t.a", "States.ReferencePathConflict", 'Unable to apply step "a" to input "text"'),
    ],
)
def test_a_path_to_items_that_does_not_fit_the_input_is_caught_by_nobody(
    path: str, error: str, cause: str | None
) -> None:
    """A key that is not there is one error, a step that can be no step there another."""
    state = {"Type": "Map", "ItemProcessor": single({"Type": "Pass"}), "End": True}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "S"}]
    definition = single({**state, "ItemsPath": path, "Catch": catch})
    execution = run(definition, {"a": {}}, tasks=echo, variables={"v": {"w": [7]}, "t": "text"})
    assert execution.error == error
    assert execution.cause == cause or cause is None
    found = run(single({**state, "ItemsPath": "$v.w"}), tasks=echo, variables={"v": {"w": [7]}})
    assert found.output == [7]


@pytest.mark.parametrize("value", [1, "text", {"a": 1}, None])
def test_items_that_are_no_array(value: Any) -> None:
    execution = run(mapped({"Type": "Pass"}, ItemsPath="$.items"), {"items": value}, tasks=echo)
    assert execution.error == "States.Runtime"
    assert execution.cause == 'Reference path "$.items" must point to array.'
    definition = mapped({"Type": "Pass"}) | {"QueryLanguage": "JSONata"}
    execution = run(definition, value if value is not None else 0, tasks=echo)
    assert execution.error == "States.QueryEvaluationError"
    assert [kind for kind, _ in events(execution)][2:] == [
        "EvaluationFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]


def parallel(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return single({"Type": "Parallel", "Branches": list(branches), **fields})


def test_branches_get_the_same_input_and_give_an_array() -> None:
    first = single({"Type": "Wait", "Seconds": 3})
    second = single({"Type": "Pass", "Result": 2})
    execution = run(parallel(first, second, Parameters={"p.$": "$.x"}), {"x": 1}, tasks=echo)
    assert execution.output == [{"p": 1}, 2]
    assert execution.duration == 3
    kinds = [kind for kind, _ in events(execution)]
    assert kinds[-3:] == ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]


def test_the_first_failure_of_a_parallel_ends_its_branches_and_their_fan_outs() -> None:
    waiting = mapped({"Type": "Wait", "Seconds": 9})
    failing = single({"Type": "Task", "Resource": LAMBDA})
    definition = parallel(waiting, failing, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}])
    definition["States"]["Z"] = {"Type": "Succeed"}
    execution = run(definition, [1, 2], tasks=lambda call: TaskFailure("Boom", None, 1.0))
    assert (execution.status, execution.duration) == ("SUCCEEDED", 1.0)
    kinds = [kind for kind, _ in events(execution)]
    assert kinds[kinds.index("TaskFailed") :] == [
        "TaskFailed",
        "TaskStateAborted",
        "WaitStateAborted",
        "WaitStateAborted",
        "MapStateAborted",
        "ParallelStateFailed",
        "ParallelStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]


def test_max_concurrency_may_come_from_the_input() -> None:
    definition = mapped({"Type": "Wait", "Seconds": 1}, MaxConcurrencyPath="$.n", ItemsPath="$.items")
    assert run(definition, {"n": 2, "items": [1, 2, 3, 4]}, tasks=echo).duration == 2
    assert run(definition, {"n": "1", "items": [1, 2, 3, 4]}, tasks=echo).duration == 4
    assert run(definition, {"n": -1, "items": [1]}, tasks=echo).error == "States.Runtime"
    jsonata = mapped({"Type": "Wait", "Seconds": 1}, MaxConcurrency="{% 1 + 1 %}") | {
        "QueryLanguage": "JSONata"
    }
    assert run(jsonata, [1, 2, 3], tasks=echo).duration == 2
