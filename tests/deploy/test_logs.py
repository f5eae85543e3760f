"""The log lines of one execution, out of what several executions logged at the same time."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.deploy.aws import Aws
from fanfold.deploy.errors import DeployError
from fanfold.deploy.logs import ExecutionLogs, execution_logs

EPOCH = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:topics"
END = object()


@dataclass(frozen=True)
class Invocation:
    """One invocation of the function: by which execution, when, in which environment, and how it ended."""

    execution: int
    start: int
    duration: int
    stream: int
    outcome: str  # succeeded | failed | timed out | cut off
    request: str

    def lines(self) -> list[tuple[int, str]]:
        tail = [f"END RequestId: {self.request}\n", f"REPORT RequestId: {self.request}\tDuration: 1 ms\n"]
        end = self.start + self.duration
        return [
            (self.start, f"START RequestId: {self.request} Version: $LATEST\n"),
            (self.start, f"item of {self.execution}\n"),
            (end, "a stack trace\n  of two lines\n"),
            *((end, line) for line in tail),
        ]

    def events(self) -> list[dict[str, Any]]:
        scheduled = {
            "resourceType": "lambda",
            "parameters": json.dumps({"FunctionName": FUNCTION, "Payload": {}}),
        }
        first = event("TaskScheduled", self.start, taskScheduledEventDetails=scheduled)
        end = self.start + self.duration
        match self.outcome:
            case "succeeded":
                output = {
                    "Payload": {"RequestId": str(uuid.UUID(int=1))},  # the function's own words name nothing
                    "SdkResponseMetadata": {"RequestId": self.request},
                }
                details = {"resourceType": "lambda", "output": json.dumps(output)}
                return [first, event("TaskSucceeded", end, taskSucceededEventDetails=details)]
            case "failed":
                cause = json.dumps({"errorType": "ValueError", "requestId": self.request})
            case "timed out":
                text = f"RequestId: {self.request} Error: Task timed out after 3.00 seconds"
                cause = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": text})
            case _:
                return [first]
        details = {"resourceType": "lambda", "cause": cause}
        return [first, event("TaskFailed", end, taskFailedEventDetails=details)]


def event(kind: str, second: int, **details: Any) -> dict[str, Any]:
    return {"id": 1, "type": kind, "timestamp": datetime.fromtimestamp(EPOCH + second, UTC), **details}


class FakeAws:
    """Step Functions, Lambda and CloudWatch Logs with what the invocations left there."""

    region_name = "us-east-1"

    def __init__(self, invocations: list[Invocation], seed: int = 0) -> None:
        self.invocations = invocations
        self.groups: list[str] = []
        self.seed = seed
        self.configuration: dict[str, Any] = {"LoggingConfig": {"LogGroup": "/logs/topics"}}
        self.missing: str | None = None
        self.children: dict[str, Invocation] = {}  # of a Map Run of execution 0, by their ARNs

    def client(self, service: str, **_: Any) -> FakeAws:
        return self

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        mine = [i for i in self.invocations if i.execution == int(executionArn)]
        return {
            "executionArn": executionArn,
            "status": "FAILED",
            "startDate": datetime.fromtimestamp(EPOCH + min(i.start for i in mine), UTC),
            "stopDate": datetime.fromtimestamp(EPOCH + max(i.start + i.duration for i in mine), UTC),
        }

    def get_execution_history(self, executionArn: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        if executionArn in self.children:
            return {"events": self.children[executionArn].events()}
        if self.children:
            details = {"mapRunArn": "run"}
            return {"events": [event("MapRunStarted", 1, mapRunStartedEventDetails=details)]}
        mine = [i for i in self.invocations if i.execution == int(executionArn)]
        return {"events": [one for invocation in mine for one in invocation.events()]}

    def describe_state_machine_for_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        task = {"Parameters": {"FunctionName": FUNCTION, "Payload": [1]}}
        return {
            "definition": json.dumps({"States": {"Map": {"ItemProcessor": {"States": {"Invoke": task}}}}})
        }

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "topics"
        if self.missing == "function":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "Get")
        return self.configuration

    def get_paginator(self, name: str) -> FakeAws | ListExecutions:
        return self if name == "filter_log_events" else ListExecutions(self)

    def paginate(self, logGroupName: str, startTime: int, endTime: int) -> Any:  # noqa: N803
        self.groups.append(logGroupName)
        if self.missing == "group":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": ""}}, "Filter")
        events = []
        for stream in {i.stream for i in self.invocations}:
            lines = [(0, "INIT_START Runtime Version: python:3.13\n")]
            for invocation in sorted(self.invocations, key=lambda i: i.start):
                lines += invocation.lines() if invocation.stream == stream else []
            events.append(
                [
                    {
                        "logStreamName": f"s{stream}",
                        "timestamp": int((EPOCH + second) * 1000),
                        "message": text,
                    }
                    for second, text in lines
                    if startTime <= (EPOCH + second) * 1000 <= endTime
                ]
            )
        # Streams come interleaved, each in its own order.
        shuffled = random.Random(self.seed)
        while any(events):
            stream_events = shuffled.choice([one for one in events if one])
            yield {"events": [stream_events.pop(0)]}

    def logs(self, execution: int) -> ExecutionLogs:
        return execution_logs(Aws(self), str(execution), now=EPOCH + 1000)


@dataclass(frozen=True)
class ListExecutions:
    """The paginator of a Map Run's child executions, one a page."""

    aws: FakeAws

    def paginate(self, mapRunArn: str) -> Any:  # noqa: N803
        assert mapRunArn == "run"
        for child in self.aws.children:
            yield {"executions": [{"executionArn": child}]}


