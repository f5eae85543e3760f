"""Quotas, at their edges, and lifted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine import AWS_QUOTAS, NO_QUOTAS, TaskAnswer, TaskCall, TaskSuccess, run

LAMBDA = "arn:aws:states:::lambda:invoke"
LIMIT = 262_144


def echo(call: TaskCall) -> TaskAnswer:
    return TaskSuccess(call.input)


def single(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "S", "States": {"S": {"End": True, **state}}}


LOOP = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}


@pytest.mark.parametrize(("size", "status"), [(LIMIT - 2, "SUCCEEDED"), (LIMIT - 1, "FAILED")])
@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_task_result_of_the_quota_and_one_byte_more(size: int, status: str, letter: str) -> None:
    text = letter * (size // len(letter.encode())) + "x" * (size % len(letter.encode()))
    execution = run(single({"Type": "Task", "Resource": LAMBDA}), tasks=lambda call: TaskSuccess(text))
    assert execution.status == status
    if status == "FAILED":
        assert execution.error == "States.DataLimitExceeded"
        assert execution.cause == (
            "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit."
        )
    assert run(
        single({"Type": "Task", "Resource": LAMBDA}), tasks=lambda c: TaskSuccess(text), quotas=NO_QUOTAS
    ).output


def test_a_state_whose_output_is_too_large_can_catch_that_itself() -> None:
    definition = single(
        {
            "Type": "Map",
            "ItemProcessor": single({"Type": "Task", "Resource": LAMBDA}),
            "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "Z", "ResultPath": None}],
        }
    )
    definition["States"]["Z"] = {"Type": "Pass", "Result": "caught", "End": True}
    assert run(definition, [1, 2, 3], tasks=lambda call: TaskSuccess("x" * 100_000)).output == "caught"
    assert run(definition, [1, 2], tasks=lambda call: TaskSuccess("x" * 100_000)).output != "caught"


def test_an_input_that_is_too_large() -> None:
    execution = run(single({"Type": "Pass"}), "x" * LIMIT, tasks=echo)
    assert (execution.status, execution.error) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Task", "Resource": LAMBDA, "Parameters": {"a.$": "$", "b.$": "$"}},
        {
            "Type": "Parallel",
            "Branches": [single({"Type": "Pass", "Result": 1})],
            "Parameters": {"a.$": "$", "b.$": "$"},
        },
    ],
)
def test_an_input_that_parameters_made_too_large(state: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    definition = single(state)
    assert run(definition, "x" * 100_000, tasks=lambda call: TaskSuccess(1)).status == "SUCCEEDED"
    execution = run(definition, "x" * 200_000, tasks=lambda call: TaskSuccess(1))
    assert execution.error == "States.DataLimitExceeded"


def test_variables_have_quotas_of_their_own() -> None:
    definition = single({"Type": "Pass", "Assign": {"a.$": "$.x", "b.$": "$.x"}, "ResultPath": None})
    assert run(definition, {"x": "x" * 100_000}, tasks=echo).status == "SUCCEEDED"
    execution = run(definition, {"x": "x" * 140_000}, tasks=echo)
    assert execution.error == "States.DataLimitExceeded"
    states = {f"S{i}": {"Type": "Pass", "Assign": {f"v{i}.$": "$.x"}, "Next": f"S{i + 1}"} for i in range(50)}
    whole = {"StartAt": "S0", "States": {**states, "S50": {"Type": "Succeed"}}}
    assert run(whole, {"x": "x" * 200_000}, tasks=echo).status == "SUCCEEDED"
    execution = run(whole, {"x": "x" * 250_000}, tasks=echo)
    assert execution.error == "States.DataLimitExceeded"
    assert execution.events > 80


@given(limit=st.integers(1, 40))
@settings(deadline=None, max_examples=20)
def test_a_full_history_ends_the_execution_with_its_last_event(limit: int) -> None:
    execution = run(LOOP, tasks=echo, quotas=replace(AWS_QUOTAS, history_events=limit))
    assert len(execution.history) == limit
    assert execution.history[-1]["type"] == "ExecutionFailed"
    assert (execution.error, execution.cause) == (
        "States.Runtime",
        f"The execution reached the maximum number of history events ({limit}).",
    )


def test_the_last_event_of_the_quota_may_be_success() -> None:
    assert len(run(single({"Type": "Pass"}), tasks=echo).history) == 4
    assert (
        run(single({"Type": "Pass"}), tasks=echo, quotas=replace(AWS_QUOTAS, history_events=4)).status
        == "SUCCEEDED"
    )
    assert (
        run(single({"Type": "Pass"}), tasks=echo, quotas=replace(AWS_QUOTAS, history_events=3)).status
        == "FAILED"
    )


def test_a_map_of_ten_thousand_items_exceeds_the_history_and_runs_with_the_quota_lifted() -> None:
    definition = single({"Type": "Map", "ItemProcessor": single({"Type": "Pass"})})
    items = list(range(10_000))
    execution = run(definition, items, tasks=echo)
    assert (execution.status, len(execution.history)) == ("FAILED", 25_000)
    assert run(definition, items, tasks=echo, quotas=NO_QUOTAS).output == items


def test_an_endless_loop_that_takes_no_time_is_ended_and_named() -> None:
    for kind, quotas in (("EXPRESS", AWS_QUOTAS), ("STANDARD", replace(NO_QUOTAS, zero_time_states=1_000))):
        execution = run(LOOP, tasks=echo, state_machine_type=kind, quotas=quotas)  # type: ignore[arg-type]
        assert (execution.status, execution.error) == ("FAILED", "Fanfold.EndlessLoop")
        assert execution.cause is not None
        assert "State 'A'" in execution.cause


def test_a_loop_that_waits_is_not_endless() -> None:
    states = {
        "W": {"Type": "Wait", "Seconds": 1, "Assign": {"n": "{% $exists($n) ? $n + 1 : 1 %}"}, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Condition": "{% $n = 300 %}", "Next": "Z"}], "Default": "W"},
        "Z": {"Type": "Succeed"},
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "W", "States": states}
    execution = run(definition, tasks=echo, quotas=replace(NO_QUOTAS, zero_time_states=10))
    assert (execution.status, execution.duration) == ("SUCCEEDED", 300)
