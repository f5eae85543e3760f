"""Tasks of every kind, answered for the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from io import BytesIO
from typing import Any

import pytest

from fanfold.engine import Execution, TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess, run
from fanfold.local import EmbeddedAws, Functions, LocalError, LocalTasks, RemoteAws

MakeFunctions = Callable[..., Functions]

SOURCE = """
def handler(event, context):
    if event == "fail":
        raise ValueError("bad event")
    return {"got": event}
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:worker"


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    embedded = EmbeddedAws()
    yield embedded
    embedded.close()


@pytest.fixture
def tasks(functions: MakeFunctions, aws: EmbeddedAws) -> LocalTasks:
    return LocalTasks(functions=functions(worker=SOURCE), aws=aws, durations=0.5)


def answer(tasks: LocalTasks, resource: str, value: Any, **fields: Any) -> TaskAnswer:
    got = tasks(TaskCall("Work", "/States/Work", resource, value, time=1_700_000_000.0, **fields))
    return got.result() if isinstance(got, Future) else got


def test_a_function_by_its_arn_gives_its_result(tasks: LocalTasks) -> None:
    assert answer(tasks, ARN, [1]) == TaskSuccess({"got": [1]}, 0.5)


def test_lambda_invoke_gives_the_envelope(tasks: LocalTasks) -> None:
    got = answer(tasks, "arn:aws:states:::lambda:invoke", {"FunctionName": ARN, "Payload": {"a": 1}})
    assert isinstance(got, TaskSuccess)
    metadata = got.output.pop("SdkHttpMetadata")
    assert metadata["HttpStatusCode"] == 200
    assert metadata["HttpHeaders"]["Content-Length"] == str(len('{"got": {"a": 1}}'))
    identity = got.output.pop("SdkResponseMetadata")["RequestId"]
    assert metadata["HttpHeaders"]["x-amzn-RequestId"] == identity
    expected = {"ExecutedVersion": "$LATEST", "Payload": {"got": {"a": 1}}, "StatusCode": 200}
    assert (got.output, got.duration) == (expected, 0.5)


def test_answers_come_after_the_year_9999_too(tasks: LocalTasks, nesting: LocalTasks) -> None:
    """Virtual time gets there; the header of an HTTP answer does not."""
    late = 253_402_300_800.0
    invoke = TaskCall("W", "/States/W", "arn:aws:states:::lambda:invoke", {"FunctionName": "worker"}, late)
    invoked = tasks(invoke)
    assert isinstance(invoked, Future)
    got = invoked.result()
    assert isinstance(got, TaskSuccess)
    assert got.output["SdkHttpMetadata"]["HttpHeaders"]["Date"] == "Fri, 31 Dec 9999 23:59:59 GMT"
    start = {"StateMachineArn": MACHINE, "Input": {}}
    began = nesting(TaskCall("W", "/States/W", "arn:aws:states:::states:startExecution", start, late))
    assert isinstance(began, TaskSuccess)
    assert began.output["StartDate"] == late * 1000


def test_a_function_without_a_payload_gets_an_empty_object(tasks: LocalTasks) -> None:
    got = answer(tasks, "arn:aws:states:::lambda:invoke", {"FunctionName": "worker"})
    assert isinstance(got, TaskSuccess)
    assert got.output["Payload"] == {"got": {}}


def test_an_error_bears_its_class_and_lambdas_description(tasks: LocalTasks) -> None:
    plain = answer(tasks, ARN, "fail")
    invoked = answer(tasks, "arn:aws:states:::lambda:invoke", {"FunctionName": ARN, "Payload": "fail"})
    for got, separator in ((plain, ": "), (invoked, ":")):
        assert isinstance(got, TaskFailure)
        assert got.error == "ValueError"
        assert (got.cause or "").startswith(f'{{"errorMessage"{separator}"bad event"')
        assert json.loads(got.cause or "")["stackTrace"]


def test_a_payload_may_be_too_large_for_lambda(tasks: LocalTasks) -> None:
    got = answer(tasks, ARN, "x" * 6_291_456)
    assert isinstance(got, TaskFailure)
    assert got.error == "Lambda.RequestTooLargeException"
    assert "Status Code: 413; Error Code: RequestEntityTooLargeException" in (got.cause or "")


def test_an_asynchronous_invocation_is_accepted_at_once(tasks: LocalTasks) -> None:
    parameters = {"FunctionName": ARN, "Payload": "fail", "InvocationType": "Event"}
    got = answer(tasks, "arn:aws:states:::lambda:invoke", parameters)
    assert isinstance(got, TaskSuccess)
    assert (got.output["StatusCode"], got.duration) == (202, 0)


def test_a_callback_hands_the_token_over_and_waits(tasks: LocalTasks) -> None:
    parameters = {"FunctionName": ARN, "Payload": {"token": "t"}}
    got = answer(tasks, "arn:aws:states:::lambda:invoke.waitForTaskToken", parameters, token="t")
    assert isinstance(got, TaskHang)
    assert got.submitted["Payload"] == {"got": {"token": "t"}}


