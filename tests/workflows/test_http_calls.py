"""HTTP calls: three at once, and patience with an endpoint that is busy."""

from fanfold.engine import TaskFailure, TaskSuccess
from fanfold.testing import assert_failed, assert_succeeded

CALLS = "workflows/http_calls.py"
CALL = "POST https://api.example.com/v1/scores"
CUSTOMERS = [{"id": f"c{number}"} for number in range(4)]


def busy(times):
    """An endpoint that says 429 to customer c1 so many times."""

    def call_endpoint(call):
        customer = call.input["RequestBody"]["customer"]
        if customer == "c1" and call.attempt < times:
            return TaskFailure("States.Http.StatusCode.429", "slow down")
        return TaskSuccess({"StatusCode": 200, "ResponseBody": {"score": customer}})

    return call_endpoint


def test_a_customer_that_is_throttled_is_called_again(run, language):
    done = run(CALLS, items=CUSTOMERS, mocks={CALL: busy(2)}, query_language=language)
    assert_succeeded(done, [{"score": f"c{number}"} for number in range(4)])
    assert [call.time for call in done.calls[:3]] == [1.0, 1.0, 1.0]
    assert done.calls[0].input["Headers"] == {"Idempotency-Key": "c0"}
    assert done.calls[0].input["RequestBody"]["since"].startswith("1970-01-01T00:00:00")
    assert 1.0 <= done.duration <= 1.0 + 5 + 10


def test_patience_ends(run, language):
    done = run(CALLS, items=CUSTOMERS[:2], mocks={CALL: busy(99)}, query_language=language)
    assert_failed(done, "States.Http.StatusCode.429", cause="slow down")
    assert len(done.calls) == 2 + 6
