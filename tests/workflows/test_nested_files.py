"""Nested files: every row of every file goes to the queue."""

import json

from fanfold.engine import TaskSuccess
from fanfold.testing import MemoryObjectStore, assert_succeeded


def test_every_row_of_every_file(run, language):
    def lines(name, count):
        return b"".join(json.dumps({"file": name, "row": row}).encode() + b"\n" for row in range(count))

    store = MemoryObjectStore(
        {"example-exports": {"today/a.jsonl": lines("a", 2), "today/b.jsonl": lines("b", 3), "old/c": b""}}
    )
    done = run(
        "workflows/nested_files.py",
        objects=store,
        mocks={"Send to rows": TaskSuccess({"MessageId": "m"})},
        query_language=language,
    )
    assert_succeeded(done)
    bodies = [call.input["MessageBody"] for call in done.calls]
    assert sorted((body["file"], body["row"]) for body in bodies) == [
        ("a", 0), ("a", 1), ("b", 0), ("b", 1), ("b", 2),
    ]  # fmt: skip
