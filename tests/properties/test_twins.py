"""Two ways to say the same thing give the same: query languages, inline and distributed Maps, lists and data sets."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from fanfold.compiler.check import check_definition, has_errors
from fanfold.dsl import ExecutionInput, ForEach, LambdaFunction, MapWorkflow
from fanfold.testing.backends import Outcome, fails_on_null
from fanfold.testing.cases import Answer, Behaviour, Case
from fanfold.testing.replay import run_case
from fanfold.testing.strategies import (
    Dataset,
    Plan,
    inputs_for,
    items,
    json_values,
    machine_inputs,
    machine_plans,
    map_workflows,
    remember,
    render,
    s3_datasets,
    task_behaviours,
    workflow_case,
)

SECONDS = st.sampled_from([0.0, 0.5, 2.0])
FUNCTIONS = st.fixed_dictionaries(dict.fromkeys(("f", "g"), task_behaviours(seconds=SECONDS, hangs=True)))
ANSWERING = st.fixed_dictionaries(dict.fromkeys(("f", "g"), task_behaviours(seconds=SECONDS)))
"""Functions that always answer: a task that never does lasts as long as its execution may, which is not the same."""


def run_twins(*cases: Case) -> list[Outcome]:
    """The outcome of each case; all are accepted."""
    for case in cases:
        remember(case)
        assert not has_errors(check_definition(case.definition))
    return [run_case(case) for case in cases]


def duration(outcome: Outcome) -> float:
    seconds: float = outcome.events[-1]["timestamp"] - outcome.events[0]["timestamp"]
    return seconds


def visits(outcome: Outcome) -> list[str]:
    """Every state entered, in no order: it may differ between concurrent iterations."""
    return sorted(
        f"{event['timestamp']} {event['stateEnteredEventDetails']['name']}"
        for event in outcome.events
        if "stateEnteredEventDetails" in event
    )


@given(machine_plans(timeouts=True), machine_inputs(), FUNCTIONS)
def test_a_machine_does_the_same_in_jsonpath_and_in_jsonata(
    plan: Plan, input: Any, functions: dict[str, Behaviour]
) -> None:
    path, jsonata, mixed = run_twins(
        *(Case(render(plan, language), input, functions) for language in ("JSONPath", "JSONata", "mixed"))
    )
    assume(not fails_on_null(path) and not fails_on_null(mixed))
    assert path.result == jsonata.result == mixed.result
    assert visits(path) == visits(jsonata) == visits(mixed)


@given(st.data(), map_workflows(sources=st.sampled_from(["$", "$.a['b c']"]).map(ExecutionInput)), FUNCTIONS)
def test_a_workflow_does_the_same_in_jsonpath_and_in_jsonata(
    data: st.DataObject, workflow: MapWorkflow, functions: dict[str, Behaviour]
) -> None:
    input = data.draw(inputs_for(workflow))
    one, other = run_twins(
        *(
            workflow_case(workflow.model_copy(update={"query_language": language}), input, functions)
            for language in ("JSONPath", "JSONata")
        )
    )
    assume(not fails_on_null(one))
    # A child execution fails so out of sight, of its item or of one of a map within the map.
    returned = [answer.value for function in functions.values() for answer in function.answers]
    null = None in returned or "null" in json.dumps(input) or isinstance(workflow.worker, ForEach)
    assume(not (null and one.error == "States.ExceedToleratedFailureThreshold"))
    assert one.result == other.result
    assert duration(one) == duration(other)


@given(machine_plans(nesting=("map",)), machine_inputs(), ANSWERING, st.sampled_from(["JSONPath", "JSONata"]))
def test_a_machine_does_the_same_with_inline_and_with_distributed_maps(
    plan: Plan, input: Any, functions: dict[str, Behaviour], language: Any
) -> None:
    """Up to the error of a Map whose items failed, which is of the Map Run then, and what looks at errors by name."""
    inline, distributed = run_twins(
        *(Case(render(plan, language, mode), input, functions) for mode in ("INLINE", "DISTRIBUTED"))
    )
    assume(not fails_on_null(inline))
    if "States.ExceedToleratedFailureThreshold" in str(distributed.events) or "MapRunFailed" in str(
        distributed.events
    ):
        assert "MapIterationFailed" in str(inline.events) or "MapIterationAborted" in str(inline.events)
        return
    assert inline.result == distributed.result
    assert duration(inline) == duration(distributed)


@given(st.data(), map_workflows(sources=st.just(ExecutionInput("$.list")), timeouts=(None,)), ANSWERING)
def test_a_workflow_gives_the_same_inline_and_distributed(
    data: st.DataObject, workflow: MapWorkflow, functions: dict[str, Behaviour]
) -> None:
    input = data.draw(inputs_for(workflow))
    inline, distributed = run_twins(
        *(
            workflow_case(workflow.model_copy(update={"mode": mode}), input, functions)
            for mode in ("inline", "distributed")
        )
    )
    assert inline.status == distributed.status
    assert inline.output == distributed.output


@given(s3_datasets(), st.booleans(), st.integers(0, 3))
def test_a_data_set_gives_what_its_items_give(dataset: Dataset, jsonata: bool, concurrency: int) -> None:
    assume(jsonata or None not in dataset.items)
    workflow = MapWorkflow(
        name="generated",
        source=dataset.source,
        worker=LambdaFunction(function="f"),
        max_concurrency=concurrency,
        query_language="JSONata" if jsonata else "JSONPath",
    )
    [outcome] = run_twins(workflow_case(workflow, None, {"f": Behaviour(Answer("echo"))}, dataset.objects))
    assert outcome.status == "SUCCEEDED"
    output = outcome.output
    if type(dataset.source).__name__ == "S3Objects" and dataset.source.model_dump()["load"] is None:
        output = [{"Key": item["Key"]} for item in output]
    assert output == dataset.items


@given(items(json_values(2), min_size=1, max_size=8), st.integers(1, 4), st.integers(0, 3))
def test_batches_hold_the_items_in_order(found: list[Any], size: int, concurrency: int) -> None:
    from fanfold.dsl import Batch

    workflow = MapWorkflow(
        name="generated",
        source=ExecutionInput(),
        worker=LambdaFunction(function="f"),
        max_concurrency=concurrency,
        batch=Batch(items=size),
    )
    [outcome] = run_twins(workflow_case(workflow, found, {"f": Behaviour(Answer("echo"))}))
    groups = [batch["Items"] for batch in outcome.output]
    assert [item for group in groups for item in group] == found
    assert all(len(group) == size for group in groups[:-1])
