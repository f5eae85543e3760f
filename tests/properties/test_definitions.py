"""Whatever is generated: it is accepted, runs, comes back from an import, and compiles to the same bytes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fanfold.compiler import import_definition
from fanfold.compiler.check import check_definition, has_errors
from fanfold.dsl import ExecutionInput, MapWorkflow, StateMachine
from fanfold.engine import InvalidDefinition, TaskSuccess, run
from fanfold.testing.backends import fails_on_null
from fanfold.testing.cases import Behaviour, Case
from fanfold.testing.functions import FunctionTasks
from fanfold.testing.replay import run_case
from fanfold.testing.strategies import (
    inputs_for,
    machine_cases,
    map_workflows,
    remember,
    state_machines,
    task_behaviours,
    workflow_case,
)

BEHAVIOURS = task_behaviours(seconds=st.sampled_from([0.0, 0.5, 1.0, 4.0]), hangs=True)
HARD = machine_cases(state_machines(timeouts=True, mistakes=True), behaviours=BEHAVIOURS)
"""Machines that fail in every way they can: wrong paths, timeouts, tasks that never answer."""


def imported(definition: dict[str, Any]) -> StateMachine:
    """The model that the text of an imported module makes."""
    namespace: dict[str, Any] = {}
    exec(import_definition(definition, name="machine", origin="a test"), namespace)
    machine: StateMachine = namespace["machine"]
    return machine


@given(HARD, st.integers(0, 3))
def test_what_check_accepts_runs_to_an_end_the_same_each_time(case: Case, seed: int) -> None:
    """And so does the case that is read back from what was saved of it."""
    remember(case)
    assert not has_errors(check_definition(case.definition))
    again = Case.from_json(json.loads(json.dumps(case.to_json())))
    first = run(case.definition, case.input, tasks=FunctionTasks(case.fresh()), seed=seed)
    second = run(json.dumps(again.definition), again.input, tasks=FunctionTasks(again.fresh()), seed=seed)
    assert first.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
    assert (first.error is None) == (first.status == "SUCCEEDED")
    assert first.error != "Fanfold.Stuck"
    assert json.dumps(list(first.history)) == json.dumps(list(second.history))


@given(HARD)
def test_import_then_compile_gives_the_definition_back(case: Case) -> None:
    remember(case)
    machine = imported(case.definition)
    assert machine.to_asl() == case.definition
    assert workflow_case(machine).definition == case.definition


@given(map_workflows())
def test_a_workflow_compiles_to_the_same_bytes_and_comes_back_from_an_import(workflow: MapWorkflow) -> None:
    first, second = workflow_case(workflow), workflow_case(workflow.model_copy(deep=True))
    remember(first)
    assert json.dumps(first.definition) == json.dumps(second.definition)
    assert not has_errors(check_definition(first.definition))
    assert imported(first.definition).to_asl() == first.definition


INLINE = map_workflows(
    sources=st.sampled_from(["$", "$.list", "$.a['b c']"]).map(ExecutionInput),
    modes=("inline",),
    timeouts=(None,),
)
FINE = st.fixed_dictionaries(dict.fromkeys(("f", "g"), task_behaviours(failures=False)))


@given(INLINE.flatmap(lambda workflow: st.tuples(st.just(workflow), inputs_for(workflow))), FINE)
def test_inputs_for_a_workflow_hold_its_list(
    chosen: tuple[MapWorkflow, Any], functions: dict[str, Behaviour]
) -> None:
    case = workflow_case(*chosen, functions)
    remember(case)
    outcome = run_case(case)
    assert outcome.status == "SUCCEEDED" or fails_on_null(outcome)


@given(state_machines(), st.data())
def test_what_the_engine_refuses_check_refuses(definition: dict[str, Any], data: st.DataObject) -> None:
    """The engine is the laxer judge: it refuses only what it can make no sense of."""
    broken: Any = json.loads(json.dumps(definition))
    places = list(_objects(broken))
    place = data.draw(st.sampled_from(places))
    key = data.draw(st.sampled_from(sorted(place)))
    if data.draw(st.booleans()):
        del place[key]
    else:
        place[key] = data.draw(st.sampled_from([None, 7, "nowhere", [], {}, "$.a[", "{% ( %}"]))
    remember(Case(broken))
    try:
        run(broken, {}, tasks=lambda call: TaskSuccess({"Payload": 1}), stop_at=0.0)
    except InvalidDefinition:
        assert has_errors(check_definition(broken))


def _objects(value: Any) -> Any:
    if isinstance(value, dict):
        if value:
            yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
