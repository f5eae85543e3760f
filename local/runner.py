"""The answers to a run's tasks: handlers as Lambda functions, AWS services, nested workflows."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from fanfold.engine import Execution
from fanfold.engine.expressions import to_json
from fanfold.engine.task import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess

from .aws import Aws
from .errors import LocalError
from .functions import Functions, Invocation, request_id
from .services import OPTIMISED, ServiceError, call_service, http_metadata, parameter_failure
from .shapes import http_date, millis

__all__ = ["Durations", "LocalTasks", "NestedRun", "called_function"]

Durations = Literal["measured"] | float | Mapping[str, float]
"""How long a Lambda task takes in virtual time: as the handler really took (to the millisecond, without the
start of its process), the same seconds for every call, or seconds by name of state (0 for states not
named)."""

NestedRun = Callable[[Any, TaskCall, str], Execution]
"""Runs a state machine: called with the execution's input, the task that starts it, and the execution's name."""

_LAMBDA = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:.+")
_INTEGRATION = re.compile(
    r"arn:[\w-]+:states:[\w-]*:\d*:(?P<call>[\w-]+(:[\w-]+)+)(?P<pattern>(\.\w+(:2)?)?)"
)
_REMOTE_CALLS = 32
_REQUEST_BYTES = 6_291_456


class LocalTasks:
    """A `TaskRunner`. What it cannot answer raises `LocalError`, which says how to mock it.

    `workflows` are the state machines that nested executions may start, by name. `on_invocation` is told of
    every invocation of a handler when its answer is collected.
    """

    def __init__(
        self,
        *,
        functions: Functions,
        aws: Aws,
        durations: Durations = "measured",
        workflows: Mapping[str, NestedRun] | None = None,
        on_invocation: Callable[[Invocation], None] | None = None,
        seed: int = 0,
    ) -> None:
        self._functions = functions
        self._aws = aws
        self._durations = durations
        self._workflows = dict(workflows or {})
        self._random = random.Random(f"{seed}/requests")
        self._remote: ThreadPoolExecutor | None = None
        self._on_invocation = on_invocation
        self.unanswered: dict[str, int] = {}
        """How many task tokens of each state nobody here will ever answer."""

    def __call__(self, call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
        if _LAMBDA.fullmatch(call.resource):
            return self._function(call, call.resource, call.input, _plain_answer)
        match = _INTEGRATION.fullmatch(call.resource)
        if match is None:
            raise self._unsupported(call)
        name, pattern = match["call"], match["pattern"]
        if name == "lambda:invoke" and pattern != ".sync":
            return self._lambda_invoke(call, waits=bool(pattern))
        if name == "states:startExecution" and pattern in ("", ".sync", ".sync:2"):
            return self._start_execution(call, pattern)
        if pattern in ("", ".waitForTaskToken"):
            return self._service(call, name, waits=bool(pattern))
        raise self._unsupported(call)

    def close(self) -> None:
        """Give up calls under way."""
        if self._remote is not None:
            self._remote.shutdown(wait=False, cancel_futures=True)

    def _unsupported(self, call: TaskCall) -> LocalError:
        return LocalError(
            f"state {call.state!r} uses {call.resource}, which cannot run here: "
            "mock the state to give its answer (fanfold run --mocks FILE)"
        )

    # -- Lambda -------------------------------------------------------------------------------------------

    def _lambda_invoke(self, call: TaskCall, *, waits: bool) -> TaskAnswer | Future[TaskAnswer]:
        parameters = call.input if isinstance(call.input, dict) else {}
        name = parameters.get("FunctionName")
        if not isinstance(name, str):
            return parameter_failure(call.input, "The field 'FunctionName' is required but was missing")
        kind = parameters.get("InvocationType", "RequestResponse")
        if kind not in ("RequestResponse", "Event"):
            raise self._unsupported(call)
        payload = parameters.get("Payload", {})
        answered = self._waiting_answer if waits else _envelope_answer
        shape = _event_answer if kind == "Event" else answered
        return self._function(call, name, payload, shape, envelope=True)

    def _function(
        self,
        call: TaskCall,
        name: str,
        payload: Any,
        shape: Callable[[Invocation, TaskCall], TaskAnswer],
        *,
        envelope: bool = False,
    ) -> TaskAnswer | Future[TaskAnswer]:
        function = self._functions.find(name)
        if function is None:
            if self._aws.embedded:
                raise LocalError(
                    f"state {call.state!r} calls the function {name}, whose code is not in this repository: "
                    "mock the state to give its answer (fanfold run --mocks FILE)"
                )
            return self._remote_lambda(call, name, payload, envelope)
        text = to_json(payload).encode()
        if len(text) > _REQUEST_BYTES:
            problem = f"Request must be smaller than {_REQUEST_BYTES} bytes for the InvokeFunction operation"
            error = ServiceError(
                "Lambda", "RequestEntityTooLargeException", problem, 413, "RequestTooLargeException"
            )
            return error.failure("lambda", optimised=True, request_id=request_id(self._random))
        invocation = self._functions.submit(
            function.name, text, time=call.time, declared=self._declared(call.state)
        )

        def answer(done: Invocation) -> TaskAnswer:
            if self._on_invocation is not None:
                self._on_invocation(done)
            return shape(done, call)

        return _Mapped(invocation, answer)

    def _waiting_answer(self, invocation: Invocation, call: TaskCall) -> TaskAnswer:
        return self._unanswered(call, _envelope_answer(invocation, call))

    def _unanswered(self, call: TaskCall, answer: TaskAnswer) -> TaskAnswer:
        """The call was made; its token is now somebody's to send back, and nobody is here."""
        if not isinstance(answer, TaskSuccess):
            return answer
        self.unanswered[call.state] = self.unanswered.get(call.state, 0) + 1
        return TaskHang(answer.output)

    def _declared(self, state: str) -> float | None:
        if self._durations == "measured":
            return None
        if isinstance(self._durations, Mapping):
            return float(self._durations.get(state, 0.0))
        return float(self._durations)

    def _remote_lambda(self, call: TaskCall, name: str, payload: Any, envelope: bool) -> Future[TaskAnswer]:
        """A function that is not in the repository, on the AWS that the caller named."""
        identity = request_id(self._random)
        given = call.input if envelope else {"FunctionName": name}
        parameters = {**given, "Payload": json.dumps(payload, ensure_ascii=False)}

        def answer() -> TaskAnswer:
            got = call_service(
                self._aws,
                "lambda",
                "invoke",
                parameters,
                optimised=True,
                request_id=identity,
                moment=call.time,
            )
            if not isinstance(got, TaskSuccess):
                return got
            text = got.output["Payload"]
            if "FunctionError" in got.output:
                error = json.loads(text).get("errorType") or "Lambda.Unknown"
                return TaskFailure(error, text, got.duration)
            value = json.loads(text) if text else None
            return TaskSuccess({**got.output, "Payload": value} if envelope else value, got.duration)

        return self._in_background(answer)

    # -- services -----------------------------------------------------------------------------------------

    def _service(self, call: TaskCall, name: str, *, waits: bool) -> TaskAnswer | Future[TaskAnswer]:
        optimised = not name.startswith("aws-sdk:")
        service, _, action = name.removeprefix("aws-sdk:").partition(":")
        if optimised and service not in OPTIMISED:
            raise self._unsupported(call)
        identity = request_id(self._random)

        def answer() -> TaskAnswer:
            got = call_service(
                self._aws,
                service,
                action,
                call.input,
                optimised=optimised,
                request_id=identity,
                moment=call.time,
            )
            return self._unanswered(call, got) if waits else got

        # moto answers in this process: one after the other, in the order of the calls.
        return answer() if self._aws.embedded else self._in_background(answer)

    def _in_background(self, answer: Callable[[], TaskAnswer]) -> Future[TaskAnswer]:
        if self._remote is None:
            self._remote = ThreadPoolExecutor(_REMOTE_CALLS, "aws")
        return self._remote.submit(answer)

    # -- nested executions --------------------------------------------------------------------------------

    def _start_execution(self, call: TaskCall, pattern: str) -> TaskAnswer:
        """https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""
        parameters = call.input if isinstance(call.input, dict) else {}
        arn = parameters.get("StateMachineArn")
        if not isinstance(arn, str):
            return parameter_failure(call.input, "The field 'StateMachineArn' is required but was missing")
        machine = arn.rpartition(":")[2]
        if machine not in self._workflows:
            raise LocalError(
                f"state {call.state!r} starts the state machine {arn}, which is not given to this run: "
                "mock the state to give its answer (fanfold run --mocks FILE)"
            )
        identity = request_id(self._random)
        name = str(parameters.get("Name") or request_id(self._random))
        given = parameters.get("Input", {})
        value = _json_or_none(given) if isinstance(given, str) else given
        execution = self._workflows[machine](value, call, name)
        execution_arn = arn.replace(":stateMachine:", ":execution:") + f":{name}"
        started = {"ExecutionArn": execution_arn, "StartDate": millis(call.time)}
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": identity}
        headers["Date"] = http_date(call.time)
        submitted = started | http_metadata(headers, identity)
        if not pattern:
            return TaskSuccess(submitted)
        described = _describe(execution, started, arn, name, given, parsed=pattern == ".sync:2")
        duration = execution.duration
        if execution.status == "SUCCEEDED":
            return TaskSuccess(described, duration, submitted)
        return TaskFailure("States.TaskFailed", to_json(described), duration, submitted)


def _describe(
    execution: Execution, started: Mapping[str, Any], arn: str, name: str, given: Any, *, parsed: bool
) -> dict[str, Any]:
    """A finished execution as `.sync` gives it: input and output as JSON text, or with `.sync:2` as values. One
    that did not succeed is the cause of the task's failure, and has texts in either.
    """
    succeeded = execution.status == "SUCCEEDED"
    text: Callable[[Any], Any] = (lambda value: value) if parsed and succeeded else to_json
    value = _json_or_none(given) if isinstance(given, str) else given
    included = {"Included": True}
    described = {
        **started,
        "Input": text({} if value is None else value),
        "InputDetails": included,
        "Name": name,
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE" if succeeded else "REDRIVABLE",
        "StateMachineArn": arn,
        "Status": execution.status,
        "StopDate": millis(execution.stop),
    }
    if succeeded:
        described |= {"Output": text(execution.output), "OutputDetails": included}
        described["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
    elif execution.status != "TIMED_OUT":  # what ran out of time has its error in the history only
        outcome = {"Error": execution.error, "Cause": execution.cause}
        described |= {name: value for name, value in outcome.items() if value is not None}
    return dict(sorted(described.items()))


def called_function(call: TaskCall) -> str | None:
    """Name or ARN of the Lambda function that a Task calls, None for one that calls none."""
    if _LAMBDA.fullmatch(call.resource):
        return call.resource
    match = _INTEGRATION.fullmatch(call.resource)
    if match is None or match["call"] != "lambda:invoke" or not isinstance(call.input, dict):
        return None
    name = call.input.get("FunctionName")
    return name if isinstance(name, str) else None


class _Mapped(Future[TaskAnswer]):
    """The future of an invocation as that of a task's answer; collecting one collects the other."""

    def __init__(self, invocation: Future[Invocation], answer: Callable[[Invocation], TaskAnswer]) -> None:
        super().__init__()
        self._invocation = invocation
        self._answer = answer

    def result(self, timeout: float | None = None) -> TaskAnswer:
        return self._answer(self._invocation.result(timeout))

    def done(self) -> bool:
        return self._invocation.done()


