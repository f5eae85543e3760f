"""The way to AWS: one session, its clients, and what goes wrong on the way in one line each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from .errors import DeployError

__all__ = ["Aws", "connect", "error_code", "explained"]

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
_REFUSED = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


class Aws:
    """An account and region, seen through one session. Make it with `connect`."""

    def __init__(self, session: Any, *, profile: str | None = None, endpoint_url: str | None = None) -> None:
        self._session = session
        self._clients: dict[str, Any] = {}
        self.profile = profile
        self.region: str = session.region_name
        self._endpoint_option = endpoint_url
        self.endpoint_url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or None

    def client(self, service: str) -> Any:
        """The boto3 client of a service, made once."""
        if service not in self._clients:
            with explained():
                # None leaves the standard search: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile.
                self._clients[service] = self._session.client(service, endpoint_url=self._endpoint_option)
        return self._clients[service]

    def account(self) -> str:
        """The account's number."""
        with explained():
            account: str = self.client("sts").get_caller_identity()["Account"]
        return account

    def environment(self) -> dict[str, str]:
        """Environment variables with which the CDK CLI goes to the same account, region and endpoint as boto3."""
        changed = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        if self.endpoint_url is not None:
            changed["AWS_ENDPOINT_URL"] = self.endpoint_url
            # Named for S3, the CLI puts the bucket into the path, as endpoints of one host need it.
            given = os.environ.get("AWS_ENDPOINT_URL_S3") if self._endpoint_option is None else None
            changed["AWS_ENDPOINT_URL_S3"] = given or self.endpoint_url
            options = os.environ.get("NODE_OPTIONS", "")
            if urlsplit(self.endpoint_url).hostname == "localhost" and "dns-result-order" not in options:
                # Emulators listen on 127.0.0.1, and Node may try ::1 first.
                changed["NODE_OPTIONS"] = f"{options} --dns-result-order=ipv4first".strip()
        return {**os.environ, **changed}


def connect(
    *,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> Aws:
    """A session from the options, else from the standard AWS environment and files.

    Reads no more than that: nothing is sent yet. Raises `DeployError` for a missing `deploy` extra, an
    unknown profile, no region, no credentials, or an endpoint that is not a URL.
    """
    try:
        from boto3.session import Session
    except ImportError:
        raise DeployError("this needs boto3: pip install 'fanfold[deploy]'") from None
    if endpoint_url is not None and urlsplit(endpoint_url).scheme not in ("http", "https"):
        raise DeployError(f"--endpoint-url {endpoint_url} is not an http:// or https:// URL", exit_code=2)
    with explained():
        # boto3 itself knows AWS_DEFAULT_REGION alone; every other SDK, CDK's too, knows AWS_REGION first.
        session = Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION") or None)
        if session.region_name is None:
            raise DeployError("no AWS region: give --region or set AWS_REGION", exit_code=2)
        if session.get_credentials() is None:
            raise DeployError(
                "no AWS credentials: give --profile or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY; without an account, see `fanfold emulator`"
            )
    return Aws(session, profile=profile, endpoint_url=endpoint_url)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what botocore raises into a `DeployError` that says what to do. Nothing of a request's payload is in it."""
    from botocore import exceptions as boto

    try:
        yield
    except boto.ProfileNotFound as error:
        raise DeployError(f"there is no AWS profile {error.kwargs['profile']!r}", exit_code=2) from None
    except (boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError) as error:
        raise DeployError(f"no AWS credentials: {error}") from None
    except (boto.SSOError, boto.TokenRetrievalError) as error:
        raise DeployError(f"{error} (sign in again: aws sso login)") from None
    except boto.NoRegionError:
        raise DeployError("no AWS region: give --region or set AWS_REGION", exit_code=2) from None
    except (boto.ConnectionError, boto.HTTPClientError) as error:
        endpoint = error.kwargs.get("endpoint_url", "AWS")
        raise DeployError(f"cannot reach {endpoint}: is the endpoint right, and the network up?") from None
    except boto.ClientError as error:
        raise DeployError(_explanation(error)) from None
    except boto.BotoCoreError as error:
        raise DeployError(str(error)) from None


def _explanation(error: Any) -> str:
    message = error.response["Error"].get("Message") or str(error)
    code = error_code(error)
    if code in _DENIED:
        return f"access denied: {message}"
    if code in _EXPIRED:
        return f"the AWS credentials have expired: {message}"
    if code in _REFUSED:
        return f"AWS does not accept these credentials: {message}"
    return f"{error.operation_name} failed: {message} ({code})"


def error_code(error: Any) -> str:
    """The code of a botocore `ClientError`, such as `ResourceNotFoundException`."""
    return str(error.response["Error"].get("Code", ""))
