"""What can go wrong: a state fails and may be retried or caught, an execution stops, a definition makes no sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .interpreter import Run

__all__ = ["ExecutionStop", "InvalidDefinition", "StateFailure"]


class InvalidDefinition(ValueError):  # noqa: N818 - a verdict, named as AWS names it
    """What CreateStateMachine refuses. `path` is the JSON pointer of the offending field."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{message} at {path or '/'}")
        self.message = message
        self.path = path


class StateFailure(Exception):  # noqa: N818 - an outcome
    """A state failed with an error name that `Retry` and `Catch` may match.

    `heartbeat` marks the `States.Timeout` that a missed heartbeat gives: it also matches
    `States.HeartbeatTimeout`.
    """

    def __init__(self, error: str | None, cause: str | None, *, heartbeat: bool = False) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.heartbeat = heartbeat


class ExecutionStop(Exception):  # noqa: N818 - an outcome
    """The end of a whole execution, past every `Retry` and `Catch`: `States.Runtime`, quotas, timeouts, aborts.

    `previous` is the id of the event it follows, None for the latest of the execution.
    """

    def __init__(
        self, run: Run, status: str, error: str | None, cause: str | None, *, previous: int | None = None
    ) -> None:
        super().__init__(status, error, cause)
        self.previous = previous
        self.run = run
        self.status = status
        self.error = error
        self.cause = cause
