"""What a service integration looks at before it schedules a task: parameters of a form it cannot send.

Step Functions holds what became of the parameters against the same rules as those of the definition. Here are of
those that AWS documents of the form of parameters, per integration; a value's meaning is the service's affair.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .expressions.scope import ExpressionSyntaxError
from .expressions.templates import compile_template_text
from .expressions.values import java_json

__all__ = ["Forms", "parameter_fault", "parameter_forms"]

Forms = dict[str, Callable[[Any], bool]]


def _lists_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(entry, list) for entry in value.values())


_FORMS: dict[tuple[str, ...], Forms] = {
    ("apigateway", "invoke"): {"Headers": _lists_by_name, "QueryParameters": _lists_by_name},
}

_NO_PATH = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"
_NO_TEXT = "The value for the field '{}' must be a STRING that contains a JSONPath but was a {}"
_KINDS = {dict: "OBJECT", list: "ARRAY", bool: "BOOLEAN", type(None): "NULL"}


def parameter_forms(integration: tuple[str, ...]) -> Forms | None:
    """What is known of an integration's parameters; `integration` is its resource type and resource. None for a
    resource that is no integration: it takes any input.
    """
    return _FORMS.get(tuple(part.partition(".")[0] for part in integration), {}) if integration else None


def parameter_fault(forms: Forms, parameters: Any, *, paths: bool) -> str | None:
    """Why the integration cannot be started with these parameters, in AWS's words; None where it can.

    `paths` says that a name which ends in `.$` stands for a path, as it does in JSONPath.
    """
    if not isinstance(parameters, dict):
        return None
    faults = [
        f"The value of the field '{name}' has an invalid format"
        for name, fits in forms.items()
        if name in parameters and not fits(parameters[name])
    ]
    if paths:
        faults += _no_paths(parameters)
    if not faults:
        return None
    return (
        f"The Parameters '{java_json(parameters)}' could not be used to start the Task: [{', '.join(faults)}]"
    )


def _no_paths(parameters: dict[str, Any]) -> Iterator[str]:
    """What is still under a name for paths, such as the token of `"taskToken.$.$": "$$.Task.Token"`."""
    left: list[Any] = [parameters]
    while left:
        value = left.pop()
        if isinstance(value, list):
            left.extend(reversed(value))
        elif isinstance(value, dict):
            for name, item in value.items():
                if not name.endswith(".$"):
                    continue
                if not isinstance(item, str):
                    yield _NO_TEXT.format(name, _KINDS.get(type(item), "NUMBER"))
                elif not _is_path(name, item):
                    yield _NO_PATH.format(name)
            left.extend(reversed(value.values()))


def _is_path(name: str, text: str) -> bool:
    try:
        compile_template_text(text, name)
    except ExpressionSyntaxError:
        return False
    return True
