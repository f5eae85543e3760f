"""Every workflow of this repository does what its docstring says, in both query languages."""

import io
import json
import struct
import zlib
from collections import Counter
from typing import Any

import pytest

from fanfold.engine.task import TaskFailure, TaskHang, TaskSuccess

from .conftest import World


def csv(*rows: str) -> bytes:
    return "\n".join(("id,amount", *rows, "")).encode()


def result_files(world: World, bucket: str, prefix: str) -> dict[str, Any]:
    """What a result writer wrote, by file name."""
    return {
        key.rpartition("/")[2]: body.decode()
        for key, body in world.objects.objects[bucket].items()
        if key.startswith(prefix)
    }


def test_csv_import_reads_rows_in_batches_and_writes_what_became_of_them(world: World) -> None:
    rows = [f"{number},{number}.50" for number in range(250)]
    world.objects.objects["example-orders"] = {"in.csv": csv(*rows)}
    execution = world.run("csv_import", {"key": "in.csv"})
    assert execution.status == "SUCCEEDED", execution.cause
    assert [len(payload["Payload"]["Items"]) for payload in world.sent("lambda")] == [100, 100, 50]
    succeeded = json.loads(result_files(world, "example-orders", "imports/")["SUCCEEDED_0.json"])
    assert sorted(json.loads(one["Output"])["imported"] for one in succeeded) == [50, 100, 100]


