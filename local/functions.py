"""Handlers as Lambda functions: a pool of warm worker processes for each, answering as Lambda would.

`Functions` is the whole of Lambda here: `submit` starts an invocation and gives a future of it, `invoke`
waits for it. It serves the runs of `runner.py`, and may as well stand behind an HTTP endpoint, since it takes
and gives JSON text and nothing of Step Functions.

A worker serves one invocation at a time. Which worker an invocation gets is settled when it is submitted, by
what the caller has collected so far and never by which process happens to be quicker: warm starts, and what a
handler keeps in its module's globals, come out the same in every run.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from fanfold.engine.expressions import format_timestamp

from .errors import LocalError

__all__ = ["Function", "Functions", "Invocation", "request_id"]

MAX_RESPONSE_BYTES = 6_291_556
"""Largest answer of a synchronous invocation, as the error that Lambda gives for a larger one states it."""
INIT_SECONDS = 10.0
"""How long the module of a handler may take to import, beside the function's own timeout.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (Init phase)
"""
MAX_WORKERS = 16
"""Processes of one function at once. More invocations than that in flight wait for a worker in real time; in
virtual time they still run at once."""

_WORKER = Path(__file__).with_name("worker.py")
# What of the author's shell a handler sees: enough for Python and its libraries to work, none of their secrets.
_INHERITED = (
    "HOME",
    "PATH",
    "TMPDIR",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SSL_CERT_FILE",
)
_INHERITED_PREFIXES = ("LC_", "PYTHON", "COVERAGE_")
# A handler that calls AWS reaches the one it is given, or none: never the author's account by accident.
_NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function whose code is a folder on this machine."""

    name: str
    arn: str
    folder: Path
    """Holds the handler's module; first on the import path, and the working directory, as /var/task is."""
    handler: str
    """`module.function`, as Lambda names it."""
    timeout: float = 3.0
    """Seconds, of real time."""
    memory: int = 128
    """MB; told to the handler and to the log, not enforced."""
    environment: Mapping[str, str] = field(default_factory=dict)
    runtime: str = "python3.13"
    """Only told to the handler: it runs on the Python that runs fanfold."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What came of one invocation."""

    function: str
    request_id: str
    payload: bytes
    """JSON text: the handler's result, or Lambda's description of the error (`errorType`, `errorMessage`, ...)."""
    failed: bool
    duration: float
    """Seconds: measured in the worker around the handler's call and cut to milliseconds, or as declared.
    """
    time: float
    """Virtual moment of the call, seconds since the epoch."""
    log: tuple[str, ...] = ()
    """START, what the handler wrote, END, REPORT."""

    @property
    def error_type(self) -> str:
        """The error's name, such as `ValueError` or `Sandbox.Timedout`; `Lambda.Unknown` if it bears none."""
        return str(json.loads(self.payload).get("errorType") or "Lambda.Unknown")


def request_id(random_source: random.Random) -> str:
    """A version 4 UUID from a seeded source."""
    bits = random_source.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | (4 << 76) | (2 << 62)
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@dataclass(frozen=True, slots=True)
class _Request:
    id: str
    event: bytes
    time: float
    declared: float | None


class _InvocationFuture(Future[Invocation]):
    """A future that tells its worker when the answer has been collected."""

    def __init__(self, worker: _Worker) -> None:
        super().__init__()
        self._worker: _Worker | None = worker

    def result(self, timeout: float | None = None) -> Invocation:
        try:
            return super().result(timeout)
        finally:
            if self.done() and self._worker is not None:
                self._worker.outstanding -= 1
                self._worker = None


