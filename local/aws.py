"""The AWS a run sees: embedded by default, a real or emulated one only where the caller names it.

`EmbeddedAws` is moto in this process: SDK tasks reach it through botocore, handlers in their worker processes
through a loopback endpoint that comes up when the first of them calls. Nothing it makes outlives it, and
nothing leaves the machine: a request that moto does not answer is refused, never sent on. `RemoteAws` is what
a profile, a region and an endpoint say.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from .errors import LocalError

__all__ = ["ACCOUNT", "Aws", "EmbeddedAws", "RemoteAws"]

ACCOUNT = "123456789012"
"""Account of the embedded AWS: moto's own."""
_EXTRA = "pip install 'fanfold[local]'"
_NOWHERE = "http://127.0.0.1:0"
"""Where a request would go that moto has no answer for: a port that cannot be."""


class Aws(Protocol):
    """Where SDK tasks go."""

    region: str
    embedded: bool
    """True: answers cost no virtual time and come in order. False: their real duration, and in parallel."""

    def client(self, service: str) -> Any:
        """A botocore client of `service`, botocore's name for it."""
        ...

    def environment(self) -> Mapping[str, str]:
        """Variables that lead a handler's own AWS calls to the same place."""
        ...

    def close(self) -> None:
        """Let go of it, and of everything in it if it is embedded."""
        ...


def _session(*, private: bool = False, **values: Any) -> Any:
    """A botocore session; a private one takes no profile and no endpoint variant from the author's environment."""
    try:
        import botocore.session
    except ImportError:
        raise LocalError(f"this run calls AWS services, which needs boto3: {_EXTRA}") from None
    unset = dict.fromkeys(("profile", "use_fips_endpoint", "use_dualstack_endpoint"), (None,) * 4)
    session = botocore.session.Session(session_vars=unset if private else None)
    for name, value in values.items():
        if value is not None:
            session.set_config_variable(name, value)
    return session


class EmbeddedAws:
    """moto, started at the first use: a run that calls no service pays nothing for it.

    `seed` fixes what services make up, such as the ids of messages.
    """

    embedded = True

    def __init__(self, region: str = "us-east-1", *, seed: int = 0) -> None:
        self.region = region
        self._seed: int | None = seed
        self._lock = threading.RLock()
        self._clients: dict[str, Any] = {}
        self._mock: Any = None
        self._session: Any = None
        self._endpoint: _Endpoint | None = None
        self._supplies: dict[str, Callable[[Any], None]] = {}

    def supply(self, service: str, fill: Callable[[Any], None]) -> None:
        """Call `fill` with a client of `service` before its first use, by whomever; never if nobody uses it,
        and at once if somebody has."""
        with self._lock:
            if service in self._clients:
                fill(self._clients[service])
            else:
                self._supplies[service] = fill

    def start(self) -> None:
        """Bring moto up, empty."""
        with self._lock:
            if self._mock is not None:
                return
            try:
                from moto import mock_aws
            except ImportError:
                raise LocalError(f"this run calls AWS services, embedded by moto: {_EXTRA}") from None
            self._session = _session(private=True, config_file=os.devnull, credentials_file=os.devnull)
            self._session.set_credentials("embedded", "embedded")
            self._mock = mock_aws()
            self._mock.start()

    def client(self, service: str) -> Any:
        with self._lock:
            if service not in self._clients:
                self.start()
                if service != "dynamodb":  # which makes up nothing; seeding costs a tenth of a second
                    self._seed_identifiers()
                from botocore.config import Config

                config = Config(
                    ignore_configured_endpoint_urls=True,
                    retries={"total_max_attempts": 1},
                    proxies={"http": _NOWHERE, "https": _NOWHERE},
                )
                client = self._session.create_client(service, region_name=self.region, config=config)
                self._clients[service] = client
                if service in self._supplies:
                    self._supplies.pop(service)(client)
            return self._clients[service]

    def _requested(self, signature: str) -> None:
        """A handler's request is about to be answered: what it asks for has to be there."""
        for service in [name for name in self._supplies if f"/{name}/aws4_request" in signature]:
            self.client(service)

    def _seed_identifiers(self) -> None:
        # moto's switch for it is an HTTP call, which moto itself answers.
        import requests

        if self._seed is not None:
            requests.post(f"http://motoapi.amazonaws.com/moto-api/seed?a={self._seed}", timeout=10)
            self._seed = None

    def environment(self) -> Mapping[str, str]:
        with self._lock:
            if self._endpoint is None:
                self._endpoint = _Endpoint(self.start, self._requested)
            return {
                "AWS_ACCESS_KEY_ID": "embedded",
                "AWS_SECRET_ACCESS_KEY": "embedded",
                "AWS_ENDPOINT_URL": self._endpoint.url,
                "NO_PROXY": "127.0.0.1",
            }

    def close(self) -> None:
        with self._lock:
            if self._endpoint is not None:
                self._endpoint.close()
                self._endpoint = None
            self._clients.clear()
            if self._mock is not None:
                self._mock.stop()
                self._mock = None


