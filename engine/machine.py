"""A definition compiled once: states as objects with closures for fields, linked to the states they lead to.

`compile_machine` reads the JSON; it refuses only what cannot be run. The full check of a definition is the
compiler's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from math import isfinite
from typing import TYPE_CHECKING, Any

from .errors import InvalidDefinition, StateFailure
from .expressions.choice import compile_choice
from .expressions.scope import ABSENT, ExpressionError
from .expressions.timestamps import is_literal_timestamp, parse_timestamp
from .expressions.values import is_number, java_json
from .fields import Fields, join

if TYPE_CHECKING:
    from .interpreter import Branch

__all__ = [
    "LONGEST",
    "Machine",
    "PassState",
    "State",
    "Step",
    "check_json",
    "compile_machine",
    "compile_states",
    "read_definition",
    "whole_number",
]

Step = tuple[Any, "State | None", dict[str, Any] | None]
"""What a state comes to: its output, the state that follows, the variables it assigns."""

LONGEST = 99_999_999
"""Seconds: the most that timeouts and waits may be."""
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
DEEPEST = 50
"""Levels of Map and Parallel within each other. AWS's size quota of 1 MiB ends sooner in practice."""


class Machine:
    """A compiled state machine, or the processor of a Map or a branch of a Parallel."""

    __slots__ = ("start", "states", "timeout_seconds")

    def __init__(self, start: State, states: dict[str, State], timeout_seconds: float | None) -> None:
        self.start = start
        self.states = states
        self.timeout_seconds = timeout_seconds


def read_definition(definition: Any) -> dict[str, Any]:
    """The definition as an object, from an object or JSON text."""
    if isinstance(definition, (str, bytes)):
        try:
            definition = json.loads(definition)
        except ValueError as error:
            raise InvalidDefinition(f"the definition is not JSON: {error}") from None
        except RecursionError:
            raise InvalidDefinition("the definition is nested too deep") from None
    if not isinstance(definition, dict):
        raise InvalidDefinition("the definition must be an object")
    check_json(definition, "definition")
    return definition