@pytest.mark.parametrize(("bad", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_csv_import_tolerates_five_failures_in_a_hundred(world: World, bad: int, status: str) -> None:
    rows = [f"{number},{'?' if number % 100 == 0 and number < bad * 100 else 1}" for number in range(2000)]
    world.objects.objects["example-orders"] = {"in.csv": csv(*rows)}
    execution = world.run("csv_import", {"key": "in.csv"})
    assert execution.status == status
    assert execution.error == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    # Each row is told as its difference from the one above: filter 2.
    rows = b"".join(b"\2" + bytes([row % 3, 0, 0]) * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_thumbnails_shrinks_what_it_can_and_queues_what_it_cannot(world: World) -> None:
    world.objects.objects["example-pictures"] = {
        "originals/big.png": png(300, 200),
        "originals/broken.png": b"no picture",
        "other/out-of-sight.png": b"",
    }
    world.services["sqs:sendMessage"] = lambda payload, call: {"MessageId": "m"}
    execution = world.run("thumbnails")
    assert execution.status == "SUCCEEDED", execution.cause
    small = world.objects.objects["example-pictures"]["thumbnails/big.png"]
    assert struct.unpack(">II", small[16:24]) == (100, 67)
    [letter] = [payload["MessageBody"] for payload in world.sent("sqs")]
    assert letter["item"] == {"bucket": "example-pictures", "key": "originals/broken.png", "width": 128}
    assert letter["error"]["Error"] == "ValueError"
    assert "not a PNG" in letter["error"]["Cause"]


def test_expire_orders_reads_page_after_page(world: World) -> None:
    pages = [
        [{"id": {"S": f"{page}-{row}"}, "age": {"N": str(40 * row)}} for row in range(3)] for page in range(3)
    ]

    def scan(payload: Any, call: Any) -> Any:
        page = int(payload.get("ExclusiveStartKey", {}).get("page", {}).get("N", 0))
        more = {"LastEvaluatedKey": {"page": {"N": str(page + 1)}}} if page < 2 else {}
        return {"Items": pages[page], "Count": 3, "ScannedCount": 3, **more}

    world.services["aws-sdk:dynamodb:scan"] = scan
    execution = world.run("expire_orders")
    assert (execution.status, execution.output) == ("SUCCEEDED", {})
    assert [payload["Payload"]["id"]["S"] for payload in world.sent("lambda")] == [
        f"{page}-{row}" for page in range(3) for row in range(3)
    ]
    assert world.sent("aws-sdk:dynamodb")[0] == {
        "TableName": "example-orders",
        "FilterExpression": "#status = :open",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":open": {"S": "OPEN"}},
        "Limit": 200,
    }


def test_orders_to_sqs_retries_then_sends_to_the_dead_letters(world: World) -> None:
    def send(payload: Any, call: Any) -> Any:
        if payload["QueueUrl"].endswith("/orders") and {"id": 13} in payload["MessageBody"]["Items"]:
            return TaskFailure("Sqs.SqsException", "no")
        return {"MessageId": "m"}

    world.services["sqs:sendMessage"] = send
    execution = world.run("orders_to_sqs", {"orders": [{"id": number} for number in range(25)]})
    assert execution.status == "SUCCEEDED", execution.cause
    assert execution.output == [{"MessageId": "m"}, {"DeadLetter": True}, {"MessageId": "m"}]
    queues = Counter(payload["QueueUrl"].rpartition("/")[2] for payload in world.sent("sqs"))
    assert queues == {"orders": 5, "orders-dead": 1}
    assert [call.time for call in world.calls if call.attempt] == [1.0, 3.0]


def test_approvals_waits_for_every_answer_and_reports_who_did_not_answer(world: World) -> None:
    day = 86_400.0

    def ask(payload: Any, call: Any) -> Any:
        order = payload["Payload"]["item"]
        assert payload["Payload"]["taskToken"] == call.token
        return (
            TaskHang()
            if order["id"] == 3
            else TaskSuccess(order | {"approved": order["id"] == 1}, duration=day)
        )

    world.services["lambda:invoke.waitForTaskToken"] = ask
    world.services["sns:publish"] = lambda payload, call: {"MessageId": "m"}
    execution = world.run("approvals", {"orders": [{"id": 1}, {"id": 2}, {"id": 3}]})
    assert execution.output == [
        {"order": 1, "shipped": True},
        {"order": 2, "shipped": False},
        {"DeadLetter": True},
    ]
    assert execution.duration == 3 * day
    [report] = world.sent("sns")
    assert report["Message"]["item"] == {"id": 3}
    assert report["Message"]["error"]["Error"] == "States.Timeout"


def test_nested_files_sends_every_row_of_every_file(world: World) -> None:
    world.objects.objects["example-exports"] = {
        f"today/{name}.jsonl": b"".join(
            json.dumps({"file": name, "row": row}).encode() + b"\n" for row in range(count)
        )
        for name, count in (("a", 2), ("b", 3))
    }
    world.services["sqs:sendMessage"] = lambda payload, call: {"MessageId": "m"}
    execution = world.run("nested_files")
    assert execution.status == "SUCCEEDED", execution.cause
    bodies = [payload["MessageBody"] for payload in world.sent("sqs")]
    assert sorted((body["file"], body["row"]) for body in bodies) == [
        ("a", 0),
        ("a", 1),
        ("b", 0),
        ("b", 1),
        ("b", 2),
    ]


def test_http_calls_waits_and_tries_again_when_throttled(world: World) -> None:
    def call_endpoint(payload: Any, call: Any) -> Any:
        if payload["RequestBody"]["customer"] == "c1" and call.attempt < 2:
            return TaskFailure("States.Http.StatusCode.429", "slow down")
        return {"StatusCode": 200, "ResponseBody": {"score": payload["RequestBody"]["customer"]}}

    world.services["http:invoke"] = call_endpoint
    execution = world.run("http_calls", {"customers": [{"id": f"c{number}"} for number in range(4)]})
    assert execution.output == [{"score": f"c{number}"} for number in range(4)]
    assert [call.time for call in world.calls[:3]] == [1.0, 1.0, 1.0]
    assert world.calls[0].input["Headers"] == {"Idempotency-Key": "c0"}
    assert world.calls[0].input["RequestBody"]["since"].startswith("1970-01-01T00:00:00")
    assert 1.0 <= execution.duration <= 1.0 + 5 + 10


def test_parquet_to_parquet_writes_what_it_reads(world: World) -> None:
    pa = pytest.importorskip("pyarrow", reason="needs pyarrow")
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist([{"ID": number, "Name": f"n{number}"} for number in range(50)]), buffer
    )
    world.objects.objects["example-lake"] = {"in.parquet": buffer.getvalue()}
    execution = world.run("parquet_to_parquet", {"key": "in.parquet", "target": "out/"})
    assert execution.status == "SUCCEEDED", execution.cause
    parts = [body for key, body in world.objects.objects["example-lake"].items() if key.startswith("out/")]
    rows = [row for part in parts for row in pq.read_table(io.BytesIO(part)).to_pylist()]
    assert rows == [{"id": number, "name": f"n{number}"} for number in range(50)]


def test_reminders_are_sent_at_their_moments(world: World) -> None:
    world.services["sns:publish"] = lambda payload, call: {"MessageId": "m"}
    due = [
        ("1970-01-01T00:01:00Z", "tea"),
        ("1970-03-01T00:00:00Z", "spring"),
        ("1969-01-01T00:00:00Z", "late"),
    ]
    execution = world.run("reminders", {"reminders": [{"due": when, "text": text} for when, text in due]})
    assert execution.status == "SUCCEEDED", execution.cause
    assert [(call.time, call.input["Message"]) for call in world.calls] == [
        (0.0, "late"), (60.0, "tea"), (59 * 86_400.0, "spring"),
    ]  # fmt: skip


def test_demo(world: World) -> None:
    items = [{"S": "Computer Science"}, {"S": "Economics"}, {"M": {"topic": {"S": "math"}}}]
    world.services["dynamodb:getItem"] = lambda payload, call: {"Item": {"values": {"L": items}}}
    execution = world.run("demo")
    assert execution.output == items
    assert [call.time for call in world.calls[1:]] == [2.0, 4.0, 6.0]
    assert [call.time for call in run_again(world, max_concurrency="3")] == [2.0, 2.0, 2.0]
    assert world.run("demo", wait="25").error == "States.Timeout"


def run_again(world: World, **overrides: str) -> list[Any]:
    world.calls.clear()
    assert world.run("demo", **overrides).status == "SUCCEEDED"
    return world.calls[1:]


@pytest.mark.parametrize("row", [{}, {"Item": {}}, {"Item": {"values": {"S": "no list"}}}])
def test_demo_without_its_list_says_so(world: World, row: dict[str, Any]) -> None:
    world.services["dynamodb:getItem"] = lambda payload, call: row
    execution = world.run("demo")
    assert (execution.status, execution.error) == ("FAILED", "ListNotFound")
    assert "has no row with mapstatelist = 'mapitems', or the row has no list" in str(execution.cause)
