"""One state by itself: what the TestState API answers.

`inspect_state` takes the request of `TestState` and gives its response: the state's output or error, the next
state, and on demand how the data went through the state. Nothing is sent anywhere: a Task is answered by a
mock in the request or by the caller's `tasks`, and time is virtual.

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from random import Random
from typing import Any, BinaryIO

from .clock import Clock
from .errors import ExecutionStop, InvalidDefinition, StateFailure
from .expressions import ABSENT, ExpressionError, to_json
from .fanout import MapState, ParallelState
from .interpreter import Branch, Identity, Run, World
from .machine import Machine, PassState, State, compile_machine
from .quotas import AWS_QUOTAS
from .readers import ReaderError
from .retry import Catcher, Retries
from .task import ObjectStoreError, TaskAnswer, TaskCall, TaskFailure, TaskRunner, TaskSuccess
from .tasks import GuardedState, TaskState
from .test_state_request import (
    STATE_NAME,
    StateRequestError,
    check_request,
    check_shape,
    find_state,
    given_context,
    invalid,
    json_object,
    parsed,
    request_document,
)

__all__ = ["ResultValidator", "StateRequestError", "inspect_state"]

LONGEST = 300.0
"""Seconds that TestState runs a state at most."""
TOLERANCE_EXCEEDED = "The specified tolerated failure threshold was exceeded"

ResultValidator = Callable[[str, Any, str], str | None]
"""`(resource, result, mode)` -> what is wrong with a mocked result by the service's API model, or None.

`mode` is `STRICT` (required fields have to be there) or `PRESENT`.
"""


def inspect_state(
    request: Mapping[str, Any],
    *,
    tasks: TaskRunner | None = None,
    validate_result: ResultValidator | None = None,
    validate_definition: Callable[[str], str | None] | None = None,
    start: float = 0.0,
    seed: int = 0,
    region: str = "us-east-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """The response of `TestState` to `request`, both with the members of that API (JSON texts where it has them).

    - `tasks` answers a Task without a mock.
    - `validate_result` checks mocked results against the services' API models, which the engine does not have;
      without it they are taken as they are.
    - `validate_definition` gives the message with which AWS refuses a definition, or None; without it the engine's
      own complaint is worded like AWS's.
    - `start` is the virtual moment in seconds since the Unix epoch; `seed` feeds jitter and chance.

    `request` and `response` of HTTP Tasks, which the level `TRACE` adds on AWS, are not there.
    Raises StateRequestError, and ValueError for a `start` out of range.
    """
    check_shape(request)
    definition = json_object(request.get("definition"), "InvalidDefinition", "definition")
    document, name = request_document(definition, request.get("stateName"))
    raw = find_state(document, name)
    if raw is None:
        raise invalid("State not found in definition")
    mock = request.get("mock") or {}
    check_request(request, raw, mock)
    *parents, state = _compiled(document, name, validate_definition)
    if mock.get("result") is not None:
        _check_result(
            state, parsed(mock["result"], "Mocked result must be valid JSON"), mock, validate_result
        )
    branch = _branch(request, state, start, seed, region, account, _runner(mock, tasks))
    branch.item = _first_item(parents, branch.input)
    return _Inspection(request, state, parents, branch, mock).response()


# -- the state --------------------------------------------------------------------------------------------


def _compiled(
    document: dict[str, Any], name: str, validate: Callable[[str], str | None] | None
) -> list[State]:
    """The state of that name, after the states that enclose it."""
    message = validate(to_json(document)) if validate is not None else None
    if message is not None:
        raise StateRequestError("InvalidDefinition", message)
    try:
        machine = compile_machine(document)
    except InvalidDefinition as error:
        raise StateRequestError(
            "InvalidDefinition",
            f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {error.message} at {error.path or '/'}'",
        ) from None
    chain = _chain(machine, name)
    assert chain is not None
    return chain


def _first_item(parents: list[State], value: Any) -> dict[str, Any] | None:
    """What the context object has for a state within a Map: the first iteration, over the input given."""
    for state in reversed(parents):
        if isinstance(state, MapState):
            read = state.distributed is None or state.distributed.reader is not None
            return {"Index": 0, "Value": value} | ({} if read else {"Source": "STATE_DATA"})
    return None


def _chain(machine: Machine, name: str) -> list[State] | None:
    """The state of that name, after the states that enclose it."""
    if name in machine.states:
        return [machine.states[name]]
    for state in machine.states.values():
        for inner in _machines(state):
            found = _chain(inner, name)
            if found is not None:
                return [state, *found]
    return None


def _machines(state: State) -> list[Machine]:
    if isinstance(state, MapState):
        return [state.processor]
    return state.branches if isinstance(state, ParallelState) else []


def _check_result(
    state: State, result: Any, mock: Mapping[str, Any], validate: ResultValidator | None
) -> None:
    if isinstance(state, MapState) and _exports(state):
        if not isinstance(result, dict):
            raise invalid("Mocked result must be a JSON object.")
    elif isinstance(state, (MapState, ParallelState)):
        if not isinstance(result, list):
            raise invalid("Mocked result must be an array.")
        if isinstance(state, ParallelState) and len(result) != len(state.branches):
            raise invalid(
                "Mocked result must contain the same number of items as number of Parallel branches."
            )
    elif isinstance(state, TaskState) and validate is not None:
        mode = mock.get("fieldValidationMode") or "STRICT"
        problem = validate(state.resource, result, mode) if mode != "NONE" else None
        if problem is not None:
            raise invalid(f"Mock result schema validation error: {problem}")


def _exports(state: MapState) -> bool:
    """Whether the Map's results go to S3, so that its own result says where they are."""
    writer = state.distributed.writer if state.distributed is not None else None
    return writer is not None and writer.resource is not None


