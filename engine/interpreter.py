"""An execution under way: `Run` is the execution, `Branch` one line of states within it.

A branch is a generator that enters states one after the other. States that take no time are plain calls; the
others (`Task`, `Wait`, `Map`, `Parallel`) are generators it delegates to. Fan-outs start further branches and
are woken as each of them ends. A branch is also the scope its expressions see.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .errors import ExecutionStop, StateFailure
from .expressions.scope import ABSENT, ExpressionError
from .expressions.timestamps import format_timestamp
from .expressions.values import payload_size
from .history import EventLog, HistoryFull
from .quotas import Quotas
from .task import ObjectStore, TaskRunner

if TYPE_CHECKING:
    from .distributed import MapRun
    from .machine import Machine, State

__all__ = ["Branch", "Identity", "Run", "World"]

_NO_CHILDREN: dict[int, Branch | Run] = {}
"""Of a branch that is no fan-out; never filled."""
_EVALUATION_FOLLOWS_ENTRY = 1_733_011_200.0
"""Between 22 November and 27 December 2024 AWS began to let EvaluationFailed follow the state's entry, not what was
before it.
"""
_REDRIVE = 1_700_006_400.0
"""15 November 2023: executions can be redriven, and their context object counts it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the execution is: what its context object and its ARNs say."""

    partition: str
    region: str
    account: str
    state_machine_name: str
    name: str
    role_arn: str
    express: bool
    execution_arn: str
    synchronous: bool = False
    """Started by StartSyncExecution: such an execution has no `RedriveCount`."""

    @property
    def state_machine_arn(self) -> str:
        return (
            f"arn:{self.partition}:states:{self.region}:{self.account}:stateMachine:{self.state_machine_name}"
        )


@dataclass(frozen=True, slots=True)
class World:
    """What all executions of one `run` share: the clock, the effects, the quotas and the one source of chance."""

    clock: Clock
    tasks: TaskRunner
    objects: ObjectStore | None
    quotas: Quotas
    random: Random
    keep_history: bool
    keep_children: bool
    """Whether child executions keep their histories, and are kept themselves."""
    listener: Callable[[dict[str, Any]], None] | None
    as_of: float | None = None
    """AWS changes what it writes now and then: the date (seconds since the Unix epoch) to write as of, None
    for today's AWS.
    """

    def before(self, change: float) -> bool:
        """Whether histories are written as before AWS made a change at that date."""
        return self.as_of is not None and self.as_of < change

    def for_children(self) -> World:
        """The same world for child executions, whose events are their own affair."""
        return replace(self, keep_history=self.keep_children, listener=None)


class Run:
    """One execution: the whole of a `run`, or a child execution of a distributed Map."""

    __slots__ = (
        "_context",
        "alarm",
        "cause",
        "clock",
        "deadline",
        "error",
        "identity",
        "index",
        "input",
        "items",
        "log",
        "machine",
        "map_runs",
        "on_end",
        "output",
        "payload_limit",
        "random",
        "record",
        "root",
        "serial",
        "start",
        "status",
        "stop",
        "world",
    )

    def __init__(
        self,
        world: World,
        machine: Machine,
        identity: Identity,
        input: Any,
        *,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        quotas = world.quotas
        self.world = world
        self.clock = world.clock
        self.random = world.random
        self.machine = machine
        self.identity = identity
        self.input = input
        self.payload_limit = quotas.payload_bytes
        limit = None if identity.express else quotas.history_events
        self.log = EventLog(limit, keep=world.keep_history, listener=world.listener)
        self.record = self.log.record
        self.start = self.stop = self.clock.now
        longest = quotas.express_seconds if identity.express else quotas.standard_seconds
        limits = [seconds for seconds in (machine.timeout_seconds, longest) if seconds is not None]
        self.deadline = self.start + min(limits) if limits else None
        self.status = "RUNNING"
        self.output: Any = None
        self.error: str | None = None
        self.cause: str | None = None
        self.map_runs: list[MapRun] = []
        self.serial = 0
        self.index = 0
        """Of a child execution: its place in the Map Run, and the items it was given."""
        self.items = 0
        self._context: dict[str, Any] | None = None
        self.on_end: Callable[[Run], None] | None = None
        """Told of the end of a child execution by the Map Run that started it."""
        self.alarm: _Deadline | None = None
        # Let go of at the end: it refers back here, and a Map Run's memory is to be bounded without the collector.
        self.root: Branch | None = Branch(self, None, 0, dict(variables) if variables else {})

    # -- life ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the execution and run it as far as it goes without virtual time moving."""
        root = self.root
        assert root is not None
        try:
            self.record(("ExecutionStarted", self.start, 0, self.input, self.identity.role_arn))
            if self.too_large(self.input):
                raise ExecutionStop(
                    self, "FAILED", "States.DataLimitExceeded", "The execution input exceeds the size quota."
                )
            root.start(self.machine.start, self.input)
        except HistoryFull:
            self.halt_full_history()
        except ExecutionStop as stop:
            if stop.run is not self:
                raise
            self.halt(stop)
        else:
            if root.coroutine is None:
                self.wake(root)
            elif self.deadline is not None:
                self.alarm = _Deadline(self)
                self.clock.wake_at(self.deadline, self.alarm)

    def wake(self, root: Branch) -> None:
        """The root branch has ended."""
        if self.status != "RUNNING":
            return
        if root.failure is None:
            self._end(
                "SUCCEEDED",
                ("ExecutionSucceeded", self.clock.now, root.last, root.output),
                output=root.output,
            )
        else:
            error, cause = root.failure.error, root.failure.cause
            self._end("FAILED", ("ExecutionFailed", self.clock.now, root.last, error, cause), error, cause)

    def halt(self, stop: ExecutionStop) -> None:
        """End the execution from anywhere inside it or from outside; what is under way is dropped."""
        if self.status != "RUNNING":
            return
        if self.root is not None:
            self.root.close()
        event = {"FAILED": "ExecutionFailed", "TIMED_OUT": "ExecutionTimedOut", "ABORTED": "ExecutionAborted"}
        previous = stop.previous if stop.previous is not None else self.log.count
        self._end(
            stop.status,
            (event[stop.status], self.clock.now, previous, stop.error, stop.cause),
            stop.error,
            stop.cause,
        )

    def close(self) -> None:
        """Drop the execution, telling nobody."""
        self.on_end = None
        if self.root is not None:
            self.root.close()
        self._let_go()
        if self.status == "RUNNING":
            self.status = "ABORTED"
            self.stop = self.clock.now

    def abort(self, previous: int) -> None:
        """End the execution from outside, telling nobody. `previous` is an event of its parent's history."""
        self.on_end = None
        self.halt(ExecutionStop(self, "ABORTED", None, None, previous=0))

    def halt_full_history(self) -> None:
        limit = self.world.quotas.history_events
        cause = f"The execution reached the maximum number of history events ({limit})."
        self.halt(ExecutionStop(self, "FAILED", "States.Runtime", cause))

    def _end(
        self,
        status: str,
        event: tuple[Any, ...],
        error: str | None = None,
        cause: str | None = None,
        output: Any = None,
    ) -> None:
        self.log.close(event)
        self.status, self.error, self.cause, self.output = status, error, cause, output
        self.stop = self.clock.now
        self._let_go()
        if self.on_end is not None:
            self.on_end(self)

    def _let_go(self) -> None:
        self.root = None
        if self.alarm is not None:
            self.alarm.run = None
            self.alarm = None

    @property
    def ended(self) -> bool:
        return self.status != "RUNNING"

    # -- what states ask of their execution ----------------------------------------------------------------

    def too_large(self, value: Any) -> bool:
        """Whether the payload exceeds the quota. Scalars and short texts need no measuring."""
        limit = self.payload_limit
        if limit is None:
            return False
        kind = type(value)
        if kind is str:
            return len(value) > limit // 6 and payload_size(value) > limit
        return (kind is dict or kind is list) and bool(value) and payload_size(value) > limit

    def next_serial(self) -> int:
        """Counts what needs a name of its own: task tokens, map runs."""
        self.serial += 1
        return self.serial

    def unique(self, *parts: object) -> str:
        """A name derived from the execution and the parts: the same in every run of the same arguments."""
        from hashlib import sha256  # it loads OpenSSL, which most runs do not need

        text = "/".join((self.identity.execution_arn, repr(self.start), *map(str, parts)))
        return sha256(text.encode()).hexdigest()

    @property
    def context(self) -> dict[str, Any]:
        """The part of the context object that does not change while the execution runs."""
        context = self._context
        if context is None:
            identity = self.identity
            self._context = context = {
                "Execution": {
                    "Id": identity.execution_arn,
                    "Input": self.input,
                    "StartTime": format_timestamp(self.start),
                    "Name": identity.name,
                    "RoleArn": identity.role_arn,
                },
                "StateMachine": {"Id": identity.state_machine_arn, "Name": identity.state_machine_name},
            }
            if not (identity.synchronous or self.world.before(_REDRIVE)):
                context["Execution"]["RedriveCount"] = 0
        return context


