"""Mock files: answers by state, Step Functions Local's, and what is said of files that are neither."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.engine import Execution, TaskRunner, TaskSuccess, run
from fanfold.local import LocalError, parse_mocks

DEFINITION: dict[str, Any] = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Charge",
                "States": {
                    "Charge": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::http:invoke",
                        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5}],
                        "TimeoutSeconds": 100,
                        "End": True,
                    }
                },
            },
            "Next": "Note",
        },
        "Note": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Rest"},
        "Rest": {"Type": "Pass", "End": True},
    },
}
LOCAL: dict[str, Any] = {
    "StateMachines": {
        "orders": {"TestCases": {"Good": {"Charge": "Charged"}, "Bad": {"Charge": "Declined"}}},
        "single": {"TestCases": {"Only": {"Charge": "Charged"}}},
    },
    "MockedResponses": {
        "Charged": {"0-9": {"Return": "charged"}},
        "Declined": {"0-9": {"Throw": {"Error": "Declined", "Cause": "no"}}},
    },
}


def ran(document: Any, items: list[Any], name: str = "orders", test_case: str | None = None) -> Execution:
    noted: TaskRunner = lambda call: TaskSuccess(call.input)  # noqa: E731 - of the type it is given as
    mocks = parse_mocks(document, DEFINITION, name=name, test_case=test_case)
    return run(DEFINITION, items, tasks=mocks(noted))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.integers(0, 5), values), values, st.integers(1, 6))
def test_iterations_get_their_own_answer_and_the_others_the_default(
    own: dict[int, Any], default: Any, count: int
) -> None:
    answers = {str(index): {"Return": value} for index, value in own.items()}
    mocked = {"Charge": {"Iterations": answers, "Default": {"Return": default}}}
    execution = ran(json.loads(json.dumps(mocked)), [0] * count)
    assert execution.output == [own.get(index, default) for index in range(count)]


@given(st.lists(st.floats(0, 90), min_size=1, max_size=3))
def test_an_answer_takes_its_duration(durations: list[float]) -> None:
    answers = {str(index): {"Return": 0, "Duration": seconds} for index, seconds in enumerate(durations)}
    execution = ran({"Charge": {"Iterations": answers}}, durations)
    assert execution.duration == pytest.approx(max(durations), abs=0.001)


def test_an_array_answers_attempt_by_attempt() -> None:
    answers = [{"Throw": {"Error": "Busy"}}, {"Return": "at last"}]
    execution = ran({"Charge": answers}, [1])
    assert (execution.output, execution.duration) == (["at last"], 5.0)


def test_a_task_that_hangs_meets_its_timeout() -> None:
    execution = ran({"Charge": {"Hang": True}}, [1])
    assert (execution.error, execution.duration) == ("States.Timeout", 100.0)


def test_a_state_by_its_pointer() -> None:
    pointer = "/States/Each/ItemProcessor/States/Charge"
    assert ran({pointer: {"Return": 7}}, [1]).output == [7]


def test_a_test_case_of_step_functions_local() -> None:
    assert ran(LOCAL, [1, 2], test_case="Good").output == ["charged", "charged"]
    assert ran(LOCAL, [1, 2], test_case="Bad").error == "Declined"
    assert ran(LOCAL, [1], "single").output == ["charged"]


def with_state(state: str) -> dict[str, Any]:
    cases = {"orders": {"TestCases": {"Good": {state: "Charged"}}}}
    return {**LOCAL, "StateMachines": cases}


ANSWER = {"Return": 1}


@pytest.mark.parametrize(
    ("document", "test_case", "said"),
    [
        ([], None, "mocks must be an object, with a member for each mocked state"),
        ({"Chrage": ANSWER}, None, "a state 'Chrage', which the workflow does not have: did you mean 'Charge'?"),
        ({"Zzz": ANSWER}, None, "does not have: its tasks are 'Charge', 'Note'"),
        ({"Rest": ANSWER}, None, "the state 'Rest', a Pass: only Task states have answers"),
        ({"Charge": 7}, None, "mocks of Charge: an answer is an object with exactly one of Return, Throw, Hang"),
        ({"Charge": {"Return": 1, "Hang": True}}, None, "exactly one of Return, Throw, Hang"),
        ({"Charge": []}, None, "an array needs an answer for the first attempt"),
        ({"Charge": [ANSWER, {"Throw": "x"}]}, None, "mocks of Charge/1: Throw needs an Error, a text"),
        ({"Charge": {"Return": 1, "Duration": "2 s"}}, None, 'Duration must be seconds, not "2 s"'),
        ({"Charge": {"Return": 1, "Duration": -1}}, None, "Duration must be seconds, not -1"),
        ({"Charge": {"Return": 1, "Delay": 1}}, None, "there is no 'Delay', only Return, Throw, Hang, Duration"),
        ({"Charge": {"Hang": False}}, None, 'a task that never answers is {"Hang": true}'),
        ({"Charge": {"Iterations": {"-1": ANSWER}}}, None, "Iterations must be an object of answers by index"),
        ({"Charge": {"Iterations": {"0": []}}}, None, "mocks of Charge/Iterations/0: an array"),
        ({"Charge": ANSWER}, "Good", "there is no test case 'Good': these mocks are by state"),
        (LOCAL, None, "several test cases of orders, pick one: Good, Bad"),
        (LOCAL, "Goood", "no test case of 'orders' 'Goood', did you mean 'Good'?"),
        ({"StateMachines": {"odrers": {"TestCases": {}}}}, None, "no state machine 'orders', did you mean 'odrers'?"),
        ({"StateMachines": 3}, None, "StateMachines must be an object"),
        (with_state("Chrage"), None, "did you mean 'Charge'?"),
        (with_state("Each"), None, "the state 'Each', a Map"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(document: Any, test_case: str | None, said: str) -> None:
    with pytest.raises(LocalError) as caught:
        ran(document, [1], test_case=test_case)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