# -- running the state ------------------------------------------------------------------------------------


def _runner(mock: Mapping[str, Any], tasks: TaskRunner | None) -> TaskRunner:
    """Answers at once, with the mock if there is one."""

    def run(call: TaskCall) -> TaskAnswer:
        if mock.get("errorOutput") is not None:
            error = mock["errorOutput"]
            return TaskFailure(error.get("error", ""), error.get("cause"))
        if mock.get("result") is not None:
            return TaskSuccess(json.loads(mock["result"]))
        if tasks is None:
            raise ValueError(
                f"state {call.state!r} calls {call.resource}: give a mock, or tasks that answer it"
            )
        answer = tasks(call)
        return answer.result() if isinstance(answer, Future) else answer

    return run


class _LoneBranch(Branch):
    """A branch that stands in the state under test, with the context of the request."""

    given: dict[str, Any] | None = None
    has_role = False
    awake = False

    def wake(self, value: Any) -> None:
        self.awake = True

    @property
    def context(self) -> dict[str, Any]:
        if self.given is not None:
            return self.given if self.item is None else self.given | {"Map": {"Item": self.item}}
        context = super().context
        execution = {key: value for key, value in context["Execution"].items() if key != "RedriveCount"}
        context["Execution"] = execution if self.has_role else execution | {"RoleArn": None}
        return context

    def explain(self, text: str) -> str:
        return text


