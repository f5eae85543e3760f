"""The checker against another judge: what it accepts moto accepts, and what only it refuses AWS's text refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fanfold.compiler.check import check_definition
from fanfold.compiler.rules import RULES
from fanfold.testing.cases import Case
from fanfold.testing.strategies import remember, state_machines

VALUES = [
    None, True, -1, 0, 7, 1.5, "", "nowhere", "$.a", "$.a[", "$x", "$$.State.Name", "{% 1 %}", "{% ( %}",
    "{% $states.input", [], {}, ["States.ALL"], ["Boom", "States.ALL"], {"a.$": "$.b"}, {"a.$": "b"},
    "2030-01-01T00:00:00Z", "DISTRIBUTED", "arn:aws:states:::sqs:sendMessage",
    {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}},
]  # fmt: skip
FIELDS = [
    "Type", "Next", "End", "StartAt", "States", "QueryLanguage", "Comment", "Version", "TimeoutSeconds",
    "Resource", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result",
    "Arguments", "Output", "Assign", "Retry", "Catch", "ErrorEquals", "IntervalSeconds", "MaxAttempts",
    "BackoffRate", "HeartbeatSeconds", "Seconds", "Timestamp", "SecondsPath", "Choices", "Default",
    "Condition", "Variable", "IsPresent", "StringEquals", "And", "Not", "Items", "ItemsPath",
    "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "ToleratedFailureCount", "ItemBatcher",
    "ItemReader", "ResultWriter", "Label", "Branches", "Error", "Cause", "ErrorPath", "Bogus",
]  # fmt: skip
TEXTS = ("https://docs.aws.amazon.com/", "https://states-language.net/", "https://docs.jsonata.org/")
"""Where the languages are laid down."""


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object that has members, from the outside in."""
    if isinstance(value, dict):
        if value:
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A machine with one member of one object taken away, added, or given another value."""
    definition: dict[str, Any] = json.loads(
        json.dumps(draw(state_machines(depth=1, max_states=3, timeouts=True)))
    )
    place = draw(st.sampled_from(list(objects(definition))))
    way = draw(st.sampled_from(["take", "change", "add"]))
    if way == "take":
        del place[draw(st.sampled_from(sorted(place)))]
    else:
        name = draw(st.sampled_from(FIELDS if way == "add" else sorted(place)))
        place[name] = deepcopy(draw(st.sampled_from(VALUES)))
    return definition


def moto_accepts(definition: dict[str, Any]) -> bool:
    """What CreateStateMachine does there before it stores anything."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    from fanfold.testing.backends.embedded import _forget_query_languages

    _forget_query_languages()
    try:
        AmazonStateLanguageParser.parse(json.dumps(definition))
    except Exception:  # noqa: BLE001 - its parser refuses with whatever exception it happens on
        return False
    return True


def beyond_moto(definition: dict[str, Any]) -> bool:
    """What is right and its grammar has no rule for."""
    return any(
        # Mode and ExecutionType both have defaults: https://states-language.net/spec.html#map-state
        value.get("ProcessorConfig") == {}
        # A word of its grammar as plain text is read as the word.
        or any(member in ("DISTRIBUTED", "INLINE") for key, member in value.items() if key != "Mode")
        for value in objects(definition)
    )


@given(broken())
def test_what_check_accepts_moto_accepts_and_what_only_check_refuses_a_text_refuses(
    moto: Any, definition: dict[str, Any]
) -> None:
    remember(Case(definition))
    errors = [finding for finding in check_definition(definition) if finding.severity == "error"]
    if not errors:
        assert moto_accepts(definition) or beyond_moto(definition)
    elif moto_accepts(definition):
        for finding in errors:
            assert RULES[finding.rule].source.startswith(TEXTS)
            assert len(RULES[finding.rule].page) > 40