class _Endpoint:
    """moto's server on a free port of loopback, for the handlers' own calls; imported at the first connection."""

    def __init__(self, prepare: Callable[[], None], requested: Callable[[str], None]) -> None:
        import socket

        self._prepare = prepare
        self._requested = requested
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server: Any = None
        self._wake, self._woken = socket.socketpair()
        self._lock = threading.Lock()  # between a server that starts late and an early close
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="embedded AWS", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        import select

        ready, _, _ = select.select([self._listener, self._woken], [], [])
        if self._woken in ready:
            return
        import logging
        from urllib.parse import unquote

        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self._prepare()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        host, port = self._listener.getsockname()
        with self._lock:
            if self._closed:
                return
            moto = DomainDispatcherApplication(create_backend_app)

            def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
                self._requested(environ.get("HTTP_AUTHORIZATION") or unquote(environ.get("QUERY_STRING", "")))
                answer: Iterable[bytes] = moto(environ, start_response)
                return answer

            self._server = make_server(host, port, application, threaded=True, fd=self._listener.fileno())
        self._server.serve_forever()

    def close(self) -> None:
        self._wake.send(b"x")
        with self._lock:
            self._closed = True
        if self._server is not None:
            self._server.shutdown()
        self._thread.join()
        if self._server is not None:
            self._server.server_close()
        for end in (self._listener, self._wake, self._woken):
            end.close()


class RemoteAws:
    """An AWS the caller chose: by profile, region and endpoint, each falling back to the standard environment."""

    embedded = False

    def __init__(
        self, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None
    ) -> None:
        self._session = _session(profile=profile, region=region)
        self._profile = profile
        self._endpoint_url = endpoint_url
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        from botocore.exceptions import BotoCoreError

        try:
            found = self._session.get_config_variable("region")
        except BotoCoreError as error:
            raise LocalError(str(error)) from None
        if not found:
            raise LocalError("no AWS region: give --region, or set AWS_REGION")
        self.region: str = found

    def client(self, service: str) -> Any:
        from botocore.exceptions import BotoCoreError

        with self._lock:
            if service not in self._clients:
                try:
                    self._clients[service] = self._session.create_client(
                        service, region_name=self.region, endpoint_url=self._endpoint_url
                    )
                except BotoCoreError as error:
                    raise LocalError(str(error)) from None
            return self._clients[service]

    def environment(self) -> Mapping[str, str]:
        standard = {
            "AWS_CONFIG_FILE": "~/.aws/config",
            "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials",
            "AWS_EC2_METADATA_DISABLED": "false",
            **{name: value for name, value in os.environ.items() if name.startswith("AWS_")},
        }
        chosen = {"AWS_PROFILE": self._profile, "AWS_ENDPOINT_URL": self._endpoint_url}
        return {**standard, **{name: value for name, value in chosen.items() if value is not None}}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
