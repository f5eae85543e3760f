"""Python functions that answer Lambda tasks, alike on every backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fanfold.engine import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess

__all__ = [
    "Function",
    "FunctionError",
    "FunctionTasks",
    "Functions",
    "UnknownFunctionError",
    "error_payload",
    "function_name",
]

Function = Callable[[Any], Any]
"""Called with the payload; gives a JSON value, or a `TaskSuccess`, `TaskFailure` or `TaskHang` where its duration
matters, or raises. Durations and hangs are for backends with a virtual clock."""
Functions = Mapping[str, Function]
"""Functions by their name in Lambda."""

_LAMBDA_INVOKE = ":states:::lambda:invoke"


class FunctionError(Exception):
    """Fails with any name: `error` is what `ErrorEquals` sees. Other exceptions bear the name of their class."""

    def __init__(self, error: str, message: str = "") -> None:
        super().__init__(f"{error}: {message}")
        self.error = error
        self.message = message


class UnknownFunctionError(Exception):
    """A task that no function was given for: one line that names it. The test is wrong, not the workflow."""


def error_payload(error: Exception) -> str:
    """An exception as a Lambda runtime reports it, without the stack; it becomes the cause of the failure.

    Compact, since `lambda:invoke` makes it so in any case.

    https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """
    told = (
        (error.error, error.message)
        if isinstance(error, FunctionError)
        else (type(error).__name__, str(error))
    )
    return json.dumps({"errorMessage": told[1], "errorType": told[0]}, separators=(",", ":"))


def function_name(arn_or_name: str) -> str:
    """The bare name in a function's ARN, with or without version or alias, or the name itself.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    if arn_or_name.startswith("arn:"):
        return arn_or_name.split(":")[6]
    name = arn_or_name.split(":function:")[-1]
    return name.split(":")[0]


class FunctionTasks:
    """A `TaskRunner` over `functions`: Lambda by ARN and by `lambda:invoke`. Records the `calls` it answered.

    Other tasks go to `otherwise`; without one, and for a function that is not there, `UnknownFunctionError`.
    """

    def __init__(
        self, functions: Functions, *, otherwise: Callable[[TaskCall], TaskAnswer] | None = None
    ) -> None:
        self.functions = functions
        self._otherwise = otherwise
        self.calls: list[TaskCall] = []

    def __call__(self, call: TaskCall) -> TaskAnswer:
        self.calls.append(call)
        if _LAMBDA_INVOKE in call.resource:
            name, payload = function_name(call.input["FunctionName"]), call.input.get("Payload", {})
        elif ":lambda:" in call.resource:
            name, payload = function_name(call.resource), call.input
        elif self._otherwise is not None:
            return self._otherwise(call)
        else:
            raise UnknownFunctionError(f"state {call.state!r}: {call.resource} is not a Lambda function")
        answer = self._answer(name, payload)
        if _LAMBDA_INVOKE in call.resource and isinstance(answer, TaskSuccess):
            return _enveloped(answer, waits=call.token is not None)
        return answer

    def _answer(self, name: str, payload: Any) -> TaskAnswer:
        if name not in self.functions:
            raise UnknownFunctionError(f"no function named {name!r}; there are {sorted(self.functions)}")
        try:
            answer = self.functions[name](payload)
        except Exception as failed:  # noqa: BLE001 - Lambda reports whatever a function raises
            name = failed.error if isinstance(failed, FunctionError) else type(failed).__name__
            return TaskFailure(name, error_payload(failed))
        return answer if isinstance(answer, TaskSuccess | TaskFailure | TaskHang) else TaskSuccess(answer)


def _enveloped(answer: TaskSuccess, *, waits: bool) -> TaskAnswer:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    output = {"ExecutedVersion": "$LATEST", "Payload": answer.output, "StatusCode": 200}
    return TaskHang(output) if waits else TaskSuccess(output, answer.duration)
