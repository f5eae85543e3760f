"""What holds for any definition: histories are well formed, repeatable, and independent of the machine's pace."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from random import Random
from typing import Any

import jsonata  # noqa: F401 - raises the recursion limit when it is imported, which hypothesis warns of
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine import (
    NO_QUOTAS,
    Execution,
    InvalidDefinition,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskHang,
    TaskSuccess,
    run,
)

some = settings(deadline=None, max_examples=60)
few = settings(deadline=None, max_examples=20)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
RETRY = st.fixed_dictionaries(
    {"ErrorEquals": st.sampled_from([["States.ALL"], ["Boom"], ["States.Timeout"]])},
    optional={
        "IntervalSeconds": st.integers(1, 9),
        "MaxAttempts": st.integers(0, 3),
        "BackoffRate": st.sampled_from([1.0, 2.0, 1.5]),
        "MaxDelaySeconds": st.integers(1, 20),
        "JitterStrategy": st.sampled_from(["FULL", "NONE"]),
    },
)


@st.composite
def machines(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """A line of states of all types, JSONPath or JSONata, each leading to the next, some catching their errors."""
    names = [f"S{i}" for i in range(draw(st.integers(1, 3)))]
    states: dict[str, Any] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        states[name] = draw(_states(depth, following))
    return {"StartAt": names[0], "States": states}


@st.composite
def _states(draw: st.DrawFn, depth: int, following: str | None) -> dict[str, Any]:
    kinds = ["Pass", "Wait", "Task", "Choice", "JSONata"] + (["Map", "Parallel"] if depth else [])
    kind = draw(st.sampled_from(kinds))
    end: dict[str, Any] = {"Next": following} if following else {"End": True}
    guard: dict[str, Any] = draw(st.sampled_from([{}, {"Retry": [draw(RETRY)]}]))
    if following and draw(st.booleans()):
        guard["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": following, "ResultPath": "$"}]
    match kind:
        case "Pass":
            state = {
                "Type": "Pass",
                **draw(st.sampled_from([{}, {"Result": draw(JSON)}, {"Assign": {"x.$": "$"}}])),
            }
        case "JSONata":
            output = draw(
                st.sampled_from(["{% $states.input %}", "{% [1, 2] %}", "{% $x %}", {"a": "{% 1 + 1 %}"}])
            )
            state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": output}
        case "Wait":
            state = {"Type": "Wait", "Seconds": draw(st.integers(0, 30))}
        case "Choice":
            if following is None:
                return {"Type": "Succeed"}
            return {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "IsNull": True, "Next": following}],
                "Default": following,
            }
        case "Task":
            state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", **guard}
            state |= draw(st.sampled_from([{}, {"TimeoutSeconds": 5}, {"HeartbeatSeconds": 2}]))
        case "Map":
            items = {
                "Type": "Map",
                "ItemsPath": "$$.Execution.Input",
                "ItemProcessor": draw(machines(depth - 1)),
            }
            state = items | draw(st.sampled_from([{}, {"MaxConcurrency": 1}, {"MaxConcurrency": 2}])) | guard
        case _:
            state = {
                "Type": "Parallel",
                "Branches": draw(st.lists(machines(depth - 1), min_size=1, max_size=3)),
            }
            state |= guard
    return state | end


def answer(call: TaskCall) -> TaskAnswer:
    """Depends on nothing but the call."""
    chance = Random(f"{call.path}{call.iteration}{call.attempt}{json.dumps(call.input)}")
    duration = chance.choice([0.0, 0.0, 1.0, 3.5, 7.0])
    return chance.choice(
        [
            TaskSuccess({"answer": call.attempt}, duration),
            TaskSuccess(call.input, duration, heartbeats=(1.0, 2.5)),
            TaskFailure("Boom", "it broke", duration),
            TaskHang(),
        ]
    )


def check_history(execution: Execution) -> None:
    events = list(execution.history)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "ExecutionStarted"
    assert sum(event["type"].startswith("Execution") for event in events) == 2
    assert events[-1]["type"].startswith("Execution")
    assert all(event["previousEventId"] < event["id"] for event in events)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert (execution.start, execution.stop) == (times[0], times[-1])
    entered = [e["stateEnteredEventDetails"]["name"] for e in events if e["type"].endswith("StateEntered")]
    exited = [e["stateExitedEventDetails"]["name"] for e in events if e["type"].endswith("StateExited")]
    assert set(exited) <= set(entered)
    json.dumps(events)


@some
@given(machines(), st.lists(JSON, max_size=4), st.integers(0, 3))
def test_the_same_arguments_give_the_same_history(
    definition: dict[str, Any], items: list[Any], seed: int
) -> None:
    first = run(definition, items, tasks=answer, seed=seed)
    second = run(json.dumps(definition), items, tasks=answer, seed=seed)
    check_history(first)
    assert json.dumps(list(first.history)) == json.dumps(list(second.history))
    assert (first.status, first.output, first.error, first.cause) == (
        second.status,
        second.output,
        second.error,
        second.cause,
    )


@few
@given(machines(), st.lists(JSON, max_size=4))
def test_answers_in_real_parallel_change_nothing_but_the_interleaving(
    definition: dict[str, Any], items: list[Any]
) -> None:
    direct = run(definition, items, tasks=answer)
    with ThreadPoolExecutor(4) as pool:
        parallel = [run(definition, items, tasks=lambda call: pool.submit(answer, call)) for _ in range(2)]
    check_history(parallel[0])
    assert list(parallel[0].history) == list(parallel[1].history)
    assert parallel[0].status == direct.status
    assert parallel[0].output == direct.output


@some
@given(machines(), st.lists(JSON, max_size=4), st.floats(0, 40))
def test_stopping_at_any_moment_gives_the_same_beginning(
    definition: dict[str, Any], items: list[Any], moment: float
) -> None:
    whole = run(definition, items, tasks=answer)
    stopped = run(definition, items, tasks=answer, stop_at=moment, stop_error="Stopped", stop_cause="by hand")
    check_history(stopped)
    if stopped.status == "ABORTED" and stopped.error == "Stopped":
        assert stopped.stop == round(moment, 6)
        assert list(stopped.history)[:-1] == list(whole.history)[: len(stopped.history) - 1]
        assert stopped.history[-1]["previousEventId"] == 0
    else:
        assert list(stopped.history) == list(whole.history)


@some
@given(machines(depth=1), st.lists(JSON, max_size=3))
def test_events_reported_as_they_happen_are_the_history(definition: dict[str, Any], items: list[Any]) -> None:
    seen: list[dict[str, Any]] = []
    moments: list[float] = []
    execution = run(
        definition, items, tasks=answer, on_event=seen.append, pace=moments.append, quotas=NO_QUOTAS
    )
    assert seen == list(execution.history)
    assert moments == sorted(moments)


KEYS = st.sampled_from(
    [
        *["Type", "Next", "End", "InputPath", "ResultPath", "Parameters", "Retry", "Catch", "ItemProcessor"],
        *[
            "Branches",
            "Assign",
            "Output",
            "Choices",
            "Seconds",
            "MaxConcurrency",
            "ItemReader",
            "ItemBatcher",
        ],
        "QueryLanguage",
    ]
)
ODD = JSON | st.sampled_from(
    ["$.a[*", "{% ( %}", "$$", "States.Array(", float("inf"), 10**40, {"x.$": "$.y"}]
)


@some
@given(machines(), st.data())
def test_a_broken_definition_gives_a_result_or_an_invalid_definition(
    definition: dict[str, Any], data: st.DataObject
) -> None:
    target: Any = deepcopy(definition)
    definition = target
    for _ in range(data.draw(st.integers(1, 5))):
        inner = [value for value in (target.values() if isinstance(target, dict) else target) if value]
        inner = [value for value in inner if isinstance(value, (dict, list))]
        if not inner:
            break
        target = data.draw(st.sampled_from(inner))
    if isinstance(target, dict):
        target[data.draw(KEYS)] = data.draw(ODD)
    else:
        target.append(data.draw(ODD))
    try:
        execution = run(definition, data.draw(ODD), tasks=answer)
    except InvalidDefinition:
        return
    check_history(execution)
