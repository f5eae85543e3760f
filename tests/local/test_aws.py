"""The embedded AWS as handlers see it, and the walls around it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from fanfold.local import EmbeddedAws, Functions, LocalError, RemoteAws

MakeFunctions = Callable[..., Functions]


def test_a_handler_reaches_the_same_services_as_the_tasks(functions: MakeFunctions) -> None:
    source = """
    import boto3

    def handler(event, context):
        s3 = boto3.client("s3")
        body = s3.get_object(Bucket="shared", Key="in")["Body"].read().decode()
        s3.put_object(Bucket="shared", Key="out", Body=body.upper())
        table = boto3.resource("dynamodb").Table("orders")
        table.put_item(Item={"id": "1", "total": 12})
        return boto3.client("sts").get_caller_identity()["Account"]
    """
    aws = EmbeddedAws()
    try:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="shared")
        s3.put_object(Bucket="shared", Key="in", Body=b"text")
        dynamodb = aws.client("dynamodb")
        dynamodb.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        pool = functions(writes=source, pool={"environment": aws.environment()})
        done = pool.invoke("writes", None)
        assert not done.failed, done.payload
        assert json.loads(done.payload) == "123456789012"
        assert s3.get_object(Bucket="shared", Key="out")["Body"].read() == b"TEXT"
        found = dynamodb.get_item(TableName="orders", Key={"id": {"S": "1"}})
        assert found["Item"]["total"] == {"N": "12"}
    finally:
        aws.close()


def test_a_handler_may_be_the_first_to_call(functions: MakeFunctions) -> None:
    source = """
    import boto3

    def handler(event, context):
        boto3.client("s3").create_bucket(Bucket="made")
    """
    aws = EmbeddedAws()
    try:
        done = functions(makes=source, pool={"environment": aws.environment()}).invoke("makes", None)
        assert not done.failed, done.payload
        assert [b["Name"] for b in aws.client("s3").list_buckets()["Buckets"]] == ["made"]
    finally:
        aws.close()


def test_nothing_stays_from_one_to_the_next() -> None:
    for _ in range(2):
        aws = EmbeddedAws()
        assert aws.client("s3").list_buckets()["Buckets"] == []
        aws.client("s3").create_bucket(Bucket="left")
        aws.close()


def test_what_services_make_up_comes_from_the_seed() -> None:
    def message(seed: int) -> str:
        aws = EmbeddedAws(seed=seed)
        sqs = aws.client("sqs")
        url = sqs.create_queue(QueueName="work")["QueueUrl"]
        sent = sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
        aws.close()
        return str(sent)

    assert message(1) == message(1)
    assert message(1) != message(2)


def test_the_embedded_aws_ignores_the_authors_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "production")
    aws = EmbeddedAws()
    try:
        assert aws.client("s3").list_buckets()["Buckets"] == []
    finally:
        aws.close()


def test_what_moto_does_not_answer_goes_nowhere() -> None:
    """A host that moto has no pattern for would be called for real."""
    from botocore.exceptions import BotoCoreError, ClientError

    aws = EmbeddedAws()
    try:
        client = aws.client("s3")
        client.meta.events.register(
            "before-sign.s3", lambda request, **_: setattr(request, "url", "https://example.invalid/")
        )
        with pytest.raises((BotoCoreError, ClientError), match="proxy"):
            client.list_buckets()
    finally:
        aws.close()


def test_a_pool_without_an_aws_has_no_credentials(
    functions: MakeFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    source = """
    import botocore.session

    def handler(event, context):
        return botocore.session.Session().get_credentials() is None
    """
    assert json.loads(functions(looks=source).invoke("looks", None).payload) is True


def test_a_closed_endpoint_lets_go_of_its_port() -> None:
    import socket

    aws = EmbeddedAws()
    port = int(aws.environment()["AWS_ENDPOINT_URL"].rpartition(":")[2])
    aws.close()
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("values", [{"profile": "no-such-profile", "region": "us-east-1"}, {}])
def test_a_remote_aws_that_cannot_be_is_one_line(
    values: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/none")
    with pytest.raises(LocalError) as caught:
        RemoteAws(**values).client("sqs")
    assert "\n" not in str(caught.value)
