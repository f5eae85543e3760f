"""Approvals: every order waits for a person, and those that nobody answers for are reported."""

from fanfold.engine import TaskHang, TaskSuccess
from fanfold.testing import assert_invocations, assert_succeeded

DAY = 86_400.0
SENT = {"Send to dead letters": TaskSuccess({"MessageId": "m"})}


def ask(call):
    """A person who approves the first order after a day, refuses the second, and forgets the third."""
    order = call.input["Payload"]["item"]
    assert call.input["Payload"]["taskToken"] == call.token
    if order["id"] == 3:
        return TaskHang()
    return TaskSuccess(order | {"approved": order["id"] == 1}, duration=DAY)


def test_orders_wait_for_their_answers_and_no_longer_than_three_days(run, language):
    done = run(
        "workflows/approvals.py",
        input={"orders": [{"id": 1}, {"id": 2}, {"id": 3}]},
        mocks={"Ask": ask, **SENT},
        query_language=language,
    )
    assert_succeeded(
        done, [{"order": 1, "shipped": True}, {"order": 2, "shipped": False}, {"DeadLetter": True}]
    )
    assert_invocations(done, at=[0, 0, 0, DAY, DAY])
    assert done.duration == 3 * DAY
    report = done.calls[-1].input["Message"]
    assert report["item"] == {"id": 3}
    assert report["error"]["Error"] == "States.Timeout"


def test_a_function_that_cannot_ask_is_reported_as_well(run, language):
    def away(event):
        raise ConnectionError("no mail today")

    done = run(
        "workflows/approvals.py",
        items=[{"id": 1}],
        functions={"orders-ask": away},
        mocks=SENT,
        query_language=language,
    )
    assert_succeeded(done, [{"DeadLetter": True}])
    assert done.calls[-1].input["Message"]["error"]["Error"] == "ConnectionError"


def test_an_approved_order_that_cannot_be_shipped_is_reported_as_well(run, language):
    def sold_out(event):
        raise LookupError("sold out")

    approved = TaskSuccess({"id": 1, "approved": True}, duration=60.0)
    done = run(
        "workflows/approvals.py",
        items=[{"id": 1}],
        functions={"orders-fulfil": sold_out},
        mocks={"Ask": approved, **SENT},
        query_language=language,
    )
    assert_succeeded(done, [{"DeadLetter": True}])
    assert done.calls[-1].input["Message"]["error"]["Error"] == "LookupError"
