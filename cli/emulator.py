"""`fanfold emulator`: an AWS on this machine, whose functions run their deployed code."""

import json
import signal
import sys
import threading
import time
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Self

from .parameters import Option

if TYPE_CHECKING:
    from fanfold.deploy.emulator import DeployedFunction, Invocation
    from fanfold.local.functions import Functions

__all__ = ["emulator"]


def emulator(
    port: Annotated[int, Option("--port", metavar="PORT", help="port on loopback; 0 takes a free one")] = 0,
    region: Annotated[str, Option("--region", metavar="REGION", help="the region it plays")] = "us-east-1",
) -> int:
    """Start an AWS on this machine, to try all without an account.

    It prints the exports that point fanfold, the CDK CLI and the AWS CLI at it, and runs until Ctrl-C. Paste
    them into another terminal, or start it in the background and evaluate what it prints.
    """
    from fanfold.deploy.emulator import Emulator

    signal.signal(signal.SIGTERM, _interrupt)
    with _DeployedCode() as code, Emulator(port=port, region=region, invoke=code.invoke) as aws:
        print(aws.banner(), file=sys.stderr)
        print("Preparing it for CDK ...", file=sys.stderr, flush=True)
        aws.bootstrap()
        print("Ready. In another terminal:", file=sys.stderr, flush=True)
        print(aws.exports(), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("\nstopped", file=sys.stderr)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class _DeployedCode:
    """Runs deployed functions in worker processes, those of one version of a function's code and settings together."""

    def __init__(self) -> None:
        self._pools: dict[str, Functions] = {}
        self._stack = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, function: "DeployedFunction", payload: bytes) -> "Invocation":
        """Invoke the function and wait for its answer. Called from several threads at once."""
        from fanfold.deploy.emulator import Invocation

        started = time.time()
        done = self._pool(function).invoke(function.name, payload, time=started)
        ended = started + done.duration
        # A line carries no time of its own: the first is the start, the rest were there by the end.
        log = [(started if not number else ended, line) for number, line in enumerate(done.log)]
        return Invocation(done.payload, "Unhandled" if done.failed else None, log, done.request_id)

    def _pool(self, function: "DeployedFunction") -> "Functions":
        from fanfold.local.functions import Function, Functions

        version = json.dumps([str(getattr(function, name)) for name in function.__slots__])
        with self._lock:
            if version not in self._pools:
                seed = len(self._pools)
                here = Function(
                    name=function.name,
                    arn=function.arn,
                    folder=function.folder,
                    handler=function.handler,
                    timeout=function.timeout,
                    memory=function.memory,
                    environment=function.environment,
                    runtime=function.runtime,
                )
                pool = Functions([here], seed=seed, region=function.region)
                self._pools[version] = self._stack.enter_context(pool)
            return self._pools[version]
