"""An embedded AWS for trying everything without an account: moto's server on loopback.

moto keeps the services' state and really runs state machines, waits included. Two things are added around it,
each through what moto offers: invocations of Lambda functions are answered by `invoke`, a callable that runs
the deployed code, and state machines made by CloudFormation go to the backend that runs them.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import re
import shlex
import tempfile
import threading
import time
import uuid
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from . import cdk_cli
from .errors import DeployError

__all__ = ["ACCOUNT", "DeployedFunction", "Emulator", "Invocation", "Invoke"]

ACCOUNT = "123456789012"
"""The account every credential belongs to: moto's default."""

_INVOCATION_PATH = re.compile(r"^/2015-03-31/functions/(?P<function>.+)/invocations/?$")
_CREDENTIAL_REGION = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[a-z0-9-]+)/lambda/")
_TAIL_BYTES = 4096  # of the log, what LogType=Tail returns


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """A function as it was deployed, its code unpacked in `folder` (which no other version of the code shares)."""

    name: str
    arn: str
    region: str
    folder: Path
    handler: str
    """Module and function, `handler.handler`."""
    runtime: str
    timeout: int
    """Seconds."""
    memory: int
    """MB."""
    environment: dict[str, str]
    """Its own variables, and those that point it at the emulator."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What one invocation gave: the payload as JSON text, the kind of error if it failed, and its log lines."""

    payload: bytes
    function_error: str | None = None
    """`Unhandled` where the handler raised, timed out or died."""
    log: list[tuple[float, str]] = field(default_factory=list)
    """(seconds since the Unix epoch, line), in order, `START` and `REPORT` lines included."""
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


Invoke = Callable[[DeployedFunction, bytes], Invocation]
"""Runs deployed code on a payload. Called from several threads at once."""


class Emulator:
    """The embedded AWS, running while its `with` block does.

    It serves `http://localhost:<port>` on the loopback interface only. While it runs, this process has the
    variables of `environment()`, because moto's own calls between services need them. Without `invoke`, a
    function answers with the payload it was given, and the banner says so. Raises `DeployError` when the port
    is taken.
    """

    def __init__(self, *, port: int = 0, region: str = "us-east-1", invoke: Invoke | None = None) -> None:
        self.port = port
        self.region = region
        self._invoke = invoke
        self._running = ExitStack()

    @property
    def endpoint_url(self) -> str:
        # By name: moto takes the bucket of a template's URL from the host unless it is called localhost.
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        """The environment variables that point AWS tools, the CDK CLI included, at this emulator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ENDPOINT_URL_S3": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "emulated",
            "AWS_SECRET_ACCESS_KEY": "emulated",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            # The server listens on 127.0.0.1; Node may try ::1 first for localhost.
            "NODE_OPTIONS": "--dns-result-order=ipv4first",
        }

    def exports(self) -> str:
        """Shell lines that set `environment()`, and unset what would take precedence over it."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in self.environment().items()]
        return "\n".join([*lines, f"unset {' '.join(_UNSET)}"])

    def banner(self) -> str:
        """What a user has to know about this AWS, in a few lines."""
        if self._invoke is not None:
            functions = "Functions run their deployed code, here, with your rights on this machine."
        else:
            functions = "Functions do not run: each answers with the payload it was given."
        return "\n".join(
            [
                f"An AWS of its own: {self.endpoint_url}, account {ACCOUNT}, {self.region}.",
                functions,
                "Executions take their time: a Wait state of 2 seconds waits 2 seconds.",
                "IAM lets everything pass. All is forgotten when this stops (Ctrl-C).",
            ]
        )

    def __enter__(self) -> Self:
        try:
            from moto.moto_server.werkzeug_app import (
                DomainDispatcherApplication,
                MotoRequestHandler,
                create_backend_app,
            )
            from werkzeug.serving import make_server
        except ImportError:
            raise DeployError("the emulator needs moto's server: pip install 'fanfold[local]'") from None
        with ExitStack() as stack:
            stack.enter_context(_quiet())
            code = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="fanfold-functions-", ignore_cleanup_errors=True)
            )
            front = _Front(DomainDispatcherApplication(create_backend_app), self._invoke, Path(code))
            try:
                _check_free(self.port)
                server = make_server(
                    "127.0.0.1", self.port, front, threaded=True, request_handler=MotoRequestHandler
                )
            except OSError as error:
                raise DeployError(
                    f"cannot listen on port {self.port}: {error.strerror}", exit_code=2
                ) from None
            stack.callback(server.server_close)
            self.port = server.server_port
            front.environment = self.environment()
            stack.enter_context(_variables(self._changes()))
            stack.enter_context(_moto_runs_state_machines())
            thread = threading.Thread(target=server.serve_forever, name="fanfold-emulator", daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            self._running = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._running.close()

    def bootstrap(self, *, on_line: Callable[[str], None] | None = None) -> None:
        """Prepare the emulated account for CDK, as `cdk bootstrap` does for a real one."""
        cdk_cli.bootstrap(os.environ, target=f"aws://{ACCOUNT}/{self.region}", on_line=on_line)

    def _changes(self) -> dict[str, str | None]:
        return {**self.environment(), "MOTO_PORT": str(self.port), **dict.fromkeys(_UNSET)}


_UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def _check_free(port: int) -> None:
    """`OSError` where something listens already: werkzeug would end the process, with a text of its own."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the terminal for what the user has to read.

    Left alone, werkzeug logs each request, moto the whole syntax tree of a state that fails (its history says
    what failed) and a warning for the bucket policy of CDK's bootstrap stack, which it does not emulate.
    """
    quieter = {logging.getLogger("werkzeug"): logging.ERROR, logging.getLogger("moto"): logging.CRITICAL}
    levels = {logger: logger.level for logger in quieter}
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message=".*not supported by moto's CloudFormation", category=UserWarning
        )
        for logger, level in quieter.items():
            logger.setLevel(level)
        try:
            yield
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)


