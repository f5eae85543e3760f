"""What a Map promises: order, concurrency, time, tolerated failures, timeouts and retries, each exactly."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from fanfold.dsl import ExecutionInput, Items, LambdaFunction, MapWorkflow, Retrier
from fanfold.engine import Execution, TaskAnswer, TaskCall, TaskFailure, TaskSuccess, run
from fanfold.testing.strategies import remember, workflow_case

MODES = st.sampled_from(["inline", "distributed"])
TIMES = st.sampled_from([0.0, 0.25, 1.0, 3.5])


def workflow(**fields: Any) -> MapWorkflow:
    return MapWorkflow(
        **{
            "name": "generated",
            "source": ExecutionInput(),
            "worker": LambdaFunction(function="f", retry=[]),
            **fields,
        }
    )


def execute(made: MapWorkflow, input: Any, tasks: Any) -> Execution:
    case = workflow_case(made, input)
    remember(case)
    return run(case.definition, input, tasks=tasks)


def answered(output: Any, duration: float = 0.0) -> TaskSuccess:
    return TaskSuccess({"StatusCode": 200, "Payload": output}, duration)


class Calls:
    """Answers each item with itself after `seconds[item]`, and remembers when each call began and ended."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = seconds
        self.spans: list[tuple[float, float]] = []

    def __call__(self, call: TaskCall) -> TaskAnswer:
        item = call.input["Payload"]
        self.spans.append((call.time, call.time + self.seconds[item]))
        return answered(item, self.seconds[item])

    def most_at_once(self) -> int:
        """A call that ends at the moment another begins has made way for it."""
        changes = sorted([(end, -1) for _, end in self.spans] + [(start, 1) for start, _ in self.spans])
        now = most = 0
        for _, change in changes:
            now += change
            most = max(most, now)
        return most


@given(st.lists(TIMES, max_size=12), st.integers(0, 5), MODES)
def test_results_are_in_the_order_of_the_items(seconds: list[float], concurrency: int, mode: str) -> None:
    calls = Calls(seconds)
    done = execute(workflow(max_concurrency=concurrency, mode=mode), list(range(len(seconds))), calls)
    assert done.output == list(range(len(seconds)))


@given(st.lists(st.sampled_from([0.25, 1.0, 3.5]), max_size=60), st.integers(0, 45), MODES)
def test_never_more_than_max_concurrency_at_once(seconds: list[float], concurrency: int, mode: str) -> None:
    """An inline Map never has more than 40 at once, whatever MaxConcurrency says."""
    calls = Calls(seconds)
    execute(workflow(max_concurrency=concurrency, mode=mode), list(range(len(seconds))), calls)
    own = 40 if mode == "inline" else 10_000
    limit = min(concurrency or own, own)
    assert calls.most_at_once() <= limit
    if mode == "distributed" or len(set(seconds)) == 1:
        assert calls.most_at_once() == min(limit, len(seconds))


@given(st.integers(0, 90), st.integers(0, 45), st.integers(0, 30), TIMES, MODES)
def test_equal_items_take_as_many_rounds_as_they_need(
    count: int, concurrency: int, wait: int, seconds: float, mode: str
) -> None:
    calls = Calls([seconds] * count)
    done = execute(workflow(max_concurrency=concurrency, wait=wait, mode=mode), list(range(count)), calls)
    at_once = min(concurrency or 10_000, 40 if mode == "inline" else 10_000)
    assert done.duration == math.ceil(count / at_once) * (wait + seconds)


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(0, 12), st.integers(1, 4))
def test_failures_are_tolerated_up_to_the_count(
    failing: list[bool], tolerated: int, concurrency: int
) -> None:
    def tasks(call: TaskCall) -> TaskAnswer:
        item = call.input["Payload"]
        return TaskFailure("Boom") if failing[item] else answered(item)

    made = workflow(tolerated_failures=tolerated, max_concurrency=concurrency)
    done = execute(made, list(range(len(failing))), tasks)
    if sum(failing) > tolerated:
        assert (done.status, done.error) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    else:
        assert done.status == "SUCCEEDED"
        assert len(done.output) == len(failing) - sum(failing)


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(0, 100))
def test_failures_are_tolerated_up_to_the_percentage(failing: list[bool], percent: int) -> None:
    def tasks(call: TaskCall) -> TaskAnswer:
        item = call.input["Payload"]
        return TaskFailure("Boom") if failing[item] else answered(item)

    done = execute(workflow(tolerated_failure_percentage=percent), list(range(len(failing))), tasks)
    exceeded = sum(failing) * 100 > percent * len(failing)
    assert done.status == ("FAILED" if exceeded else "SUCCEEDED")