def _branch(
    request: Mapping[str, Any],
    state: State,
    start: float,
    seed: int,
    region: str,
    account: str,
    runner: TaskRunner,
) -> _LoneBranch:
    value = parsed(
        request.get("input") or "{}", "Invalid State Input: it must be valid JSON", "InvalidExecutionInput"
    )
    variables = parsed(request.get("variables") or "{}", "Variables must be valid JSON")
    if not isinstance(variables, dict):
        raise invalid("Variables must be a JSON object")
    world = World(
        clock=Clock(start),
        tasks=runner,
        objects=None,
        quotas=AWS_QUOTAS,
        random=Random(seed),
        keep_history=False,
        keep_children=False,
        listener=None,
    )
    prefix = f"arn:aws:states:{region}:{account}:express"
    identity = Identity(
        partition="aws",
        region=region,
        account=account,
        state_machine_name="TestState",
        name="test-state",
        role_arn=request.get("roleArn") or "",
        express=True,
        execution_arn=f"{prefix}:TestState:test-state",
    )
    run = Run(world, Machine(state, {state.name: state}, None), identity, value)
    branch = _LoneBranch(run, None, 0, variables)
    branch.given = given_context(request.get("context"))
    branch.has_role = bool(request.get("roleArn"))
    state.name = STATE_NAME
    branch.state = state
    branch.input = value
    branch.before = branch.entered = 0
    branch.entered_at = start
    if isinstance(state, GuardedState):
        branch.retries = _count(request, "retrierRetryCount")
    return branch


def _count(request: Mapping[str, Any], name: str) -> int:
    return int((request.get("stateConfiguration") or {}).get(name) or 0)


