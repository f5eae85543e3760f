"""The log lines of one execution: of all that its functions logged, what its own invocations did.

The history of an execution names the request of each invocation that came to an end. Where it does not (one
that was cut off, an emulator that leaves it out), only the time tells: every invocation that began while the
execution ran is shown then, and `ExecutionLogs.by_time` says how many.

What a distributed map invokes stands in the histories of its child executions, which are read too where they are
few and STANDARD; of many, or of EXPRESS ones, which have none, again only the time tells.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .aws import Aws, error_code, explained
from .errors import DeployError
from .operations import Execution, History, describe

__all__ = ["ExecutionLogs", "LogLine", "execution_logs"]

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REQUEST = re.compile(rf"(?:RequestId: |\"requestId\"\s*:\s*\")(?P<id>{_UUID})")
_START = re.compile(rf"^START RequestId: (?P<id>{_UUID})|\"platform\.start\"")
_INIT = re.compile(r"^INIT_START |\"platform\.initStart\"")
_MAX_CHILDREN = 100  # child executions of a Map Run whose histories are read, one request each
_LATE_SECONDS = 60.0  # a REPORT line may follow the end of an execution that timed out


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line a function logged; `time` in seconds since the Unix epoch."""

    time: float
    function: str
    request_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ExecutionLogs:
    """Lines in order of time, those of one invocation together in their order."""

    lines: list[LogLine]
    by_time: int
    """Invocations that only their time connects to the execution."""


@dataclass(slots=True)
class _Calls:
    """What a history tells of invocations: the functions, how many there were, and the requests it names."""

    functions: dict[str, None] = field(default_factory=dict)
    count: int = 0
    requests: set[str] = field(default_factory=set)
    map_runs: list[str] = field(default_factory=list)
    untold: bool = False
    """Whether there were child executions whose histories were not read."""

    @property
    def complete(self) -> bool:
        """Whether the request of every invocation is known."""
        return self.count <= len(self.requests) and not self.untold

    def add(self, other: _Calls) -> None:
        self.functions |= other.functions
        self.count += other.count
        self.requests |= other.requests
        self.untold |= other.untold


def execution_logs(aws: Aws, execution: str, *, now: float | None = None) -> ExecutionLogs:
    """What the functions logged for one execution so far. `now` is seconds since the Unix epoch."""
    state = describe(aws, execution)
    calls = _calls_with_children(aws, execution)
    until = (state.stop or now or time.time()) + _LATE_SECONDS
    found: list[LogLine] = []
    for function in calls.functions:
        found += _invocations(function, _events(aws, _log_group(aws, function), state.start, until))
    return _select(state, calls, found)


def _calls_with_children(aws: Aws, execution: str) -> _Calls:
    calls = _calls(History(aws, execution).read())
    for map_run in calls.map_runs:
        children = list(itertools.islice(_children(aws, map_run), _MAX_CHILDREN + 1))
        if len(children) > _MAX_CHILDREN or any(":express:" in child for child in children):
            calls.untold = True
            calls.functions |= dict.fromkeys(_functions_of_definition(aws, execution))
            continue
        for child in children:
            calls.add(_calls_with_children(aws, child))
    return calls


def _children(aws: Aws, map_run: str) -> Iterator[str]:
    with explained():
        for page in aws.client("stepfunctions").get_paginator("list_executions").paginate(mapRunArn=map_run):
            for execution in page["executions"]:
                yield execution["executionArn"]


def _functions_of_definition(aws: Aws, execution: str) -> Iterator[str]:
    """Functions that the definition of an execution names, wherever they stand in it."""
    with explained():
        client = aws.client("stepfunctions")
        found = client.describe_state_machine_for_execution(executionArn=execution)
    pending = [json.loads(found["definition"])]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
            function = value.get("FunctionName")
            if isinstance(function, str) and not function.startswith("{%"):
                yield _function_name(function)
            resource = value.get("Resource")
            if isinstance(resource, str) and re.match(r"arn:[a-z-]+:lambda:", resource):
                yield _function_name(resource)