class _Deadline:
    """Wakes when an execution has used up its time."""

    __slots__ = ("run",)

    def __init__(self, run: Run) -> None:
        self.run: Run | None = run

    def wake(self, value: Any) -> None:
        if self.run is not None:
            self.run.halt(ExecutionStop(self.run, "TIMED_OUT", "States.Timeout", None, previous=0))


class Branch:
    """One line of states: the execution's own, a Parallel branch, or one iteration of a Map.

    As a scope it offers expressions `context`, `variables`, `random` and the members of `$states`.
    """

    __slots__ = (
        "before",
        "children",
        "coroutine",
        "entered",
        "entered_at",
        "error_output",
        "failure",
        "index",
        "input",
        "item",
        "last",
        "moment",
        "output",
        "parent",
        "result",
        "retries",
        "run",
        "state",
        "steps",
        "token",
        "variables",
    )

    state: State
    """The state the branch is in."""
    before: int
    """Id of the event before the state was entered."""
    entered: int
    """Id of the event with which the state was entered."""
    entered_at: float
    token: str | None

    def __init__(self, run: Run, parent: Branch | None, index: int, variables: dict[str, Any]) -> None:
        self.run = run
        self.parent = parent
        self.index = index
        self.variables = variables
        """Shared with the enclosing branch until this one assigns: replaced, never changed in place."""
        self.item: dict[str, Any] | None = parent.item if parent is not None else None
        self.last: int = 0 if parent is None else parent.last
        self.input: Any = None
        self.result: Any = ABSENT
        self.error_output: Any = ABSENT
        self.retries: int | None = None
        self.children: dict[int, Branch | Run] = _NO_CHILDREN
        """Iterations, branches or child executions under way, by index."""
        self.coroutine: Generator[None, Any, Any] | None = None
        self.output: Any = None
        self.failure: StateFailure | None = None
        self.steps = 0
        """States entered since virtual time last moved, which was at `moment`."""
        self.moment = 0.0
        self.token = None

    # -- life ---------------------------------------------------------------------------------------------

    def start(self, state: State, value: Any) -> None:
        """Run until the first sleep, or to the end. The starter looks at `coroutine` to know which."""
        self.coroutine = self._line(state, value)
        self._advance(None)

    def wake(self, value: Any) -> None:
        """Go on after a sleep; tell the parent if that was the end."""
        if self.coroutine is None:
            return
        run = self.run
        try:
            self._advance(value)
            if self.coroutine is None:
                if self.parent is not None:
                    self.parent.wake(self)
                else:
                    run.wake(self)
        except HistoryFull:
            run.halt_full_history()
        except ExecutionStop as stop:
            stop.run.halt(stop)

    def _advance(self, value: Any) -> None:
        assert self.coroutine is not None
        try:
            self.coroutine.send(value)
        except StopIteration as stop:
            self.coroutine = None
            self.output = stop.value
        except StateFailure as failure:
            self.coroutine = None
            self.failure = failure.with_traceback(None)

    def close(self) -> None:
        """Drop whatever is under way in this branch and below it, recording nothing."""
        self.drop_children()
        if self.coroutine is not None:
            self.coroutine.close()
            self.coroutine = None

    def drop_children(self) -> None:
        """Close what is still under way below, when the fan-out has ended."""
        for child in self.children.values():
            child.close()
        self.children = _NO_CHILDREN

    def fork(self, index: int) -> Branch:
        """A branch below this one, which until it enters a state stands in this one's."""
        child = Branch(self.run, self, index, self.variables)
        child.state = self.state
        child.input = self.input
        child.entered = self.entered
        child.entered_at = self.entered_at
        return child

    def abort(self, previous: int) -> None:
        """Drop whatever is under way, with the events AWS records for what was cut short: they follow the event
        `previous` that cut it short.
        """
        if self.coroutine is None:
            return
        for child in self.children.values():
            child.abort(previous)
        if self.state.aborted_event is not None:
            self.last = previous
            self.record_last(self.state.aborted_event)
        self.close()

    # -- states -------------------------------------------------------------------------------------------

    def _line(self, state: State | None, value: Any) -> Generator[None, Any, Any]:
        run = self.run
        clock = run.clock
        record = run.record
        most_steps = run.world.quotas.zero_time_states
        while state is not None:
            now = clock.now
            if self.moment != now:
                self.moment = now
                self.steps = 0
            self.steps += 1
            if self.steps > most_steps:
                raise self.stop(
                    "Fanfold.EndlessLoop",
                    f"State {state.name!r} closes a loop that takes no time: {most_steps} states were "
                    "entered without virtual time moving.",
                )
            self.state = state
            self.input = value
            self.result = self.error_output = ABSENT
            self.retries = None
            self.entered_at = now
            self.before = self.last
            self.entered = self.last = record((state.entered_event, now, self.last, state.name, value))
            try:
                if state.suspends:
                    output, following, assigned = yield from state.run(self, value)
                else:
                    output, following, assigned = state.step(self, value)
            except ExpressionError as error:
                raise self.evaluation_failure(error) from None
            except RecursionError:
                raise self.runtime_error("The data are nested too deep to be worked on.") from None
            if output is not value and not state.guarded and run.too_large(output):
                raise self.size_failure()
            if assigned is not None:
                self.assign(assigned)
            self.last = record((state.exited_event, clock.now, self.last, state.name, output, assigned))
            value = output
            state = following
        return value

    def record_last(self, event_type: str, *details: Any) -> None:
        """Record an event that follows the branch's last one, and becomes it."""
        self.last = self.run.record((event_type, self.run.clock.now, self.last, *details))

    def assign(self, variables: dict[str, Any]) -> None:
        """Set variables of this branch's scope, from the next state on. Raises StateFailure past the quotas."""
        run = self.run
        if run.too_large(variables):
            raise StateFailure(
                "States.DataLimitExceeded",
                self.explain(f"The variables assigned exceed the quota of {run.payload_limit} bytes."),
            )
        merged = {**self.variables, **variables}
        most = run.world.quotas.variables_bytes
        largest = run.payload_limit or most
        if most is not None and len(merged) * (largest or 0) > most and payload_size(merged) > most:
            raise StateFailure(
                "States.DataLimitExceeded",
                self.explain(f"The variables stored exceed the quota of {most} bytes."),
            )
        self.variables = merged

    # -- failing ------------------------------------------------------------------------------------------

    def explain(self, text: str) -> str:
        """The text as AWS words the cause of what happened inside a state."""
        return (
            f"An error occurred while executing the state '{self.state.name}' "
            f"(entered at the event id #{self.entered}). {text}"
        )

    def stop(self, error: str, cause: str) -> ExecutionStop:
        """The failure of the whole execution that no `Retry` or `Catch` sees."""
        return ExecutionStop(self.run, "FAILED", error, cause, previous=self.last)

    def runtime_error(self, text: str) -> ExecutionStop:
        """`States.Runtime`: never retried, never caught."""
        return self.stop("States.Runtime", self.explain(text))

    def size_failure(self) -> StateFailure:
        """What the state makes of its data exceeds the quota: its output, or its input after `Parameters`.

        https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
        """
        return StateFailure(
            "States.DataLimitExceeded",
            f"The state/task '{self.state.name}' returned a result with a size exceeding the maximum number "
            "of bytes service limit.",
        )

    def evaluation_failure(self, error: ExpressionError) -> Exception:
        """What an expression's error does to the state: record it, and fail the state or the execution."""
        if error.bare:
            return self.stop(error.error, error.cause)
        cause = self.explain(error.cause)
        if error.error == "States.Runtime":
            return self.stop("States.Runtime", cause)
        if error.error == "States.QueryEvaluationError":
            if self.last == self.entered and self.run.world.before(_EVALUATION_FOLLOWS_ENTRY):
                self.last = self.before
            self.record_last("EvaluationFailed", error.error, cause, error.location, self.state.name)
        return StateFailure(error.error, cause)

    # -- the scope ----------------------------------------------------------------------------------------

    @property
    def random(self) -> Random:
        return self.run.random

    @property
    def now(self) -> float:
        return self.run.clock.now

    @property
    def context(self) -> dict[str, Any]:
        """The context object as of now.

        https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
        """
        context = dict(self.run.context)
        state: dict[str, Any] = {"Name": self.state.name, "EnteredTime": format_timestamp(self.entered_at)}
        if self.retries is not None:
            state["RetryCount"] = self.retries
        context["State"] = state
        if self.item is not None:
            context["Map"] = {"Item": self.item}
        if self.token is not None:
            context["Task"] = {"Token": self.token}
        return context

    def iterations(self) -> tuple[tuple[str, int], ...]:
        """Enclosing Map iterations from the outside in: (name of the Map state, index)."""
        found: list[tuple[str, int]] = []
        branch: Branch = self
        while branch.parent is not None:
            if branch.parent.state.is_map:
                found.append((branch.parent.state.name, branch.index))
            branch = branch.parent
        return tuple(reversed(found))
