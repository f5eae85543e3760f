"""The strategies give what they promise, all of it, and shrink to what one would write by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from fanfold.compiler.check import check_definition, has_errors
from fanfold.compiler.walk import walk
from fanfold.dsl import ExecutionInput, Items, MapWorkflow, S3Csv, S3Json, S3JsonLines, S3Objects
from fanfold.engine import TaskFailure, TaskHang, TaskSuccess
from fanfold.testing.cases import Answer, Behaviour, Case
from fanfold.testing.replay import run_case
from fanfold.testing.strategies import (
    Dataset,
    inputs_for,
    items,
    json_values,
    machine_cases,
    machine_inputs,
    map_workflows,
    s3_datasets,
    state_machines,
    task_behaviours,
    workflow_case,
)

Definition = dict[str, Any]
SEARCH = settings(
    max_examples=5000,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def smallest(strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool]) -> Any:
    return find(strategy, condition, settings=SEARCH)


def states_of(definition: Definition) -> list[dict[str, Any]]:
    return [placed.state for placed in walk(definition)]


def of_type(kind: str) -> Callable[[Definition], bool]:
    return lambda definition: any(state["Type"] == kind for state in states_of(definition))


def having(field: str) -> Callable[[Definition], bool]:
    return lambda definition: any(field in state for state in states_of(definition))


# -- machines -----------------------------------------------------------------------------------------------


@given(state_machines(timeouts=True, mistakes=True))
def test_check_accepts_every_machine(definition: Definition) -> None:
    assert not has_errors(check_definition(definition))


@given(st.integers(0, 2), st.integers(1, 4), st.sampled_from(["JSONPath", "JSONata"]), st.data())
def test_machines_keep_to_their_arguments(
    depth: int, max_states: int, language: Any, data: st.DataObject
) -> None:
    made = data.draw(
        state_machines(language, depth=depth, max_states=max_states, max_seconds=1, nesting=("map",))
    )
    assert deepest(made) <= depth
    # A Fail state may stand beside those that were asked for.
    assert sum(state["Type"] != "Fail" for state in made["States"].values()) <= max_states
    assert not any(state["Type"] == "Parallel" for state in states_of(made))
    assert all(state.get("Seconds") in (None, 0, 1) or language == "JSONata" for state in states_of(made))
    assert all("QueryLanguage" not in state for state in states_of(made))
    assert made.get("QueryLanguage", "JSONPath") == language


def deepest(definition: Definition) -> int:
    inner = [
        deepest(machine)
        for state in definition["States"].values()
        for machine in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]
    ]
    return 1 + max(inner) if inner else 0


def languages(definition: Definition) -> set[str]:
    whole = definition.get("QueryLanguage", "JSONPath")
    return {state.get("QueryLanguage", whole) for state in states_of(definition)}


PROMISED: dict[str, Callable[[Definition], bool]] = {
    **{
        kind: of_type(kind)
        for kind in ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
    },
    **{field: having(field) for field in ("Retry", "Catch", "Assign", "ItemSelector", "ResultPath")},
    "JSONPath": lambda made: languages(made) == {"JSONPath"},
    "JSONata": lambda made: languages(made) == {"JSONata"},
    "both languages": lambda made: languages(made) == {"JSONPath", "JSONata"},
    "two levels": lambda made: deepest(made) == 2,
    "a variable that is read": lambda made: "$vS1" in json.dumps(made),
    "conditions in conditions": lambda made: '"And"' in json.dumps(made) or " and " in json.dumps(made),
    "an intrinsic function": lambda made: "States.MathAdd" in json.dumps(made),
    "two retriers": lambda made: any(len(state.get("Retry", [])) == 2 for state in states_of(made)),
}


@pytest.mark.parametrize("promise", PROMISED)
def test_machines_have_everything(promise: str) -> None:
    made = smallest(state_machines(), PROMISED[promise])
    assert not has_errors(check_definition(made))
    assert len(states_of(made)) <= SMALLEST.get(promise, 1) + 1, json.dumps(made)


SMALLEST = {
    "Choice": 2,
    "Fail": 2,
    "Catch": 2,
    "Parallel": 2,
    "Map": 2,
    "ItemSelector": 2,
    "both languages": 2,
    "two levels": 3,
    "a variable that is read": 2,
    "conditions in conditions": 2,
}
"""How many states the machine has that one would write by hand, one where nothing is said. Hypothesis may be stuck with
one more, seldom with two."""


def test_the_smallest_machine_says_no_more_than_it_has_to() -> None:
    assert smallest(state_machines(), lambda _: True) == {
        "StartAt": "S1",
        "States": {"S1": {"Type": "Pass", "Result": None, "ResultPath": "$.a", "End": True}},
    }
    made = smallest(state_machines(), of_type("Map"))
    [outer] = made["States"].values()
    [inner] = outer["ItemProcessor"]["States"].values()
    assert inner["Type"] == "Pass"
    assert outer["ItemsPath"] == "$.list"
    assert len(json.dumps(made)) < 330


# -- what they are run with ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED"])
def test_cases_end_either_way_in_few_states(status: str) -> None:
    case = smallest(machine_cases(), lambda case: run_case(case).status == status)
    assert len(states_of(case.definition)) <= 2
    assert case.input == {"n": 0, "pause": 0, "s": "a", "flag": False, "list": []}


def test_a_failure_in_a_map_shrinks_to_one_item() -> None:
    def fails_in_a_map(case: Case) -> bool:
        events = run_case(case).events
        return any(event["type"] == "MapIterationFailed" for event in events)

    case = smallest(machine_cases(), fails_in_a_map)
    assert len(states_of(case.definition)) <= 3 + 2
    assert len(case.input["list"]) == 1


@given(machine_inputs())
def test_inputs_hold_what_machines_read(value: Any) -> None:
    assert {name: type(member) for name, member in value.items()} == {
        "n": int, "pause": int, "s": str, "flag": bool, "list": list,
    }  # fmt: skip


KINDS: dict[str, Callable[[Behaviour], bool]] = {
    "gives back": lambda made: [answer.kind for answer in made.answers] == ["echo"],
    "returns": lambda made: [answer.kind for answer in made.answers] == ["return"],
    "fails": lambda made: [answer.kind for answer in made.answers] == ["fail"],
    "hangs": lambda made: any(answer.kind == "hang" for answer in made.answers),
    "takes its time": lambda made: any(answer.seconds for answer in made.answers),
    "is flaky": lambda made: [answer.kind for answer in made.answers] == ["fail", "fail", "echo"],
}


@pytest.mark.parametrize("kind", KINDS)
def test_behaviours_are_of_every_kind(kind: str) -> None:
    strategy = task_behaviours(seconds=st.sampled_from([0.0, 2.0]), hangs=True)
    made = smallest(strategy, KINDS[kind])
    assert len(made.answers) == {"is flaky": 3}.get(kind, 1)


@given(task_behaviours(failures=False))
def test_behaviours_without_failures_have_none(made: Behaviour) -> None:
    assert isinstance(made(1), TaskSuccess)


def test_a_behaviour_answers_by_what_it_has_seen() -> None:
    made = Behaviour(Answer("fail", error="Boom"), Answer("hang"), Answer("return", 7, seconds=2.0))
    told = [made({"attempt": attempt}) for attempt in (0, 1, 2, 9)]
    assert [type(answer) for answer in told] == [TaskFailure, TaskHang, TaskSuccess, TaskSuccess]
    assert told[2] == told[3] == TaskSuccess(7, 2.0)
    assert [type(made(payload)) for payload in ("x", "y", "x")] == [TaskFailure, TaskFailure, TaskHang]
    assert isinstance(made.again()("x"), TaskFailure)


# -- workflows ----------------------------------------------------------------------------------------------


@given(map_workflows(sources=st.sampled_from(["$", "$.list", "$.a['b c']"]).map(ExecutionInput)), st.data())
def test_inputs_for_a_workflow_reach_its_source(made: MapWorkflow, data: st.DataObject) -> None:
    found = data.draw(inputs_for(made, st.integers(), max_size=3))
    assert isinstance(made.source, ExecutionInput)
    for part in {"$": [], "$.list": ["list"], "$.a['b c']": ["a", "b c"]}[made.source.path]:
        found = found[part]
    assert isinstance(found, list)
    assert len(found) <= 3


def test_inputs_for_a_path_with_an_index_are_the_author_s_to_make() -> None:
    made = smallest(map_workflows(sources=st.just(ExecutionInput("$.a[0]"))), lambda _: True)
    with pytest.raises(ValueError, match="no inputs can be made for a path with indexes"):
        inputs_for(made)


@given(
    map_workflows(max_seconds=0, timeouts=(None,), modes=("inline",), languages=("JSONata",), retries=False)
)
def test_workflows_keep_to_their_arguments(made: MapWorkflow) -> None:
    text = json.dumps(workflow_case(made).definition)
    assert not any(word in text for word in ('"Wait"', "TimeoutSeconds", "DISTRIBUTED", '"Retry"'))
    assert '"QueryLanguage": "JSONata"' in text


def test_the_smallest_workflow_calls_one_function_for_a_list() -> None:
    made = smallest(map_workflows(), lambda made: isinstance(made.source, Items))
    assert made.source == Items([])
    definition = workflow_case(made).definition
    assert [state["Type"] for state in states_of(definition)] == ["Pass", "Map", "Task"]


# -- data -----------------------------------------------------------------------------------------------------


@given(s3_datasets(max_size=4))
def test_a_data_set_holds_its_items(made: Dataset) -> None:
    """Read here by other means than the engine's."""
    [(bucket, objects)] = made.objects.items()
    assert made.source.model_dump()["bucket"] == bucket
    assert list(read(made.source, objects)) == made.items