def _calls(events: Iterable[Mapping[str, Any]]) -> _Calls:
    calls = _Calls()
    for event in events:
        match event:
            case {
                "type": "TaskScheduled",
                "taskScheduledEventDetails": {"resourceType": "lambda"} as details,
            }:
                calls.functions[_function_name(json.loads(details["parameters"])["FunctionName"])] = None
                calls.count += 1
            case {"type": "LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails": details}:
                calls.functions[_function_name(details["resource"])] = None
                calls.count += 1
            case {
                "type": "TaskSucceeded",
                "taskSucceededEventDetails": {"resourceType": "lambda"} as details,
            }:
                calls.requests |= _request_of_result(details.get("output"))
            case {"type": "TaskFailed", "taskFailedEventDetails": {"resourceType": "lambda"} as details}:
                calls.requests |= _requests_in(details.get("cause"))
            case {"type": "MapRunStarted", "mapRunStartedEventDetails": {"mapRunArn": map_run}}:
                calls.map_runs.append(map_run)
            case {"type": "LambdaFunctionFailed", "lambdaFunctionFailedEventDetails": details}:
                calls.requests |= _requests_in(details.get("cause"))
    return calls


def _function_name(name_or_arn: str) -> str:
    """The bare name, without ARN and qualifier."""
    parts = name_or_arn.split(":")
    return parts[parts.index("function") + 1] if "function" in parts else parts[0]


def _request_of_result(output: str | None) -> set[str]:
    """The request of an answer of `lambda:invoke`. Only its metadata counts: the payload may hold any UUID."""
    match json.loads(output or "null"):
        case {"SdkResponseMetadata": {"RequestId": str(request)}}:
            return {request}
        case {"SdkHttpMetadata": {"HttpHeaders": {"x-amzn-RequestId": str(request)}}}:
            return {request}
    return set()


def _requests_in(cause: str | None) -> set[str]:
    """The request a failure names, in `requestId` or in its text."""
    found = _REQUEST.search(cause or "")
    return {found["id"]} if found else set()


def _log_group(aws: Aws, function: str) -> str:
    from botocore.exceptions import ClientError

    with explained():
        try:
            found = aws.client("lambda").get_function_configuration(FunctionName=function)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                raise DeployError(f"function {function}, which the execution invoked, is gone") from None
            raise
    group: str = found.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{function}")
    return group


def _events(aws: Aws, group: str, start: float, until: float) -> Iterator[Mapping[str, Any]]:
    from botocore.exceptions import ClientError

    pages = (
        aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, startTime=int(start * 1000), endTime=int(until * 1000))
    )
    with explained():
        try:
            for page in pages:
                yield from page["events"]
        except ClientError as error:
            # A function that never ran may not have a log group yet.
            if error_code(error) != "ResourceNotFoundException":
                raise


def _invocations(function: str, events: Iterable[Mapping[str, Any]]) -> Iterator[LogLine]:
    """The lines with the request each belongs to. A stream is one environment: one invocation at a time."""
    streams: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        streams.setdefault(event["logStreamName"], []).append(event)
    for stream in streams.values():
        # Until a START: the tail of an invocation that began earlier, which is none of ours.
        request: str | None = None
        initial: list[tuple[float, str]] | None = None
        for event in sorted(stream, key=lambda event: event["timestamp"]):
            moment, text = event["timestamp"] / 1000, event["message"].rstrip("\n")
            if _INIT.search(text):
                request, initial = None, []
            if _START.search(text) and (named := _REQUEST.search(text)):
                request = named["id"]
                for earlier, line in (
                    initial or ()
                ):  # the start of the environment, before its first invocation
                    yield LogLine(earlier, function, request, line)
                initial = None
            if request is not None:
                yield LogLine(moment, function, request, text)
            elif initial is not None:
                initial.append((moment, text))


def _select(execution: Execution, calls: _Calls, lines: list[LogLine]) -> ExecutionLogs:
    by_time: set[str] = set()
    if not calls.complete:
        stop = execution.stop if execution.stop is not None else float("inf")
        # Milliseconds: the log rounds, and so does the history.
        by_time = {
            line.request_id
            for line in lines
            if _START.search(line.text) and execution.start - 0.001 <= line.time <= stop + 0.001
        } - calls.requests
    wanted = calls.requests | by_time
    kept = [line for line in lines if line.request_id in wanted]
    began = {line.request_id: line.time for line in kept if _START.search(line.text)}
    # Stable: the lines of an invocation stay in their order.
    kept.sort(key=lambda line: (began[line.request_id], line.request_id))
    return ExecutionLogs(kept, len(by_time))