@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 6), st.integers(0, 3), MODES)
def test_a_timeout_fires_exactly_at_its_second(
    timeout: int, wait: int, count: int, concurrency: int, mode: str
) -> None:
    calls = Calls([0.5] * count)
    made = workflow(timeout=timeout, wait=wait, max_concurrency=concurrency, mode=mode)
    done = execute(made, list(range(count)), calls)
    needed = math.ceil(count / (concurrency or count)) * (wait + 0.5)
    assume(needed != timeout)  # whichever of two events of one moment comes first
    if needed > timeout:
        assert (done.status, done.error, done.duration) == ("TIMED_OUT", "States.Timeout", timeout)
        assert all(start < timeout or start == timeout for start, _ in calls.spans)
    else:
        assert (done.status, done.duration) == ("SUCCEEDED", needed)


@given(
    interval=st.integers(1, 60),
    attempts=st.integers(0, 6),
    backoff=st.sampled_from([1, 1.5, 2, 2.5]),
    longest=st.none() | st.integers(61, 200),
    failures=st.integers(0, 8),
    seconds=TIMES,
)
def test_retries_happen_exactly_at_their_computed_delays(
    interval: int, attempts: int, backoff: float, longest: int | None, failures: int, seconds: float
) -> None:
    called: list[float] = []

    def tasks(call: TaskCall) -> TaskAnswer:
        called.append(call.time)
        if call.attempt < failures:
            return TaskFailure("Boom", duration=seconds)
        return answered(None, seconds)

    rule: dict[str, Any] = {
        "error_equals": ["Boom"],
        "interval_seconds": interval,
        "max_attempts": attempts,
        "backoff_rate": backoff,
    }
    if longest is not None:
        rule["max_delay_seconds"] = longest
    made = workflow(source=Items([0]), worker=LambdaFunction(function="f", retry=[Retrier(**rule)]))
    done = execute(made, None, tasks)
    expected, now = [0.0], 0.0
    for retry in range(min(failures, attempts)):
        now += seconds + min(interval * backoff**retry, longest or math.inf)
        expected.append(now)
    assert [round(moment, 6) for moment in called] == [round(moment, 6) for moment in expected]
    assert done.status == ("SUCCEEDED" if failures <= attempts else "FAILED")
    assert round(done.duration, 6) == round(expected[-1] + seconds, 6)


@given(st.integers(1, 20), TIMES, st.integers(0, 3))
def test_a_task_timeout_fires_exactly_at_its_second(limit: int, seconds: float, attempts: int) -> None:
    """And each retry starts its clock again."""
    called: list[float] = []

    def tasks(call: TaskCall) -> TaskAnswer:
        called.append(call.time)
        return answered(None, limit + seconds)

    retry = [
        Retrier(error_equals=["States.Timeout"], interval_seconds=2, max_attempts=attempts, backoff_rate=1)
    ]
    worker = LambdaFunction(function="f", retry=retry, task_timeout=limit)
    done = execute(workflow(source=Items([0]), worker=worker), None, tasks)
    if seconds > 0:
        assert (done.status, done.error) == ("FAILED", "States.Timeout")
        assert called == [index * (limit + 2) for index in range(attempts + 1)]
        assert done.duration == attempts * (limit + 2) + limit
