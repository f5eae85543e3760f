"""What a service integration looks at before it schedules a task: parameters of a form it cannot send.

Only what AWS documents of the form of parameters, per integration; a value's meaning is the service's affair.
https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .expressions.values import java_json

__all__ = ["Forms", "parameter_fault", "parameter_forms"]

Forms = dict[str, Callable[[Any], bool]]


def _lists_by_name(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(entry, list) for entry in value.values())


_FORMS: dict[tuple[str, ...], Forms] = {
    ("apigateway", "invoke"): {"Headers": _lists_by_name, "QueryParameters": _lists_by_name},
}


def parameter_forms(integration: tuple[str, ...]) -> Forms | None:
    """What is known of an integration's parameters; `integration` is its resource type and resource."""
    return _FORMS.get(tuple(part.partition(".")[0] for part in integration))


def parameter_fault(forms: Forms, parameters: Any) -> str | None:
    """Why the integration cannot be started with these parameters, in AWS's words; None where it can."""
    if not isinstance(parameters, dict):
        return None
    faults = [
        f"The value of the field '{name}' has an invalid format"
        for name, fits in forms.items()
        if name in parameters and not fits(parameters[name])
    ]
    if not faults:
        return None
    return (
        f"The Parameters '{java_json(parameters)}' could not be used to start the Task: [{', '.join(faults)}]"
    )
