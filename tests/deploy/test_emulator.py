"""The embedded AWS: its Lambda runs what was deployed, and it tells how to reach it."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import shlex
import socket
import time
import uuid
import warnings
import zipfile
from typing import Any

import boto3
import pytest

from fanfold.deploy.emulator import Emulator, Invocation
from fanfold.deploy.errors import DeployError

HANDLER = """
import os

def handler(event, context):
    print("got", event)
    if event == "fail":
        raise ValueError("as asked")
    return {"event": event, "greeting": os.environ["GREETING"], "endpoint": os.environ["AWS_ENDPOINT_URL"]}
"""


def test_exports_are_what_a_shell_evaluates() -> None:
    emulator = Emulator(port=4321, region="eu-west-1")
    lines = [shlex.split(line) for line in emulator.exports().splitlines()]
    assigned = dict(word.split("=", 1) for first, *words in lines if first == "export" for word in words)
    assert assigned == emulator.environment()
    assert assigned["AWS_ENDPOINT_URL"] == "http://localhost:4321"
    assert lines[-1] == ["unset", "AWS_PROFILE", "AWS_SESSION_TOKEN"]


def test_banner_says_what_runs_and_what_takes_time() -> None:
    assert "Functions do not run: each answers with the payload it was given." in Emulator().banner()
    assert "run their deployed code" in Emulator(invoke=lambda _function, _payload: Invocation(b"")).banner()
    assert "a Wait state of 2 seconds waits 2 seconds" in Emulator().banner()


def test_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(DeployError, match=f"cannot listen on port {port}: ") as caught,
            Emulator(port=port),
        ):
            pytest.fail("it started")
    assert caught.value.exit_code == 2


@pytest.mark.slow
def test_leaves_this_process_as_it_was() -> None:
    before = _settings()
    for _ in range(2):
        with Emulator() as emulator:
            assert os.environ["AWS_ENDPOINT_URL"] == emulator.endpoint_url
            assert _settings() != before
            s3 = boto3.client("s3")
            assert s3.list_buckets()["Buckets"] == []  # of the first one the second knows nothing
            s3.create_bucket(Bucket="of-this-one")
        assert _settings() == before


def _settings() -> list[Any]:
    levels = [logging.getLogger(name).level for name in ("moto", "werkzeug")]
    patterns = [pattern for _, pattern, *_ in warnings.filters if pattern and "moto" in pattern.pattern]
    return [dict(os.environ), levels, patterns]


CALLER = """
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket=event, Key="note", Body=b"was here")
    boto3.resource("dynamodb").Table(event).put_item(Item={"id": "a", "n": 3})
    return boto3.client("sts").get_caller_identity()["Account"]
"""


@pytest.fixture
def function(emulated: dict[str, str]) -> str:
    """A deployed function's name."""
    return deployed(HANDLER)


def deployed(source: str) -> str:
    """Deploy a function of this source; its name comes back."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", source)
    name = f"f-{uuid.uuid4()}"
    role = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    boto3.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"GREETING": "hello"}},
    )
    return name


def invoke(function: str, event: Any, **options: str) -> dict[str, Any]:
    answer: dict[str, Any] = boto3.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(event).encode(), **options
    )
    return answer


def messages(function: str) -> list[str]:
    events = boto3.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    return [event["message"].rstrip("\n") for event in events]


@pytest.mark.slow
def test_deployed_code_runs_and_logs(function: str, emulated: dict[str, str]) -> None:
    answer = invoke(function, {"n": 1}, LogType="Tail")
    assert json.load(answer["Payload"]) == {
        "event": {"n": 1},
        "greeting": "hello",
        "endpoint": emulated["AWS_ENDPOINT_URL"],
    }
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    request = answer["ResponseMetadata"]["RequestId"]
    tail = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert tail == messages(function)
    assert tail[0].startswith(f"START RequestId: {request}")
    assert tail[1] == "got {'n': 1}"
    assert tail[-1].startswith(f"REPORT RequestId: {request}")


@pytest.mark.slow
def test_what_deployed_code_calls_is_this_aws_too(emulated: dict[str, str]) -> None:
    name = deployed(CALLER)
    boto3.client("s3").create_bucket(Bucket=name)
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    answer = invoke(name, name)
    assert json.load(answer["Payload"]) == "123456789012"
    assert boto3.client("s3").get_object(Bucket=name, Key="note")["Body"].read() == b"was here"
    assert boto3.client("dynamodb").scan(TableName=name)["Items"] == [{"id": {"S": "a"}, "n": {"N": "3"}}]


@pytest.mark.slow
def test_function_that_raises(function: str) -> None:
    answer = invoke(function, "fail")
    assert answer["FunctionError"] == "Unhandled"
    payload = json.load(answer["Payload"])
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "as asked")


@pytest.mark.slow
def test_other_ways_to_invoke(function: str) -> None:
    assert invoke(function, 1, InvocationType="DryRun")["StatusCode"] == 204
    assert invoke(function, 2, InvocationType="Event")["StatusCode"] == 202
    deadline = time.monotonic() + 20
    while not (seen := _logged(function)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "got 2" in seen
    assert "got 1" not in seen


def _logged(function: str) -> list[str]:
    client = boto3.client("logs")
    try:
        return messages(function)
    except client.exceptions.ResourceNotFoundException:
        return []


@pytest.mark.slow
def test_function_that_is_not_there(emulated: dict[str, str]) -> None:
    client = boto3.client("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke("nothing-of-this-name", {})


@pytest.mark.slow
def test_new_code_is_what_runs(function: str) -> None:
    assert json.load(invoke(function, 1)["Payload"])["event"] == 1
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context):\n    return 'new'\n")
    boto3.client("lambda").update_function_code(FunctionName=function, ZipFile=code.getvalue())
    assert json.load(invoke(function, 1)["Payload"]) == "new"
