"""Answers for Tasks given beforehand: per state, per Map iteration, per attempt; and the mock files of Step
Functions Local.

`Mocks` is a `TaskRunner`, and so is what `MockFile.test_case` gives. Neither invents an answer: a call that
was not foreseen goes to `otherwise`, or raises `MockError`.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from .task import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskRunner, TaskSuccess

__all__ = ["ByIteration", "Mock", "MockError", "MockFile", "MockFileError", "Mocks"]

Answer = TaskAnswer | Callable[[TaskCall], "TaskAnswer | Future[TaskAnswer]"]


class MockError(LookupError):
    """A call for which there is no mock. One line, naming the state and its resource."""


class MockFileError(ValueError):
    """A mock file that is not one. One line, naming the place in it."""


@dataclass(frozen=True)
class ByIteration:
    """Mocks by the index of the innermost Map iteration; `default` for those not named."""

    iterations: Mapping[int, Mock]
    default: Mock | None = None


Mock = Answer | Sequence[Answer] | ByIteration
"""One answer to every call, a sequence of answers by attempt (a retry is the next attempt), answers by
iteration, or a function of the call."""


class Mocks:
    """Answers Tasks by the name of their state, or by its JSON pointer in the definition where names repeat.

        Mocks({
            "Charge": [TaskFailure("Card.Declined"), TaskSuccess({"charged": True})],
            "Resize": ByIteration({3: TaskFailure("Image.Broken")}, default=TaskSuccess({})),
        })

    What has no mock goes to `otherwise`. Raises `MockError` for a call without an answer, also when a state
    is tried more often than its sequence has answers.
    """

    def __init__(self, states: Mapping[str, Mock], *, otherwise: TaskRunner | None = None) -> None:
        self._states = dict(states)
        self._otherwise = otherwise

    def __call__(self, call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
        mock = self._states.get(call.path, self._states.get(call.state))
        if mock is None:
            return _unmocked(call, self._otherwise)
        return _chosen(mock, call)


def _chosen(mock: Mock, call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
    if isinstance(mock, (TaskSuccess, TaskFailure, TaskHang)):
        return mock
    if isinstance(mock, ByIteration):
        index = call.iteration[-1][1] if call.iteration else None
        chosen = mock.iterations.get(index, mock.default) if index is not None else mock.default
        if chosen is None:
            where = f"iteration {index}" if index is not None else "a call outside of any Map"
            raise MockError(f"state {call.state!r} ({call.resource}) has no mock for {where}")
        return _chosen(chosen, call)
    if callable(mock):
        return mock(call)
    if call.attempt >= len(mock):
        raise MockError(
            f"state {call.state!r} ({call.resource}) has {len(mock)} mocked answers, and this is attempt "
            f"{call.attempt + 1}"
        )
    return _chosen(mock[call.attempt], call)


def _unmocked(call: TaskCall, otherwise: TaskRunner | None) -> TaskAnswer | Future[TaskAnswer]:
    if otherwise is None:
        raise MockError(f"state {call.state!r} calls {call.resource}, for which there is no mock")
    return otherwise(call)


# -- mock files -------------------------------------------------------------------------------------------

_INVOCATIONS = re.compile(r"(\d+)(?:-(\d+))?", re.ASCII)


@dataclass(frozen=True)
class MockFile:
    """The mock configuration file of Step Functions Local (`MockConfigFile.json`), checked.

    `state_machines` is `{state machine: {test case: {state: name of a response}}}`, `responses`
    `{name: [(last invocation, answer), ...]}`.
    """

    state_machines: Mapping[str, Mapping[str, Mapping[str, str]]]
    responses: Mapping[str, Sequence[tuple[int, TaskAnswer]]] = field(repr=False)

    @classmethod
    def parse(cls, document: Mapping[str, Any] | str | bytes) -> MockFile:
        """The file from its text or its JSON value. Raises MockFileError."""
        if isinstance(document, (str, bytes)):
            try:
                document = json.loads(document)
            except ValueError as error:
                raise MockFileError(f"the mock file is not JSON: {error}") from None
        root = _object(document, "the mock file")
        responses = {
            name: _responses(f"MockedResponses/{name}", value)
            for name, value in _object(root.get("MockedResponses", {}), "MockedResponses").items()
        }
        machines = {
            name: _test_cases(f"StateMachines/{name}", value, responses)
            for name, value in _object(root.get("StateMachines"), "StateMachines").items()
        }
        return cls(machines, responses)

    def test_case(
        self, state_machine: str, test_case: str, *, otherwise: TaskRunner | None = None
    ) -> TaskRunner:
        """A runner for one execution of that test case.

        Like Step Functions Local it counts the invocations of each state, retries and Map iterations alike;
        states the test case does not name go to `otherwise`. Raises MockFileError for names the file does not
        have; the runner raises MockError past the last mocked invocation.
        """
        cases = _named(self.state_machines, state_machine, "state machine")
        states = _named(cases, test_case, f"test case of {state_machine!r}")
        mocked = {state: self.responses[response] for state, response in states.items()}
        invocations = dict.fromkeys(mocked, 0)

        def run(call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
            if call.state not in mocked:
                return _unmocked(call, otherwise)
            count = invocations[call.state]
            invocations[call.state] += 1
            for last, answer in mocked[call.state]:
                if count <= last:
                    return answer
            raise MockError(
                f"state {call.state!r} ({call.resource}) is invoked {count + 1} times, and its mocked "
                f"response {states[call.state]!r} ends before that"
            )

        return run


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MockFileError(f"{where} must be an object")
    return value


def _named(entries: Mapping[str, Any], name: str, what: str) -> Any:
    if name in entries:
        return entries[name]
    from difflib import get_close_matches

    close = get_close_matches(name, entries, 1)
    known = ", ".join(map(repr, entries)) or "none"
    meant = f", did you mean {close[0]!r}?" if close else f": there is {known}"
    raise MockFileError(f"the mock file has no {what} {name!r}{meant}")


def _test_cases(where: str, value: Any, responses: Mapping[str, Any]) -> Mapping[str, Mapping[str, str]]:
    cases = _object(_object(value, where).get("TestCases"), f"{where}/TestCases")
    for name, states in cases.items():
        for state, response in _object(states, f"{where}/TestCases/{name}").items():
            if response not in responses:
                raise MockFileError(
                    f"{where}/TestCases/{name}/{state} names {response!r}, which is not among MockedResponses"
                )
    return cases


def _responses(where: str, value: Any) -> list[tuple[int, TaskAnswer]]:
    """Answers with the last invocation each is for; the invocations have to follow one another from 0.

    There may be none: like Step Functions Local, only an invocation that has no answer is an error.
    """
    spans = []
    for key, answer in _object(value, where).items():
        found = _INVOCATIONS.fullmatch(key)
        if found is None or int(found[2] or found[1]) < int(found[1]):
            raise MockFileError(
                f"{where}: {key!r} must be an invocation such as '0' or a range such as '1-3'"
            )
        spans.append((int(found[1]), int(found[2] or found[1]), _answer(f"{where}/{key}", answer)))
    spans.sort(key=lambda span: span[:2])
    following = 0
    for first, last, _ in spans:
        if first != following:
            raise MockFileError(f"{where}: invocation {min(first, following)} must be mocked exactly once")
        following = last + 1
    return [(last, answer) for _, last, answer in spans]


def _answer(where: str, value: Any) -> TaskAnswer:
    answer = _object(value, where)
    if answer.keys() == {"Return"}:
        return TaskSuccess(answer["Return"])
    if answer.keys() != {"Throw"}:
        raise MockFileError(f"{where} must have exactly one of Return and Throw")
    thrown = _object(answer["Throw"], f"{where}/Throw")
    error, cause = thrown.get("Error"), thrown.get("Cause")
    if not isinstance(error, str) or not isinstance(cause, (str, type(None))):
        raise MockFileError(f"{where}/Throw needs an Error, a text, and may have a Cause, a text")
    return TaskFailure(error, cause)