def check_json(value: Any, what: str) -> None:
    """Raises InvalidDefinition for a value that JSON cannot hold, `NaN` and infinity included."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidDefinition(f"the {what} is not JSON: {error}") from None


def compile_machine(definition: dict[str, Any]) -> Machine:
    """Raises InvalidDefinition."""
    fields = Fields(definition, "", jsonata=False)
    try:
        fields.machine_jsonata = _is_jsonata(fields, default=False)
        machine = compile_states(fields, depth=0)
    except RecursionError:
        raise InvalidDefinition("the definition is nested too deep") from None
    timeout = fields.get("TimeoutSeconds", (int, float))
    if timeout is not None and not 0 < timeout <= LONGEST:
        raise fields.invalid("TimeoutSeconds", f"TimeoutSeconds must be between 1 and {LONGEST}")
    machine.timeout_seconds = timeout
    return machine


def _is_jsonata(fields: Fields, *, default: bool) -> bool:
    language = fields.get("QueryLanguage", str)
    if language is None:
        return default
    if language not in ("JSONPath", "JSONata"):
        raise fields.invalid("QueryLanguage", f"QueryLanguage must be JSONPath or JSONata, not {language!r}")
    return bool(language == "JSONata")


def compile_states(fields: Fields, *, depth: int) -> Machine:
    """Compile an object with `StartAt` and `States`."""
    from .fanout import MapState, ParallelState
    from .tasks import TaskState

    kinds: dict[str, type[State]] = {
        "Pass": PassState,
        "Wait": WaitState,
        "Choice": ChoiceState,
        "Succeed": SucceedState,
        "Fail": FailState,
        "Task": TaskState,
        "Map": MapState,
        "Parallel": ParallelState,
    }
    if depth > DEEPEST:
        raise InvalidDefinition(f"more than {DEEPEST} levels of Map and Parallel", fields.path)
    raw_states = fields.required("States", dict)
    states: dict[str, State] = {}
    for name, raw in raw_states.items():
        path = join(fields.path, "States", name)
        state = Fields(raw, path, jsonata=False, machine_jsonata=fields.machine_jsonata)
        kind = kinds.get(state.required("Type", str))
        if kind is None:
            raise state.invalid("Type", f"unknown state type {raw['Type']!r}")
        state.jsonata = _is_jsonata(state, default=fields.machine_jsonata)
        states[name] = kind(name, state, depth)
    for compiled in states.values():
        compiled.link(states)
    start = fields.required("StartAt", str)
    if start not in states:
        raise fields.invalid("StartAt", f"StartAt names {start!r}, which is not among the States")
    return Machine(states[start], states, None)


class State:
    """What all states have: a name, a place in the definition, and the way of data through them."""

    suspends = False
    """Whether the state takes time: then `run` is a generator, otherwise `step` a plain call."""
    guarded = False
    """Whether the state may retry and catch; it then sees to the size of its output itself."""
    is_map = False
    has_next = True
    type = ""
    aborted_event: str | None = None
    __slots__ = (
        "arguments",
        "assign",
        "entered_event",
        "exited_event",
        "input_path",
        "jsonata",
        "keep_result",
        "name",
        "next",
        "next_name",
        "output",
        "output_path",
        "path",
        "result_selector",
        "write_result",
    )

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        self.name = name
        self.path = fields.path
        self.jsonata = fields.jsonata
        self.entered_event = f"{self.type}StateEntered"
        self.exited_event = f"{self.type}StateExited"
        self.next: State | None = None
        self.next_name = self._following(fields) if self.has_next else None
        jsonpath = not fields.jsonata
        self.input_path = fields.select("InputPath") if jsonpath else None
        self.output_path = fields.select("OutputPath") if jsonpath else None
        self.arguments = fields.template("Parameters") if jsonpath else fields.expression("Arguments")
        self.result_selector = fields.template("ResultSelector") if jsonpath else None
        self.keep_result, self.write_result = fields.writer("ResultPath") if jsonpath else (True, None)
        self.assign = fields.dynamic_object("Assign")
        self.output = None if jsonpath else fields.expression("Output")

    @staticmethod
    def _following(fields: Fields) -> str | None:
        following: str | None = fields.get("Next", str)
        if fields.get("End", bool, False) == (following is not None):
            raise InvalidDefinition("a state has either Next or End: true", fields.path)
        return following

    def link(self, states: dict[str, State]) -> None:
        """Resolve the names of the states this one leads to."""
        if self.next_name is not None:
            self.next = self.target(self.next_name, states, "Next")

    def target(self, name: str, states: dict[str, State], *field: object) -> State:
        found = states.get(name)
        if found is None:
            raise InvalidDefinition(
                f"state {self.name!r} leads to {name!r}, which does not exist", join(self.path, *field)
            )
        return found

    def step(self, branch: Branch, value: Any) -> Step:
        """Run the state at once. Raises StateFailure, ExpressionError, ExecutionStop."""
        raise NotImplementedError

    def run(self, branch: Branch, value: Any) -> Generator[None, Any, Step]:
        """Run the state, sleeping as it needs to. Raises like `step`."""
        raise NotImplementedError

    # -- the way of data ----------------------------------------------------------------------------------

    def enter(self, branch: Branch, value: Any) -> Any:
        """The state's input after `InputPath` and `Parameters`, or `Arguments`."""
        if self.input_path is not None:
            value = self.input_path(value, branch)
        if self.arguments is not None:
            value = self.arguments(value, branch)
        return value

    def leave(self, branch: Branch, value: Any, result: Any) -> tuple[Any, dict[str, Any] | None]:
        """The state's output and the variables to assign, from its raw input and its result."""
        if self.jsonata:
            assigned = self.assign(value, branch) if self.assign is not None else None
            return (self.output(value, branch) if self.output is not None else result), assigned
        assigned = self.assign(result, branch) if self.assign is not None else None
        if self.result_selector is not None:
            result = self.result_selector(result, branch)
        if not self.keep_result:
            result = value
        elif self.write_result is not None:
            result = self.write_result(value, result)
        if self.output_path is not None:
            result = self.output_path(result, branch)
        return result, assigned

    def pass_through(self, branch: Branch, value: Any) -> tuple[Any, dict[str, Any] | None]:
        """`leave` for states that have no result of their own (`Wait`, `Choice`, `Succeed`)."""
        if self.jsonata:
            return self.leave(branch, value, value)
        if self.input_path is not None:
            value = self.input_path(value, branch)
        assigned = self.assign(value, branch) if self.assign is not None else None
        if self.output_path is not None:
            value = self.output_path(value, branch)
        return value, assigned


