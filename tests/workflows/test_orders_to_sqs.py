"""Orders to SQS: ten to a message, and the dead letters for what SQS refuses."""

from collections import Counter

from fanfold.engine import TaskFailure, TaskSuccess
from fanfold.testing import assert_succeeded

SENT = TaskSuccess({"MessageId": "m"})


def refuse_thirteen(call):
    return TaskFailure("Sqs.SqsException", "no") if {"id": 13} in call.input["MessageBody"]["Items"] else SENT


def test_a_message_that_sqs_refuses_goes_to_the_dead_letters(run, language):
    done = run(
        "workflows/orders_to_sqs.py",
        items=[{"id": number} for number in range(25)],
        mocks={"Send to orders": refuse_thirteen, "Send to dead letters": SENT},
        query_language=language,
    )
    assert_succeeded(done, [{"MessageId": "m"}, {"DeadLetter": True}, {"MessageId": "m"}])
    assert Counter(call.state for call in done.calls) == {"Send to orders": 5, "Send to dead letters": 1}
    assert [call.time for call in done.calls if call.attempt] == [1.0, 3.0]