@st.composite
def invocations(draw: st.DrawFn, outcomes: list[str]) -> list[Invocation]:
    """Invocations of up to three executions; one environment runs one at a time."""
    free = [1, 1, 1]
    made = []
    for number in range(draw(st.integers(1, 12))):
        stream = draw(st.integers(0, 2))
        start = free[stream] + draw(st.integers(0, 3))
        duration = draw(st.integers(0, 3))
        free[stream] = start + duration + 1
        request = str(uuid.UUID(int=number + 2, version=4))
        made.append(
            Invocation(
                draw(st.integers(0, 2)), start, duration, stream, draw(st.sampled_from(outcomes)), request
            )
        )
    return made


@settings(deadline=None)
@given(invocations(["succeeded", "failed", "timed out"]), st.integers(0, 9))
def test_lines_are_those_of_the_execution_alone(made: list[Invocation], seed: int) -> None:
    fake = FakeAws(made, seed)
    for execution in {i.execution for i in made}:
        found = fake.logs(execution)
        mine = sorted((i for i in made if i.execution == execution), key=lambda i: (i.start, i.request))
        assert found.by_time == 0
        texts = [line.text for line in found.lines if not line.text.startswith("INIT_START")]
        assert texts == [text.rstrip("\n") for i in mine for _, text in i.lines()]


@settings(deadline=None)
@given(invocations(["succeeded", "failed", "cut off"]), st.integers(0, 9))
def test_nothing_of_the_execution_is_lost_when_its_history_does_not_name_it(
    made: list[Invocation], seed: int
) -> None:
    fake = FakeAws(made, seed)
    for execution in {i.execution for i in made}:
        found = fake.logs(execution)
        mine = {i.request for i in made if i.execution == execution}
        shown = {line.request_id for line in found.lines}
        cut_off = any(i.outcome == "cut off" for i in made if i.execution == execution)
        assert mine <= shown
        assert (found.by_time > 0) == cut_off
        assert len(shown) - found.by_time <= len(mine)


SUCCESS = Invocation(0, 1, 1, 0, "succeeded", str(uuid.UUID(int=5, version=4)))


def test_start_of_the_environment_is_shown_with_its_first_invocation() -> None:
    fake = FakeAws([Invocation(0, 0, 1, 0, "succeeded", SUCCESS.request)])
    [first, *_] = fake.logs(0).lines
    assert first.text == "INIT_START Runtime Version: python:3.13"
    assert (first.request_id, first.function, first.time) == (SUCCESS.request, "topics", EPOCH)


def test_log_group_is_the_function_s_own() -> None:
    fake = FakeAws([SUCCESS])
    fake.logs(0)
    fake.configuration = {}
    fake.logs(0)
    assert fake.groups == ["/logs/topics", "/aws/lambda/topics"]


def test_no_log_group_yet_is_no_lines() -> None:
    fake = FakeAws([SUCCESS])
    fake.missing = "group"
    assert fake.logs(0) == ExecutionLogs([], 0)


def test_function_that_is_gone() -> None:
    fake = FakeAws([SUCCESS])
    fake.missing = "function"
    with pytest.raises(DeployError, match="function topics, which the execution invoked, is gone"):
        fake.logs(0)


def map_run(children: int, kind: str = "execution") -> FakeAws:
    """Execution 0 with a Map Run of so many children, and an invocation of another execution at the same time."""
    requests = [str(uuid.UUID(int=number + 1, version=4)) for number in range(children + 1)]
    mine = [Invocation(0, n, 0, 0, "succeeded", requests[n]) for n in range(1, children + 1)]
    fake = FakeAws([*mine, Invocation(1, 1, 0, 1, "succeeded", requests[0])])
    fake.children = {f"arn:aws:states:::{kind}:demo/run:{one.request}": one for one in mine}
    return fake


def test_lines_of_child_executions_are_the_execution_s() -> None:
    found = map_run(3).logs(0)
    assert found.by_time == 0
    assert [line.text for line in found.lines if line.text.startswith("item")] == ["item of 0"] * 3


@pytest.mark.parametrize(("children", "kind"), [(101, "execution"), (2, "express")])
def test_children_without_a_history_to_read_are_told_by_time(children: int, kind: str) -> None:
    found = map_run(children, kind).logs(0)
    assert found.by_time == children + 1
    texts = {line.text for line in found.lines if line.text.startswith("item")}
    assert texts == {"item of 0", "item of 1"}
