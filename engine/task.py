"""The two effects an execution asks of the world: a task's answer, and objects in S3.

The engine performs no I/O. A Task state becomes a `TaskCall`, handed to the `tasks` argument of `run`; the
answer is a `TaskSuccess`, `TaskFailure` or `TaskHang`, or a `concurrent.futures.Future` of one. Calls made at
the same virtual moment may be answered in real parallel: virtual time moves on only when every call in flight
has its answer, so the order of events follows durations, never the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, Protocol

__all__ = [
    "ObjectStore",
    "ObjectStoreError",
    "TaskAnswer",
    "TaskCall",
    "TaskFailure",
    "TaskHang",
    "TaskRunner",
    "TaskSuccess",
]


@dataclass(frozen=True, slots=True)
class TaskCall:
    """One attempt of one Task state.

    `input` is the payload after `Parameters`/`Arguments`: shared, never to be changed in place. `time` is the
    virtual moment in seconds since the Unix epoch; `timeout` and `heartbeat` are seconds, or None where the
    state sets none.
    """

    state: str
    """Name of the Task state."""
    path: str
    """JSON pointer of the state in the definition, such as `/States/Map/ItemProcessor/States/Invoke`."""
    resource: str
    """`Resource` as the definition has it, an ARN."""
    input: Any
    time: float
    attempt: int = 0
    """0 for the first attempt, counting the state's retries after that."""
    iteration: tuple[tuple[str, int], ...] = ()
    """Enclosing Map iterations from the outside in: (name of the Map state, index of the item)."""
    timeout: float | None = None
    heartbeat: float | None = None
    token: str | None = None
    """The task token of `.waitForTaskToken` and of activities."""
    credentials: Mapping[str, Any] | None = None
    execution_arn: str = ""


@dataclass(frozen=True, slots=True)
class TaskSuccess:
    """The task's result (JSON values) and how long it took, in virtual seconds."""

    output: Any
    duration: float = 0.0
    submitted: Any = None
    """What the service answered at once, for `.sync` and `.waitForTaskToken`: the output of `TaskSubmitted`.
    """
    heartbeats: tuple[float, ...] = ()
    """Virtual seconds after the start at which the worker sends `SendTaskHeartbeat`. Without them a task
    whose duration exceeds `HeartbeatSeconds` times out, as on AWS.
    """


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """The task's error name and cause, as `States.*` or as the service or function names it."""

    error: str
    cause: str | None = None
    duration: float = 0.0
    submitted: Any = None
    phase: Literal["schedule", "start", "submit", "run"] = "run"
    """Where it failed: it decides the history event (`TaskStartFailed`, `TaskSubmitFailed`, `TaskFailed`, ...).

    `schedule` is a task that never got so far; with the error `States.Runtime` it ends the execution, as on
    AWS for parameters a service cannot take or an activity that does not exist.
    """
    heartbeats: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskHang:
    """No answer ever comes: only a timeout, a heartbeat or the end of the execution stops the wait."""

    submitted: Any = None
    heartbeats: tuple[float, ...] = ()
    """Virtual seconds after the start at which the worker sends `SendTaskHeartbeat`."""
    started: bool = True
    """False for an activity that no worker takes up: it has no `ActivityStarted`."""


TaskAnswer = TaskSuccess | TaskFailure | TaskHang
TaskRunner = Callable[[TaskCall], "TaskAnswer | Future[TaskAnswer]"]


class ObjectStoreError(Exception):
    """An S3 request that failed: `error` as AWS names it (`S3.NoSuchKeyException`), `cause` its text."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class ObjectStore(Protocol):
    """S3 as item readers and result writers need it. Every method raises `ObjectStoreError`."""

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """Objects under `prefix` in key order, as `ListObjectsV2` describes them (`Key`, `Size`, `ETag`, ...)."""
        ...

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """A stream of the object's bytes."""
        ...

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object whole."""
        ...
