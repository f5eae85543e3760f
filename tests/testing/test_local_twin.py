"""What the engine does, AWS's own Step Functions Local does too, as far as its version knows the language.

It runs where one is to be had; what its version does not know is left out, and so is what it is known to do wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from fanfold.engine import TaskSuccess
from fanfold.testing.backends import (
    Backend,
    BackendUnavailableError,
    UnsupportedError,
    known_faults,
    open_backend,
)
from fanfold.testing.backends.sfn_local import NEWER, lower_to_2019
from fanfold.testing.cases import Case
from fanfold.testing.replay import run_case
from fanfold.testing.strategies import json_values, machine_cases, machine_inputs, remember, state_machines

INPUTS = machine_inputs(json_values(4).filter(lambda value: value is not None)).map(
    lambda one: {**one, "pause": 0}
)
DEFINITIONS = state_machines("JSONPath", max_seconds=0, nesting=("map",), mistakes=True)


def is_of_2019(definition: dict[str, Any]) -> bool:
    """Whether the last version of the jar, of 2019, knows all of it."""
    text = json.dumps(lower_to_2019(definition))
    return "States." not in text.replace('"States.', "") and not any(f'"{name}"' in text for name in NEWER)


MACHINES = machine_cases(DEFINITIONS | DEFINITIONS.filter(is_of_2019), inputs=INPUTS)
"""What is too new is left to versions that know it, but not every other example."""


@pytest.fixture(scope="module")
def local() -> Iterator[Backend]:
    try:
        with open_backend("local") as backend:
            yield backend
    except BackendUnavailableError as reason:
        pytest.skip(str(reason))


@pytest.mark.slow
@given(case=MACHINES)
def test_machines_do_the_same(local: Backend, case: Case) -> None:
    remember(case)
    ours = run_case(case)
    try:
        theirs = run_case(case, local)
    except UnsupportedError as reason:
        event(f"skipped: {reason}")
        return
    if ours.result != theirs.result:
        found = [fault.id for fault in known_faults("local", case.definition)]
        assume(not (found and _null_is_read(ours.events)) and "local-null-result" not in found)
        if ours.error == "States.Runtime" and "local-all-catches-runtime-within" in found:
            event("another ending: local-all-catches-runtime-within")
            return
    assert theirs.result == ours.result


def _null_is_read(events: list[dict[str, Any]]) -> bool:
    """Whether a state was entered with null: local-path-on-null."""
    entered = (one.get("stateEnteredEventDetails", {}) for one in events)
    return any(one.get("input") == "null" for one in entered)


@pytest.mark.slow
# Without the character of local-lost-delete.
@given(
    items=st.lists(st.integers() | st.text(st.characters(exclude_characters="\x7f"), max_size=5), max_size=6),
    width=st.integers(0, 3),
)
def test_maps_do_the_same(local: Backend, items: list[Any], width: int) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "f", "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
    }
    state = {
        "Type": "Map",
        "MaxConcurrency": width,
        "ItemSelector": {"index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value"},
        "ItemProcessor": {"StartAt": "Work", "States": {"Work": task}},
        "End": True,
    }
    outcome = local.start_execution(
        {"StartAt": "All", "States": {"All": state}}, items, {"f": lambda event: TaskSuccess([event])}
    )
    expected = [[{"index": index, "value": item}] for index, item in enumerate(items)]
    assert outcome.result == ("SUCCEEDED", expected, None)
