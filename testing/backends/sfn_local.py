"""AWS Step Functions Local: a jar or an image that we start and stop, or an endpoint that is already there.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local.html. AWS supports it no longer, and each version
knows the language of its day: a field it says it does not know is a reason to skip, once the spelling of 2019
has been tried where that means the same.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from fanfold.compiler.walk import walk
from fanfold.engine import InvalidDefinition
from fanfold.local import EmbeddedAws

from ..functions import Functions
from ..lambda_endpoint import LambdaEndpoint
from .base import BackendUnavailableError, Outcome, UnsupportedError
from .client import run_through_api
from .faults import refuse_unsupported

__all__ = ["NEWER", "SfnLocalBackend", "local_backend", "lower_to_2019", "older_than"]

IMAGE = "amazon/aws-stepfunctions-local"
_PORT = 8083
"""The port of Step Functions Local, on all interfaces: nothing changes it."""
_START_SECONDS = 60.0
_REGION = "us-east-1"
_ROLE = "arn:aws:iam::123456789012:role/fanfold-test"
_SERVICES = ("batch", "dynamoDB", "ecs", "glue", "sageMaker", "sns", "sqs")
"""Services whose endpoint can be set, as the options of the jar spell them."""
NEWER = frozenset(
    {
        "Arguments", "Assign", "CausePath", "Condition", "Credentials", "ErrorPath", "HeartbeatSecondsPath",
        "ItemBatcher",
        "ItemProcessor", "ItemReader", "ItemSelector", "Items", "JitterStrategy", "Label", "MaxConcurrencyPath",
        "MaxDelaySeconds", "Output", "ProcessorConfig", "QueryLanguage", "ResultSelector", "ResultWriter",
        "TimeoutSecondsPath", "ToleratedFailureCount", "ToleratedFailureCountPath", "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
        "IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp", "StringMatches",
    }
)  # fmt: skip
"""Fields that the language has gained since September 2019; of Choice operators also all that end in `Path`."""


class SfnLocalBackend:
    """Step Functions Local at `endpoint`, its Lambda calls answered by `functions`, its services by `aws`.

    Either is None where what it calls is not ours.
    """

    name = "local"
    keeps_time = False

    def __init__(self, endpoint: str, functions: LambdaEndpoint | None, aws: EmbeddedAws | None) -> None:
        import boto3
        from botocore.config import Config

        self._client = boto3.client(
            "stepfunctions",
            endpoint_url=endpoint,
            region_name=_REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        self._functions = functions
        self._aws = aws
        self._old = False
        """Whether it has refused `ItemProcessor`: from then on it is given the spelling of 2019 at once."""

    def start_execution(
        self,
        definition: Mapping[str, Any],
        input: Any,
        functions: Functions,
        *,
        state_machine_type: str = "STANDARD",
    ) -> Outcome:
        refuse_unsupported(self.name, definition)
        if state_machine_type != "STANDARD":
            raise UnsupportedError("local runs standard executions only here")
        if self._functions is None and '"arn:' in str(definition).replace("'", '"') and functions:
            raise UnsupportedError(
                "local is an endpoint that was already running: start it with -lambdaEndpoint "
                "http://127.0.0.1:PORT and set FANFOLD_LAMBDA_PORT=PORT, so that tasks can be answered"
            )
        if self._aws is None:
            called = next(filter(None, (_service_called(placed.state) for placed in walk(definition))), None)
            if called is not None:
                raise UnsupportedError(f"{_NOT_OURS} {called}")
        if not self._old:
            try:
                return self._run(definition, input, functions)
            except InvalidDefinition as refused:
                if not older_than(str(refused)):
                    raise
                self._old = True
        try:
            return self._run(lower_to_2019(definition), input, functions)
        except InvalidDefinition as refused:
            fields = older_than(str(refused))
            if fields:
                raise UnsupportedError(f"local is older than {', '.join(sorted(fields))}") from None
            raise

    def client(self, service: str) -> Any:
        if self._aws is None:
            raise UnsupportedError(f"{_NOT_OURS} {service}")
        return self._aws.client(service)

    def _run(self, definition: Mapping[str, Any], input: Any, functions: Functions) -> Outcome:
        with ExitStack() as stack:
            if self._functions is not None:
                stack.enter_context(self._functions.answering(functions))
            return run_through_api(
                self._client,
                definition,
                input,
                name=f"fanfold-{uuid.uuid4().hex}",  # it may outlive this process
                role_arn=_ROLE,
            )


_NOT_OURS = "local was not started from a jar by this test, which therefore does not know its"


def _service_called(state: Mapping[str, Any]) -> str | None:
    """The service other than Lambda that a Task calls."""
    _, _, service = str(state.get("Resource", "")).partition(":states:::")
    name = service.partition(":")[0]
    return name if name and name != "lambda" else None


def lower_to_2019(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The definition in the words of 2019 as far as they mean the same.

    `ItemProcessor` of an inline Map becomes `Iterator` and `ItemSelector` becomes `Parameters`, which AWS still
    takes (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html). `MaxDelaySeconds` and
    `JitterStrategy` are left out: they change when a retry happens, and never what comes of it. JSONPath as the query
    language is what there was.
    """
    lowered = {key: value for key, value in definition.items() if not _is_jsonpath(key, value)}
    lowered["States"] = {name: _lowered_state(state) for name, state in definition.get("States", {}).items()}
    return lowered


