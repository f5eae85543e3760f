"""Running a definition from outside: `run`, and the `Execution` it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from .clock import Clock
from .collector import patient_collector
from .distributed import MapRun
from .errors import ExecutionStop
from .history import EventView
from .interpreter import Identity, Run, World
from .machine import Machine, check_json, compile_machine, read_definition
from .quotas import AWS_QUOTAS, Quotas
from .task import ObjectStore, TaskRunner

__all__ = ["CompiledDefinition", "Execution", "compile_definition", "run"]


@dataclass(frozen=True, slots=True)
class CompiledDefinition:
    """A definition ready to run any number of times. Make one with `compile_definition`."""

    machine: Machine


def compile_definition(definition: Mapping[str, Any] | str | bytes) -> CompiledDefinition:
    """Compile once what `run` would otherwise compile each time. Raises InvalidDefinition."""
    return CompiledDefinition(compile_machine(read_definition(definition)))


class Execution:
    """An execution that has ended. Times are virtual, in seconds since the Unix epoch."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def status(self) -> str:
        """`SUCCEEDED`, `FAILED`, `TIMED_OUT` or `ABORTED`."""
        return self._run.status

    @property
    def output(self) -> Any:
        """The output as a JSON value; None unless `SUCCEEDED`."""
        return self._run.output

    @property
    def error(self) -> str | None:
        return self._run.error

    @property
    def cause(self) -> str | None:
        return self._run.cause

    @property
    def input(self) -> Any:
        return self._run.input

    @property
    def name(self) -> str:
        return self._run.identity.name

    @property
    def arn(self) -> str:
        return self._run.identity.execution_arn

    @property
    def start(self) -> float:
        return self._run.start

    @property
    def stop(self) -> float:
        return self._run.stop

    @property
    def duration(self) -> float:
        """Virtual seconds from start to stop."""
        return self._run.stop - self._run.start

    @property
    def history(self) -> Sequence[dict[str, Any]]:
        """The events as GetExecutionHistory gives them, each built when it is looked at."""
        return EventView(self._run.log.events)

    @property
    def events(self) -> int:
        """How many history events there were, kept or not."""
        return self._run.log.count

    @property
    def map_runs(self) -> list[MapRun]:
        """The runs of distributed Maps, in the order of their start."""
        return self._run.map_runs

    def children(self, map_run: MapRun) -> list[Execution]:
        """The child executions of a Map Run; none were kept with `history="summary"`."""
        return [Execution(child) for child in map_run.executions]

    def __repr__(self) -> str:
        return f"<Execution {self.name} {self.status}>"


def run(
    definition: Mapping[str, Any] | str | bytes | CompiledDefinition,
    input: Any = None,
    *,
    tasks: TaskRunner,
    objects: ObjectStore | None = None,
    start: float = 0.0,
    seed: int = 0,
    history: Literal["full", "summary"] = "full",
    quotas: Quotas = AWS_QUOTAS,
    state_machine_type: Literal["STANDARD", "EXPRESS"] = "STANDARD",
    synchronous: bool = False,
    state_machine_name: str = "StateMachine",
    name: str = "execution",
    partition: str = "aws",
    region: str = "us-east-1",
    account: str = "123456789012",
    role_arn: str | None = None,
    variables: Mapping[str, Any] | None = None,
    as_of: float | None = None,
    stop_at: float | None = None,
    stop_error: str | None = None,
    stop_cause: str | None = None,
    pace: Callable[[float], None] | None = None,
    on_event: Callable[[dict[str, Any]], None] | None = None,
) -> Execution:
    """Run a definition in virtual time, to its end.

    The same arguments give the same history, byte for byte, if `tasks` answers alike.

    - `definition`: Amazon States Language as an object or JSON text, or what `compile_definition` gave.
    - `input`: any JSON value; `{}` where it is None, as StartExecution does.
    - `tasks` answers each Task; what it raises is a bug of the runner and passes through.
    - `objects` is S3 for item readers and result writers.
    - `start` is the virtual start, in seconds since the Unix epoch, not before the year 1.
    - `seed` feeds jitter, `$random`, `States.UUID`.
    - `synchronous`: an Express execution started by StartSyncExecution rather than StartExecution.
    - `history="summary"` keeps no histories of child executions, so that a Map Run of any size fits in
      memory.
    - `variables` are there when the first state is entered.
    - `as_of` is a date in seconds since the Unix epoch: histories as AWS wrote them then, today's where it is
      None.
    - `stop_at` stops the execution from outside at that virtual time, as StopExecution does, with
      `stop_error` and `stop_cause`.
    - `pace` is called with the new time before virtual time moves: sleep in it to run in real time.
    - `on_event` is called with each event of the history, as GetExecutionHistory gives it, when it happens.

    Raises InvalidDefinition for a definition the engine cannot make sense of, or an input that is not JSON,
    and ValueError for a `start` out of range.
    """
    machine = (
        definition.machine
        if isinstance(definition, CompiledDefinition)
        else compile_definition(definition).machine
    )
    payload = {} if input is None else input
    check_json(payload, "input")
    check_json(dict(variables or {}), "variables")
    express = state_machine_type == "EXPRESS"
    clock = Clock(start, pace)
    world = World(
        clock=clock,
        tasks=tasks,
        objects=objects,
        quotas=quotas,
        random=Random(seed),
        keep_history=True,
        keep_children=history == "full",
        listener=on_event,
        as_of=as_of,
    )
    prefix = f"arn:{partition}:states:{region}:{account}"
    arn = f"{prefix}:execution:{state_machine_name}:{name}"
    if express:
        arn = f"{prefix}:express:{state_machine_name}:{name}:{name}"
    identity = Identity(
        partition=partition,
        region=region,
        account=account,
        state_machine_name=state_machine_name,
        name=name,
        role_arn=role_arn or f"arn:{partition}:iam::{account}:role/{state_machine_name}",
        express=express,
        execution_arn=arn,
        synchronous=synchronous,
    )
    execution = Run(world, machine, identity, payload, variables=variables)
    if stop_at is not None:
        clock.wake_at(max(stop_at, start), _Stop(execution, stop_error, stop_cause))
    with patient_collector():
        execution.begin()
        if not clock.run(lambda: execution.ended):
            execution.halt(_stuck(execution))
    return Execution(execution)


def _stuck(execution: Run) -> ExecutionStop:
    return ExecutionStop(
        execution,
        "FAILED",
        "Fanfold.Stuck",
        "Nothing is left that could happen: a task never answers, and the quota on an execution's time "
        "is lifted.",
    )


class _Stop:
    """Wakes when the execution is to be stopped from outside."""

    __slots__ = ("cause", "error", "execution")

    def __init__(self, execution: Run, error: str | None, cause: str | None) -> None:
        self.execution = execution
        self.error = error
        self.cause = cause

    def wake(self, value: Any) -> None:
        self.execution.halt(ExecutionStop(self.execution, "ABORTED", self.error, self.cause, previous=0))