class _Inspection:
    """One run of the state, and what is seen of its data on the way."""

    def __init__(
        self,
        request: Mapping[str, Any],
        state: State,
        parents: list[State],
        branch: _LoneBranch,
        mock: Mapping[str, Any],
    ) -> None:
        self.request = request
        self.state = state
        self.parents = parents
        self.branch = branch
        self.mock = mock
        self.seen: dict[str, Any] = {}
        """Values by the name of their member of `inspectionData`."""
        self.numbers: dict[str, Any] = {}
        self.variables: dict[str, Any] = dict(branch.variables)

    def response(self) -> dict[str, Any]:
        response = self._outcome()
        _complete(self.state, self.branch, self.seen)
        level = self.request.get("inspectionLevel") or "INFO"
        if level != "INFO":
            data: dict[str, Any] = {"input": to_json(self.branch.input)}
            data |= {name: to_json(value) for name, value in self.seen.items()}
            data |= self.numbers
            if self.variables:
                data["variables"] = to_json(self.variables)
            response["inspectionData"] = data
        return response

    def _outcome(self) -> dict[str, Any]:
        state, branch = self.state, self.branch
        _watch(state, self.seen)
        try:
            output, following, assigned = self._run(branch.input)
        except ExecutionStop as stop:
            return _failed(stop.error, stop.cause)
        except ExpressionError as error:
            failure = branch.evaluation_failure(error)
            if isinstance(failure, ExecutionStop):
                return _failed(failure.error, failure.cause)
            assert isinstance(failure, StateFailure)
            return self._handled(failure)
        except StateFailure as failure:
            return self._handled(failure)
        if branch.run.too_large(output):
            return self._handled(branch.size_failure())
        self.variables |= assigned or {}
        response = {"output": to_json(output), "status": "SUCCEEDED"}
        if following is not None:
            response["nextState"] = following.name
        return response

    def _run(self, value: Any) -> tuple[Any, State | None, dict[str, Any] | None]:
        state, branch = self.state, self.branch
        if isinstance(state, MapState):
            output, assigned = self._map(state, value)
            return output, state.next, assigned
        if isinstance(state, ParallelState):
            output, assigned = self._leave(value, self._mocked_result())
            return output, state.next, assigned
        if isinstance(state, GuardedState):
            output, assigned = self._drive(state.attempt(branch, value))
            return output, state.next, assigned
        if state.suspends:
            step: tuple[Any, State | None, dict[str, Any] | None] = self._drive(state.run(branch, value))
            return step
        return state.step(branch, value)

    def _drive(self, generator: Generator[None, Any, Any]) -> Any:
        """Run a generator through its sleeps, as long as TestState would."""
        clock, branch = self.branch.run.clock, self.branch
        limit = _Moment()
        clock.wake_at(clock.now + LONGEST, limit, "over")
        try:
            while True:
                branch.awake = False
                generator.send(None)
                clock.run(lambda: branch.awake or limit.value is not None)
                if not branch.awake:
                    generator.close()
                    raise StateFailure("States.Timeout", None)
        except StopIteration as stop:
            return stop.value

    def _leave(self, value: Any, result: Any) -> tuple[Any, dict[str, Any] | None]:
        self.branch.result = result
        return self.state.leave(self.branch, value, result)

    def _mocked_result(self) -> Any:
        error = self.mock.get("errorOutput")
        if error is not None:
            raise StateFailure(error.get("error", ""), error.get("cause"))
        return json.loads(self.mock["result"])

    def _map(self, state: MapState, value: Any) -> tuple[Any, dict[str, Any] | None]:
        branch, seen = self.branch, self.seen
        effective = state.input_path(value, branch) if state.input_path is not None else value
        items = self._items(state, effective)
        if state.items is not None and not state.jsonata and not self._has_reader(state):
            seen["afterItemsPath"] = items
        inputs = self._selected(state, effective, items)
        distributed = state.distributed
        if distributed is not None and distributed.batcher is not None:
            batches = list(distributed.batcher.batches(branch, effective, inputs))
            seen["afterItemBatcher"] = [b | {"Items": [to_json(i) for i in b["Items"]]} for b in batches]
        concurrency = state.concurrency.evaluate(branch, effective)
        if state.concurrency.given or state.jsonata:
            self.numbers["maxConcurrency"] = concurrency
        exceeded = False
        failures = _count(self.request, "mapIterationFailureCount")
        if failures > len(items):
            raise invalid("MapIterationFailureCount must not exceed the number of items")
        if distributed is not None and distributed.tolerated.given:
            tolerated = distributed.tolerated.evaluate(branch, effective)
            self.numbers["toleratedFailureCount"] = tolerated
            exceeded = failures > tolerated
        if distributed is not None and distributed.percentage.given:
            percentage = distributed.percentage.evaluate(branch, effective)
            self.numbers["toleratedFailurePercentage"] = percentage
            exceeded = exceeded or failures * 100 > percentage * len(items)
        result = self._mocked_result()
        if exceeded:
            raise StateFailure("States.ExceedToleratedFailureThreshold", TOLERANCE_EXCEEDED)
        return self._leave(value, result)

    @staticmethod
    def _has_reader(state: MapState) -> bool:
        return state.distributed is not None and state.distributed.reader is not None

    def _items(self, state: MapState, effective: Any) -> list[Any]:
        reader = state.distributed.reader if state.distributed is not None else None
        if reader is None:
            return state.find_items(self.branch, effective)
        data = (self.request.get("stateConfiguration") or {}).get("mapItemReaderData")
        if data is None:
            raise invalid(
                "ItemReader data must be specified when testing a Map state with ItemReader specified."
            )
        world = self.branch.run.world
        self.branch.run.world = replace(world, objects=_GivenData(data))
        try:
            items = list(reader.open(self.branch, effective))
        except ReaderError as error:
            raise StateFailure(error.error, error.cause) from None
        finally:
            self.branch.run.world = world
        if reader.config.get("ItemsPointer") and not state.jsonata:
            self.seen["afterItemsPointer"] = items
        return items

    def _selected(self, state: MapState, effective: Any, items: list[Any]) -> list[Any]:
        if state.selector is None:
            return items
        branch = self.branch
        outer = branch.item
        selected = []
        for index, item in enumerate(items):
            branch.item = {"Index": index, "Value": item}
            selected.append(state.selector(effective, branch))
        branch.item = outer
        self.seen["afterItemSelector"] = selected
        return selected

    def _handled(self, failure: StateFailure) -> dict[str, Any]:
        """What `Retry` and `Catch` make of a failure: the state's own, then those of the states around it."""
        response = _failed(failure.error, failure.cause)
        for state in self._handlers():
            retries = Retries(state.retriers)
            used = _count(self.request, "retrierRetryCount")
            retries.used = [used] * len(state.retriers)
            delay = retries.delay(failure, self.branch.random)
            if delay is not None:
                index = next(i for i, count in enumerate(retries.used) if count != used)
                self.numbers["errorDetails"] = {
                    "retryIndex": index,
                    "retryBackoffIntervalSeconds": int(delay),
                }
                return response | {"status": "RETRIABLE"}
            for index, catcher in enumerate(state.catchers):
                if catcher.matches(failure):
                    return response | self._caught(index, catcher, failure)
        return response

    def _handlers(self) -> list[GuardedState]:
        """The state under test, then those around it, whichever state within it the error is said to come from."""
        culprit = (self.request.get("stateConfiguration") or {}).get("errorCausedByState")
        within = (_chain(machine, culprit or "") for machine in _machines(self.state))
        if culprit not in (None, self.request.get("stateName", STATE_NAME)) and not any(within):
            raise invalid(f"ErrorCausedByState '{culprit}' is not a state within the state under test")
        return [state for state in (self.state, *reversed(self.parents)) if isinstance(state, GuardedState)]

    def _caught(self, index: int, catcher: Catcher, failure: StateFailure) -> dict[str, Any]:
        try:
            output, following, assigned = catcher.handle(self.branch, self.branch.input, failure)
        except ExpressionError as error:
            return _failed(error.error, error.cause)
        self.variables |= assigned or {}
        self.numbers["errorDetails"] = {"catchIndex": index}
        return {"output": to_json(output), "nextState": following.name, "status": "CAUGHT_ERROR"}


