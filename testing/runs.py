"""Running an author's workflow in a test, on any backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fanfold.engine import (
    Execution,
    InvalidDefinition,
    Mock,
    Mocks,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskRunner,
    run,
)
from fanfold.local import (
    EmbeddedAws,
    LocalError,
    LocalTasks,
    S3Objects,
    fill_definition,
    functions_of,
    supply_items,
)
from fanfold.local import Functions as Handlers
from fanfold.local.supply import supply_channels

from .backends.base import Backend, UnsupportedError
from .backends.virtual import VirtualBackend
from .functions import Function, Functions, FunctionTasks, function_name
from .objects import MemoryObjectStore

if TYPE_CHECKING:
    from fanfold.compiler import Compiled

__all__ = ["Invocation", "Runner", "WorkflowRun", "load"]


@dataclass(frozen=True)
class Invocation:
    """A call of a Lambda function."""

    function: str
    payload: Any
    seconds: float | None = None
    """Virtual, since the start of the execution; None on a backend whose clock is not the workflow's."""
    attempt: int = 0
    """0 for the first, counting retries after that; always 0 where the backend does not say."""


@dataclass(frozen=True)
class WorkflowRun:
    """How a run of a workflow ended. `events` are as GetExecutionHistory gives them."""

    workflow: str
    status: str
    output: Any
    error: str | None
    cause: str | None
    events: Sequence[Mapping[str, Any]] = field(repr=False)
    invocations: tuple[Invocation, ...] = field(repr=False)
    backend: str = "virtual"
    calls: tuple[TaskCall, ...] = field(default=(), repr=False)
    """What every task was called with, Lambda or not, in the order of virtual time; empty on other backends."""
    duration: float | None = None
    """Virtual seconds; None on a backend whose clock is not the workflow's."""
    execution: Execution | None = field(default=None, repr=False)
    """What the engine gave, with Map Runs and child executions; None on other backends."""

    def histories(self) -> Iterator[Sequence[Mapping[str, Any]]]:
        """The history of the execution, and those of its child executions where the backend tells them."""
        yield self.events
        if self.execution is not None:
            yield from _children(self.execution)


def _children(execution: Execution) -> Iterator[Sequence[Mapping[str, Any]]]:
    for map_run in execution.map_runs:
        for child in execution.children(map_run):
            yield child.history
            yield from _children(child)