def test_a_callback_through_a_service(tasks: LocalTasks, aws: EmbeddedAws) -> None:
    url = aws.client("sqs").create_queue(QueueName="approvals")["QueueUrl"]
    parameters = {"QueueUrl": url, "MessageBody": {"token": "t"}}
    got = answer(tasks, "arn:aws:states:::sqs:sendMessage.waitForTaskToken", parameters, token="t")
    assert isinstance(got, TaskHang)
    [message] = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"token": "t"}


def test_request_ids_do_not_depend_on_the_run(functions: MakeFunctions, aws: EmbeddedAws) -> None:
    def ask(seed: int) -> Any:
        tasks = LocalTasks(functions=functions(worker=SOURCE), aws=aws, durations=0.0, seed=seed)
        got = answer(tasks, "arn:aws:states:::sqs:sendMessage", {"QueueUrl": "u"})
        assert isinstance(got, TaskFailure)
        return got.cause

    aws.client("sqs")
    assert ask(1) == ask(1)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::ecs:runTask.sync",
        "arn:aws:states:::aws-sdk:batch:submitJob.sync",
        "arn:aws:states:::http:invoke",
        "arn:aws:states:us-east-1:123456789012:activity:approve",
        "arn:aws:states:::lambda:invoke.sync",
        "nonsense",
        "arn:aws:lambda:us-east-1:123456789012:function:elsewhere",
    ],
)
def test_what_cannot_run_says_so_and_how_to_go_on(tasks: LocalTasks, resource: str) -> None:
    with pytest.raises(LocalError, match="mock the state") as caught:
        answer(tasks, resource, {})
    assert resource in str(caught.value)
    assert "'Work'" in str(caught.value)
    assert "\n" not in str(caught.value)


# -- an AWS that the caller named -------------------------------------------------------------------------


class StubbedLambda:
    """An AWS whose Lambda gives the answer it is told."""

    region = "us-east-1"
    embedded = False

    def __init__(self, payload: bytes, **fields: str) -> None:
        from botocore.response import StreamingBody
        from botocore.session import Session
        from botocore.stub import ANY, Stubber

        session = Session()
        session.set_credentials("a", "b")
        self._client = session.create_client("lambda", region_name="us-east-1")
        stub = Stubber(self._client)
        answer = {"StatusCode": 200, "Payload": StreamingBody(BytesIO(payload), len(payload)), **fields}
        self.asked = {"FunctionName": ANY, "Payload": b'"tea"'}
        stub.add_response("invoke", answer, self.asked)
        stub.activate()

    def client(self, service: str) -> Any:
        assert service == "lambda"
        return self._client

    def environment(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        self._client.close()


ELSEWHERE = "arn:aws:lambda:us-east-1:123456789012:function:elsewhere"


def test_a_function_elsewhere_is_called_there(functions: MakeFunctions) -> None:
    for envelope in (False, True):
        tasks = LocalTasks(functions=functions(), aws=StubbedLambda(b'{"got": 1}', ExecutedVersion="3"))
        if envelope:
            parameters = {"FunctionName": ELSEWHERE, "Payload": "tea"}
            got = answer(tasks, "arn:aws:states:::lambda:invoke", parameters)
            assert isinstance(got, TaskSuccess)
            assert (got.output["Payload"], got.output["ExecutedVersion"]) == ({"got": 1}, "3")
        else:
            got = answer(tasks, ELSEWHERE, "tea")
            assert isinstance(got, TaskSuccess)
            assert got.output == {"got": 1}
        tasks.close()


def test_a_function_elsewhere_may_fail(functions: MakeFunctions) -> None:
    payload = b'{"errorType": "OutOfStock", "errorMessage": "no tea"}'
    tasks = LocalTasks(functions=functions(), aws=StubbedLambda(payload, FunctionError="Unhandled"))
    got = answer(tasks, ELSEWHERE, "tea")
    assert isinstance(got, TaskFailure)
    assert (got.error, got.cause) == ("OutOfStock", payload.decode())
    tasks.close()


def test_services_elsewhere_take_their_real_time(functions: MakeFunctions, aws: EmbeddedAws) -> None:
    url = aws.client("sqs").create_queue(QueueName="remote")["QueueUrl"]
    endpoint = aws.environment()["AWS_ENDPOINT_URL"]
    remote = RemoteAws(region="us-east-1", endpoint_url=endpoint)
    tasks = LocalTasks(functions=functions(), aws=remote)
    parameters = {"QueueUrl": url, "MessageBody": "x"}
    got = tasks(TaskCall("Work", "/States/Work", "arn:aws:states:::sqs:sendMessage", parameters, time=0.0))
    assert isinstance(got, Future)
    sent = got.result(60)
    assert isinstance(sent, TaskSuccess), sent
    assert sent.duration > 0
    assert [m["Body"] for m in aws.client("sqs").receive_message(QueueUrl=url)["Messages"]] == ["x"]
    tasks.close()
    remote.close()


def test_lambda_invoke_needs_a_function_name(tasks: LocalTasks) -> None:
    got = answer(tasks, "arn:aws:states:::lambda:invoke", {"Payload": 1})
    assert isinstance(got, TaskFailure)
    assert (got.error, got.phase) == ("States.Runtime", "schedule")


MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:inner"
INNER = {
    "StartAt": "Pause",
    "States": {
        "Pause": {"Type": "Wait", "Seconds": 3, "Next": "Good?"},
        "Good?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.ok", "BooleanEquals": True, "Next": "Done"}],
            "Default": "Bad",
        },
        "Done": {"Type": "Succeed"},
        "Bad": {"Type": "Fail", "Error": "Inner.Bad", "Cause": "not good"},
    },
}


