"""Virtual time: waits, timeouts, retries, concurrency, and answers that come from elsewhere."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine import (
    NO_QUOTAS,
    Execution,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskHang,
    TaskSuccess,
    run,
)

LAMBDA = "arn:aws:states:::lambda:invoke"


def no_tasks(call: TaskCall) -> TaskAnswer:
    raise AssertionError(f"no task was expected: {call}")


def one_task(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": LAMBDA, "End": True, **fields}}}


def wait_map(items: int, wait: int, **fields: Any) -> dict[str, Any]:
    states = {
        "W": {"Type": "Wait", "Seconds": wait, "Next": "T"},
        "T": {"Type": "Task", "Resource": LAMBDA, "End": True},
    }
    return {
        "StartAt": "M",
        "States": {
            "M": {"Type": "Map", "ItemProcessor": {"StartAt": "W", "States": states}, "End": True, **fields}
        },
    }


def types(execution: Execution) -> list[str]:
    return [event["type"] for event in execution.history]


@pytest.mark.parametrize(
    ("concurrency", "times"), [(1, [2.0, 4.0, 6.0]), (2, [2.0, 2.0, 4.0]), (0, [2.0] * 3)]
)
def test_a_map_waits_as_its_concurrency_allows(concurrency: int, times: list[float]) -> None:
    calls: list[TaskCall] = []

    def tasks(call: TaskCall) -> TaskAnswer:
        calls.append(call)
        return TaskSuccess(call.input)

    execution = run(wait_map(3, 2, MaxConcurrency=concurrency), ["a", "b", "c"], tasks=tasks)
    assert execution.output == ["a", "b", "c"]
    assert [call.time for call in calls] == times
    assert [call.iteration for call in calls] == [(("M", 0),), (("M", 1),), (("M", 2),)]
    assert {call.path for call in calls} == {"/States/M/ItemProcessor/States/T"}


def test_an_inline_map_runs_forty_at_a_time_unless_the_quota_is_lifted() -> None:
    definition = wait_map(100, 1)
    echo: Callable[[TaskCall], TaskAnswer] = lambda call: TaskSuccess(call.input)  # noqa: E731
    assert run(definition, list(range(100)), tasks=echo).duration == 3.0
    assert run(definition, list(range(100)), tasks=echo, quotas=NO_QUOTAS).duration == 1.0


def test_the_machine_times_out_at_its_very_moment() -> None:
    definition = {"TimeoutSeconds": 20, **wait_map(1, 25)}
    execution = run(definition, [1], tasks=no_tasks, start=1000.0)
    assert (execution.status, execution.error, execution.stop) == ("TIMED_OUT", "States.Timeout", 1020.0)
    assert execution.history[-1] == {
        "id": 6,
        "previousEventId": 0,
        "timestamp": 1020.0,
        "type": "ExecutionTimedOut",
        "executionTimedOutEventDetails": {"error": "States.Timeout"},
    }


def test_a_year_long_wait_costs_nothing_and_a_longer_one_meets_the_quota() -> None:
    year = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 31_000_000, "End": True}}}
    assert run(year, tasks=no_tasks).duration == 31_000_000
    year["States"]["W"]["Seconds"] = 40_000_000  # type: ignore[index]
    assert run(year, tasks=no_tasks).status == "TIMED_OUT"
    express = run(year, tasks=no_tasks, state_machine_type="EXPRESS")
    assert (express.status, express.duration) == ("TIMED_OUT", 300.0)


@pytest.mark.parametrize(
    ("seconds", "until"),
    [
        (3, 3.0),
        ("3", 3.0),
        (0, 0.0),
        (2.0, None),
        ("2.5", None),
        (" 3", None),
        ("1_0", None),
        (True, None),
        (2**63, None),
    ],
)
def test_seconds_of_a_path_are_read_as_a_long(seconds: object, until: float | None) -> None:
    """AWS parses the value's text, of which Step Functions Local 1.4.0 takes "3" and not 2.0."""
    wait = {"Type": "Wait", "SecondsPath": "$.s", "End": True}
    execution = run({"StartAt": "W", "States": {"W": wait}}, {"s": seconds}, tasks=no_tasks)
    if until is None:
        assert execution.error == "States.Runtime"
        assert "cannot be parsed as a long value" in (execution.cause or "")
    else:
        assert execution.duration == until