class PassState(State):
    type = "Pass"
    __slots__ = ("fixed", "idle")

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.fixed = ABSENT if fields.jsonata else fields.raw.get("Result", ABSENT)
        if fields.jsonata:
            self.arguments = None
        self.idle = (
            self.fixed is ABSENT
            and self.keep_result
            and not any(
                (
                    self.input_path,
                    self.arguments,
                    self.write_result,
                    self.output_path,
                    self.assign,
                    self.output,
                )
            )
        )
        self.result_selector = None

    def step(self, branch: Branch, value: Any) -> Step:
        if self.idle:
            return value, self.next, None
        result = self.enter(branch, value)
        if self.fixed is not ABSENT:
            result = self.fixed
        output, assigned = self.leave(branch, value, result)
        return output, self.next, assigned


class SucceedState(State):
    type = "Succeed"
    has_next = False
    __slots__ = ()

    def step(self, branch: Branch, value: Any) -> Step:
        output, assigned = self.pass_through(branch, value)
        return output, None, assigned


class FailState(State):
    type = "Fail"
    has_next = False
    __slots__ = ("cause", "error")

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.error = self._text(fields, "Error")
        self.cause = self._text(fields, "Cause")

    @staticmethod
    def _text(fields: Fields, name: str) -> Any:
        if fields.jsonata:
            return fields.typed_expression(name, "string")
        fixed = fields.get(name, str)
        if fixed is not None:
            return lambda value, scope: fixed
        return fields.path_of(f"{name}Path")

    def step(self, branch: Branch, value: Any) -> Step:
        error = self._evaluate(branch, value, self.error, "Error")
        cause = self._evaluate(branch, value, self.cause, "Cause")
        raise StateFailure(error, cause)

    def _evaluate(self, branch: Branch, value: Any, closure: Any, field: str) -> str | None:
        if closure is None:
            return None
        found = closure(value, branch)
        if isinstance(found, str):
            return found
        raise branch.runtime_error(
            f"The {field}Path field must refer to a string, but was: {java_json(found)}"
        )


class WaitState(State):
    type = "Wait"
    suspends = True
    aborted_event = "WaitStateAborted"
    __slots__ = ("seconds", "seconds_path", "timestamp", "timestamp_path", "until")

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.until: Any = None
        self.seconds_path = fields.get("SecondsPath", str)
        self.timestamp_path = fields.get("TimestampPath", str)
        self.seconds: Any = None
        self.timestamp: Any = None
        given = [
            n
            for n in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
            if fields.raw.get(n) is not None
        ]
        if len(given) != 1:
            raise InvalidDefinition(
                "a Wait state has one of Seconds, SecondsPath, Timestamp and TimestampPath", fields.path
            )
        if given[0].startswith("Seconds"):
            self.seconds = self._duration(fields)
        else:
            self.timestamp = self._moment(fields)

    @staticmethod
    def _duration(fields: Fields) -> Any:
        if fields.jsonata and isinstance(fields.raw.get("Seconds"), str):
            return fields.typed_expression("Seconds", "number")
        if "Seconds" not in fields:
            return fields.path_of("SecondsPath")
        fixed = fields.get("Seconds", (int, float))
        if not 0 <= fixed <= LONGEST:
            raise fields.invalid("Seconds", f"Seconds must be between 0 and {LONGEST}")
        return lambda value, scope: fixed

    @staticmethod
    def _moment(fields: Fields) -> Any:
        if "Timestamp" not in fields:
            return fields.path_of("TimestampPath")
        text = fields.get("Timestamp", str)
        if fields.jsonata and text.startswith("{%"):
            return fields.typed_expression("Timestamp", "string")
        if not is_literal_timestamp(text):
            raise fields.invalid("Timestamp", f"Timestamp must be an ISO 8601 timestamp, not {text!r}")
        return lambda value, scope: text

    def run(self, branch: Branch, value: Any) -> Generator[None, Any, Step]:
        effective = self.input_path(value, branch) if self.input_path is not None else value
        clock = branch.run.clock
        if self.seconds is not None:
            until = clock.now + self._check_seconds(branch, self.seconds(effective, branch))
        else:
            until = self._check_timestamp(branch, self.timestamp(effective, branch))
        if until > clock.now:
            clock.wake_at(until, branch)
            yield
        output, assigned = self.pass_through(branch, value)
        return output, self.next, assigned

    def _check_seconds(self, branch: Branch, seconds: Any) -> float:
        if self.jsonata:
            whole = whole_number(seconds)
            if whole is None or not 0 <= whole <= LONGEST:
                raise ExpressionError(
                    "States.QueryEvaluationError",
                    "The Seconds field must be a whole number between 0 and 99999999, "
                    f"but was: {java_json(seconds)}",
                    location="Seconds",
                )
            return float(whole)
        if self.seconds_path is None:
            return float(seconds)
        # AWS reads the number's text: 2.0 is none of a whole number.
        whole = None if isinstance(seconds, float) else whole_number(seconds)
        if whole is None:
            raise branch.runtime_error(
                "The SecondsPath parameter cannot be parsed as a long value: "
                f"{self.seconds_path} == {_shown(seconds)}"
            )
        if whole < 0:
            raise branch.runtime_error(
                "The SecondsPath parameter references a negative value: "
                f"{self.seconds_path} == {_shown(seconds)}"
            )
        return float(whole)

    def _check_timestamp(self, branch: Branch, text: Any) -> float:
        moment = _moment_of(text)
        if moment is not None:
            return moment
        if self.timestamp_path is not None:
            raise branch.runtime_error(
                "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
                f"format string: {self.timestamp_path} == {_shown(text)}"
            )
        raise ExpressionError(
            "States.QueryEvaluationError",
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format "
            f"string: {_shown(text)}",
            location="Timestamp",
        )


