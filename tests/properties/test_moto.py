"""What the engine does, moto's Step Functions does too: another implementation of the same language, in this process.

moto really sleeps, so nothing waits here and retries come at once; and it has no virtual clock, so nothing hangs.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from fanfold.compiler.check import check_definition, has_errors
from fanfold.compiler.dynamodb import list_item
from fanfold.compiler.walk import walk
from fanfold.dsl import DynamoDBList, MapWorkflow
from fanfold.engine import TaskAnswer, TaskCall, TaskFailure, TaskSuccess, run
from fanfold.testing.backends import Outcome, fails_on_null, known_faults
from fanfold.testing.cases import Behaviour, Case
from fanfold.testing.functions import FunctionTasks
from fanfold.testing.replay import run_case
from fanfold.testing.strategies import (
    inputs_for,
    items,
    json_values,
    machine_cases,
    machine_inputs,
    map_workflows,
    remember,
    state_machines,
    task_behaviours,
    workflow_case,
)


def is_common(value: Any) -> bool:
    """Whether a value is the same to moto. Its JSONata knows no character beyond U+FFFF (what evaluates expressions
    for it makes two of each) and its JSONata templates keep the escapes of a name, which is a listed fault.
    """
    if isinstance(value, dict):
        return all(json.dumps(name) == f'"{name}"' and is_common(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(map(is_common, value))
    return not isinstance(value, str) or all(ord(character) < 0x10000 for character in value)


PLAIN = json_values(3).filter(lambda value: is_common(value) and value != [])
"""No empty lists either: what evaluates expressions for moto fails on a path that ends at one in its context."""
INPUTS = machine_inputs(PLAIN).map(lambda made: {**made, "pause": 0})
MACHINES = machine_cases(
    state_machines(max_seconds=0, mistakes=True), inputs=INPUTS, behaviours=task_behaviours(PLAIN)
)


def visits(outcome: Outcome) -> Counter[tuple[str, str | None]]:
    """How often each event happened, and of which state: the order of concurrent iterations may differ."""
    return Counter(
        (
            one["type"],
            next(
                (one[key]["name"] for key in one if key.startswith("state") and "name" in one[key]),
                None,
            ),
        )
        for one in outcome.events
    )


def other_endings(case: Case) -> list[tuple[str, Any, str | None]]:
    """What else may come of a case, as calls and branches last longer or shorter.

    Which of two of them fails first is a matter of the moment, and where every duration is nothing and retries come at
    once, of no consequence.
    """
    return [ending(slowed(case.definition, random), case, random) for random in map(Random, range(100))]


def slowed(definition: dict[str, Any], random: Random) -> dict[str, Any]:
    """The definition with a wait before each branch and iteration."""
    made = copy.deepcopy(definition)
    for number, placed in enumerate(list(walk(made))):
        machines = [*placed.state.get("Branches", []), placed.state.get("ItemProcessor")]
        for place, machine in enumerate(filter(None, machines)):
            name = f"Slow {number} {place}"
            wait = {"Type": "Wait", "Seconds": random.choice([0, 1, 30, 300]), "Next": machine["StartAt"]}
            machine["StartAt"], machine["States"][name] = name, wait
    return made


def ending(definition: dict[str, Any], case: Case, random: Random) -> tuple[str, Any, str | None]:
    """What comes of the definition as calls last what `random` says."""
    functions = FunctionTasks(case.fresh())

    def lasting(call: TaskCall) -> TaskAnswer:
        answer = functions(call)
        assert isinstance(answer, TaskSuccess | TaskFailure)
        return replace(answer, duration=random.choice([0.0, 1.0, 30.0, 300.0]))

    execution = run(definition, case.input, tasks=lasting)
    return execution.status, execution.output, execution.error


def fault_that_shows(case: Case, endings: list[tuple[str, Any, str | None]], theirs: Outcome) -> str | None:
    """The listed fault of moto that made its answer another one, and not one that might have."""
    listed = [fault.id for fault in known_faults("moto", case.definition)]
    shows = {
        "moto-all-catches-runtime": any(error == "States.Runtime" for _, _, error in endings),
        "moto-task-failed-is-no-query-error": any(
            "States.QueryEvaluationError" in str(one) for one in theirs.result
        ),
        "moto-query-error-within": "Custom Error Names MUST NOT" in str(theirs.events),
    }
    return next((fault for fault in listed if shows.get(fault)), None)


@given(MACHINES.filter(lambda case: is_common(case.definition)))
def test_machines_do_the_same(moto: Any, case: Case) -> None:
    remember(case)
    assert not has_errors(check_definition(case.definition))
    ours = run_case(case)
    assume(not fails_on_null(ours))
    theirs = run_case(case, moto)
    if ours.result != theirs.result:
        endings = other_endings(case)
        fault = None if theirs.result in endings else fault_that_shows(case, endings, theirs)
        assert fault or theirs.result in endings
        event(f"another ending: {fault or 'of two failures, the other one came first'}")
        return
    if not any(one["type"].endswith("Failed") for one in ours.events):
        # What else was under way when a state failed is a matter of the moment.
        assert visits(ours) == visits(theirs)


GIVEN = PLAIN.filter(lambda value: value is not None)
"""moto calls a function whose payload is null with an empty object."""
ANSWERS = st.fixed_dictionaries(dict.fromkeys(("f", "g"), task_behaviours(GIVEN)))
WORKFLOWS = map_workflows(values=GIVEN, max_seconds=0, timeouts=(None, 60), modes=("auto", "inline")).flatmap(
    lambda workflow: st.tuples(st.just(workflow), inputs_for(workflow, GIVEN), items(GIVEN, max_size=4))
)


@given(WORKFLOWS, ANSWERS)
def test_workflows_do_the_same(
    moto: Any, chosen: tuple[MapWorkflow, Any, list[Any]], functions: dict[str, Behaviour]
) -> None:
    """Sources, waits, concurrency, timeouts and items of every JSON kind, in both query languages."""
    workflow, input, found = chosen
    # moto fails on an ItemSelector of a JSONata Map that takes its input for its items: it has no current item there.
    assume(workflow.query_language == "JSONPath" or workflow.item_selector is None)
    case = in_one_order(workflow_case(workflow, input, functions))
    assume(is_common(case.definition))  # the lists of maps within the map, which are in the definition
    remember(case)
    rows: dict[str, Any] = {}
    if isinstance(workflow.source, DynamoDBList):
        rows["Item"] = list_item(workflow.source.key, workflow.source.attribute, found).item
        moto.client("dynamodb").put_item(TableName=workflow.source.table, **rows)
    functions_called = FunctionTasks(case.fresh())
    execution = run(case.definition, input, tasks=with_rows(rows, functions_called))
    # The null items of a map within the map reach its worker too, and GIVEN says what moto makes of them.
    assume(all(payload(call) is not None for call in functions_called.calls) and not fails_on_null(execution))
    theirs = run_case(case, moto)
    assert (execution.status, execution.output, execution.error) == theirs.result


def in_one_order(case: Case) -> Case:
    """The case, one iteration at a time where a function answers the same payload first so, then otherwise.

    Concurrent iterations that send the same payload would race for the first answer, on AWS too: one of them fails, and
    which error the Map has is a matter of the moment.
    """
    if all(len(set(map(repr, behaviour.answers))) == 1 for behaviour in case.functions.values()):
        return case
    definition = copy.deepcopy(case.definition)
    for placed in walk(definition):
        if placed.state["Type"] == "Map":
            placed.state["MaxConcurrency"] = 1  # type: ignore[index]
    return replace(case, definition=definition)


def payload(call: TaskCall) -> Any:
    """What the function is called with, by `lambda:invoke` or by its ARN."""
    return call.input.get("Payload", {}) if "lambda:invoke" in call.resource else call.input


def with_rows(row: dict[str, Any], functions: FunctionTasks) -> Callable[[TaskCall], TaskAnswer]:
    def tasks(call: TaskCall) -> TaskAnswer:
        return TaskSuccess(row) if "dynamodb:getItem" in call.resource else functions(call)

    return tasks