@contextmanager
def _variables(changes: Mapping[str, str | None]) -> Iterator[None]:
    """This process's environment with these changes; None takes a variable away."""
    outside = {name: os.environ.get(name) for name in changes}
    _set_variables(changes)
    try:
        yield
    finally:
        _set_variables(outside)


def _set_variables(changes: Mapping[str, str | None]) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _moto_runs_state_machines() -> Iterator[None]:
    """Let moto run state machines, those that CloudFormation makes too, and functions without Docker.

    moto has two backends for Step Functions, one that only records and one that runs; its CloudFormation
    knows the first alone, whatever the configuration, and an execution of what it made would not find its
    state machine.
    """
    from moto.core.config import default_user_config
    from moto.moto_api._internal.models import moto_api_backend
    from moto.stepfunctions import models
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    recording, config = models.stepfunctions_backends, default_user_config.copy()
    models.stepfunctions_backends = stepfunctions_parser_backends  # type: ignore[assignment]
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["lambda"] = {"use_docker": False}
    try:
        yield
    finally:
        models.stepfunctions_backends = recording
        default_user_config.update(config)
        moto_api_backend.reset()


class _Front:
    """The WSGI application before moto's: answers invocations of functions, hands on everything else."""

    def __init__(self, moto: Any, invoke: Invoke | None, code: Path) -> None:
        self._moto = moto
        self._invoke = invoke
        self._code = code
        self.environment: dict[str, str] = {}
        self._unpacking = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = _INVOCATION_PATH.match(environ["PATH_INFO"])
        scope = _CREDENTIAL_REGION.search(environ.get("HTTP_AUTHORIZATION", ""))
        if self._invoke is not None and path and scope and environ["REQUEST_METHOD"] == "POST":
            function = self._function(path["function"], scope["region"])
            if function is None:
                # moto would answer with the payload, and a name that is wrong would pass for one that is right.
                return _not_found(path["function"], scope["region"], start_response)
            return self._answer(function, self._invoke, environ, start_response)
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    def _function(self, name: str, region: str) -> DeployedFunction | None:
        """The function as moto has it; None where it has none of this name whose code is a zip file."""
        from moto.awslambda.exceptions import UnknownFunctionException
        from moto.awslambda_simple.models import lambda_simple_backends

        try:
            found = lambda_simple_backends[ACCOUNT][region].get_function(name)
        except UnknownFunctionException:
            return None
        if found.package_type != "Zip":
            return None
        return DeployedFunction(
            name=found.function_name,
            arn=found.function_arn,
            region=region,
            folder=self._unpacked(found.code_bytes),
            handler=found.handler or "",
            runtime=found.run_time or "",
            timeout=int(found.timeout),
            memory=int(found.memory_size),
            environment={**self.environment, **found.environment_vars},
        )

    def _unpacked(self, code: bytes) -> Path:
        from hashlib import sha256

        folder = self._code / sha256(code).hexdigest()[:16]
        with self._unpacking:
            if not folder.exists():
                stage = folder.with_suffix(".part")
                with zipfile.ZipFile(io.BytesIO(code)) as archive:
                    archive.extractall(stage)
                stage.rename(folder)
        return folder

    def _answer(
        self, function: DeployedFunction, invoke: Invoke, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
        payload = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or b"{}"
        match environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse"):
            case "DryRun":
                start_response("204 No Content", [])
                return [b""]
            case "Event":
                threading.Thread(target=_invoke_logged, args=(invoke, function, payload), daemon=True).start()
                start_response("202 Accepted", [("Content-Length", "0")])
                return [b""]
        result = _invoke_logged(invoke, function, payload)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(result.payload))),
            ("X-Amz-Executed-Version", "$LATEST"),
            ("x-amzn-RequestId", result.request_id),
        ]
        if result.function_error is not None:
            headers.append(("X-Amz-Function-Error", result.function_error))
        if environ.get("HTTP_X_AMZ_LOG_TYPE") == "Tail":
            text = "".join(f"{line}\n" for _, line in result.log).encode()[-_TAIL_BYTES:]
            headers.append(("X-Amz-Log-Result", base64.b64encode(text).decode()))
        start_response("200 OK", headers)
        return [result.payload]


def _not_found(name: str, region: str, start_response: Any) -> Iterable[bytes]:
    arn = name if name.startswith("arn:") else f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"
    body = json.dumps({"Type": "User", "Message": f"Function not found: {arn}"}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("404 Not Found", [*headers, ("x-amzn-ErrorType", "ResourceNotFoundException")])
    return [body]


def _invoke_logged(invoke: Invoke, function: DeployedFunction, payload: bytes) -> Invocation:
    """Invoke, and put the log lines where the function's own would be."""
    from moto.backends import get_backend

    result = invoke(function, payload)
    logs = get_backend("logs")[ACCOUNT][function.region]
    group = f"/aws/lambda/{function.name}"
    stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{uuid.uuid4().hex}"
    logs.ensure_log_group(group)
    logs.create_log_stream(group, stream)
    events = [{"timestamp": round(moment * 1000), "message": f"{line}\n"} for moment, line in result.log]
    if events:
        logs.put_log_events(group, stream, events)
    return result