def _watch(state: State, seen: dict[str, Any]) -> None:
    """Have the state's fields leave what they come to in `seen`, also where they do nothing."""

    def watched(closure: Any, name: str) -> Any:
        def watch(value: Any, scope: Any) -> Any:
            seen[name] = value if closure is None else closure(value, scope)
            return seen[name]

        return watch

    if state.jsonata:
        if isinstance(state, TaskState):
            state.arguments = watched(state.arguments, "afterArguments")
        return
    if not isinstance(state, ParallelState):
        state.input_path = watched(state.input_path, "afterInputPath")
    if isinstance(state, (PassState, TaskState)):
        state.arguments = watched(state.arguments, "afterParameters")
    if isinstance(state, PassState):
        state.idle = False
    if isinstance(state, (PassState, GuardedState)):
        state.result_selector = watched(state.result_selector, "afterResultSelector")
        write = state.write_result
        if write is not None:

            def write_result(document: Any, value: Any) -> Any:
                seen["afterResultPath"] = write(document, value)
                return seen["afterResultPath"]

            state.write_result = write_result


def _complete(state: State, branch: Branch, seen: dict[str, Any]) -> None:
    """Add what no field of the state leaves behind."""
    if isinstance(state, TaskState) and branch.result is not ABSENT:
        seen["result"] = branch.result
    if isinstance(state, PassState) and state.fixed is not ABSENT:
        seen["result"] = state.fixed
    if "afterResultSelector" in seen and state.write_result is None:
        seen["afterResultPath"] = seen["afterResultSelector"] if state.keep_result else branch.input


def _failed(error: str | None, cause: str | None) -> dict[str, Any]:
    response = {"error": error, "cause": cause, "status": "FAILED"}
    return {key: value for key, value in response.items() if value is not None}


class _Moment:
    """Remembers that the clock came to it."""

    value: Any = None

    def wake(self, value: Any) -> None:
        self.value = value


class _GivenData:
    """An object store that holds the request's `mapItemReaderData`, whatever is asked for.

    For a reader that lists objects it is a JSON array of them.
    """

    def __init__(self, data: str) -> None:
        self.data = data

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        entries = parsed(self.data, "MapItemReaderData must be valid JSON")
        if not isinstance(entries, list) or not all(isinstance(e, dict) and "Key" in e for e in entries):
            raise invalid("MapItemReaderData must be an array of objects with a Key")
        yield from entries

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        return io.BytesIO(self.data.encode())

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        raise ObjectStoreError("S3.S3Exception", "TestState writes no objects")
