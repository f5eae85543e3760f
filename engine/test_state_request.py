"""The request of the TestState API: what it has to look like, and the state it is about.

Messages are AWS's where they are known.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "STATE_NAME",
    "StateRequestError",
    "check_request",
    "check_shape",
    "find_state",
    "given_context",
    "invalid",
    "json_object",
    "parsed",
    "request_document",
]

STATE_NAME = "StateName"
"""The name AWS gives the state under test."""

_CONTEXT_FIELDS: dict[str, dict[str, type | None]] = {
    "Execution": {
        "Id": str, "Input": None, "Name": str, "RoleArn": str, "StartTime": str,
        "RedriveCount": int, "RedriveTime": str,
    },
    "State": {"EnteredTime": str, "Name": str, "RetryCount": int},
    "StateMachine": {"Id": str, "Name": str},
    "Task": {"Token": str},
}  # fmt: skip
"""Members of the context object, and the type of each; the execution's input may be anything.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""
_NEEDS_MOCK = {
    "retrierRetryCount": "RetrierRetryCount",
    "errorCausedByState": "ErrorCausedByState",
    "mapIterationFailureCount": "MapIterationFailureCount",
    "mapItemReaderData": "MapItemReaderData",
}


class StateRequestError(Exception):
    """A request AWS refuses: `code` is its error (`ValidationException`, `InvalidDefinition`, ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:")
_TEXTS = ("roleArn", "input", "inspectionLevel", "variables", "stateName", "context")
_OBJECTS = ("mock", "stateConfiguration")
_MOCK_TEXTS = ("result", "fieldValidationMode")
_CONFIGURATION_TEXTS = ("errorCausedByState", "mapItemReaderData")
_CONFIGURATION_NUMBERS = ("retrierRetryCount", "mapIterationFailureCount")


def check_shape(request: Mapping[str, Any]) -> None:
    """The types of the request's members, which an SDK would check before it sends them."""
    _check_members(request, _TEXTS, str, "a string")
    _check_members(request, _OBJECTS, Mapping, "an object")
    mock = request.get("mock") or {}
    _check_members(mock, _MOCK_TEXTS, str, "a string")
    _check_choice("inspectionLevel", request.get("inspectionLevel"), ("INFO", "DEBUG", "TRACE"))
    _check_choice("mock.fieldValidationMode", mock.get("fieldValidationMode"), ("STRICT", "PRESENT", "NONE"))
    _check_members(mock, ("errorOutput",), Mapping, "an object")
    if mock.get("errorOutput") is not None:
        _check_members(mock["errorOutput"], ("error", "cause"), str, "a string")
        if not mock["errorOutput"].get("error"):
            raise invalid("An error was not specified in the mocked error output.")
    configuration = request.get("stateConfiguration") or {}
    _check_members(configuration, _CONFIGURATION_TEXTS, str, "a string")
    _check_members(configuration, _CONFIGURATION_NUMBERS, int, "a number")
    for name in _CONFIGURATION_NUMBERS:
        if (configuration.get(name) or 0) < 0:
            raise invalid(f"{name} must not be negative")


def _check_members(values: Mapping[str, Any], names: tuple[str, ...], kind: type, wording: str) -> None:
    for name in names:
        value = values.get(name)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise invalid(f"{name} must be {wording}")


def _check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(choices)}]"
        )


def invalid(message: str) -> StateRequestError:
    """A request that fails validation."""
    return StateRequestError("ValidationException", message)


def parsed(text: str, message: str, code: str = "ValidationException") -> Any:
    """The value of a JSON text; `message` and `code` are of the error otherwise."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        raise StateRequestError(code, message) from None


def json_object(value: Any, code: str, what: str) -> dict[str, Any]:
    """A JSON object, from itself or its text."""
    if isinstance(value, Mapping):
        return dict(value)
    found = parsed(value, f"Invalid State Machine Definition: '{what} is not JSON'", code)
    if not isinstance(found, dict):
        raise StateRequestError(code, f"Invalid State Machine Definition: '{what} must be a JSON object'")
    return found


def request_document(definition: dict[str, Any], state_name: str | None) -> tuple[dict[str, Any], str]:
    """A state machine with the state under test in it, and the state's name there."""
    if state_name is not None:
        if "States" not in definition:
            raise invalid("State not found in definition")
        return definition, state_name
    states: dict[str, Any] = {name: {"Type": "Succeed"} for name in _targets(definition)}
    return {"StartAt": STATE_NAME, "States": states | {STATE_NAME: definition}}, STATE_NAME


