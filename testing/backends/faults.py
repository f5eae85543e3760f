"""What each backend cannot run, and what it is known to do wrongly. The one list of both.

A limit is a reason to skip: `refuse_unsupported` raises it before an execution starts. A fault is a wrong
answer: a definition that shows it, the right answer, and who says that it is right. Tests that compare
backends leave out what `known_faults` finds; a test of ours fails as soon as a fault is mended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fanfold.compiler.walk import walk
from fanfold.engine import Execution

from ..functions import Functions
from .base import Outcome, UnsupportedError

__all__ = ["FAULTS", "LIMITS", "Fault", "Limit", "fails_on_null", "known_faults", "refuse_unsupported"]

Definition = Mapping[str, Any]
_LONGEST_SLEEP = 5
"""Seconds of waiting that a test may really sleep."""


@dataclass(frozen=True)
class Limit:
    """What a backend has no means for. `reason` completes "skipped: <backend> ..."."""

    backends: tuple[str, ...]
    reason: str
    applies: Callable[[Definition], bool] = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """A wrong answer of a backend.

    `right` is status, output and error as AWS gives them, by the authority of `source`, an address.
    """

    id: str
    backend: str
    title: str
    source: str
    definition: Definition = field(repr=False)
    right: tuple[str, Any, str | None]
    applies: Callable[[Definition], bool] = field(repr=False)
    input: Any = None
    functions: Functions = field(default_factory=dict, repr=False)


def refuse_unsupported(backend: str, definition: Definition) -> None:
    """Raise `UnsupportedError` with the reason where the backend cannot run the definition."""
    for limit in LIMITS:
        if backend in limit.backends and limit.applies(definition):
            raise UnsupportedError(f"{backend} {limit.reason}")


def fails_on_null(ending: Outcome | Execution) -> bool:
    """Whether the execution failed as paths met null: neither moto nor JSONata minds."""
    return "null or empty input" in (ending.cause or "")


def known_faults(backend: str, definition: Definition) -> list[Fault]:
    """The faults of the backend that may show in the definition."""
    return [fault for fault in FAULTS if fault.backend == backend and fault.applies(definition)]


# -- predicates -------------------------------------------------------------------------------------------


def _any_state(test: Callable[[Mapping[str, Any]], bool]) -> Callable[[Definition], bool]:
    return lambda definition: any(test(placed.state) for placed in walk(definition))


def _text(fragment: str) -> Callable[[Definition], bool]:
    """Whether the definition's JSON text holds the fragment anywhere."""
    return lambda definition: fragment in json.dumps(definition)


def _calls_aws_functions(definition: Definition) -> bool:
    """https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn"""
    text = json.dumps(definition)
    names = ("$partition(", "$range(", "$hash(", "$random(", "$uuid(", "$parse(")
    return '"JSONata"' in text and any(name in text for name in names)


def _sleeps_long(state: Mapping[str, Any]) -> bool:
    seconds = state.get("Seconds")
    return state.get("Type") == "Wait" and isinstance(seconds, int | float) and seconds > _LONGEST_SLEEP


def _retries_long(state: Mapping[str, Any]) -> bool:
    return any(
        retrier.get("IntervalSeconds", 1) > _LONGEST_SLEEP and retrier.get("MaxAttempts", 3) > 0
        for retrier in state.get("Retry", [])
    )