class Functions:
    """The functions of a run. A context manager: leaving it ends every worker process.

    `environment` is added to every handler's (credentials and endpoint of the AWS it should see); `seed`
    fixes the request ids.
    """

    def __init__(
        self,
        functions: Iterable[Function],
        *,
        seed: int = 0,
        region: str = "us-east-1",
        environment: Mapping[str, str] | None = None,
        max_workers: int = MAX_WORKERS,
    ) -> None:
        self._functions = {function.name: function for function in functions}
        self._workers: dict[str, list[_Worker]] = {name: [] for name in self._functions}
        self._random = {name: random.Random(f"{seed}/{name}") for name in self._functions}
        self._region = region
        self._environment = dict(environment or {})
        self._max_workers = max_workers
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Functions:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Any:
        return iter(self._functions.values())

    def find(self, name_or_arn: str) -> Function | None:
        """The function of this name, ARN, partial ARN (`account:function:name`), each with or without a qualifier."""
        parts = name_or_arn.split(":")
        name = parts[parts.index("function") + 1] if "function" in parts[:-1] else parts[0]
        function = self._functions.get(name)
        if function is None or (parts[0] == "arn" and not f"{name_or_arn}:".startswith(f"{function.arn}:")):
            return None
        return function

    def start(self, name: str) -> None:
        """Start a first worker now, so that it is up by the time of the first invocation."""
        with self._lock:
            if not self._workers[name]:
                self._add_worker(self._functions[name]).start()

    def invoke(self, name: str, event: Any, **options: Any) -> Invocation:
        """Invoke and wait: `submit(...).result()`."""
        return self.submit(name, event, **options).result()

    def submit(
        self, name: str, event: Any, *, time: float = 0.0, declared: float | None = None
    ) -> Future[Invocation]:
        """Start an invocation with `event`, a JSON value, or its JSON text as bytes.

        `time` is the virtual moment of the call, for the log. `declared` seconds take the measured duration's
        place; where they exceed the function's timeout the function times out, and is not run for it.
        """
        function = self._functions[name]
        text = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        with self._lock:
            if self._closed:
                raise LocalError(f"function {name} was invoked after the end of the run")
            request = _Request(request_id(self._random[name]), text, time, declared)
            if declared is not None and declared > function.timeout:
                done: Future[Invocation] = Future()
                done.set_result(_timed_out(function, request, []))
                return done
            worker = self._choose(function)
            worker.outstanding += 1
        future = _InvocationFuture(worker)
        worker.queue.put((request, future))
        return future

    def _choose(self, function: Function) -> _Worker:
        workers = self._workers[function.name]
        idle = next((w for w in workers if not w.outstanding), None)
        if idle is not None:
            return idle
        if len(workers) < self._max_workers:
            return self._add_worker(function)
        return min(workers, key=lambda w: w.outstanding)

    def _add_worker(self, function: Function) -> _Worker:
        workers = self._workers[function.name]
        worker = _Worker(function, len(workers), self._region, self._environment)
        workers.append(worker)
        return worker

    def close(self) -> None:
        """End every worker process, at once and whatever it is doing."""
        with self._lock:
            self._closed = True
            workers = [w for group in self._workers.values() for w in group]
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join()


