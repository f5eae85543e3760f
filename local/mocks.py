"""Mocks from a file: Step Functions Local's, or answers by the name of their state.

The plain form is one object, a member for each mocked Task state (its name, or its JSON pointer where names
repeat):

    {"Charge": {"Return": {"charged": true}, "Duration": 3},
     "Ship": [{"Throw": {"Error": "Carrier.Busy", "Cause": "later"}}, {"Return": {}}],
     "Ask": {"Iterations": {"0": {"Hang": true}}, "Default": {"Return": {"approved": true}}}}

An answer returns a value, throws an error or hangs; `Duration` is in virtual seconds, 0 if left out. An array
is answers by attempt, a retry being the next; `Iterations` are answers by the index of the innermost Map
iteration, `Default` those of the others.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from fanfold.engine import (
    ByIteration,
    Mock,
    MockFile,
    MockFileError,
    Mocks,
    TaskAnswer,
    TaskFailure,
    TaskHang,
    TaskRunner,
    TaskSuccess,
)

from .errors import LocalError

__all__ = ["ParsedMocks", "parse_mocks"]

_FILE_MEMBERS = frozenset({"StateMachines", "MockedResponses"})


class ParsedMocks(NamedTuple):
    """The mocks of a file: called with the runner of the other tasks, they give one for all."""

    states: frozenset[str]
    """Names, or JSON pointers, of the mocked states."""
    runner: Callable[[TaskRunner], TaskRunner]

    def __call__(self, rest: TaskRunner) -> TaskRunner:
        return self.runner(rest)


def parse_mocks(
    document: Any, definition: Mapping[str, Any], *, name: str, test_case: str | None = None
) -> ParsedMocks:
    """What a mock file holds for `definition`, as `run_compiled` takes it; `document` is the file's JSON value.

    `test_case` picks one of a Step Functions Local file, for the state machine `name`; of one alone it need not
    be said. Raises `LocalError`, one line, for a file that is neither form, and for a state, a state machine or
    a test case that is not there.
    """
    if not isinstance(document, Mapping):
        raise LocalError("mocks must be an object, with a member for each mocked state")
    from fanfold.compiler.walk import walk

    states = {pointer: (name, state["Type"]) for pointer, name, state in walk(definition)}
    try:
        if not document.keys() & _FILE_MEMBERS:
            if test_case is not None:
                raise LocalError(
                    f"there is no test case {test_case!r}: these mocks are by state, not a file of Step Functions Local"
                )
            mocks = {state: _mock(answers, state) for state, answers in document.items()}
            _check_states(mocks, states)
            return ParsedMocks(frozenset(mocks), lambda rest: Mocks(mocks, otherwise=rest))
        file = MockFile.parse(document)
        case = test_case or _only_test_case(file, name)
        file.test_case(name, case)
        mocked = frozenset(file.state_machines[name][case])
        _check_states(mocked, states)
        return ParsedMocks(mocked, lambda rest: file.test_case(name, case, otherwise=rest))
    except MockFileError as error:
        raise LocalError(str(error)) from None


def _only_test_case(file: MockFile, name: str) -> str:
    cases = list(file.state_machines.get(name, ()))
    if len(cases) > 1:
        raise LocalError(f"the mock file has several test cases of {name}, pick one: {', '.join(cases)}")
    return cases[0] if cases else ""


def _check_states(mocked: Iterable[str], states: Mapping[str, tuple[str, str]]) -> None:
    types = {name: kind for name, kind in states.values() if kind != "Task"}
    types |= {name: kind for name, kind in states.values() if kind == "Task"}
    types |= {pointer: kind for pointer, (_, kind) in states.items()}
    tasks = [name for name, kind in states.values() if kind == "Task"]
    for state in mocked:
        kind = types.get(state)
        if kind is None:
            from difflib import get_close_matches  # slow to import, and seldom wanted

            close = get_close_matches(state, tasks, 1)
            known = f"did you mean {close[0]!r}?" if close else f"its tasks are {', '.join(map(repr, tasks))}"
            raise LocalError(f"the mocks name a state {state!r}, which the workflow does not have: {known}")
        if kind != "Task":
            raise LocalError(
                f"the mocks name the state {state!r}, a {kind}: only Task states have answers to mock"
            )


def _mock(value: Any, where: str) -> Mock:
    if isinstance(value, list):
        if not value:
            raise LocalError(f"mocks of {where}: an array needs an answer for the first attempt")
        return [_answer(one, f"{where}/{number}") for number, one in enumerate(value)]
    if isinstance(value, Mapping) and "Iterations" in value:
        _no_others(value, ("Iterations", "Default"), where)
        answers = value["Iterations"]
        if not isinstance(answers, Mapping) or not all(key.isascii() and key.isdigit() for key in answers):
            raise LocalError(
                f"mocks of {where}: Iterations must be an object of answers by index, such as '0'"
            )
        default = value.get("Default")
        return ByIteration(
            {int(key): _mock(one, f"{where}/Iterations/{key}") for key, one in answers.items()},
            None if default is None else _mock(default, f"{where}/Default"),
        )
    return _answer(value, where)


def _answer(value: Any, where: str) -> TaskAnswer:
    kinds = ("Return", "Throw", "Hang")
    found = [kind for kind in kinds if isinstance(value, Mapping) and kind in value]
    if len(found) != 1:
        raise LocalError(f"mocks of {where}: an answer is an object with exactly one of {', '.join(kinds)}")
    _no_others(value, (*kinds, "Duration"), where)
    duration = value.get("Duration", 0)
    if isinstance(duration, bool) or not isinstance(duration, int | float) or not 0 <= duration < math.inf:
        raise LocalError(f"mocks of {where}: Duration must be seconds, not {json.dumps(duration)}")
    if found == ["Return"]:
        return TaskSuccess(value["Return"], float(duration))
    if found == ["Hang"]:
        if value["Hang"] is not True or "Duration" in value:
            raise LocalError(f'mocks of {where}: a task that never answers is {{"Hang": true}} and no more')
        return TaskHang()
    thrown = value["Throw"]
    error, cause = (thrown.get("Error"), thrown.get("Cause")) if isinstance(thrown, Mapping) else (None, None)
    if not isinstance(error, str) or not isinstance(cause, str | None):
        raise LocalError(f"mocks of {where}: Throw needs an Error, a text, and may have a Cause, a text")
    return TaskFailure(error, cause, float(duration))


def _no_others(value: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in value:
        if key not in known:
            raise LocalError(f"mocks of {where}: there is no {key!r}, only {', '.join(known)}")