def whole_number(value: Any) -> int | None:
    """What a path to a number found, None if that is none, or no `long` of Java. AWS also takes a number that is
    written as a text.
    """
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value) else None
    if not is_number(value) or not isfinite(value) or value != int(value):
        return None
    return int(value) if -(2**63) <= value < 2**63 else None


def _moment_of(text: Any) -> float | None:
    try:
        return parse_timestamp(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else java_json(value)


class _Rule:
    """One entry of `Choices`."""

    __slots__ = ("assign", "next", "next_name", "output", "test")

    next: State

    def __init__(self, fields: Fields) -> None:
        language = "JSONata" if fields.jsonata else "JSONPath"
        self.next_name = fields.required("Next", str)
        self.test = fields.closure(
            "", lambda: compile_choice(fields.raw, language, f"{fields.location}/Condition")
        )
        self.assign = fields.dynamic_object("Assign")
        self.output = fields.expression("Output") if fields.jsonata else None


class ChoiceState(State):
    type = "Choice"
    has_next = False
    __slots__ = ("default", "default_name", "rules")

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.rules = [_Rule(rule) for rule in fields.objects("Choices")]
        if not self.rules:
            raise fields.invalid("Choices", "a Choice state needs at least one choice")
        self.default_name = fields.get("Default", str)
        self.default: State | None = None

    def link(self, states: dict[str, State]) -> None:
        for index, rule in enumerate(self.rules):
            rule.next = self.target(rule.next_name, states, "Choices", index, "Next")
        if self.default_name is not None:
            self.default = self.target(self.default_name, states, "Default")

    def step(self, branch: Branch, value: Any) -> Step:
        effective = self.input_path(value, branch) if self.input_path is not None else value
        for rule in self.rules:
            if rule.test(effective, branch):
                return self._chosen(branch, value, effective, rule)
        if self.default is None:
            # The language's specification names States.NoChoiceMatched; AWS gives this.
            raise branch.runtime_error(
                "Failed to transition out of the state. The state does not point to a next state."
            )
        output, assigned = self.pass_through(branch, value)
        return output, self.default, assigned

    def _chosen(self, branch: Branch, value: Any, effective: Any, rule: _Rule) -> Step:
        assigned = rule.assign(effective, branch) if rule.assign is not None else None
        if rule.output is not None:
            return rule.output(value, branch), rule.next, assigned
        output = effective
        if self.output is not None:
            output = self.output(value, branch)
        if self.output_path is not None:
            output = self.output_path(output, branch)
        return output, rule.next, assigned
