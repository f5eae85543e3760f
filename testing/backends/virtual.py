"""fanfold's own engine: milliseconds, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, cast

from fanfold.engine import TaskAnswer, TaskCall, run
from fanfold.local import EmbeddedAws, LocalTasks, S3Objects
from fanfold.local import Functions as LocalFunctions

from ..functions import Functions, FunctionTasks
from .base import Outcome

__all__ = ["VirtualBackend", "virtual_backend"]


class VirtualBackend:
    """Runs everything the engine knows. Services other than Lambda are embedded ones, up when first called."""

    name = "virtual"
    keeps_time = True

    def __init__(self) -> None:
        self.aws = EmbeddedAws()
        """The services around it: its own, and empty at first."""
        self._services: LocalTasks | None = None

    def start_execution(
        self,
        definition: Mapping[str, Any],
        input: Any,
        functions: Functions,
        *,
        state_machine_type: str = "STANDARD",
    ) -> Outcome:
        execution = run(
            definition,
            input,
            tasks=FunctionTasks(functions, otherwise=self._service),
            objects=S3Objects(self.aws),
            state_machine_type=cast(Literal["STANDARD", "EXPRESS"], state_machine_type),
        )
        events = list(execution.history)
        return Outcome(execution.status, execution.output, execution.error, execution.cause, events)

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def close(self) -> None:
        """Let go of the embedded services."""
        if self._services is not None:
            self._services.close()
        self.aws.close()

    def _service(self, call: TaskCall) -> TaskAnswer:
        if self._services is None:
            self._services = LocalTasks(functions=LocalFunctions([]), aws=self.aws)
        answer = self._services(call)
        return answer if not hasattr(answer, "result") else answer.result()


@contextmanager
def virtual_backend() -> Iterator[VirtualBackend]:
    """The engine and the services around it, for the length of the block."""
    backend = VirtualBackend()
    try:
        yield backend
    finally:
        backend.close()
