"""Results of Task states by the services' models."""

from __future__ import annotations

from typing import Any

import pytest

from fanfold.local.api_models import result_problem

SDK = "arn:aws:states:::aws-sdk:"
OPTIMISED = "arn:aws:states:::"


@pytest.mark.parametrize(
    ("resource", "result", "problem"),
    [
        (SDK + "kms:encrypt", {"CiphertextBlob": "YQ=="}, None),
        (SDK + "kms:encrypt", {"CiphertextBlob": 1}, "Field 'CiphertextBlob' must be a string"),
        (SDK + "kms:encrypt", {"CiphertextBlob": ""}, "Field 'CiphertextBlob' is smaller than the minimum length"),
        (SDK + "s3:getObject", {"ContentLength": "1"}, "Field 'ContentLength' must be a number"),
        (SDK + "s3:getObject", {"ContentLength": True}, "Field 'ContentLength' must be a number"),
        (SDK + "s3:getObject", {"Metadata": {"a": 1}}, "Field 'Metadata' must be a string"),
        (SDK + "s3:listObjectsV2", {"Contents": {}}, "Field 'Contents' must be an array"),
        (SDK + "s3:listObjectsV2", {"Contents": [{"Size": "1"}]}, "Field 'Size' must be a number"),
        (SDK + "lambda:getFunction", {"Configuration": []}, "Field 'Configuration' must be an object"),
        (SDK + "sfn:describeExecution", {"Unknown": 1}, "Required field 'ExecutionArn' is missing"),
        (OPTIMISED + "states:startExecution", {}, "Required field 'ExecutionArn' is missing"),
        (OPTIMISED + "states:startExecution.sync:2", {"Output": {"a": 1}}, "Required field 'ExecutionArn' is missing"),
        (OPTIMISED + "dynamodb:getItem", {"Item": {"a": {"S": 1}}}, "Field 'S' must be a string"),
        (OPTIMISED + "events:putEvents", {"Whatever": 1}, None),
        (OPTIMISED + "lambda:invoke", {"Payload": {"any": "JSON"}, "StatusCode": 200}, None),
        (SDK + "lambda:invoke", {"Payload": {"any": "JSON"}}, "Field 'Payload' must be a string"),
        (SDK + "cognitoidentityprovider:adminGetUser", {"Username": 1}, "Field 'Username' must be a string"),
        (SDK + "eks:describeCluster", {"Cluster": 1}, "Field 'Cluster' must be an object"),
        (SDK + "rds:describeDbInstances", {"Marker": 1}, "Field 'Marker' must be a string"),
        (SDK + "s3:getObject", {"LastModified": 1}, "Field 'LastModified' must be a string"),
        (SDK + "s3:getObject", {"LastModified": "2026-01-01T00:00:00Z"}, None),
        (OPTIMISED + "eks:call", {"Cluster": 1}, None),
        (OPTIMISED + "lambda:invoke", [], "the result must be an object"),
        (OPTIMISED + "sqs:sendMessage.waitForTaskToken", [1], None),
        (OPTIMISED + "glue:startCrawler.sync", [1], None),
        (OPTIMISED + "http:invoke", "text", None),
        (SDK + "nosuchservice:doIt", 1, None),
        (SDK + "s3:noSuchAction", 1, None),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", 1, None),
        ("arn:aws:states:us-east-1:123456789012:activity:a", 1, None),
    ],
)  # fmt: skip
def test_strict(resource: str, result: Any, problem: str | None) -> None:
    assert result_problem(resource, result, "STRICT") == problem


def test_present_does_not_ask_for_what_is_not_there() -> None:
    assert result_problem(OPTIMISED + "states:startExecution", {}, "PRESENT") is None
    assert result_problem(OPTIMISED + "states:startExecution", {"ExecutionArn": 1}, "PRESENT") is not None


def test_synchronous_tasks_answer_as_the_operation_they_poll() -> None:
    resource = OPTIMISED + "states:startExecution.sync:2"
    described = {"StartDate": "2026-01-01T00:00:00Z", "Status": "SUCCEEDED", "Output": "{}"}
    assert result_problem(resource, described, "PRESENT") is None
    assert (
        result_problem(resource, described | {"Output": {}}, "PRESENT") == "Field 'Output' must be a string"
    )
    assert result_problem(resource, described | {"Name": 1}, "PRESENT") == "Field 'Name' must be a string"
    assert (
        result_problem(OPTIMISED + "ecs:runTask.sync", {"Tasks": 1}, "STRICT")
        == "Field 'Tasks' must be an array"
    )
    assert result_problem(OPTIMISED + "ecs:runTask", {"Tasks": []}, "STRICT") is None
