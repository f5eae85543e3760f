"""The Task state: one attempt is one effect; its answer and its duration decide what the history says and when.

https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from .errors import StateFailure
from .expressions.scope import ExpressionError
from .expressions.values import java_json
from .fields import Fields
from .machine import LONGEST, State, Step, whole_number
from .parameters import parameter_fault, parameter_forms
from .retry import Catcher, Retrier, Retries
from .task import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess

if TYPE_CHECKING:
    from .interpreter import Branch

__all__ = ["GuardedState", "TaskState"]

_SERVICE = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:(?!activity:)(?P<type>.+?):(?P<resource>[^:]+(?::2)?)\Z")
_LAMBDA = re.compile(r"arn:[^:]+:lambda:")


class GuardedState(State):
    """A state with `Retry` and `Catch`: `Task`, `Parallel`, `Map`."""

    suspends = True
    guarded = True
    __slots__ = ("catchers", "retriers")

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.retriers = tuple(Retrier(entry) for entry in fields.objects("Retry"))
        self.catchers = tuple(Catcher(entry) for entry in fields.objects("Catch"))

    def link(self, states: dict[str, State]) -> None:
        super().link(states)
        for index, catcher in enumerate(self.catchers):
            catcher.next = self.target(catcher.next_name, states, "Catch", index, "Next")

    def attempt(self, branch: Branch, value: Any) -> Generator[None, Any, Any]:
        """Try once; the result is the output and the variables to assign. Raises StateFailure, ExpressionError."""
        raise NotImplementedError

    def gave_up(self, branch: Branch) -> None:
        """Record that the state failed for good, where AWS has an event for it."""

    def run(self, branch: Branch, value: Any) -> Generator[None, Any, Step]:
        branch.retries = 0
        retries: Retries | None = None
        while True:
            failure = yield from self._try(branch, value)
            if not isinstance(failure, StateFailure):
                output, assigned = failure
                return output, self.next, assigned
            delay = None
            if self.retriers:
                retries = retries or Retries(self.retriers)
                delay = retries.delay(failure, branch.random)
            if delay is None:
                return self._caught(branch, value, failure)
            if delay:
                clock = branch.run.clock
                clock.wake_at(clock.now + delay, branch)
                yield
            branch.retries += 1

    def _try(self, branch: Branch, value: Any) -> Generator[None, Any, Any]:
        try:
            step = yield from self.attempt(branch, value)
            if branch.run.too_large(step[0]):
                raise branch.size_failure()
            return step
        except ExpressionError as error:
            failure = branch.evaluation_failure(error)
            if isinstance(failure, StateFailure):
                return failure
            raise failure from None
        except StateFailure as failure:
            return failure

    def _caught(self, branch: Branch, value: Any, failure: StateFailure) -> Step:
        stood = branch.last
        self.gave_up(branch)
        for catcher in self.catchers:
            if catcher.matches(failure):
                try:
                    return catcher.handle(branch, value, failure)
                except ExpressionError as error:
                    # What the catcher says cannot be evaluated: the state fails once more, from where it stood.
                    branch.last = stood
                    failed = branch.evaluation_failure(error)
                    if isinstance(failed, StateFailure):
                        self.gave_up(branch)
                    raise failed from None
        raise failure


@dataclass(frozen=True, slots=True)
class _Kind:
    """Which family of history events a resource gives, and how it is named in them."""

    family: str
    """`Task`, `LambdaFunction` or `Activity`."""
    label: tuple[str, ...]
    """What every event of the family carries first: resource type and resource for `Task`."""
    subject: str
    """How the cause of an oversized result calls the task."""


def _kind_of(resource: str) -> _Kind:
    if _LAMBDA.match(resource):
        return _Kind("LambdaFunction", (), resource)
    service = _SERVICE.match(resource)
    if service is None:
        return _Kind("Activity", (), resource)
    return _Kind("Task", (service["type"], service["resource"]), service["type"])


class TaskState(GuardedState):
    type = "Task"
    aborted_event = "TaskStateAborted"
    __slots__ = (
        "credentials",
        "failed_event",
        "forms",
        "heartbeat",
        "kind",
        "resource",
        "scheduled_event",
        "started_event",
        "succeeded_event",
        "timeout",
        "with_token",
    )

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.resource: str = fields.required("Resource", str)
        self.kind = _kind_of(self.resource)
        self.forms = parameter_forms(self.kind.label)
        family = self.kind.family
        self.scheduled_event = f"{family}Scheduled"
        self.started_event = f"{family}Started"
        self.succeeded_event = f"{family}Succeeded"
        self.with_token = family == "Activity" or self.resource.endswith(".waitForTaskToken")
        self.timeout = _Seconds(fields, "TimeoutSeconds")
        self.heartbeat = _Seconds(fields, "HeartbeatSeconds")
        self.credentials = fields.dynamic_object("Credentials")

    def attempt(self, branch: Branch, value: Any) -> Generator[None, Any, Any]:
        run = branch.run
        branch.token = run.unique("token", run.next_serial()) if self.with_token else None
        effective = self.input_path(value, branch) if self.input_path is not None else value
        payload = self.arguments(effective, branch) if self.arguments is not None else effective
        if self.forms is not None:
            fault = parameter_fault(self.forms, payload, paths=not self.jsonata)
            if fault is not None:
                raise branch.runtime_error(fault)
        if self.arguments is not None and run.too_large(payload):
            raise branch.size_failure()
        timeout = self.timeout.evaluate(branch, effective)
        heartbeat = self.heartbeat.evaluate(branch, effective)
        credentials = self.credentials(effective, branch) if self.credentials is not None else None
        call = TaskCall(
            state=self.name,
            path=self.path,
            resource=self.resource,
            input=payload,
            time=run.clock.now,
            attempt=branch.retries or 0,
            iteration=branch.iterations() if branch.parent is not None else (),
            timeout=timeout,
            heartbeat=heartbeat,
            token=branch.token,
            credentials=credentials,
            execution_arn=run.identity.execution_arn,
        )
        answer = run.world.tasks(call)
        if not isinstance(answer, (TaskSuccess, TaskFailure, TaskHang)):
            self._record_scheduled(branch, call)
            self._record_started(branch)
            run.clock.await_answer(answer, branch)
            answer = yield
        else:
            if isinstance(answer, TaskFailure) and answer.phase == "schedule":
                raise self._not_scheduled(branch, call, answer)
            self._record_scheduled(branch, call)
            if isinstance(answer, TaskFailure) and answer.phase == "start":
                raise self._failed(branch, answer, "StartFailed")
            if not isinstance(answer, TaskHang) or answer.started:
                self._record_started(branch)
        result = yield from self._answered(branch, call, answer)
        branch.token = None
        branch.result = result
        return self.leave(branch, value, result)

    # -- the answer ---------------------------------------------------------------------------------------

    def _answered(self, branch: Branch, call: TaskCall, answer: TaskAnswer) -> Generator[None, Any, Any]:
        """Sleep until the answer is due, or a timeout; record what came of the task; return its result."""
        label = self.kind.label
        if answer.submitted is not None:
            branch.record_last("TaskSubmitted", *label, answer.submitted)
        due, how = _due(call, answer)
        if due > 0:
            if due < inf:
                branch.run.clock.wake_at(call.time + due, branch)
            yield
        if how != "answer":
            branch.record_last(f"{self.kind.family}TimedOut", *label, "States.Timeout", None)
            raise StateFailure("States.Timeout", None, heartbeat=how == "heartbeat")
        if isinstance(answer, TaskFailure):
            raise self._failed(branch, answer, "SubmitFailed" if answer.phase == "submit" else "Failed")
        assert isinstance(answer, TaskSuccess)
        if branch.run.too_large(answer.output):
            raise self._failed(branch, self._oversized(), "Failed")
        branch.record_last(self.succeeded_event, *label, answer.output)
        return answer.output

    def _oversized(self) -> TaskFailure:
        return TaskFailure(
            "States.DataLimitExceeded",
            f"The state/task '{self.kind.subject}' returned a result with a size exceeding the maximum "
            "number of bytes service limit.",
        )

    def _failed(self, branch: Branch, answer: TaskFailure, event: str) -> Exception:
        branch.record_last(f"{self.kind.family}{event}", *self.kind.label, answer.error, answer.cause)
        if answer.error == "States.Runtime":
            return branch.stop(answer.error, answer.cause or "")
        return StateFailure(answer.error, answer.cause)

    def _not_scheduled(self, branch: Branch, call: TaskCall, answer: TaskFailure) -> Exception:
        """The task could not even be scheduled: AWS has an event for that except for service integrations."""
        if answer.error == "States.Runtime":
            return branch.runtime_error(answer.cause or "")
        if self.kind.family == "Task":
            return StateFailure(answer.error, answer.cause)
        self._record_scheduled(branch, call)
        return self._failed(branch, answer, "ScheduleFailed")

    # -- events -------------------------------------------------------------------------------------------

    def _record_scheduled(self, branch: Branch, call: TaskCall) -> None:
        kind = self.kind
        credentials = None
        if call.credentials is not None:
            credentials = {"roleArn": call.credentials.get("RoleArn")}
        if kind.family == "Task":
            branch.record_last(
                self.scheduled_event,
                *kind.label,
                branch.run.identity.region,
                call.input,
                call.timeout,
                call.heartbeat,
                credentials,
            )
        elif kind.family == "LambdaFunction":
            branch.record_last(self.scheduled_event, self.resource, call.input, call.timeout, credentials)
        else:
            branch.record_last(self.scheduled_event, self.resource, call.input, call.timeout, call.heartbeat)

    def _record_started(self, branch: Branch) -> None:
        branch.record_last(self.started_event, *self.kind.label)


def _due(call: TaskCall, answer: TaskAnswer) -> tuple[float, str]:
    """Seconds after the start at which the task ends, and how: by 'answer', 'timeout' or missed 'heartbeat'.

    At the same moment a timeout comes before an answer.
    """
    ends = inf if isinstance(answer, TaskHang) else answer.duration
    limit = call.timeout if call.timeout is not None else inf
    if call.heartbeat is not None:
        last = 0.0
        for beat in sorted(answer.heartbeats):
            if beat - last >= call.heartbeat:
                break
            last = beat
        missed = last + call.heartbeat
        if missed < limit and missed <= ends:
            return missed, "heartbeat"
    return (limit, "timeout") if limit <= ends else (ends, "answer")


class _Seconds:
    """`TimeoutSeconds` or `HeartbeatSeconds` in any of its forms."""

    __slots__ = ("closure", "fixed", "jsonata", "name", "text")

    def __init__(self, fields: Fields, name: str) -> None:
        self.name = name
        self.jsonata = fields.jsonata
        self.fixed: float | None = None
        self.closure: Any = None
        self.text: str | None = None
        if fields.jsonata and isinstance(fields.raw.get(name), str):
            self.closure = fields.typed_expression(name, "number")
        elif name in fields:
            self.fixed = fields.get(name, (int, float))
            if self.fixed is not None and not 0 < self.fixed <= LONGEST:
                raise fields.invalid(name, f"{name} must be between 1 and {LONGEST}")
        else:
            self.text = fields.get(f"{name}Path", str)
            self.closure = fields.strict_path(f"{name}Path") if self.text is not None else None

    def evaluate(self, branch: Branch, value: Any) -> float | None:
        if self.closure is None:
            return self.fixed
        seconds = self.closure(value, branch)
        whole = whole_number(seconds)
        if whole is not None and 0 < whole <= LONGEST:
            return float(whole)
        if self.jsonata:
            raise ExpressionError(
                "States.QueryEvaluationError",
                f"The {self.name} field must be a whole number between 1 and 99999999, "
                f"but was: {java_json(seconds)}",
                location=self.name,
            )
        raise branch.runtime_error(
            f"The {self.name}Path parameter must refer to a positive integer: "
            f"{self.text} == {java_json(seconds)}"
        )