def _targets(state: Mapping[str, Any]) -> Iterator[str]:
    """Names of the states a state leads to: by itself it stands without them."""
    entries = [state]
    for name in ("Choices", "Catch"):
        found = state.get(name)
        entries += [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
    for entry in entries:
        for field in ("Next", "Default"):
            if isinstance(entry.get(field), str):
                yield entry[field]


def find_state(document: Any, name: str) -> Mapping[str, Any] | None:
    """The state of that name, at any depth."""
    states = document.get("States") if isinstance(document, Mapping) else None
    if not isinstance(states, Mapping):
        return None
    if isinstance(states.get(name), Mapping):
        found: Mapping[str, Any] = states[name]
        return found
    for state in states.values():
        if not isinstance(state, Mapping):
            continue
        branches = state.get("Branches")
        inner = [state.get("ItemProcessor"), state.get("Iterator")]
        for machine in inner + (branches if isinstance(branches, list) else []):
            nested = find_state(machine, name)
            if nested is not None:
                return nested
    return None


def check_request(request: Mapping[str, Any], raw: Mapping[str, Any], mock: Mapping[str, Any]) -> None:
    """What AWS refuses before it looks at the definition more closely: `raw` is the state under test."""
    kind = raw.get("Type")
    configuration = request.get("stateConfiguration") or {}
    if not mock:
        for field, name in _NEEDS_MOCK.items():
            if configuration.get(field) is not None:
                raise invalid(f"TestState does not support {name} when a mock is not specified.")
        if kind in ("Map", "Parallel"):
            raise StateRequestError(
                "InvalidDefinition",
                "TestState API does not support Map or Parallel states. Supported state types include: "
                "[Task, Wait, Pass, Succeed, Fail, Choice]",
            )
        if kind == "Task" and str(raw.get("Resource", "")).endswith(
            (".sync", ".sync:2", ".waitForTaskToken")
        ):
            raise StateRequestError(
                "InvalidDefinition",
                "TestState API does not support '.sync' or '.waitForTaskToken' integration patterns.",
            )
        if kind == "Task" and _ACTIVITY.match(str(raw.get("Resource", ""))):
            raise StateRequestError("InvalidDefinition", "TestState API does not support Activity tasks.")
        if kind == "Task" and not request.get("roleArn"):
            raise invalid("RoleArn must be specified when testing a Task state")
        if request.get("context") is not None:
            raise invalid("A Context object can only be specified when a mock is specified")
        return
    if kind not in ("Task", "Map", "Parallel"):
        raise invalid(f"State type '{kind}' is not supported when a mock is specified")
    if (mock.get("result") is None) == (mock.get("errorOutput") is None):
        raise invalid("A test mock should have only one of the following fields: [result, errorOutput].")


def given_context(text: str | None) -> dict[str, Any] | None:
    """The context object of the request, with the members AWS allows."""
    if text is None:
        return None
    context = parsed(text, "Invalid Context object provided: it must be valid JSON")
    if not isinstance(context, dict):
        raise invalid("Invalid Context object provided: it must be a JSON object")
    if "Map" in context:
        raise invalid(
            "Invalid Context object provided: 'Map' field is not supported when mocking a Context object"
        )
    for name, value in context.items():
        if name not in _CONTEXT_FIELDS:
            raise invalid(f"Invalid Context object provided: Field '{name}' is not allowed")
        if not isinstance(value, dict):
            raise invalid(f"Invalid Context object provided: Field '{name}' must be an object")
        for field, content in value.items():
            if field not in _CONTEXT_FIELDS[name]:
                raise invalid(f"Invalid Context object provided: Field '{field}' is not allowed")
            kind = _CONTEXT_FIELDS[name][field]
            if kind is not None and (not isinstance(content, kind) or isinstance(content, bool)):
                wanted = "a number" if kind is int else "a string"
                raise invalid(f"Invalid Context object provided: Field '{field}' must be {wanted}")
    return context
