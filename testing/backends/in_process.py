"""moto without a wire: its models, and the functions of a test, called as boto3 clients are.

Between two objects of one process, requests that are signed, sent, parsed and answered cost several times what the
execution costs that they are about, and say nothing of it.
"""

from __future__ import annotations

import io
import json
from enum import Enum
from typing import Any

from ..functions import function_name
from ..lambda_endpoint import LambdaEndpoint

__all__ = ["InvokeClient", "ModelsClient"]

_ACCOUNT = "123456789012"


class ModelsClient:
    """The operations of Step Functions that an execution takes, on moto's models as its responses call them.

    Raises botocore's `ClientError`, as a client does.
    """

    def __init__(self, region: str) -> None:
        from moto.stepfunctions.responses import get_backend

        self._models: Any = get_backend(_ACCOUNT, region)

    def create_state_machine(self, **given: str) -> dict[str, Any]:
        from moto.stepfunctions.parser.api import InvalidDefinition

        kind = given.pop("type", "STANDARD")
        try:
            made = self._models.create_state_machine(**given, sm_type=kind)
        except InvalidDefinition as refused:
            raise _client_error("InvalidDefinition", str(refused), "CreateStateMachine") from None
        return {"stateMachineArn": made.arn}

    def start_execution(self, **given: str) -> dict[str, Any]:
        # A state machine has one execution here: any name is free.
        started = self._models.start_execution(given["stateMachineArn"], "once", given["input"])
        return {"executionArn": started.execution_arn}

    def describe_execution(self, **given: str) -> dict[str, Any]:
        described: dict[str, Any] = self._models.describe_execution(
            given["executionArn"]
        ).to_describe_output()
        return _plain(described)

    def get_execution_history(self, **given: Any) -> dict[str, Any]:
        return _plain(self._models.get_execution_history(given["executionArn"]))

    def stop_execution(self, **given: str) -> None:
        self._models.stop_execution(given["executionArn"])  # moto's takes no error

    def delete_state_machine(self, **given: str) -> None:
        self._models.delete_state_machine(given["stateMachineArn"])


class InvokeClient:
    """Lambda's Invoke, answered by `endpoint` without its server."""

    def __init__(self, endpoint: LambdaEndpoint) -> None:
        self._endpoint = endpoint

    def invoke(self, **given: Any) -> dict[str, Any]:
        payload = json.loads(given["Payload"]) if given.get("Payload") else None
        name = function_name(given["FunctionName"])
        status, headers, body = self._endpoint.invoke(name, payload)
        if status != 200:
            raise _client_error(headers["x-amzn-ErrorType"], json.loads(body)["Message"], "Invoke")
        response: dict[str, Any] = {"StatusCode": status, "Payload": io.BytesIO(body.encode())}
        if "X-Amz-Function-Error" in headers:
            response["FunctionError"] = headers["X-Amz-Function-Error"]
        if "X-Amz-Executed-Version" in headers:
            response["ExecutedVersion"] = headers["X-Amz-Executed-Version"]
        return response


def _client_error(code: str, message: str, operation: str) -> Exception:
    from botocore.exceptions import ClientError

    error: Exception = ClientError({"Error": {"Code": code, "Message": message}}, operation)
    return error


def _plain(response: dict[str, Any]) -> dict[str, Any]:
    """As a client gives it: words instead of members of an Enum, and nothing that is None."""
    return {key: _plain_value(value) for key, value in response.items() if value is not None}


def _plain_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, list):
        return [_plain_value(inner) for inner in value]
    return value.value if isinstance(value, Enum) else value
