"""Lambda's Invoke API on loopback, answered by Python functions: for backends that call over HTTP."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from fanfold.engine import TaskFailure, TaskHang, TaskSuccess

from .functions import FunctionError, Functions, UnknownFunctionError, error_payload, function_name

__all__ = ["LambdaEndpoint"]

_FAILED = {"X-Amz-Function-Error": "Unhandled"}
_PATH = re.compile(r"^/2015-03-31/functions/(?P<function>[^/]+)/invocations/?$")


class LambdaEndpoint:
    """A server that answers `POST /2015-03-31/functions/NAME/invocations` while its `with` block runs.

    `answering` gives it functions for one execution. It listens on `host` and `port`, by default a free port of
    loopback. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._address = (host, port)
        self._functions: Functions = {}
        self._mistakes: list[UnknownFunctionError] = []
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self._address, _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    @property
    def url(self) -> str:
        return f"http://{self._address[0]}:{self.port}"

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._address[0]

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("the endpoint is not running: enter it with `with` first")
        return self._server.server_port

    @contextmanager
    def answering(self, functions: Functions) -> Iterator[None]:
        """Answer with `functions` in this block; raises what went wrong in the test itself at its end.

        That is a call to a function that is not there, or an answer that a real clock cannot give.
        """
        self._functions, self._mistakes = functions, []
        try:
            yield
        finally:
            self._functions = {}
        if self._mistakes:
            raise self._mistakes[0]

    def invoke(self, name: str, payload: Any) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of one invocation."""
        function = self._functions.get(name)
        if function is None:
            known = sorted(self._functions)
            self._mistakes.append(UnknownFunctionError(f"no function named {name!r}; there are {known}"))
            missing = {"Type": "User", "Message": f"Function not found: {name}"}
            return 404, {"x-amzn-ErrorType": "ResourceNotFoundException"}, json.dumps(missing)
        try:
            answer = function(payload)
        except Exception as failed:  # noqa: BLE001 - Lambda reports whatever a function raises
            return 200, _FAILED, error_payload(failed)
        if isinstance(answer, TaskHang):
            self._mistakes.append(
                UnknownFunctionError(f"function {name!r} hangs, which needs a backend with a virtual clock")
            )
            answer = TaskFailure("Fanfold.CannotHang")
        if isinstance(answer, TaskFailure):
            return 200, _FAILED, answer.cause or error_payload(FunctionError(answer.error))
        value = answer.output if isinstance(answer, TaskSuccess) else answer
        return 200, {"X-Amz-Executed-Version": "$LATEST"}, json.dumps(value)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """Calls of a wide Map arrive at once."""


def _handler_of(endpoint: LambdaEndpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        """Head and body are two packets: the second would wait for the answer to the first, 40 milliseconds."""

        def do_POST(self) -> None:
            body = self._body()
            match = _PATH.match(self.path.partition("?")[0])
            if match is None:
                self._send(404, {}, json.dumps({"Message": f"no such operation: {self.path}"}))
                return
            payload = json.loads(body) if body else None
            self._send(*endpoint.invoke(function_name(unquote(match["function"])), payload))

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            chunks = []
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                """Trailers, of which none matters."""
            return b"".join(chunks)

        def _send(self, status: int, headers: dict[str, str], text: str) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            # Who kept the connection would go on to call this endpoint when another has its port.
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Payloads and paths are the test's own affair: nothing is logged."""

    return Handler