def _is_jsonpath(key: str, value: Any) -> bool:
    return key == "QueryLanguage" and value == "JSONPath"


def _lowered_state(state: Mapping[str, Any]) -> dict[str, Any]:
    lowered = {key: value for key, value in state.items() if not _is_jsonpath(key, value)}
    if state.get("Type") == "Map":
        processor = dict(lowered.pop("ItemProcessor", None) or lowered.pop("Iterator", None) or {})
        if processor.get("ProcessorConfig", {}).get("Mode", "INLINE") == "INLINE":
            processor.pop("ProcessorConfig", None)
        lowered["Iterator"] = lower_to_2019(processor)
        if "ItemSelector" in lowered:
            lowered["Parameters"] = lowered.pop("ItemSelector")
    if state.get("Type") == "Parallel":
        lowered["Branches"] = [lower_to_2019(branch) for branch in state.get("Branches", [])]
    if "Retry" in lowered:
        lowered["Retry"] = [
            {key: value for key, value in retrier.items() if key not in ("MaxDelaySeconds", "JitterStrategy")}
            for retrier in lowered["Retry"]
        ]
    return lowered


def older_than(refusal: str) -> set[str]:
    """What a refused definition uses that this version of Step Functions Local is too old for; empty if it is wrong.

    It is too old where each unknown field it names is one of today's.
    """
    unknown = set(re.findall(r"Field '([^']+)' is not supported", refusal))
    found = {name for name in unknown if name in NEWER or name.endswith("Path")}
    if re.search(r"field '[^']+\.\$' must be a valid JSONPath", refusal) and not unknown - found:
        found.add("intrinsic functions")
    return found if unknown <= found else set()


