"""The process a function's handler runs in: what the Lambda runtime is on AWS.

Run as a script by `functions.py`, with the author's interpreter and nothing of fanfold imported: the handler
shares its process with the standard library only. The parent talks over one socket, in frames (a length in four
bytes, big-endian, then that many). An invocation is two frames, a JSON header and the event's JSON text; its answer
likewise, a header and the response's JSON text. Standard output and error belong to the handler and are read
by the parent as its log.

Error names and texts are those of AWS's runtime interface client for Python
(https://github.com/aws/aws-lambda-python-runtime-interface-client).
"""

import importlib
import json
import logging
import os
import queue
import socket
import struct
import sys
import threading
import time
import traceback
from decimal import Decimal
from typing import Any

TASK_ROOT = "/var/task"
"""Where Lambda unpacks a function's folder: stack traces name files there, as they do on AWS."""


class LambdaRuntimeError(Exception):
    """An error of the runtime's own, `Runtime.*`."""

    def __init__(self, error: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error = error
        self.trace = trace or []


def read_frame(connection: socket.socket) -> bytes | None:
    """The next frame, or None when the parent is gone."""
    head = _read(connection, 4)
    if head is None:
        return None
    return _read(connection, struct.unpack(">I", head)[0])


def _read(connection: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        chunk = connection.recv(min(size - len(data), 1 << 20))
        if not chunk:
            return None
        data += chunk
    return bytes(data)


def write_frames(connection: socket.socket, *frames: bytes) -> None:
    """Send frames in one go."""
    connection.sendall(b"".join(struct.pack(">I", len(frame)) + frame for frame in frames))


class Identity:
    """The context's `identity`: no Cognito here."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """The object a handler gets beside the event.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, request_id: str, function_arn: str, deadline: float) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = function_arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity()
        self.client_context = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds of real time until Lambda would stop this invocation."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: Any) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


class Clock:
    """The time a log line bears: the invocation's virtual start, and real time since unless durations are declared."""

    def __init__(self) -> None:
        self.start(0.0, moving=False)

    def start(self, virtual: float, *, moving: bool) -> None:
        self._virtual = virtual
        self._origin = time.perf_counter() if moving else None

    def now(self) -> float:
        return self._virtual + (time.perf_counter() - self._origin if self._origin is not None else 0.0)


class LogHandler(logging.Handler):
    """Lambda's handler on the root logger: standard output, in Lambda's format."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.request_id = ""
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        now = self._clock.now()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        text = self.format(record)
        sys.stdout.write(
            f"[{record.levelname}]\t{moment}.{int(now * 1000) % 1000:03d}Z\t{self.request_id}\t{text}\n"
        )


def load_handler(name: str) -> Any:
    """The function `module.function` names. Raises `LambdaRuntimeError` as AWS's runtime words it."""
    module_name, _, function = name.rpartition(".")
    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise LambdaRuntimeError(
                "Runtime.BuiltInModuleConflict",
                f"Cannot use built-in module {module_name} as a handler module",
            )
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise LambdaRuntimeError(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        place = f'  File "{_task_path(error.filename or "")}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module_name}': {error}"
        raise LambdaRuntimeError("Runtime.UserCodeSyntaxError", message, [place]) from error
    try:
        return getattr(module, function)
    except AttributeError as error:
        message = f"Handler '{function}' missing on module '{module_name}'"
        raise LambdaRuntimeError("Runtime.HandlerNotFound", message) from error


def marshal(response: Any) -> bytes:
    """A handler's result as JSON text, with Decimal as a number. Raises `LambdaRuntimeError`."""
    try:
        if isinstance(response, bytes):  # handed through as it is; here it has to be JSON all the same
            json.loads(response)
            return response
        return json.dumps(response, default=_default, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise LambdaRuntimeError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _task_path(filename: str) -> str:
    root = sys.path[0] + os.sep
    return f"{TASK_ROOT}/{filename[len(root) :]}" if filename.startswith(root) else filename


def describe(error: BaseException, request_id: str) -> dict[str, Any]:
    """What Lambda answers for an error: message, type, request and stack trace without the runtime's frames."""
    if isinstance(error, LambdaRuntimeError):
        kind, trace = error.error, error.trace
    else:
        kind = type(error).__name__
        frames = list(traceback.extract_tb(error.__traceback__))
        while frames and frames[0].filename == __file__:
            frames.pop(0)
        # Plain tuples: since Python 3.11 a FrameSummary would print markers under the line.
        trace = traceback.format_list(
            [(_task_path(f.filename), f.lineno or 0, f.name, f.line) for f in frames]
        )
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def log_error(answer: dict[str, Any], root: str) -> None:
    """Write the error to the log as Lambda does, with the files' real places so that an editor finds them."""
    message = f": {answer['errorMessage']}" if answer["errorMessage"] else ""
    lines = [f"[ERROR] {answer['errorType']}{message}"]
    if answer["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [
            line.replace(f'"{TASK_ROOT}/', f'"{root}{os.sep}')
            for entry in answer["stackTrace"]
            for line in entry.splitlines()
        ]
    sys.stdout.write("\n".join(lines) + "\n")


def peak_memory() -> int:
    """Most memory this process has held, MB."""
    try:
        # getrusage would count the parent's pages too: its figure outlives fork and exec.
        with open("/proc/self/status") as status:  # noqa: PTH123 - spares the worker pathlib
            peak = next(line for line in status if line.startswith("VmHWM:"))
        return int(peak.split()[1]) >> 10
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)


def listen(connection: socket.socket, requests: "queue.SimpleQueue[tuple[bytes, bytes]]") -> None:
    """Queue invocations as they come; end the process at once when the parent is gone, whatever the handler does."""
    while True:
        header = read_frame(connection)
        event = read_frame(connection) if header is not None else None
        if header is None or event is None:
            os._exit(0)
        requests.put((header, event))


def main() -> None:
    """Serve invocations until the parent goes."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(connection.fileno(), False)
    root, handler_name = sys.argv[2], sys.argv[3]
    sys.argv[1:] = []
    sys.path.insert(0, root)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    clock = Clock()
    log = LogHandler(clock)
    logging.getLogger().addHandler(log)
    requests: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
    threading.Thread(target=listen, args=(connection, requests), daemon=True).start()

    started = time.perf_counter()
    failure: BaseException | None = None
    try:
        handler = load_handler(handler_name)
    except Exception as error:  # noqa: BLE001 - whatever the author's module raises is the function's answer
        failure = error
    init = time.perf_counter() - started
    write_frames(connection, json.dumps({"init": init}).encode())

    while True:
        header, event = requests.get()
        request = json.loads(header)
        clock.start(request["time"], moving=request["measured"])
        log.request_id = request["id"]
        context = Context(request["id"], request["arn"], time.monotonic() + request["timeout"])
        value = json.loads(event)
        started = time.perf_counter()
        try:
            if failure is not None:
                raise failure
            answer, ok = marshal(handler(value, context)), True
            duration = time.perf_counter() - started
        except Exception as error:  # noqa: BLE001 - whatever the author's function raises is its answer
            duration = time.perf_counter() - started
            described = describe(error, request["id"])
            log_error(described, root)
            answer, ok = json.dumps(described).encode(), False
        sys.stdout.flush()
        sys.stderr.flush()
        ends = failure is not None  # Lambda starts over after a failed initialisation
        result = {"ok": ok, "duration": duration, "memory": peak_memory(), "ends": ends}
        write_frames(connection, json.dumps(result).encode(), answer)
        if ends:
            return


if __name__ == "__main__":
    main()
