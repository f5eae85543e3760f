"""Reading recorded cases and answering from them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from fanfold.engine import TaskCall, TaskFailure, TaskHang, TaskSuccess
from fanfold.testing._conformance_cases import (
    ANSWERED_AFTER,
    Borrowed,
    NoAnswerError,
    RecordedTasks,
    object_store,
    read_cases,
    started_at,
)
from fanfold.testing.conformance import _role_given

INVOKE = "arn:aws:states:::lambda:invoke"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:f"


def case(**fields: Any) -> dict[str, Any]:
    base = {
        "id": "c",
        "kind": "execution",
        "group": "g",
        "definition": {},
        "expected": {},
        "mocks_complete": True,
    }
    return base | fields


def mock(state: str, output: Any, **fields: Any) -> dict[str, Any]:
    base = {"state": state, "kind": "LambdaFunction", "resource": FUNCTION, "outcome": "succeeded"}
    return base | {"output": output} | fields


def call(state: str, input: Any = None, iteration: int | None = None, resource: str = FUNCTION) -> TaskCall:
    inside = () if iteration is None else (("Map", iteration),)
    return TaskCall(state, f"/States/{state}", resource, input, 0.0, iteration=inside)


def test_answers_are_given_once_by_state_iteration_parameters_and_order() -> None:
    tasks = RecordedTasks(
        case(
            nondeterministic=["<token>"],
            task_mocks=[
                mock("A", 1, parameters={"n": 1}),
                mock("A", 2, parameters={"n": 2, "t": "<token>"}),
                mock("A", 3, parameters={"n": 2}, iteration={"map": "Map", "index": 4}),
                mock("B", 4),
            ],
        )
    )
    assert tasks(call("A", {"n": 9}, iteration=4)) == TaskSuccess(3, ANSWERED_AFTER)
    assert tasks(call("A", {"n": 2, "t": "x"})) == TaskSuccess(2, ANSWERED_AFTER)
    assert tasks(call("A", {"n": 9})) == TaskSuccess(1, ANSWERED_AFTER)
    with pytest.raises(NoAnswerError, match="no recorded answer for state 'A'"):
        tasks(call("A"))
    assert tasks(call("B")) == TaskSuccess(4, ANSWERED_AFTER)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"outcome": "timed_out", "event": "TaskTimedOut", "submitted": 1}, TaskHang(1)),
        ({"outcome": "none"}, TaskHang()),
        (
            {"outcome": "failed", "event": "TaskFailed", "error": "E", "cause": "c"},
            TaskFailure("E", "c", ANSWERED_AFTER),
        ),
        (
            {"outcome": "failed", "event": "TaskSubmitFailed", "error": "E"},
            TaskFailure("E", None, ANSWERED_AFTER, phase="submit"),
        ),
        (
            {"outcome": "failed", "event": "LambdaFunctionScheduleFailed", "error": "E"},
            TaskFailure("E", None, ANSWERED_AFTER, phase="schedule"),
        ),
    ],
)
def test_outcomes(fields: dict[str, Any], answer: Any) -> None:
    assert RecordedTasks(case(task_mocks=[mock("A", None, **fields)]))(call("A")) == answer


def with_handler(name: str, *mocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return case(lambdas=[{"handler_file": name}], task_mocks=list(mocks), **fields)


EXPRESS: dict[str, Any] = {"mocks_complete": False}


def envelope(payload: Any, length: int) -> dict[str, Any]:
    headers = {
        "HttpHeaders": {"Content-Length": str(length)},
        "AllHttpHeaders": {"Content-Length": [str(length)]},
    }
    return {"Payload": payload, "SdkHttpMetadata": headers}


def invoked(payload: Any, result: Any) -> dict[str, Any]:
    output = envelope(result, len(json.dumps(result)))
    return mock(
        "A", output, kind="Task", resourceType="lambda", resource="invoke", parameters={"Payload": payload}
    )


def test_answers_of_a_handler_are_borrowed() -> None:
    borrowed = Borrowed.of(
        [
            with_handler("fails.py", mock("A", None, outcome="failed", error="E", parameters={"n": 1})),
            with_handler("echo.py", mock("A", {"n": 1}, parameters={"n": 1}), invoked({"m": 1}, {"m": 1})),
            with_handler("echo.py", invoked('{"m": 2}', {"m": 2}), invoked(None, {})),
            with_handler("same.py", mock("A", "x", parameters=1), mock("A", "x", parameters=2)),
            with_handler("odd.py", mock("A", "x", parameters=1), mock("A", "y", parameters=2)),
        ]
    )

    def answer(handler: str, made: TaskCall) -> Any:
        return RecordedTasks(with_handler(handler, **EXPRESS), borrowed)(made)

    assert answer("fails.py", call("Z", {"n": 5})).error == "E"
    assert answer("echo.py", call("Z", {"n": 5})).output == {"n": 5}
    assert answer("echo.py", call("Z", {"Payload": [1, 2]}, resource=INVOKE)).output == envelope([1, 2], 6)
    assert answer("same.py", call("Z", 5)).output == "x"
    assert answer("odd.py", call("Z", 2)).output == "y"
    with pytest.raises(NoAnswerError):
        answer("odd.py", call("Z", 5))
    with pytest.raises(NoAnswerError):
        answer("unknown.py", call("Z", 5))


def test_nothing_is_borrowed_where_a_history_is_complete() -> None:
    borrowed = Borrowed.of(
        [with_handler("same.py", mock("A", "x", parameters=1), mock("A", "x", parameters=2))]
    )
    complete = with_handler("same.py", events=[{"type": "ExecutionStarted"}])
    with pytest.raises(NoAnswerError):
        RecordedTasks(complete, borrowed)(call("Z", 5))


def test_raw_results_of_test_state_are_borrowed() -> None:
    shown = with_handler("f.py", kind="test_state", definition={"Resource": FUNCTION})
    shown["expected"] = {"inspectionData": {"afterParameters": 1, "result": "x"}}
    borrowed = Borrowed.of([shown])
    assert RecordedTasks(with_handler("f.py", **EXPRESS), borrowed)(call("Z", 1)) == TaskSuccess(
        "x", ANSWERED_AFTER
    )


@pytest.mark.parametrize(
    ("types", "started"), [(["ActivityScheduled"], False), (["ActivityStarted"], True), ([], True)]
)
def test_an_activity_that_no_worker_took(types: list[str], started: bool) -> None:
    activity = "arn:aws:states:us-east-1:111111111111:activity:a"
    timed_out = mock("A", None, kind="Activity", resource=activity, outcome="timed_out")
    tasks = RecordedTasks(case(task_mocks=[timed_out], events=[{"type": name} for name in types]))
    assert tasks(call("A", resource=activity)) == TaskHang(started=started)


def shown(expected: dict[str, Any], **fields: Any) -> RecordedTasks:
    fields = {"kind": "test_state", "definition": {"Type": "Task", "Resource": INVOKE}} | fields
    return RecordedTasks(case(mocks_complete=False, expected=expected, **fields))


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        ({"status": "SUCCEEDED", "output": 1}, TaskSuccess(1, ANSWERED_AFTER)),
        ({"output": 1, "inspectionData": {"result": 2}}, TaskSuccess(2, ANSWERED_AFTER)),
        ({"error": "E", "cause": {"a": 1}}, TaskFailure("E", '{"a": 1}', ANSWERED_AFTER)),
        ({"error": "E"}, TaskFailure("E", None, ANSWERED_AFTER)),
        ({"output": {"Error": "E", "Cause": "c"}}, TaskFailure("E", "c", ANSWERED_AFTER)),
    ],
)
def test_an_outcome_shows_the_answer_of_its_only_call(expected: dict[str, Any], answer: Any) -> None:
    assert shown(expected)(call("A", resource=INVOKE)) == answer


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        ({"error": "States.Runtime"}, {}),
        ({"output": 1}, {"definition": {"Type": "Task", "Resource": INVOKE, "ResultPath": "$.a"}}),
        ({"output": 1}, {"kind": "execution"}),
        (
            {"output": 1},
            {"definition": {"States": {"A": {"Type": "Task", "Output": 1}}}, "params": {"stateName": "A"}},
        ),
    ],
)
def test_an_outcome_that_does_not_show_the_answer(expected: dict[str, Any], fields: dict[str, Any]) -> None:
    with pytest.raises(NoAnswerError):
        shown(expected, **fields)(call("A", resource=INVOKE))


def test_a_service_answers_the_same_call_as_another_case_shows() -> None:
    put = "arn:aws:states:::dynamodb:putItem"
    definition = {"Type": "Task", "Resource": put, "ResultPath": "$.r"}
    data = {"afterParameters": {"n": 1}, "result": {"ok": True}}
    other = case(kind="test_state", definition=definition, expected={"inspectionData": data})
    tasks = RecordedTasks(
        case(kind="test_state", definition=definition, mocks_complete=False, expected={"output": {}}),
        Borrowed.of([other]),
    )
    assert tasks(call("A", {"n": 1}, resource=put)) == TaskSuccess({"ok": True}, ANSWERED_AFTER)
    with pytest.raises(NoAnswerError):
        tasks(call("A", {"n": 2}, resource=put))


@pytest.mark.parametrize(
    ("expected", "functions", "given"),
    [
        ({"output": {"a": {"RoleArn": "role"}}}, [], True),
        ({"output": {"a": [{"RoleArn": None}]}}, [], False),
        ({"output": 1}, [], True),
        ({"exception": {"code": "ValidationException"}}, [], False),
        ({"exception": {"code": "InvalidDefinition"}}, [{"name": "f"}], True),
    ],
)
def test_what_a_case_shows_of_its_role(expected: dict[str, Any], functions: list[Any], given: bool) -> None:
    assert _role_given(case(expected=expected, lambdas=functions)) is given


def test_objects_and_start() -> None:
    put = {"service": "s3", "op": "put_object"}
    binary = {"base64": base64.b64encode(b"\xff").decode()}
    recorded = case(
        input={"ResultBucket": "out"},
        setup=[
            put | {"params": {"Bucket": "in", "Key": "a", "Body": "text"}},
            put | {"params": {"Bucket": "in", "Key": "b", "Body": binary}},
        ],
        source={"recorded": "03-07-2024, 17:14:50"},
    )
    assert object_store(recorded).objects == {"out": {}, "in": {"a": b"text", "b": b"\xff"}}
    assert started_at(recorded) == 1_720_026_890.0
    assert started_at(case()) == 0.0


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.jsonl").write_text(json.dumps(case(id="1")) + "\n\n" + json.dumps(case(id="2")) + "\n")
    (tmp_path / "sub" / "b.json").write_text(json.dumps(case(id="3"), indent=1))
    (tmp_path / "notes.txt").write_text("not a case")
    assert [c["id"] for c in read_cases([tmp_path])] == ["1", "2", "3"]
    assert [c["id"] for c in read_cases([tmp_path / "sub" / "b.json"])] == ["3"]


@pytest.mark.parametrize(("text", "message"), [("{", "a.jsonl:2: not JSON"), ("[]", "a.jsonl:2: not a case")])
def test_files_that_hold_no_cases(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(case()) + "\n" + text + "\n")
    with pytest.raises(ValueError, match=message):
        read_cases([tmp_path])


def test_activities_get_an_arn(tmp_path: Path) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "my_activity", "End": True}}}
    text = json.dumps(
        case(
            definition=definition,
            setup=[{"service": "stepfunctions", "op": "create_activity", "params": {"name": "x"}}],
            expected={"cause": "The activity my_activity does not exist."},
        )
    )
    (tmp_path / "case.json").write_text(text)
    [read] = read_cases([tmp_path])
    arn = "arn:aws:states:us-east-1:111111111111:activity:my_activity"
    assert read["definition"]["States"]["A"]["Resource"] == arn
    assert read["expected"]["cause"] == f"The activity {arn} does not exist."
    refusal = RecordedTasks(read)(call("A", resource=arn))
    assert isinstance(refusal, TaskFailure)
    assert (refusal.error, refusal.phase) == ("States.Runtime", "schedule")