@contextmanager
def local_backend() -> Iterator[SfnLocalBackend]:
    """Step Functions Local from the environment, see `open_backend`; raises `BackendUnavailableError`."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_SFN")
    jar = os.environ.get("STEPFUNCTIONS_LOCAL_JAR")
    with ExitStack() as stack:
        if endpoint:
            functions = _fixed_endpoint(stack)
            if not _answers(endpoint):
                raise BackendUnavailableError(f"nothing answers at AWS_ENDPOINT_URL_SFN={endpoint}")
            yield SfnLocalBackend(endpoint, functions, None)
        elif jar:
            aws = EmbeddedAws(_REGION)
            stack.callback(aws.close)
            answering = stack.enter_context(LambdaEndpoint())
            yield SfnLocalBackend(stack.enter_context(_jar(Path(jar), answering, aws)), answering, aws)
        else:
            docker = _docker_or_reason()
            answering = stack.enter_context(LambdaEndpoint(host=_bridge_address(docker)))
            yield SfnLocalBackend(stack.enter_context(_container(docker, answering)), answering, None)


def _fixed_endpoint(stack: ExitStack) -> LambdaEndpoint | None:
    """The endpoint that a Step Functions Local started by someone else has been told of."""
    port = os.environ.get("FANFOLD_LAMBDA_PORT")
    if port is None:
        return None
    if not port.isdecimal():
        raise BackendUnavailableError(f"FANFOLD_LAMBDA_PORT={port} is no port")
    try:
        return stack.enter_context(LambdaEndpoint(port=int(port)))
    except OSError as error:
        raise BackendUnavailableError(f"FANFOLD_LAMBDA_PORT={port}: {error.strerror}") from None


# -- the jar ----------------------------------------------------------------------------------------------


@contextmanager
def _jar(jar: Path, functions: LambdaEndpoint, aws: EmbeddedAws) -> Iterator[str]:
    if not jar.is_file():
        raise BackendUnavailableError(f"STEPFUNCTIONS_LOCAL_JAR={jar}: no such file")
    java = shutil.which("java")
    if java is None:
        raise BackendUnavailableError("STEPFUNCTIONS_LOCAL_JAR is set, but there is no java to run it")
    if _port_taken():
        raise BackendUnavailableError(
            f"port {_PORT} is taken, and Step Functions Local listens on no other: stop what is there, or set "
            f"AWS_ENDPOINT_URL_SFN=http://127.0.0.1:{_PORT} if that is it"
        )
    environment = aws.environment()
    command = [java, "-jar", str(jar), "-waitTimeScale", "0", "-lambdaEndpoint", functions.url]
    for service in _SERVICES:
        command += [f"-{service}Endpoint", environment["AWS_ENDPOINT_URL"]]
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with tempfile.TemporaryFile() as log:  # it writes a lot, payloads too
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", ""), **keys},
        )
        try:
            endpoint = f"http://127.0.0.1:{_PORT}"
            _wait_for(endpoint, lambda: process.poll() is None, lambda: _last_line(log))
            yield endpoint
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _last_line(log: IO[bytes]) -> str:
    """The last thing it said before it could have been given a payload, without colours."""
    log.seek(0)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", log.read().decode(errors="replace")).split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _port_taken() -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", _PORT))
        except OSError:
            return True
    return False


# -- the image --------------------------------------------------------------------------------------------


def _docker_or_reason() -> str:
    docker = shutil.which("docker")
    nothing = (
        "set STEPFUNCTIONS_LOCAL_JAR to StepFunctionsLocal.jar, or AWS_ENDPOINT_URL_SFN to one that runs"
    )
    if docker is None:
        raise BackendUnavailableError(f"no Step Functions Local: {nothing}")
    found = _output([docker, "image", "inspect", "--format", "{{.Id}}", IMAGE])
    if not found:
        raise BackendUnavailableError(
            f"no Step Functions Local: docker has no image {IMAGE} or no daemon; {nothing}"
        )
    return docker


def _bridge_address(docker: str) -> str:
    """Where a container finds this machine: on Linux Docker's bridge, which only containers see, else loopback."""
    if sys.platform != "linux":
        return "127.0.0.1"
    form = "{{(index .IPAM.Config 0).Gateway}}"
    return _output([docker, "network", "inspect", "bridge", "--format", form]) or "127.0.0.1"


@contextmanager
def _container(docker: str, functions: LambdaEndpoint) -> Iterator[str]:
    host = "host.docker.internal" if functions.host == "127.0.0.1" else functions.host
    command = [docker, "run", "--rm", "--detach", "--publish", f"127.0.0.1::{_PORT}"]
    settings = {
        "WAIT_TIME_SCALE": "0",
        "LAMBDA_ENDPOINT": f"http://{host}:{functions.port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in settings.items():
        command += ["--env", f"{name}={value}"]
    container = _output([*command, IMAGE])
    if not container:
        raise BackendUnavailableError(f"docker cannot run {IMAGE}")
    try:
        published = _output([docker, "port", container, str(_PORT)]).splitlines()
        if not published:
            raise BackendUnavailableError(f"docker published no port of {IMAGE}")
        endpoint = f"http://{published[0]}"
        _wait_for(endpoint, lambda: _output([docker, "inspect", container]) != "", lambda: "see its image")
        yield endpoint
    finally:
        _output([docker, "stop", "--time", "1", container])


def _output(command: list[str]) -> str:
    """What a command printed, or nothing where it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


# -- both -------------------------------------------------------------------------------------------------


def _wait_for(endpoint: str, alive: Callable[[], bool], reason: Callable[[], str]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(endpoint):
        if not alive():
            raise BackendUnavailableError(f"Step Functions Local ended at its start: {reason()}")
        if time.monotonic() > deadline:
            raise BackendUnavailableError(
                f"Step Functions Local did not start in {_START_SECONDS:.0f} seconds"
            )
        time.sleep(0.1)


def _answers(endpoint: str) -> bool:
    place = urlsplit(endpoint)
    try:
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=2):
            return True
    except OSError:
        return False
