"""Mocked answers of Tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fanfold.engine import TaskCall, TaskFailure, TaskHang, TaskSuccess, run
from fanfold.engine.mocks import ByIteration, MockError, MockFile, MockFileError, Mocks

INVOKE = "arn:aws:states:::lambda:invoke"


def call(state: str, attempt: int = 0, iteration: int | None = None, path: str = "") -> TaskCall:
    inside = () if iteration is None else (("Map", iteration),)
    return TaskCall(state, path, INVOKE, None, 0.0, attempt=attempt, iteration=inside)


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, **fields}


RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}]
MACHINE = {
    "StartAt": "Charge",
    "States": {
        "Charge": task(Retry=RETRY, Next="Each"),
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "StartAt": "Ship",
                "States": {
                    "Ship": task(End=True, Catch=[{"ErrorEquals": ["Lost"], "Next": "Gone"}]),
                    "Gone": {"Type": "Pass", "Result": "gone", "End": True},
                },
            },
            "End": True,
        },
    },
}


def test_by_state_attempt_and_iteration_in_a_run() -> None:
    mocks = Mocks(
        {
            "Charge": [TaskFailure("Down"), TaskFailure("Down"), TaskSuccess({"items": ["a", "b", "c"]})],
            "Ship": ByIteration(
                {1: TaskFailure("Lost")}, default=lambda c: TaskSuccess(f"shipped {c.input}")
            ),
        }
    )
    execution = run(MACHINE, tasks=mocks)
    assert execution.output == ["shipped a", "gone", "shipped c"]
    assert [e["type"] for e in execution.history].count("TaskFailed") == 3


def test_a_path_goes_before_a_name() -> None:
    one, other = TaskSuccess(1), TaskSuccess(2)
    mocks = Mocks({"A": one, "/States/M/ItemProcessor/States/A": other})
    assert mocks(call("A", path="/States/A")) == one
    assert mocks(call("A", path="/States/M/ItemProcessor/States/A")) == other


def test_attempts_within_iterations() -> None:
    mocks = Mocks({"A": ByIteration({0: [TaskFailure("E"), TaskHang()]})})
    assert mocks(call("A", 0, 0)) == TaskFailure("E")
    assert mocks(call("A", 1, 0)) == TaskHang()


def test_what_is_not_mocked_goes_elsewhere() -> None:
    assert Mocks({}, otherwise=lambda c: TaskSuccess(c.state))(call("A")) == TaskSuccess("A")


@pytest.mark.parametrize(
    ("mocks", "made", "message"),
    [
        (Mocks({}), call("A"), "state 'A' calls arn:aws:states:::lambda:invoke, for which there is no mock"),
        (Mocks({"A": [TaskSuccess(1)]}), call("A", 1), "1 mocked answers, and this is attempt 2"),
        (Mocks({"A": ByIteration({0: TaskSuccess(1)})}), call("A", 0, 1), "no mock for iteration 1"),
        (Mocks({"A": ByIteration({0: TaskSuccess(1)})}), call("A"), "outside of any Map"),
    ],
)
def test_nothing_is_invented(mocks: Mocks, made: TaskCall, message: str) -> None:
    with pytest.raises(MockError, match=message):
        mocks(made)


FILE = {
    "StateMachines": {
        "Orders": {
            "TestCases": {
                "Happy": {"Charge": "Charged", "Ship": "Shipped"},
                "Flaky": {"Charge": "ChargedLate", "Ship": "Shipped"},
                "Partial": {"Charge": "Charged"},
            }
        }
    },
    "MockedResponses": {
        "Charged": {"0": {"Return": {"items": ["a", "b"]}}},
        "ChargedLate": {
            "0": {"Throw": {"Error": "Down", "Cause": "busy"}},
            "1-2": {"Throw": {"Error": "Down", "Cause": "still busy"}},
            "3": {"Return": {"items": ["a", "b"]}},
        },
        "Shipped": {"0": {"Return": "first"}, "1": {"Return": "second"}},
    },
}


@pytest.mark.parametrize(("test_case", "failures"), [("Happy", 0), ("Flaky", 3)])
def test_mock_file(test_case: str, failures: int) -> None:
    execution = run(MACHINE, tasks=MockFile.parse(json.dumps(FILE)).test_case("Orders", test_case))
    assert execution.output == ["first", "second"]
    assert [e["type"] for e in execution.history].count("TaskFailed") == failures


def test_each_run_of_a_test_case_counts_anew() -> None:
    mocks = MockFile.parse(FILE)
    for _ in range(2):
        assert run(MACHINE, tasks=mocks.test_case("Orders", "Happy")).output == ["first", "second"]


def test_states_a_test_case_does_not_name() -> None:
    mocks = MockFile.parse(FILE)
    runner = mocks.test_case("Orders", "Partial", otherwise=lambda c: TaskSuccess("real"))
    assert run(MACHINE, tasks=runner).output == ["real", "real"]
    with pytest.raises(MockError, match="no mock"):
        run(MACHINE, tasks=mocks.test_case("Orders", "Partial"))


def test_more_invocations_than_mocked() -> None:
    runner = MockFile.parse(FILE).test_case("Orders", "Happy")
    runner(call("Charge"))
    with pytest.raises(MockError, match="invoked 2 times, and its mocked response 'Charged' ends"):
        runner(call("Charge"))


def test_a_response_without_answers_is_an_error_only_when_it_is_asked() -> None:
    cases = {"Orders": {"TestCases": {"Unused": {"Never": "None"}}}}
    mocks = MockFile.parse({"StateMachines": cases, "MockedResponses": {"None": {}}})
    runner = mocks.test_case("Orders", "Unused", otherwise=lambda c: TaskSuccess("real"))
    assert runner(call("Charge")) == TaskSuccess("real")
    with pytest.raises(MockError, match="invoked 1 times, and its mocked response 'None' ends"):
        runner(call("Never"))


def responses(**entries: Any) -> dict[str, Any]:
    return {"StateMachines": {}, "MockedResponses": {"R": entries}}


RETURN = {"Return": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "the mock file is not JSON"),
        ([], "the mock file must be an object"),
        ({}, "StateMachines must be an object"),
        ({"StateMachines": {"M": {}}}, "StateMachines/M/TestCases must be an object"),
        (
            {"StateMachines": {"M": {"TestCases": {"T": {"S": "R"}}}}},
            "StateMachines/M/TestCases/T/S names 'R', which is not among MockedResponses",
        ),
        (responses(**{"1": RETURN}), "invocation 0 must be mocked exactly once"),
        (responses(**{"0": RETURN, "2": RETURN}), "invocation 1 must be mocked exactly once"),
        (responses(**{"0-2": RETURN, "2": RETURN}), "invocation 2 must be mocked exactly once"),
        (responses(**{"2-0": RETURN}), "must be an invocation such as '0' or a range"),
        (responses(first=RETURN), "must be an invocation such as '0' or a range"),
        (responses(**{"0": {}}), "exactly one of Return and Throw"),
        (responses(**{"0": {"Return": 1, "Throw": {}}}), "exactly one of Return and Throw"),
        (responses(**{"0": {"Throw": {"Cause": "c"}}}), "needs an Error"),
    ],
)
def test_mock_files_that_are_none(document: Any, message: str) -> None:
    with pytest.raises(MockFileError, match=message):
        MockFile.parse(document)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("Order", "Happy"), "no state machine 'Order', did you mean 'Orders'"),
        (("Orders", "Sad"), "no test case of 'Orders' 'Sad': there is 'Happy', 'Flaky', 'Partial'"),
    ],
)
def test_unknown_names(names: tuple[str, str], message: str) -> None:
    with pytest.raises(MockFileError, match=message):
        MockFile.parse(FILE).test_case(*names)
