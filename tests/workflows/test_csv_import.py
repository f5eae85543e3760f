"""CSV import: batches of a hundred rows, of which five in a hundred may fail."""

import json

import pytest

from fanfold.testing import MemoryObjectStore, assert_failed, assert_invocations, assert_succeeded

IMPORT = "workflows/csv_import.py"


def orders(*amounts):
    lines = ["id,amount", *(f"{number},{amount}" for number, amount in enumerate(amounts)), ""]
    return MemoryObjectStore({"example-orders": {"in.csv": "\n".join(lines).encode()}})


def test_rows_come_in_batches_and_what_became_of_them_is_written(run, language):
    store = orders(*(f"{number}.50" for number in range(250)))
    done = run(IMPORT, input={"key": "in.csv"}, objects=store, query_language=language)
    assert_succeeded(done)
    assert [len(one.payload["Items"]) for one in done.invocations] == [100, 100, 50]
    written = {key.rpartition("/")[2]: body for key, body in store.objects["example-orders"].items()}
    succeeded = json.loads(written["SUCCEEDED_0.json"])
    assert sorted(json.loads(one["Output"])["imported"] for one in succeeded) == [50, 100, 100]


@pytest.mark.parametrize("bad", [1, 2])
def test_one_batch_of_twenty_may_fail_and_two_may_not(run, language, bad):
    amounts = ["?" if number in (0, 100)[:bad] else "1" for number in range(2000)]
    done = run(IMPORT, input={"key": "in.csv"}, objects=orders(*amounts), query_language=language)
    if bad == 1:
        assert_succeeded(done)
    else:
        assert_failed(done, "States.ExceedToleratedFailureThreshold")


def test_an_empty_file(run, language):
    done = run(IMPORT, input={"key": "in.csv"}, objects=orders(), query_language=language)
    assert_succeeded(done)
    assert_invocations(done, at=[])
