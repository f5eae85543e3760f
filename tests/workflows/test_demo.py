"""The demo: one at a time, two seconds apart."""

import pytest

from fanfold.engine import TaskSuccess
from fanfold.testing import (
    assert_failed,
    assert_history,
    assert_invocations,
    assert_succeeded,
    assert_timed_out,
)

DEMO = "workflows/demo.py"
TOPICS = ["Computer Science", "Economics", {"topic": "math", "name": "Mathematics"}]
TYPED = [
    {"S": "Computer Science"},
    {"S": "Economics"},
    {"M": {"topic": {"S": "math"}, "name": {"S": "Mathematics"}}},
]


def test_items_reach_the_function_as_dynamodb_wrote_them_one_after_the_other(run, language):
    done = run(DEMO, items=TOPICS, query_language=language)
    assert_succeeded(done, TYPED)
    assert_invocations(done, at=[2, 4, 6], payloads=TYPED, function="topics")


def test_three_at_once(run, language):
    done = run(DEMO, items=TOPICS, max_concurrency=3, query_language=language)
    assert_invocations(done, at=[2, 2, 2])


def test_a_wait_longer_than_the_timeout(run, language):
    done = run(DEMO, items=TOPICS, wait=25, query_language=language)
    assert_timed_out(done, at=20)
    assert_history(done, [..., "0.000  WaitStateEntered  Wait #0", "20.000  ExecutionTimedOut"])


@pytest.mark.parametrize("row", [{}, {"Item": {}}, {"Item": {"values": {"S": "no list"}}}])
def test_a_table_without_the_list(run, language, row):
    done = run(DEMO, items=[], mocks={"Get list": TaskSuccess(row)}, query_language=language)
    expected = "has no row with mapstatelist = 'mapitems', or the row has no list"
    assert_failed(done, "ListNotFound", cause=expected)


def test_its_history(run, history_snapshot):
    history_snapshot(run(DEMO, items=TOPICS))