@pytest.fixture
def nesting(functions: MakeFunctions, aws: EmbeddedAws) -> LocalTasks:
    def inner(value: Any, call: TaskCall, name: str) -> Execution:
        return run(INNER, value, tasks=tasks, start=call.time, name=name)

    tasks = LocalTasks(functions=functions(), aws=aws, workflows={"inner": inner})
    return tasks


def test_a_nested_execution_takes_its_virtual_time(nesting: LocalTasks) -> None:
    for pattern, text in ((".sync", True), (".sync:2", False)):
        parameters = {"StateMachineArn": MACHINE, "Input": {"ok": True}, "Name": "one"}
        got = answer(nesting, f"arn:aws:states:::states:startExecution{pattern}", parameters)
        assert isinstance(got, TaskSuccess)
        assert got.duration == 3
        assert got.output == {
            "ExecutionArn": MACHINE.replace("stateMachine", "execution") + ":one",
            "Input": '{"ok":true}' if text else {"ok": True},
            "InputDetails": {"Included": True},
            "Name": "one",
            "Output": '{"ok":true}' if text else {"ok": True},
            "OutputDetails": {"Included": True},
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE",
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            "StartDate": 1_700_000_000_000,
            "StateMachineArn": MACHINE,
            "Status": "SUCCEEDED",
            "StopDate": 1_700_000_003_000,
        }
        assert got.submitted["ExecutionArn"] == got.output["ExecutionArn"]


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_a_nested_execution_that_fails_fails_the_task(nesting: LocalTasks, pattern: str) -> None:
    parameters = {"StateMachineArn": MACHINE, "Input": {"ok": False}, "Name": "one"}
    got = answer(nesting, f"arn:aws:states:::states:startExecution{pattern}", parameters)
    assert isinstance(got, TaskFailure)
    assert (got.error, got.duration) == ("States.TaskFailed", 3)
    described = json.loads(got.cause or "")
    assert list(described) == sorted(described)
    assert described == {
        "Cause": "not good",
        "Error": "Inner.Bad",
        "ExecutionArn": MACHINE.replace("stateMachine", "execution") + ":one",
        "Input": '{"ok":false}',
        "InputDetails": {"Included": True},
        "Name": "one",
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE",
        "StartDate": 1_700_000_000_000,
        "StateMachineArn": MACHINE,
        "Status": "FAILED",
        "StopDate": 1_700_000_003_000,
    }


def test_a_nested_execution_that_runs_out_of_time_has_no_error(
    functions: MakeFunctions, aws: EmbeddedAws
) -> None:
    def slow(value: Any, call: TaskCall, name: str) -> Execution:
        return run(INNER | {"TimeoutSeconds": 2}, value, tasks=tasks, start=call.time, name=name)

    tasks = LocalTasks(functions=functions(), aws=aws, workflows={"inner": slow})
    got = answer(tasks, "arn:aws:states:::states:startExecution.sync", {"StateMachineArn": MACHINE})
    assert isinstance(got, TaskFailure)
    described = json.loads(got.cause or "")
    assert (got.error, described["Status"]) == ("States.TaskFailed", "TIMED_OUT")
    assert not {"Error", "Cause"} & set(described)


def test_a_nested_execution_that_is_only_started_takes_no_time(nesting: LocalTasks) -> None:
    got = answer(nesting, "arn:aws:states:::states:startExecution", {"StateMachineArn": MACHINE})
    assert isinstance(got, TaskSuccess)
    assert got.duration == 0
    assert {"ExecutionArn", "StartDate"} <= set(got.output)


def test_a_state_machine_that_was_not_given_is_named(nesting: LocalTasks) -> None:
    with pytest.raises(LocalError, match=r"stateMachine:other.*mock the state"):
        answer(nesting, "arn:aws:states:::states:startExecution", {"StateMachineArn": MACHINE[:-5] + "other"})