def read(source: Any, objects: dict[str, bytes]) -> Iterator[Any]:
    if isinstance(source, S3Objects):
        for key in sorted(key for key in objects if key.startswith("in/")):
            yield from json.loads(objects[key]) if source.load else [{"Key": key}]
        return
    text = objects[source.key].decode()
    if isinstance(source, S3Json):
        found = json.loads(text)
        for name in filter(None, (source.pointer or "").split("/")):
            found = found[name]
        yield from found
    elif isinstance(source, S3JsonLines):
        yield from (json.loads(line) for line in text.splitlines())
    elif isinstance(source, S3Csv):
        delimiter = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}[source.delimiter]
        yield from csv.DictReader(io.StringIO(text), fieldnames=source.headers, delimiter=delimiter)


@pytest.mark.parametrize("kind", [S3Json, S3JsonLines, S3Csv, S3Objects])
def test_data_sets_are_of_every_kind(kind: type) -> None:
    made = smallest(s3_datasets(), lambda made: isinstance(made.source, kind))
    assert len(made.items) == 1


@given(items(min_size=1, max_size=3), json_values(2))
def test_values_are_json(found: list[Any], value: Any) -> None:
    assert 1 <= len(found) <= 3
    assert json.loads(json.dumps([found, value], allow_nan=False)) == [found, value]