def _wait_under_timeout(definition: Definition) -> bool:
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-config-options.html: WAIT_TIME_SCALE"""
    waits = any(placed.state.get("Type") == "Wait" for placed in walk(definition))
    return waits and any(key in definition for key in ("TimeoutSeconds", "TimeoutSecondsPath"))


def _is_express(state: Mapping[str, Any]) -> bool:
    config = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    return bool(config.get("ExecutionType") == "EXPRESS")


def _is_distributed(state: Mapping[str, Any]) -> bool:
    config = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    return state.get("Type") == "Map" and config.get("Mode") == "DISTRIBUTED"


# -- the lists --------------------------------------------------------------------------------------------

LIMITS: tuple[Limit, ...] = (
    Limit(("moto",), "has no express child executions", _any_state(_is_express)),
    Limit(("moto",), "has no ItemBatcher", _any_state(lambda state: "ItemBatcher" in state)),
    Limit(("moto",), "has none of AWS's own JSONata functions", _calls_aws_functions),
    Limit(
        ("moto",),
        f"really sleeps: a Wait of more than {_LONGEST_SLEEP} seconds",
        _any_state(_sleeps_long),
    ),
    Limit(
        ("moto", "local"),
        f"really sleeps between retries: an interval of more than {_LONGEST_SLEEP} seconds",
        _any_state(_retries_long),
    ),
    Limit(
        ("local",),
        "takes no time for a Wait (wait-time scale 0): whether TimeoutSeconds comes first",
        _wait_under_timeout,
    ),
    Limit(("local",), "has no distributed Map", _any_state(_is_distributed)),
)

_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"


def _machine(state: Mapping[str, Any], name: str = "Only") -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def _result_path_into(state: Mapping[str, Any]) -> bool:
    """A ResultPath that needs an object to put something into."""
    return isinstance(state.get("ResultPath"), str) and state["ResultPath"] != "$"


def _maps_a_path(state: Mapping[str, Any]) -> bool:
    return state.get("Type") == "Map" and "Items" not in state


def _catches_all(state: Mapping[str, Any]) -> bool:
    rules = [*state.get("Retry", []), *state.get("Catch", [])]
    return any("States.ALL" in rule.get("ErrorEquals", []) for rule in rules)


_MISPLACED_RESULT = _machine({"Type": "Pass", "Result": 1, "ResultPath": "$.a.b"})

FAULTS: tuple[Fault, ...] = (
    Fault(
        id="moto-items-not-a-list",
        backend="moto",
        title="A JSONPath Map over something that is no list fails with States.QueryEvaluationError, JSONata's error",
        source=_ERRORS,
        definition=_machine(
            {"Type": "Map", "ItemsPath": "$.a", "ItemProcessor": _machine({"Type": "Pass"}, "Inner")}
        ),
        input={"a": 1},
        right=("FAILED", None, "States.Runtime"),
        applies=_any_state(_maps_a_path),
    ),
    Fault(
        id="moto-result-path-into-scalar",
        backend="moto",
        title="ResultPath into something that is no object ends the execution with a TypeError of Python",
        source=_ERRORS,
        definition=_MISPLACED_RESULT,
        input={"a": 1},
        right=("FAILED", None, "States.ReferencePathConflict"),
        applies=_any_state(_result_path_into),
    ),
    Fault(
        id="moto-null-payload",
        backend="moto",
        title="A function called by its ARN gets {} where the input is null",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
        definition=_machine(
            {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:echo",
                "InputPath": "$.none",
            }
        ),
        input={"none": None},
        functions={"echo": lambda payload: [payload]},
        right=("SUCCEEDED", [None], None),
        applies=_any_state(
            lambda state: ":lambda:" in state.get("Resource", "") and ":states:" not in state["Resource"]
        ),
    ),
    Fault(
        id="moto-null-invoke-payload",
        backend="moto",
        title="lambda:invoke calls a function with {} where Payload is null",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html",
        definition=_machine(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "echo", "Payload.$": "$.none"},
                "OutputPath": "$.Payload",
            }
        ),
        input={"none": None},
        functions={"echo": lambda payload: [payload]},
        right=("SUCCEEDED", [None], None),
        applies=_any_state(lambda state: ":lambda:invoke" in state.get("Resource", "")),
    ),
    Fault(
        id="moto-path-on-null",
        backend="moto",
        title="A payload template and a Choice state take paths where the input is null",
        source="https://github.com/awslabs/states-language/issues/29",
        definition={
            "StartAt": "Null",
            "States": {
                "Null": {"Type": "Pass", "InputPath": "$.none", "Next": "Pass"},
                "Pass": {"Type": "Pass", "Parameters": {"a.$": "$"}, "End": True},
            },
        },
        input={"none": None},
        right=("FAILED", None, "States.Runtime"),
        applies=_text(".$"),
    ),
    Fault(
        id="moto-jsonata-name-escapes",
        backend="moto",
        title="A JSONata template keeps the escapes of a member's name as they stand in the definition's text",
        source="https://www.rfc-editor.org/rfc/rfc8259#section-7",
        definition={**_machine({"Type": "Pass", "Output": {'a"b': 1}}), "QueryLanguage": "JSONata"},
        right=("SUCCEEDED", {'a"b': 1}, None),
        applies=lambda definition: "JSONata" in (text := json.dumps(definition)) and "\\" in text,
    ),
    Fault(
        id="moto-all-catches-runtime",
        backend="moto",
        title="States.ALL retries and catches States.Runtime, which nothing does",
        source=_ERRORS,
        definition={
            "StartAt": "Try",
            "States": {
                "Try": {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:us-east-1:123456789012:function:echo",
                    "Parameters": {"a.$": "$.absent"},
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
                    "End": True,
                },
                "Caught": {"Type": "Pass", "Result": "caught", "End": True},
            },
        },
        input={},
        functions={"echo": lambda payload: payload},
        right=("FAILED", None, "States.Runtime"),
        applies=_any_state(_catches_all),
    ),
    Fault(
        id="moto-task-failed-is-no-query-error",
        backend="moto",
        title="States.TaskFailed does not catch the States.QueryEvaluationError of a Task",
        source=_ERRORS,
        definition={
            "QueryLanguage": "JSONata",
            "StartAt": "Try",
            "States": {
                "Try": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Arguments": {"FunctionName": "echo", "Payload": "{% $states.input.absent %}"},
                    "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
                    "End": True,
                },
                "Caught": {"Type": "Pass", "Output": "caught", "End": True},
            },
        },
        input={},
        functions={"echo": lambda payload: payload},
        right=("SUCCEEDED", "caught", None),
        applies=_text("States.TaskFailed"),
    ),
    Fault(
        id="moto-query-error-within",
        backend="moto",
        title="JSONata that fails within a Map or a Parallel state ends the execution with an error of moto's own",
        source="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html",
        definition={
            "QueryLanguage": "JSONata",
            **_machine(
                {
                    "Type": "Parallel",
                    "Branches": [_machine({"Type": "Pass", "Output": "{% $states.input.absent %}"}, "In")],
                    "Retry": [{"ErrorEquals": ["Boom"]}],
                }
            ),
        },
        input={},
        right=("FAILED", None, "States.QueryEvaluationError"),
        applies=_text('"JSONata"'),
    ),
    Fault(
        id="local-all-catches-runtime-within",
        backend="local",
        title="States.ALL of a Map or Parallel state catches States.Runtime of a state within, though not of a Task",
        source=_ERRORS,
        definition={
            "StartAt": "Try",
            "States": {
                "Try": {
                    "Type": "Map",
                    "ItemProcessor": _machine({"Type": "Pass", "InputPath": "$.absent"}, "In"),
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
                    "End": True,
                },
                "Caught": {"Type": "Pass", "Result": "caught", "End": True},
            },
        },
        input=[{}],
        right=("FAILED", None, "States.Runtime"),
        applies=_any_state(_catches_all),
    ),
    Fault(
        id="local-lost-delete",
        backend="local",
        title="What a function answers loses the character DELETE behind one that JSON escapes",
        source="https://www.rfc-editor.org/rfc/rfc8259#section-7",
        definition=_machine(
            {
                "Type": "Map",
                "ItemProcessor": _machine(
                    {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::lambda:invoke",
                        "Parameters": {"FunctionName": "echo", "Payload.$": "$"},
                        "OutputPath": "$.Payload",
                    },
                    "In",
                ),
            }
        ),
        input=[{"index": 0, "value": "\x1f\x7f"}],
        functions={"echo": lambda payload: [payload]},
        right=("SUCCEEDED", [[{"index": 0, "value": "\x1f\x7f"}]], None),
        applies=_any_state(lambda state: ":lambda:" in state.get("Resource", "")),
    ),
    Fault(
        id="local-null-result",
        backend="local",
        title="A Pass state whose Result is null gives its input, as if it had no Result",
        source="https://states-language.net/spec.html#pass-state",
        definition=_machine({"Type": "Pass", "Result": None}),
        input={"a": 1},
        right=("SUCCEEDED", None, None),
        applies=_any_state(lambda state: "Result" in state and state["Result"] is None),
    ),
    Fault(
        id="local-path-on-null",
        backend="local",
        title="A Wait state without a path, and a path of the context object, fail where the input is null",
        source="https://states-language.net/spec.html#filters",
        definition={
            "StartAt": "Null",
            "States": {
                "Null": {
                    "Type": "Pass",
                    "Parameters": {"none": None},
                    "OutputPath": "$.none",
                    "Next": "Wait",
                },
                "Wait": {"Type": "Wait", "Seconds": 0, "End": True},
            },
        },
        right=("SUCCEEDED", None, None),
        applies=_text("$"),
    ),
    Fault(
        id="local-parallel-order",
        backend="local",
        title="The results of a Parallel state do not come in the order of its branches",
        source="https://states-language.net/spec.html#parallel-state",
        definition=_machine(
            {
                "Type": "Parallel",
                "Branches": [
                    _machine({"Type": "Parallel", "Branches": [_machine({"Type": "Pass"}, "Deep")]}, "Inner"),
                    _machine({"Type": "Pass"}, "Beside"),
                ],
            }
        ),
        input=1,
        right=("SUCCEEDED", [[1], 1], None),
        applies=_any_state(lambda state: state.get("Type") == "Parallel"),
    ),
)
