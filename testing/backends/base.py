"""What every backend offers, and how to open one by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..functions import Functions

__all__ = ["NAMES", "Backend", "BackendUnavailableError", "Outcome", "UnsupportedError", "open_backend"]

NAMES = ("virtual", "moto", "local", "aws")


class UnsupportedError(Exception):
    """A backend cannot run this definition: the reason, one line. A test is skipped with it, never passed."""

    exit_code = 2


class BackendUnavailableError(UnsupportedError):
    """The backend itself is not to be had here: no jar, no endpoint, no profile."""


@dataclass(frozen=True)
class Outcome:
    """How an execution ended. `events` are as GetExecutionHistory gives them; `output` is parsed JSON."""

    status: str
    output: Any = None
    error: str | None = None
    cause: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list, repr=False, compare=False)

    @property
    def result(self) -> tuple[str, Any, str | None]:
        """Status, output and error: what has to be the same everywhere. Causes are worded differently."""
        return self.status, self.output, self.error


class Backend(Protocol):
    """An implementation of Step Functions under test."""

    name: str
    keeps_time: bool
    """Whether a Wait takes its seconds by the clock that the events show: only then can times be asserted."""

    def start_execution(
        self,
        definition: Mapping[str, Any],
        input: Any,
        functions: Functions,
        *,
        state_machine_type: str = "STANDARD",
    ) -> Outcome:
        """Create the state machine, run it to its end and remove it.

        Raises `UnsupportedError` for a definition this backend cannot run at all, and
        `fanfold.engine.InvalidDefinition` for one it refuses.
        """
        ...

    def client(self, service: str) -> Any:
        """A boto3 client of a service as the backend's state machines see it: to put what they will read."""
        ...


@contextmanager
def open_backend(name: str) -> Iterator[Backend]:
    """The backend of that name, running until the `with` block ends.

    - `virtual`: fanfold's engine, in this process;
    - `moto`: moto's Step Functions, in this process (it really sleeps through waits);
    - `local`: AWS Step Functions Local: an endpoint already running at `AWS_ENDPOINT_URL_SFN`, the jar at
      `STEPFUNCTIONS_LOCAL_JAR`, or the Docker image where a Docker daemon has it;
    - `aws`: the account of the profile named by `FANFOLD_TEST_PROFILE`.

    Raises `BackendUnavailableError` with the reason where the backend is not to be had.
    """
    if name == "virtual":
        from .virtual import virtual_backend

        with virtual_backend() as backend:
            yield backend
    elif name == "moto":
        from .embedded import moto_backend

        with moto_backend() as backend:
            yield backend
    elif name == "local":
        from .sfn_local import local_backend

        with local_backend() as backend:
            yield backend
    elif name == "aws":
        from .account import account_backend

        with account_backend() as backend:
            yield backend
    else:
        raise ValueError(f"no backend named {name!r}; there are {', '.join(NAMES)}")