def _failure(invocation: Invocation, *, compact: bool) -> TaskFailure:
    """A function's error: its type as the error's name, its description as the cause.

    Step Functions hands the description on as Lambda wrote it, or through `lambda:invoke` without its spaces.
    """
    text = invocation.payload.decode()
    cause = to_json(json.loads(text)) if compact else text
    return TaskFailure(invocation.error_type, cause, invocation.duration)


def _plain_answer(invocation: Invocation, _: TaskCall) -> TaskAnswer:
    if invocation.failed:
        return _failure(invocation, compact=False)
    return TaskSuccess(json.loads(invocation.payload), invocation.duration)


def _envelope_answer(invocation: Invocation, call: TaskCall) -> TaskAnswer:
    if invocation.failed:
        return _failure(invocation, compact=True)
    return TaskSuccess(_envelope(invocation, call), invocation.duration)


def _event_answer(invocation: Invocation, call: TaskCall) -> TaskAnswer:
    """An asynchronous invocation: accepted at once, whatever comes of it."""
    headers = {"Content-Length": "0", "x-amzn-RequestId": invocation.request_id}
    headers["Date"] = http_date(call.time)
    return TaskSuccess({"StatusCode": 202, **http_metadata(headers, invocation.request_id, 202)})


def _envelope(invocation: Invocation, call: TaskCall) -> dict[str, Any]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    identity = invocation.request_id
    headers = {
        "Connection": "keep-alive",
        "Content-Length": str(len(invocation.payload)),
        "Content-Type": "application/json",
        "Date": http_date(call.time),
        "X-Amz-Executed-Version": "$LATEST",
        "X-Amzn-Trace-Id": _trace_id(identity, call.time),
        "x-amzn-Remapped-Content-Length": "0",
        "x-amzn-RequestId": identity,
    }
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": json.loads(invocation.payload),
        **http_metadata(headers, identity),
        "StatusCode": 200,
    }


def _trace_id(identity: str, moment: float) -> str:
    """An X-Ray trace header; nothing is sampled here. https://docs.aws.amazon.com/xray/latest/devguide/"""
    digits = identity.replace("-", "")
    return f"root=1-{int(moment):08x}-{digits[:24]};parent={digits[16:]};sampled=0"


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