@pytest.mark.parametrize("field", ["SecondsPath", "TimestampPath"])
@pytest.mark.parametrize("path", ["$.no.such", "$.list[1]"])
def test_a_wait_for_what_is_not_there(field: str, path: str) -> None:
    wait = {"Type": "Wait", field: path, "End": True}
    execution = run({"StartAt": "W", "States": {"W": wait}}, {"list": [1]}, tasks=no_tasks)
    assert execution.error == "States.Runtime"
    assert (execution.cause or "").endswith(
        f" The {field} parameter does not reference an input value: {path}"
    )


@pytest.mark.parametrize("start", [math.inf, -math.inf, math.nan, -62_135_596_801, 8_640_000_000_001])
def test_a_start_that_no_calendar_has_is_refused(start: float) -> None:
    with pytest.raises(
        ValueError, match=r"^start .*: expected seconds since the Unix epoch, -62135596800 to"
    ):
        run({"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}, tasks=no_tasks, start=start)


@given(
    start=st.sampled_from([-62_135_596_800, 0, 253_402_300_799]),
    text=st.sampled_from(["$now()", "$now('[Y]')", "$millis()", "$states.context.State.EnteredTime"]),
)
@settings(deadline=None)
def test_time_goes_on_to_the_end_of_the_calendar_and_after(start: float, text: str) -> None:
    states = {
        "Pause": {"Type": "Wait", "Seconds": 60, "Next": "Say"},
        "Say": {"Type": "Pass", "Output": f"{{% {text} %}}", "End": True},
    }
    machine = {"QueryLanguage": "JSONata", "StartAt": "Pause", "States": states}
    execution = run(machine, tasks=no_tasks, start=start)
    assert execution.duration == 60
    if text.startswith("$now") and start > 0:  # no JSONata has words for that year
        assert execution.error == "States.QueryEvaluationError"
        assert "D3137: year 10000 is out of range" in (execution.cause or "")
    else:
        assert execution.status == "SUCCEEDED"


def test_wait_until_a_timestamp() -> None:
    definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}}
    execution = run(definition, {"at": "1970-01-01T01:00:00+00:30"}, tasks=no_tasks, start=60.0)
    assert execution.stop == 1800.0
    assert run(definition, {"at": "1970-01-01T00:00:00Z"}, tasks=no_tasks, start=60.0).stop == 60.0


@pytest.mark.parametrize(
    ("fields", "answer", "duration", "status"),
    [
        ({"TimeoutSeconds": 5}, TaskSuccess(1, 4.9), 4.9, "SUCCEEDED"),
        ({"TimeoutSeconds": 5}, TaskSuccess(1, 5.0), 5.0, "FAILED"),
        ({"TimeoutSeconds": 5}, TaskHang(), 5.0, "FAILED"),
        ({"TimeoutSeconds": 50, "HeartbeatSeconds": 5}, TaskSuccess(1, 30.0), 5.0, "FAILED"),
        ({"HeartbeatSeconds": 5}, TaskSuccess(1, 12.0, heartbeats=(4.0, 8.0)), 12.0, "SUCCEEDED"),
        ({"HeartbeatSeconds": 5}, TaskSuccess(1, 12.0, heartbeats=(4.0,)), 9.0, "FAILED"),
        ({"HeartbeatSeconds": 5}, TaskHang(heartbeats=(4.0, 7.0)), 12.0, "FAILED"),
        ({"TimeoutSeconds": 3, "HeartbeatSeconds": 2}, TaskHang(heartbeats=(1.5,)), 3.0, "FAILED"),
    ],
)
def test_task_and_heartbeat_timeouts(
    fields: dict[str, Any], answer: TaskAnswer, duration: float, status: str
) -> None:
    execution = run(one_task(**fields), tasks=lambda call: answer)
    assert (execution.status, execution.duration) == (status, duration)
    if status == "FAILED":
        assert execution.error == "States.Timeout"
        assert types(execution)[-2:] == ["TaskTimedOut", "ExecutionFailed"]


