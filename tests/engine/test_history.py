"""The history as a sequence, and its shapes against AWS's own API model."""

from __future__ import annotations

import gc
from typing import Any

import botocore.session
import pytest

from fanfold.engine import TaskAnswer, TaskCall, TaskFailure, TaskSuccess, run
from fanfold.engine.collector import patient_collector
from fanfold.engine.history import event_shapes


@pytest.fixture(scope="module")
def model() -> Any:
    return botocore.session.get_session().get_service_model("stepfunctions")


def test_every_event_and_detail_is_one_of_the_api(model: Any) -> None:
    event = model.shape_for("HistoryEvent")
    known = set(model.shape_for("HistoryEventType").enum)
    for kind, (member, fields) in event_shapes().items():
        assert kind in known
        assert set(fields) <= set(event.members[member].members), kind


def test_events_of_a_run_have_the_types_of_the_api(model: Any) -> None:
    members = model.shape_for("HistoryEvent").members
    python_types = {
        "string": str,
        "integer": int,
        "long": int,
        "boolean": bool,
        "structure": dict,
        "map": dict,
        "timestamp": float,
    }
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "TimeoutSeconds": 7,
        "HeartbeatSeconds": 3,
    }
    item = {"StartAt": "T", "States": {"T": {**task, "Assign": {"v.$": "$"}, "End": True}}}
    state = {"Type": "Map", "ItemProcessor": item, "End": True}

    def tasks(call: TaskCall) -> TaskAnswer:
        return TaskSuccess(call.input, submitted={"id": 1}) if call.input == 1 else TaskFailure("E", "c")

    def check(value: Any, shape: Any) -> None:
        assert isinstance(value, python_types[shape.type_name]), (value, shape)
        if shape.type_name == "structure":
            for key, inner in value.items():
                check(inner, shape.members[key])

    execution = run({"StartAt": "M", "States": {"M": state}}, [1, 2], tasks=tasks)
    for event in execution.history:
        for key, value in event.items():
            check(value, members[key])


def test_the_history_is_a_sequence_built_on_access() -> None:
    execution = run({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}, {"é": [1]}, tasks=print)  # type: ignore[arg-type]
    history = execution.history
    assert len(history) == 4
    assert history[0] == history[-4] == next(iter(history))
    assert history[1:3] == [history[1], history[2]]
    assert [event["id"] for event in reversed(history)] == [4, 3, 2, 1]
    assert history[0]["executionStartedEventDetails"]["input"] == '{"é":[1]}'
    assert history == execution.history
    with pytest.raises(IndexError):
        history[4]


def test_the_collector_is_as_it_was_after_the_last_of_several_runs() -> None:
    before = gc.get_threshold()
    with patient_collector():
        assert gc.get_threshold() != before
        with patient_collector():
            pass
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before
