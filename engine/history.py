"""Execution history: compact tuples while running, AWS's event dicts on access.

An event is recorded as `(type, time, previous id, *details)`. The details refer to the payloads themselves,
which are never changed in place; their JSON text is written only when somebody looks. Source:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from .expressions.scope import ABSENT
from .expressions.values import to_json

__all__ = ["Event", "EventLog", "EventView", "HistoryFull", "event_shapes", "render_event"]

Event = tuple[Any, ...]


class HistoryFull(Exception):  # noqa: N818 - an outcome
    """The execution has used up its history quota."""


def _plain(value: Any) -> Any:
    return value


def _seconds(value: float) -> float:
    return int(value) if value == int(value) else value


def _assigned(variables: dict[str, Any]) -> dict[str, str]:
    return {name: to_json(value) for name, value in variables.items()}


_Field = tuple[str, Callable[[Any], Any]]
_INPUT: _Field = ("input", to_json)
_OUTPUT: _Field = ("output", to_json)
_NAME: _Field = ("name", _plain)
_ERROR: tuple[_Field, ...] = (("error", _plain), ("cause", _plain))
_RESOURCE: tuple[_Field, ...] = (("resourceType", _plain), ("resource", _plain))
_TIMEOUTS: tuple[_Field, ...] = (("timeoutInSeconds", _seconds), ("heartbeatInSeconds", _seconds))
_CREDENTIALS: _Field = ("taskCredentials", _plain)
_ITERATION: tuple[_Field, ...] = (_NAME, ("index", _plain))


def _shapes() -> dict[str, tuple[str, tuple[_Field, ...]]]:
    """Event type -> (name of its details member, the details in the order they are recorded)."""
    entered = ("stateEnteredEventDetails", (_NAME, _INPUT))
    exited = ("stateExitedEventDetails", (_NAME, _OUTPUT, ("assignedVariables", _assigned)))
    shapes: dict[str, tuple[str, tuple[_Field, ...]]] = {}
    for state in ("Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"):
        shapes[f"{state}StateEntered"] = entered
        if state != "Fail":
            shapes[f"{state}StateExited"] = exited
    fields: dict[str, tuple[_Field, ...]] = {
        "ExecutionStarted": (_INPUT, ("roleArn", _plain)),
        "ExecutionSucceeded": (_OUTPUT,),
        "ExecutionFailed": _ERROR,
        "ExecutionTimedOut": _ERROR,
        "ExecutionAborted": _ERROR,
        "TaskScheduled": (
            *_RESOURCE,
            ("region", _plain),
            ("parameters", to_json),
            *_TIMEOUTS,
            _CREDENTIALS,
        ),
        "TaskStarted": _RESOURCE,
        "TaskSubmitted": (*_RESOURCE, _OUTPUT),
        "TaskSucceeded": (*_RESOURCE, _OUTPUT),
        "TaskFailed": (*_RESOURCE, *_ERROR),
        "TaskTimedOut": (*_RESOURCE, *_ERROR),
        "TaskStartFailed": (*_RESOURCE, *_ERROR),
        "TaskSubmitFailed": (*_RESOURCE, *_ERROR),
        "LambdaFunctionScheduled": (("resource", _plain), _INPUT, _TIMEOUTS[0], _CREDENTIALS),
        "LambdaFunctionSucceeded": (_OUTPUT,),
        "LambdaFunctionFailed": _ERROR,
        "LambdaFunctionTimedOut": _ERROR,
        "LambdaFunctionScheduleFailed": _ERROR,
        "LambdaFunctionStartFailed": _ERROR,
        "ActivityScheduled": (("resource", _plain), _INPUT, *_TIMEOUTS),
        "ActivityStarted": (("workerName", _plain),),
        "ActivitySucceeded": (_OUTPUT,),
        "ActivityFailed": _ERROR,
        "ActivityTimedOut": _ERROR,
        "ActivityScheduleFailed": _ERROR,
        "MapStateStarted": (("length", _plain),),
        "MapIterationStarted": _ITERATION,
        "MapIterationSucceeded": _ITERATION,
        "MapIterationFailed": _ITERATION,
        "MapIterationAborted": _ITERATION,
        "MapRunStarted": (("mapRunArn", _plain),),
        "MapRunFailed": _ERROR,
        "EvaluationFailed": (*_ERROR, ("location", _plain), ("state", _plain)),
    }
    for event_type, details in fields.items():
        shapes[event_type] = (f"{event_type[0].lower()}{event_type[1:]}EventDetails", details)
    return shapes


_SHAPES = _shapes()


def event_shapes() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Event type -> (name of its details member, names of the details it may carry)."""
    return {kind: (member, tuple(key for key, _ in fields)) for kind, (member, fields) in _SHAPES.items()}


def render_event(event: Event, event_id: int) -> dict[str, Any]:
    """The event as GetExecutionHistory gives it; `timestamp` is in seconds since the Unix epoch, virtual."""
    event_type = event[0]
    rendered = {"id": event_id, "previousEventId": event[2], "timestamp": event[1], "type": event_type}
    shape = _SHAPES.get(event_type)
    if shape is None:
        return rendered
    details: dict[str, Any] = {}
    for (key, write), value in zip(shape[1], event[3:], strict=False):
        if write is to_json:
            if value is not ABSENT:
                details[key] = to_json(value)
                if key != "parameters":
                    details[f"{key}Details"] = {"truncated": False}
        elif value is not None:
            details[key] = write(value)
            if write is _assigned:
                details["assignedVariablesDetails"] = {"truncated": False}
    if details or shape[1] is _ERROR:
        rendered[shape[0]] = details
    return rendered


class EventLog:
    """Events of one execution while it runs. In summary mode they are counted, not kept."""

    __slots__ = ("_keep", "_limit", "count", "events", "listener")

    def __init__(
        self, limit: int | None, *, keep: bool, listener: Callable[[dict[str, Any]], None] | None
    ) -> None:
        self.events: list[Event] = []
        self.count = 0
        self.listener = listener
        self._keep = keep
        self._limit = limit if limit is not None else 1 << 62

    def record(self, event: Event) -> int:
        """Append the event and return its id. The last place of the quota is kept for the end of the execution."""
        self.count = number = self.count + 1
        if number >= self._limit:
            self.count -= 1
            raise HistoryFull
        if self._keep:
            self.events.append(event)
        if self.listener is not None:
            self.listener(render_event(event, number))
        return number

    def close(self, event: Event) -> int:
        """Record the event that ends the execution."""
        self._limit = 1 << 62
        return self.record(event)


class EventView(Sequence[dict[str, Any]]):
    """The history as a sequence of event dicts, each built when it is looked at."""

    __slots__ = ("_events",)

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(index, slice):
            return [render_event(self._events[i], i + 1) for i in range(*index.indices(len(self._events)))]
        position = index + len(self._events) if index < 0 else index
        return render_event(self._events[position], position + 1)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number, event in enumerate(self._events, 1):
            yield render_event(event, number)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, EventView):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<history of {len(self)} events>"