def test_only_a_missed_heartbeat_is_a_heartbeat_timeout() -> None:
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Late"}]
    for fields, status in (({"HeartbeatSeconds": 2}, "SUCCEEDED"), ({"TimeoutSeconds": 2}, "FAILED")):
        definition = one_task(Catch=catch, **fields)
        definition["States"]["Late"] = {"Type": "Succeed"}
        execution = run(definition, tasks=lambda call: TaskHang())
        assert execution.status == status
        if status == "SUCCEEDED":
            assert execution.output == {"Error": "States.Timeout", "Cause": ""}


def test_retries_back_off_and_count() -> None:
    retry = {
        "ErrorEquals": ["Boom"],
        "IntervalSeconds": 2,
        "BackoffRate": 3,
        "MaxAttempts": 4,
        "MaxDelaySeconds": 20,
    }
    calls: list[TaskCall] = []

    def tasks(call: TaskCall) -> TaskAnswer:
        calls.append(call)
        return TaskFailure("Boom", "no") if len(calls) < 5 else TaskSuccess(call.input, 1.0)

    execution = run(one_task(Retry=[retry], Parameters={"n.$": "$$.State.RetryCount"}), tasks=tasks)
    assert [call.time for call in calls] == [0.0, 2.0, 8.0, 26.0, 46.0]
    assert [call.attempt for call in calls] == [0, 1, 2, 3, 4]
    assert [call.input["n"] for call in calls] == [0, 1, 2, 3, 4]
    assert execution.duration == 47.0


def test_each_retrier_counts_for_itself_and_a_used_up_one_gives_way_to_catch() -> None:
    errors = iter(["A", "B", "A", "B", "A"])
    definition = one_task(
        Retry=[
            {"ErrorEquals": ["A"], "MaxAttempts": 2},
            {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2},
        ],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done", "ResultPath": "$.caught"}],
    )
    definition["States"]["Done"] = {"Type": "Succeed"}
    execution = run(definition, {"kept": 1}, tasks=lambda call: TaskFailure(next(errors)))
    assert execution.output == {"kept": 1, "caught": {"Error": "A", "Cause": ""}}
    assert execution.duration == 1 + 1 + 2 + 2


@given(seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=25)
def test_jitter_is_seeded_and_within_the_delay(seed: int) -> None:
    definition = one_task(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "JitterStrategy": "FULL"}])
    first, second = (run(definition, tasks=lambda call: TaskFailure("x"), seed=seed) for _ in range(2))
    assert first.duration == second.duration <= 1 + 2 + 4


def test_calls_of_one_moment_are_all_made_before_the_first_answer_is_awaited() -> None:
    barrier = threading.Barrier(3, timeout=20)

    def work(call: TaskCall) -> TaskAnswer:
        barrier.wait()
        return TaskSuccess(call.input, duration=3.0 - call.input)

    with ThreadPoolExecutor(3) as pool:
        execution = run(wait_map(3, 1), [0, 1, 2], tasks=lambda call: pool.submit(work, call))
    assert execution.output == [0, 1, 2]
    finished = [
        e["mapIterationSucceededEventDetails"]["index"]
        for e in execution.history
        if "Succeeded" in e["type"] and e["type"].startswith("MapIteration")
    ]
    assert finished == [2, 1, 0]


def test_what_the_runner_raises_passes_through() -> None:
    def tasks(call: TaskCall) -> Future[TaskAnswer]:
        future: Future[TaskAnswer] = Future()
        future.set_exception(ZeroDivisionError("a bug"))
        return future

    with pytest.raises(ZeroDivisionError):
        run(one_task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "T"}]), tasks=tasks)
    with pytest.raises(AssertionError, match="no task was expected"):
        run(one_task(), tasks=no_tasks)


def test_pace_is_told_each_new_moment_before_it_comes() -> None:
    moments: list[float] = []
    run(wait_map(3, 2, MaxConcurrency=1), [1, 2, 3], tasks=lambda c: TaskSuccess(1, 0.5), pace=moments.append)
    assert moments == [2.0, 2.5, 4.5, 5.0, 7.0, 7.5]


def test_a_task_that_never_answers_is_said_to_be_stuck_when_quotas_are_lifted() -> None:
    execution = run(one_task(), tasks=lambda call: TaskHang(), quotas=NO_QUOTAS)
    assert (execution.status, execution.error) == ("FAILED", "Fanfold.Stuck")
    assert run(one_task(), tasks=lambda call: TaskHang()).status == "TIMED_OUT"