class Runner:
    """Runs one compiled workflow any number of times: handlers stay warm, services stay up, tables are kept.

    - `backend` is what runs it: the engine unless another is given, with services of its own unless a backend brings
      them, for a test to put something there with its `client`.
    - `functions` answer Lambda functions by name in place of their handlers, alike on every backend.
    - `mocks` answer states by name, see `fanfold.engine.Mocks`; on the engine only.
    - `objects` is S3 for item readers and result writers; on the engine only.
    - `durations`: virtual seconds a handler takes, of all or by state; 0 keeps times whole. On the engine only.

    A context manager: leaving it ends the handlers' processes. Raises `UnsupportedError` for what the backend
    cannot do.
    """

    def __init__(
        self,
        compiled: Compiled,
        *,
        backend: Backend | None = None,
        functions: Functions | None = None,
        mocks: Mapping[str, Mock] | None = None,
        objects: MemoryObjectStore | None = None,
        durations: float | Mapping[str, float] = 0.0,
        substitutions: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        other = backend is not None and backend.name != "virtual"
        if other and (mocks or objects or durations):
            raise UnsupportedError(
                f"{cast(Backend, backend).name} knows no mocks of states, objects or durations of a test"
            )
        self._compiled = compiled
        self._backend = backend if other else None
        self._closing = ExitStack()
        self._answers = dict(functions or {})
        self._mocks, self._objects, self._durations, self._seed = mocks, objects, durations, seed
        if isinstance(backend, VirtualBackend):
            self._aws = backend.aws
        else:
            self._aws = EmbeddedAws(seed=seed)
            self._closing.callback(self._aws.close)
        resources = functions_of(compiled, self._aws.region)
        self._handlers = Handlers([f for f, _ in resources], environment=self._aws.environment(), seed=seed)
        self._definition = fill_definition(compiled, resources, substitutions or {})
        self._known = {f.name for f, _ in resources} | _called(self._definition)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self._handlers.close()
        self._closing.close()

    def run(self, *, items: Sequence[Any] | None = None, input: Any = None) -> WorkflowRun:
        """One execution: `items` go where the source looks for them, into its table or the input.

        Raises `LocalError` for what keeps the workflow from running at all.
        """
        for name in self._answers.keys() - self._known:
            raise LocalError(
                f"workflow {self._compiled.name} calls no function {name!r}; it calls {', '.join(sorted(self._known))}"
            )
        if self._backend is not None:
            return self._run_elsewhere(self._backend, items, input)
        with _fresh_table(self._compiled, self._aws.client):
            value = supply_items(self._compiled.source, items, input, self._aws, self._definition)
            supply_channels(self._definition, self._aws)
            calls: list[TaskCall] = []
            tasks = LocalTasks(
                functions=self._handlers, aws=self._aws, durations=self._durations, seed=self._seed
            )
            try:
                execution = run(
                    self._definition,
                    value,
                    tasks=_recorded(self._tasks(tasks), calls),
                    objects=self._objects or S3Objects(self._aws),
                    state_machine_name=self._compiled.name,
                    seed=self._seed,
                )
            except InvalidDefinition as error:
                raise LocalError(f"workflow {self._compiled.name}: {error}") from None
            finally:
                tasks.close()
        return WorkflowRun(
            workflow=self._compiled.name,
            status=execution.status,
            output=execution.output,
            error=execution.error,
            cause=execution.cause,
            events=execution.history,
            invocations=tuple(_invocations(calls, execution.start)),
            calls=tuple(calls),
            duration=execution.duration,
            execution=execution,
        )

    def _tasks(self, tasks: TaskRunner) -> TaskRunner:
        known: TaskRunner = tasks
        if self._answers:
            answers = FunctionTasks(self._answers)

            def answer(call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
                return answers(call) if _function_of(call) in self._answers else tasks(call)

            known = answer
        return Mocks(self._mocks, otherwise=known) if self._mocks else known

    def _run_elsewhere(self, backend: Backend, items: Sequence[Any] | None, input: Any) -> WorkflowRun:
        calls: list[Invocation] = []
        functions = {
            function.name: self._handler(function.name) for function in self._handlers
        } | self._answers
        recorded = {name: _recording(name, function, calls) for name, function in functions.items()}
        with _fresh_table(self._compiled, backend.client):
            value = supply_items(self._compiled.source, items, input, _BackendAws(backend), self._definition)
            outcome = backend.start_execution(self._definition, value, recorded)
        return WorkflowRun(
            workflow=self._compiled.name,
            status=outcome.status,
            output=outcome.output,
            error=outcome.error,
            cause=outcome.cause,
            events=outcome.events,
            invocations=tuple(calls),
            backend=backend.name,
        )

    def _handler(self, name: str) -> Function:
        """An author's handler as a function of its payload."""

        def call(payload: Any) -> Any:
            done = self._handlers.invoke(name, payload, declared=None)
            if done.failed:
                return TaskFailure(done.error_type, done.payload.decode())
            return json.loads(done.payload)

        return call


class _BackendAws:
    """A backend's services, to put items into."""

    region = "us-east-1"
    embedded = True

    def __init__(self, backend: Backend) -> None:
        self.client = backend.client

    def environment(self) -> Mapping[str, str]:
        return {}

    def close(self) -> None:
        """They are the backend's to close."""


@contextmanager
def _fresh_table(compiled: Compiled, client: Callable[[str], Any]) -> Iterator[None]:
    """The table that is made for the items does not outlive the run, so that the next one starts without it."""
    if not compiled.source.kind.startswith("DynamoDB"):
        yield
        return
    dynamodb = client("dynamodb")
    before = dynamodb.list_tables()["TableNames"]
    try:
        yield
    finally:
        for table in dynamodb.list_tables()["TableNames"]:
            if table not in before:
                dynamodb.delete_table(TableName=table)


def _recorded(tasks: TaskRunner, calls: list[TaskCall]) -> TaskRunner:
    def answer(call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
        calls.append(call)
        return tasks(call)

    return answer


def _recording(name: str, function: Function, calls: list[Invocation]) -> Function:
    def call(payload: Any) -> Any:
        calls.append(Invocation(name, payload))
        return function(payload)

    return call


def _function_of(call: TaskCall) -> str | None:
    """The name of the Lambda function that a task calls; None for another task."""
    if ":lambda:invoke" in call.resource and isinstance(call.input, dict):
        return function_name(str(call.input.get("FunctionName", "")))
    return function_name(call.resource) if ":lambda:" in call.resource else None


def _invocations(calls: Sequence[TaskCall], start: float) -> Iterator[Invocation]:
    for call in calls:
        name = _function_of(call)
        if name is not None:
            payload = call.input.get("Payload") if ":lambda:invoke" in call.resource else call.input
            yield Invocation(name, payload, call.time - start, call.attempt)


def _called(definition: Mapping[str, Any]) -> set[str]:
    """Functions that a definition names without having their code here."""
    from fanfold.compiler.walk import walk

    named = set()
    for placed in walk(definition):
        given = [placed.state.get(key, {}) for key in ("Parameters", "Arguments")]
        resource = placed.state.get("Resource", "")
        texts = [resource] if ":lambda:" in resource and ":states:" not in resource else []
        texts += [one.get("FunctionName") for one in given if isinstance(one, dict)]
        named |= {function_name(text) for text in texts if isinstance(text, str) and text}
    return named


def load(root: Path, workflow: str | Path, overrides: Mapping[str, Any]) -> Compiled:
    """Compile a workflow by its path from `root`; values of `overrides` as a command line's --set would give them."""
    from fanfold.compiler import compile_workflow, load_workflow

    texts = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in overrides.items()
    }
    return compile_workflow(load_workflow(root / workflow, overrides=texts))
