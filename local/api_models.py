"""What AWS's service models say of the results of Task states, by botocore.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html (validation of mocked results)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .errors import LocalError
from .services import OPTIMISED, service_name

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

__all__ = ["result_problem"]

_INTEGRATION = re.compile(
    r"arn:[^:]+:states:[^:]*:[^:]*:(?P<sdk>aws-sdk:)?(?P<service>[^:]+):(?P<action>[^:.]+)(?P<pattern>.*)"
)
_NO_MODEL = frozenset({"apigateway", "eks", "http"})
"""Optimised integrations whose results follow no operation's model."""
_POLLED = {
    ("athena", "StartQueryExecution"): "GetQueryExecution",
    ("batch", "SubmitJob"): "DescribeJobs",
    ("codebuild", "StartBuild"): "BatchGetBuilds",
    ("ecs", "RunTask"): "DescribeTasks",
    ("glue", "StartJobRun"): "GetJobRun",
    ("sagemaker", "CreateProcessingJob"): "DescribeProcessingJob",
    ("sagemaker", "CreateTrainingJob"): "DescribeTrainingJob",
    ("sagemaker", "CreateTransformJob"): "DescribeTransformJob",
    ("stepfunctions", "StartExecution"): "DescribeExecution",
}
"""The operation `.sync` integrations poll: a mocked result is one of its answers."""
_FREE_MEMBERS = {("lambda", "Invoke"): frozenset({"Payload"})}
"""Members that hold JSON in an optimised integration where the model has bytes."""
_MOST = {"MemorySize": 10_240}
"""Bounds of Step Functions' models that are lower than botocore's: there, more memory than functions can have
is for Lambda's managed instances."""
_KINDS: dict[str, tuple[str, Any]] = {
    "list": ("an array", list),
    "structure": ("an object", dict),
    "map": ("an object", dict),
    "string": ("a string", str),
    "blob": ("a string", str),
    "timestamp": ("a string", str),
    "boolean": ("a boolean", bool),
    "integer": ("a number", (int, float)),
    "long": ("a number", (int, float)),
    "float": ("a number", (int, float)),
    "double": ("a number", (int, float)),
}
_NUMBERS = frozenset({"integer", "long", "float", "double"})
_SIZED = frozenset({"string", "blob", "list"})


def result_problem(resource: str, result: Any, mode: str) -> str | None:
    """What is wrong with a Task's mocked result by the model of the operation it calls, or None.

    `mode` is `STRICT` (required members have to be there) or `PRESENT`. Members the model does not know are
    let through, as are results of tasks that call no AWS operation. Names are in the case Step Functions
    gives them. Raises `LocalError` where botocore is not there.
    """
    found = _INTEGRATION.match(resource)
    if found is None or "waitForTaskToken" in found["pattern"]:
        return None
    try:
        shape, free = _result_shape(found)
    except ModuleNotFoundError as missing:
        raise LocalError(
            f"a mocked result is judged by its service's model, which needs {missing.name}: "
            'pip install \'fanfold[local]\', or add "fieldValidationMode": "NONE" to the mock'
        ) from None
    if shape is None:
        return None
    if not isinstance(result, dict):
        return "the result must be an object"
    return _structure(result, shape, mode, free)


def _result_shape(found: re.Match[str]) -> tuple[StructureShape | None, frozenset[str]]:
    """What a result is judged by, None where it follows no model, and the members that are not."""
    operation = found["action"][0].upper() + found["action"][1:]
    service = _service(found["service"], sdk=found["sdk"] is not None)
    free: frozenset[str] = frozenset()
    if service is None:
        return None, free
    if found["sdk"] is None:
        free = _FREE_MEMBERS.get((service, operation), free)
    if found["pattern"].startswith(".sync"):
        synchronous = _POLLED.get((service, operation))
        if synchronous is None:
            return None, free
        operation = synchronous
    return _output_shape(service, operation), free


def _service(integration: str, *, sdk: bool) -> str | None:
    """botocore's name of the service, None where a result follows no model."""
    if sdk:
        return service_name(integration)
    if integration in _NO_MODEL:
        return None
    return OPTIMISED[integration][0] if integration in OPTIMISED else integration


@lru_cache(maxsize=256)
def _output_shape(service: str, operation: str) -> StructureShape | None:
    from botocore.exceptions import UnknownServiceError
    from botocore.model import OperationNotFoundError
    from botocore.session import get_session

    try:
        model = get_session().get_service_model(service)
        # Some services' operations keep runs of capitals that Step Functions writes like words.
        names = {name.lower(): name for name in model.operation_names}
        return model.operation_model(names.get(operation.lower(), operation)).output_shape
    except (UnknownServiceError, OperationNotFoundError):
        return None


def _structure(
    value: dict[str, Any], shape: StructureShape, mode: str, free: frozenset[str] = frozenset()
) -> str | None:
    members = {_cased(name): member for name, member in shape.members.items() if _cased(name) not in free}
    if mode == "STRICT":
        for name in shape.required_members:
            if _cased(name) not in value:
                return f"Required field '{_cased(name)}' is missing"
    for name, member in value.items():
        if name in members and (problem := _value(member, members[name], name, mode)):
            return problem
    return None


def _cased(name: str) -> str:
    return name[0].upper() + name[1:]


def _value(value: Any, shape: Shape, name: str, mode: str) -> str | None:
    kind = shape.type_name
    if kind not in _KINDS or value is None or getattr(shape, "is_document_type", False):
        return None
    wording, types = _KINDS[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
        return f"Field '{name}' must be {wording}"
    if kind in _NUMBERS or kind in _SIZED:
        problem = _bounds(value, shape, name)
        if problem is not None:
            return problem
    if kind == "structure":
        return _structure(value, shape, mode)
    elements: list[Any] = value if kind == "list" else list(value.values()) if kind == "map" else []
    inner = shape.member if kind == "list" else shape.value if kind == "map" else None
    problems = (_value(element, inner, name, mode) for element in elements)
    return next((problem for problem in problems if problem), None)


def _bounds(value: Any, shape: Shape, name: str) -> str | None:
    low, high = shape.metadata.get("min"), _MOST.get(shape.name, shape.metadata.get("max"))
    if shape.type_name in _NUMBERS:
        if low is not None and value < low:
            return f"Field '{name}' is less than the minimum value"
        return f"Field '{name}' exceeds the maximum value" if high is not None and value > high else None
    if low is not None and len(value) < low:
        return f"Field '{name}' is smaller than the minimum length"
    return f"Field '{name}' exceeds the maximum length" if high is not None and len(value) > high else None
