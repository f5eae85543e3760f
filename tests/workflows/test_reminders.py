"""Reminders: each at its own moment."""

from fanfold.engine import TaskSuccess
from fanfold.testing import assert_succeeded

DAY = 86_400.0


def test_reminders_are_sent_when_they_are_due_and_late_ones_at_once(run, language):
    due = {"tea": "1970-01-01T00:01:00Z", "spring": "1970-03-01T00:00:00Z", "late": "1969-01-01T00:00:00Z"}
    done = run(
        "workflows/reminders.py",
        items=[{"due": when, "text": text} for text, when in due.items()],
        mocks={"Publish to reminders": TaskSuccess({"MessageId": "m"})},
        query_language=language,
    )
    assert_succeeded(done)
    sent = [(call.time, call.input["Message"]) for call in done.calls]
    assert sent == [(0.0, "late"), (60.0, "tea"), (59 * DAY, "spring")]