class _Worker:
    """One worker process and the thread that talks to it; the process is replaced when it ends."""

    def __init__(self, function: Function, number: int, region: str, environment: Mapping[str, str]) -> None:
        self.function = function
        self.outstanding = 0
        self.queue: queue.SimpleQueue[tuple[_Request, _InvocationFuture] | None] = queue.SimpleQueue()
        self._environment = _environment(function, number, region, environment)
        self._log: BinaryIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._init: float | None = None
        self._stopped = False
        self._lock = threading.Lock()  # between the thread that starts a process and the one that stops it
        self._thread = threading.Thread(target=self._serve, name=f"lambda {function.name}", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Start the process before it is needed."""
        self._spawn()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            self._kill()
        self.queue.put(None)

    def join(self) -> None:
        self._thread.join()
        self._close()

    def _serve(self) -> None:
        while (job := self.queue.get()) is not None:
            request, future = job
            try:
                future.set_result(self._invoke(request))
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the answer
                future.set_exception(error)

    def _invoke(self, request: _Request) -> Invocation:
        function = self.function
        if self._init is not None and self._process is not None and self._process.poll() is not None:
            self._close()  # ended between two calls; Lambda too would quietly make another
        self._spawn()
        log, connection = self._log, self._connection
        assert log is not None
        assert connection is not None
        header = {
            "id": request.id,
            "arn": function.arn,
            "time": request.time,
            "measured": request.declared is None,
            "timeout": function.timeout,
        }
        init = None
        try:
            if self._init is None:
                connection.settimeout(INIT_SECONDS + function.timeout)
                init = self._init = float(json.loads(_read_frame(connection))["init"])
            connection.settimeout(function.timeout)
            _write_frames(connection, json.dumps(header).encode(), request.event)
            result = json.loads(_read_frame(connection, function.timeout))
            payload = _read_frame(connection, function.timeout)
        except TimeoutError:
            self._kill()
            written = self._written()
            self._close()
            return _timed_out(function, request, written)
        except (EOFError, OSError):
            written, reason = self._written(), self._exit_reason()
            self._close()
            return _exited(function, request, written, reason)
        written = self._written()
        failed = not result["ok"]
        if result["ends"]:
            self._close()
        measured = request.declared is None
        # Whole milliseconds, as histories have them: what a handler takes below one leaves virtual times whole.
        duration = int(result["duration"] * 1000) / 1000 if request.declared is None else request.declared
        if len(payload) > MAX_RESPONSE_BYTES:
            failed, payload = (
                True,
                _error(
                    "Function.ResponseSizeTooLarge",
                    "Response payload size exceeded maximum allowed payload size "
                    f"({MAX_RESPONSE_BYTES} bytes).",
                ),
            )
        # What was measured on this machine has no place in a log whose durations are declared.
        report = _report(
            function,
            request.id,
            result["duration"] if measured else duration,
            memory=result["memory"] if measured else None,
            init=init if measured else None,
        )
        return _invocation(function, request, payload, failed, duration, [*written, *report])

    def _spawn(self) -> None:
        with self._lock:
            if self._stopped:
                raise LocalError(f"function {self.function.name} was invoked after the end of the run")
            if self._process is not None:
                return
            if not hasattr(os, "killpg"):
                raise LocalError("handlers run on Linux and macOS; on Windows, run fanfold in WSL")
            ours, theirs = socket.socketpair()
            log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            # One file for both streams, in append mode: nothing to drain, and a killed handler's lines are kept.
            _append_mode(log.fileno())
            command = [sys.executable, "-P", str(_WORKER)]
            try:
                self._process = subprocess.Popen(
                    [*command, str(theirs.fileno()), str(self.function.folder), self.function.handler],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.function.folder,
                    env=self._environment,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,  # Ctrl-C is ours to handle; what a handler starts ends with it
                )
            except OSError as error:
                ours.close()
                log.close()
                raise LocalError(f"function {self.function.name} cannot start: {error}") from error
            finally:
                theirs.close()
            self._connection, self._log, self._init = ours, log, None

    def _kill(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _close(self) -> None:
        """Let go of the process; the next invocation starts another."""
        with self._lock:
            self._kill()
            if self._process is not None:
                self._process.wait()
            if self._connection is not None:
                self._connection.close()
            if self._log is not None:
                self._log.close()
            self._process = self._connection = self._log = None

    def _exit_reason(self) -> str:
        """How the process ended, in Lambda's words. Its socket is closed, so it is on its way out."""
        assert self._process is not None
        try:
            code = self._process.wait(timeout=INIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            code = self._process.wait()
        if code == 0:
            return "Runtime exited without providing a reason"
        if code < 0:
            name = signal.strsignal(-code) or str(-code)
            return f"Runtime exited with error: signal: {name.lower()}"
        return f"Runtime exited with error: exit status {code}"

    def _written(self) -> list[str]:
        """What the handler wrote since the last invocation, line by line."""
        assert self._log is not None
        self._log.seek(0)
        text = self._log.read().decode(errors="replace")
        self._log.truncate(0)
        return text.splitlines()


def _append_mode(descriptor: int) -> None:
    import fcntl

    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_APPEND)


def _environment(function: Function, number: int, region: str, extra: Mapping[str, str]) -> dict[str, str]:
    """The variables Lambda defines, around those of the author.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    return {
        **inherited,
        **_NO_CREDENTIALS,
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
        "TZ": ":UTC",
        **function.environment,
        "_HANDLER": function.handler,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"[$LATEST]{number:032x}",
        "AWS_REGION": region,
        "LAMBDA_TASK_ROOT": str(function.folder),
        **extra,
    }


def _read_frame(connection: socket.socket, limit: float | None = None) -> bytes:
    """A frame; `limit` seconds for the whole of it. Raises `TimeoutError`, or `EOFError` at the process's end."""
    deadline = None if limit is None else time.monotonic() + limit
    (size,) = struct.unpack(">I", _read(connection, 4, deadline))
    return _read(connection, size, deadline)


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            connection.settimeout(max(1e-3, deadline - time.monotonic()))
        chunk = connection.recv(min(size - len(data), 1 << 20))
        if not chunk:
            raise EOFError
        data += chunk
    return bytes(data)


def _write_frames(connection: socket.socket, *frames: bytes) -> None:
    connection.sendall(b"".join(struct.pack(">I", len(frame)) + frame for frame in frames))


def _error(error_type: str, message: str) -> bytes:
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def _timed_out(function: Function, request: _Request, written: list[str]) -> Invocation:
    text = f"Task timed out after {function.timeout:.2f} seconds"
    stamp = format_timestamp(request.time + function.timeout)
    lines = [*written, f"{stamp} {request.id} {text}"]
    report = _report(function, request.id, function.timeout)
    payload = _error("Sandbox.Timedout", f"RequestId: {request.id} Error: {text}")
    return _invocation(function, request, payload, True, float(function.timeout), [*lines, *report])


def _exited(function: Function, request: _Request, written: list[str], reason: str) -> Invocation:
    lines = [*written, f"RequestId: {request.id} Error: {reason}"]
    report = _report(function, request.id, request.declared or 0.0)
    payload = _error("Runtime.ExitError", f"RequestId: {request.id} Error: {reason}")
    return _invocation(function, request, payload, True, request.declared or 0.0, [*lines, *report])


def _invocation(
    function: Function, request: _Request, payload: bytes, failed: bool, duration: float, lines: list[str]
) -> Invocation:
    log = (f"START RequestId: {request.id} Version: $LATEST", *lines)
    return Invocation(function.name, request.id, payload, failed, duration, request.time, log)


def _report(
    function: Function,
    identity: str,
    duration: float,
    *,
    memory: int | None = None,
    init: float | None = None,
) -> list[str]:
    """END and REPORT. https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
    milliseconds = duration * 1000
    fields = [
        f"REPORT RequestId: {identity}",
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {max(1, -int(-milliseconds // 1))} ms",
        f"Memory Size: {function.memory} MB",
    ]
    if memory is not None:
        fields.append(f"Max Memory Used: {memory} MB")
    if init is not None:
        fields.append(f"Init Duration: {init * 1000:.2f} ms")
    return [f"END RequestId: {identity}", "\t".join(fields)]
