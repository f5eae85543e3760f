"""Operations against clients that answer as AWS does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.deploy import operations
from fanfold.deploy.aws import Aws, connect
from fanfold.deploy.errors import DeployError
from fanfold.deploy.operations import History, Progress, StackMissingError

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:demo"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:demo:1"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def aws(account: None) -> Aws:
    return connect()


def stub(aws: Aws, service: str) -> Stubber:
    stubber = Stubber(aws.client(service))
    stubber.activate()
    return stubber


class FakeStepFunctions:
    """GetExecutionHistory over a list that may grow between requests, in pages."""

    def __init__(self, page: int) -> None:
        self.page = page
        self.events: list[dict[str, Any]] = []
        self.statuses: list[str] = []
        self.requests = 0

    def get_execution_history(self, nextToken: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803
        self.requests += 1
        begin = int(nextToken)
        answer: dict[str, Any] = {"events": self.events[begin : begin + self.page]}
        if len(self.events) > begin + self.page:
            answer["nextToken"] = str(begin + self.page)
        return answer

    def describe_execution(self, **_: Any) -> dict[str, Any]:
        return {"executionArn": EXECUTION, "status": self.statuses.pop(0), "startDate": EPOCH}

    def describe_map_run(self, mapRunArn: str) -> dict[str, Any]:  # noqa: N803
        counts = dict.fromkeys(("pending", "running", "succeeded", "failed", "timedOut", "aborted"), 1)
        return {"itemCounts": {**counts, "succeeded": int(mapRunArn), "total": 5 + int(mapRunArn)}}


class FakeSession:
    """A session of made-up clients."""

    region_name = "us-east-1"

    def __init__(self, **clients: Any) -> None:
        self._clients = clients

    def client(self, service: str, **_: Any) -> Any:
        return self._clients[service]


def event(number: int, kind: str = "PassStateEntered", **details: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "timestamp": EPOCH + timedelta(seconds=number), **details}


@settings(deadline=None)
@given(page=st.integers(1, 5), batches=st.lists(st.integers(0, 12), max_size=6))
def test_history_gives_every_event_once(page: int, batches: list[int]) -> None:
    fake = FakeStepFunctions(page)
    history = History(Aws(FakeSession(stepfunctions=fake)), EXECUTION)
    for size in batches:
        known = len(fake.events)
        fake.events += [event(known + number) for number in range(size)]
        assert [one["id"] for one in history.read()] == list(range(known, known + size))
        fake.requests = 0
        assert list(history.read()) == []
        assert fake.requests == 1  # a look at nothing new costs one request, however long the history


def test_history_times_are_seconds() -> None:
    fake = FakeStepFunctions(10)
    fake.events.append(event(3))
    [read] = History(Aws(FakeSession(stepfunctions=fake)), EXECUTION).read()
    assert read["timestamp"] == EPOCH.timestamp() + 3


def test_watch_follows_iterations_and_map_runs_to_the_end() -> None:
    fake = FakeStepFunctions(10)
    fake.statuses = ["RUNNING", "RUNNING", "FAILED"]
    fake.events = [
        event(1, "MapStateStarted", mapStateStartedEventDetails={"length": 4}),
        event(2, "MapIterationStarted"),
        event(3, "MapRunStarted", mapRunStartedEventDetails={"mapRunArn": "7"}),
    ]
    later = [
        [event(4, "MapIterationSucceeded"), event(5, "MapIterationStarted")],
        [event(6, "MapIterationAborted"), event(7, "ExecutionFailed")],
    ]
    looks: list[Progress] = []
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        fake.events += later.pop(0)

    done = operations.watch(
        Aws(FakeSession(stepfunctions=fake)), EXECUTION, looks.append, interval=5, sleep=sleep
    )
    assert done.status == "FAILED"
    assert slept == [5, 5]
    # The Map Run has 12 items: 1 pending, 7 succeeded, 1 failed, 1 timed out, 1 aborted.
    run = Progress(total=12, started=11, succeeded=7, failed=3)
    assert looks == [run + Progress(4, 1), run + Progress(4, 2, 1), run + Progress(4, 2, 1, 1)]


def test_progress_given_to_the_callback_stays_as_it_was() -> None:
    fake = FakeStepFunctions(10)
    fake.statuses = ["RUNNING", "SUCCEEDED"]
    looks: list[Progress] = []
    operations.watch(
        Aws(FakeSession(stepfunctions=fake)),
        EXECUTION,
        looks.append,
        sleep=lambda _: fake.events.append(event(1, "MapIterationStarted")),
    )
    assert looks == [Progress(), Progress(started=1)]


def test_stack_that_is_not_there(aws: Aws) -> None:
    stub(aws, "cloudformation").add_client_error(
        "describe_stacks", "ValidationError", "Stack with id fanfold-a-b does not exist", 400
    )
    with pytest.raises(StackMissingError) as caught:
        operations.find_stack(aws, "a_b")
    assert str(caught.value) == "stack fanfold-a-b is not deployed in us-east-1: run `fanfold deploy` first"


def test_stack_that_failed_has_no_state_machine(aws: Aws) -> None:
    stub(aws, "cloudformation").add_response(
        "describe_stacks",
        {
            "Stacks": [
                {"StackName": "fanfold-demo", "StackStatus": "ROLLBACK_COMPLETE", "CreationTime": EPOCH}
            ]
        },
        {"StackName": "fanfold-demo"},
    )
    with pytest.raises(DeployError, match="fanfold-demo is ROLLBACK_COMPLETE and has no state machine"):
        _ = operations.find_stack(aws, "demo").state_machine


def test_access_denied_names_the_action(aws: Aws) -> None:
    text = "User: me is not authorized to perform: cloudformation:DescribeStacks on resource: x"
    stub(aws, "cloudformation").add_client_error("describe_stacks", "AccessDenied", text, 403)
    with pytest.raises(DeployError) as caught:
        operations.find_stack(aws, "demo")
    assert str(caught.value) == f"access denied: {text}"


def test_load_sets_the_attribute_alone(aws: Aws) -> None:
    row = operations.plan_load("Lists", {"id": "today"}, "values", ["a", 1])
    assert (row.count, row.size) == (2, 2 + 5 + 6 + 3 + 2 + 1 + 2)
    with stub(aws, "dynamodb") as stubber:
        stubber.add_response(
            "update_item",
            {},
            {
                "TableName": "Lists",
                "Key": {"id": {"S": "today"}},
                "UpdateExpression": "SET #list = :list",
                "ExpressionAttributeNames": {"#list": "values"},
                "ExpressionAttributeValues": {":list": {"L": [{"S": "a"}, {"N": "1"}]}},
            },
        )
        operations.load(aws, "Lists", "values", row)
        stubber.assert_no_pending_responses()


def test_load_without_the_table(aws: Aws) -> None:
    stub(aws, "dynamodb").add_client_error(
        "update_item", "ResourceNotFoundException", "Requested resource not found", 400
    )
    row = operations.plan_load("Lists", {"id": "today"}, "values", [])
    with pytest.raises(DeployError) as caught:
        operations.load(aws, "Lists", "values", row)
    assert str(caught.value) == "there is no table Lists in us-east-1: run `fanfold deploy` first"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["x" * 400 * 1024], "the row would be 409,617 bytes; a DynamoDB item holds at most 409,600"),
        (["a", {"b": 1e300}], "/1/b: number out of DynamoDB's range"),
    ],
)
def test_list_that_dynamodb_cannot_hold(values: list[Any], message: str) -> None:
    with pytest.raises(DeployError, match="table Lists cannot hold this list") as caught:
        operations.plan_load("Lists", {"id": "today"}, "values", values)
    assert message in str(caught.value)


def test_start_names_its_execution(aws: Aws) -> None:
    from botocore.stub import ANY

    with stub(aws, "stepfunctions") as stubber:
        answer = {"executionArn": EXECUTION, "startDate": EPOCH}
        stubber.add_response(
            "start_execution", answer, {"stateMachineArn": MACHINE, "name": ANY, "input": '{"a":1}'}
        )
        assert operations.start(aws, MACHINE, '{"a":1}') == EXECUTION


def test_latest_execution_is_the_youngest(aws: Aws) -> None:
    def execution(name: str, seconds: int) -> dict[str, Any]:
        return {
            "executionArn": f"arn:{name}",
            "stateMachineArn": MACHINE,
            "name": name,
            "status": "RUNNING",
            "startDate": EPOCH + timedelta(seconds=seconds),
        }

    stubber = stub(aws, "stepfunctions")
    stubber.add_response(
        "list_executions", {"executions": [execution(n, s) for n, s in [("a", 1), ("b", 9), ("c", 5)]]}
    )
    assert operations.latest_execution(aws, MACHINE) == "arn:b"
    stubber.add_response("list_executions", {"executions": []})
    with pytest.raises(DeployError, match="nothing was started yet"):
        operations.latest_execution(aws, MACHINE)


def test_execution_that_is_not_there(aws: Aws) -> None:
    stub(aws, "stepfunctions").add_client_error(
        "describe_execution", "ExecutionDoesNotExist", f"Execution Does Not Exist: '{EXECUTION}'", 400
    )
    with pytest.raises(DeployError, match="Execution Does Not Exist"):
        operations.describe(aws, EXECUTION)


def test_who_may_not_read_the_bootstrap_version_is_left_to_the_cli(aws: Aws) -> None:
    stubber = stub(aws, "ssm")
    stubber.add_client_error("get_parameter", "AccessDeniedException", "no", 400)
    assert operations._is_bootstrapped(aws)
    stubber.add_client_error("get_parameter", "ParameterNotFound", "", 400)
    assert not operations._is_bootstrapped(aws)


@pytest.mark.parametrize(
    ("status", "missing"),
    [
        ("UPDATE_COMPLETE", "--parameter new=VALUE"),
        ("ROLLBACK_COMPLETE", "--parameter kept=VALUE --parameter new=VALUE"),
    ],
)
def test_deploy_wants_the_values_that_no_stack_has(aws: Aws, status: str, missing: str) -> None:
    stub(aws, "cloudformation").add_response(
        "describe_stacks",
        {
            "Stacks": [
                {
                    "StackName": "fanfold-demo",
                    "StackStatus": status,
                    "CreationTime": EPOCH,
                    "Parameters": [{"ParameterKey": "Kept", "ParameterValue": "1"}],
                }
            ]
        },
    )
    with pytest.raises(DeployError) as caught:
        operations.deploy(
            aws,
            "demo",
            Path("never-looked-at"),
            parameters={"given": "Given", "kept": "Kept", "new": "New"},
            values={"given": "2"},
        )
    assert str(caught.value) == f"stack fanfold-demo needs values: add {missing}"
    assert caught.value.exit_code == 2


def test_clients_are_those_of_boto3(aws: Aws) -> None:
    assert type(aws.client("sts")).__name__ == type(boto3.client("sts", region_name="us-east-1")).__name__
    assert aws.client("sts") is aws.client("sts")
