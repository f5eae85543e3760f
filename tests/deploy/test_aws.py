"""The way to AWS, and every wrong turn on it as one line."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, SSOTokenLoadError

from fanfold.deploy.aws import connect, explained
from fanfold.deploy.errors import DeployError


def refusal(**options: str) -> DeployError:
    with pytest.raises(DeployError) as caught:
        connect(**options)
    assert "\n" not in str(caught.value)
    return caught.value


def test_no_credentials() -> None:
    error = refusal(region="us-east-1")
    assert str(error).startswith("no AWS credentials: give --profile")
    assert error.exit_code == 1


def test_unknown_profile() -> None:
    assert str(refusal(profile="nobody", region="us-east-1")) == "there is no AWS profile 'nobody'"


def test_unknown_profile_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert str(refusal(region="us-east-1")) == "there is no AWS profile 'nobody'"


def test_no_region(account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    assert str(refusal()) == "no AWS region: give --region or set AWS_REGION"


@pytest.mark.parametrize("url", ["localhost:5000", "ftp://localhost", ""])
def test_endpoint_that_is_no_url(account: None, url: str) -> None:
    assert refusal(endpoint_url=url).exit_code == 2


def test_profile_gives_region_and_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\nregion = eu-central-1\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    aws = connect(profile="work")
    assert (aws.region, aws.profile, aws.endpoint_url) == ("eu-central-1", "work", None)
    assert aws.environment()["AWS_REGION"] == "eu-central-1"


def test_region_of_the_option_comes_first(account: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert connect().region == "us-east-1"
    assert connect(region="eu-west-1").environment()["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_endpoint_of_the_option_reaches_boto3_and_the_cdk_cli(
    account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://elsewhere:2")
    monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
    aws = connect(endpoint_url="http://localhost:4566")
    child = aws.environment()
    assert child["AWS_ENDPOINT_URL"] == child["AWS_ENDPOINT_URL_S3"] == "http://localhost:4566"
    assert child["NODE_OPTIONS"] == "--no-warnings --dns-result-order=ipv4first"
    for service in ("dynamodb", "s3"):
        assert aws.client(service).meta.endpoint_url == "http://localhost:4566"


def test_endpoints_of_the_environment_stay_each_to_its_service(
    account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")
    aws = connect()
    child = aws.environment()
    assert (child["AWS_ENDPOINT_URL"], child["AWS_ENDPOINT_URL_S3"]) == (
        "http://127.0.0.1:1",
        "http://127.0.0.1:2",
    )
    assert aws.client("s3").meta.endpoint_url == "http://127.0.0.1:2"
    assert aws.client("dynamodb").meta.endpoint_url == "http://127.0.0.1:1"
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    assert connect().environment()["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:1"


def test_without_an_endpoint_the_cdk_cli_gets_none(account: None) -> None:
    assert not {name for name in connect().environment() if name.startswith("AWS_ENDPOINT")}


def test_endpoint_where_nothing_listens(account: None) -> None:
    client = boto3.session.Session(region_name="us-east-1").client(
        "sts",
        endpoint_url="http://127.0.0.1:9",
        config=boto3.session.Config(retries={"max_attempts": 0}, connect_timeout=2),
    )
    with pytest.raises(DeployError, match=r"^cannot reach http://127\.0\.0\.1:9/?: "), explained():
        client.get_caller_identity()


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (
            "AccessDenied",
            "User x is not\nauthorized to perform: y",
            "access denied: User x is not authorized",
        ),
        ("AccessDeniedException", "no", "access denied: no"),
        ("ExpiredToken", "too old", "the AWS credentials have expired: too old"),
        ("InvalidClientTokenId", "who", "AWS does not accept these credentials: who"),
        ("ThrottlingException", "slow down", "StartExecution failed: slow down (ThrottlingException)"),
        ("Odd", "", "StartExecution failed: An error occurred (Odd)"),
    ],
)
def test_answers_of_aws(code: str, message: str, expected: str) -> None:
    with pytest.raises(DeployError) as caught, explained():
        raise ClientError({"Error": {"Code": code, "Message": message}}, "StartExecution")
    assert str(caught.value).startswith(expected)
    assert "\n" not in str(caught.value)


def test_sign_in_that_ran_out() -> None:
    with pytest.raises(DeployError, match=r"aws sso login\)$"), explained():
        raise SSOTokenLoadError(error_msg="Token for x does not exist")


def test_endpoint_error_without_details() -> None:
    with pytest.raises(DeployError, match=r"cannot reach https://sts\.example"), explained():
        raise EndpointConnectionError(endpoint_url="https://sts.example", error="refused")


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), explained():
        1 / 0  # noqa: B018
