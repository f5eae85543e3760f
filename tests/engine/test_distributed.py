"""The distributed Map: child executions, tolerated failures, batches, exports, and what a Map Run tells of itself."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, BinaryIO

import pytest

from fanfold.engine import (
    NO_QUOTAS,
    MapRun,
    ObjectStoreError,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskHang,
    TaskSuccess,
    run,
)

TASK = {
    "StartAt": "T",
    "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}},
}
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


class Memory:
    """An ObjectStore of one bucket."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = dict(objects)

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        for key in sorted(self.objects):
            if key.startswith(prefix):
                yield {"Key": key, "Size": len(self.objects[key]), "ETag": "e"}

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        if key not in self.objects:
            raise ObjectStoreError("S3.NoSuchKeyException", "The specified key does not exist.")
        return io.BytesIO(self.objects[key])

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        self.objects[key] = body


def distributed(processor: dict[str, Any] = TASK, kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    state = {
        "Type": "Map",
        "End": True,
        "ItemProcessor": {"ProcessorConfig": config, **deepcopy(processor)},
        **fields,
    }
    return {"StartAt": "M", "States": {"M": state}}


def echo(call: TaskCall) -> TaskAnswer:
    return TaskSuccess(call.input)


def odd_fails(call: TaskCall) -> TaskAnswer:
    return TaskFailure("Odd", str(call.input), 1.0) if call.input % 2 else TaskSuccess(call.input, 1.0)


def counts(map_run: MapRun) -> dict[str, int]:
    return {name: count for name, count in map_run.items.items() if count}


def test_children_are_executions_of_their_own() -> None:
    execution = run(distributed(Label="Rows"), ["a", "b"], tasks=echo, start=50.0)
    assert execution.output == ["a", "b"]
    assert [event["type"] for event in execution.history] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    (map_run,) = execution.map_runs
    children = execution.children(map_run)
    assert [child.input for child in children] == ["a", "b"]
    assert len({child.arn for child in children}) == 2
    assert all(":execution:StateMachine/Rows:" in child.arn for child in children)
    assert [event["type"] for event in children[0].history] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert map_run.describe() == {
        "mapRunArn": map_run.arn,
        "executionArn": execution.arn,
        "status": "SUCCEEDED",
        "startDate": 50.0,
        "stopDate": 50.0,
        "maxConcurrency": 0,
        "toleratedFailureCount": 0,
        "toleratedFailurePercentage": 0.0,
        "itemCounts": map_run.items,
        "executionCounts": map_run.children,
        "redriveCount": 0,
    }
    assert counts(map_run) == {"succeeded": 2, "total": 2}


def test_children_know_nothing_of_their_parents_variables_and_are_named_alike_in_every_run() -> None:
    seen: list[Any] = []
    definition = distributed(TASK)
    definition["States"]["M"]["ItemProcessor"]["States"]["T"]["Parameters"] = {"id.$": "$$.Execution.Id"}

    def tasks(call: TaskCall) -> TaskAnswer:
        seen.append((call.execution_arn, call.input["id"]))
        return TaskSuccess(1)

    for _ in range(2):
        run(definition, [1, 2], tasks=tasks)
    assert seen[:2] == seen[2:]
    assert all(arn == context for arn, context in seen)
    definition["States"]["M"]["ItemProcessor"]["States"]["T"]["Parameters"] = {"x.$": "$outer"}
    execution = run(definition, [1], tasks=echo, variables={"outer": 1})
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert execution.children(execution.map_runs[0])[0].error == "States.Runtime"


@pytest.mark.parametrize(
    ("fields", "status", "expected"),
    [
        ({}, "FAILED", {"succeeded": 1, "failed": 1, "pending": 3, "total": 5}),
        ({"ToleratedFailureCount": 1}, "FAILED", {"succeeded": 2, "failed": 2, "pending": 1, "total": 5}),
        ({"ToleratedFailureCount": 2}, "SUCCEEDED", {"succeeded": 3, "failed": 2, "total": 5}),
        (
            {"ToleratedFailurePercentage": 20},
            "FAILED",
            {"succeeded": 2, "failed": 2, "pending": 1, "total": 5},
        ),
        ({"ToleratedFailurePercentage": 40}, "SUCCEEDED", {"succeeded": 3, "failed": 2, "total": 5}),
    ],
)
def test_failures_are_tolerated_up_to_the_threshold(
    fields: dict[str, Any], status: str, expected: dict[str, int]
) -> None:
    execution = run(distributed(MaxConcurrency=1, **fields), [0, 1, 2, 3, 4], tasks=odd_fails)
    assert execution.status == status
    assert counts(execution.map_runs[0]) == expected
    if status == "SUCCEEDED":
        assert execution.output == [0, 2, 4]
    else:
        assert execution.error == "States.ExceedToleratedFailureThreshold"
        assert [event["type"] for event in execution.history][-3:] == [
            "MapRunFailed",
            "MapStateFailed",
            "ExecutionFailed",
        ]


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("ToleratedFailureCount", "1", None),
        ("ToleratedFailurePercentage", "12.5", None),
        ("MaxConcurrency", 1.0, 'refers to value "1.0" which is not a valid integer: $.n'),
        ("ToleratedFailureCount", "x", 'refers to value "x" which is not a valid integer: $.n'),
        ("ToleratedFailureCount", None, 'refers to value "null" which is not a valid integer: $.n'),
        ("ToleratedFailureCount", -1, "ToleratedFailureCount cannot be negative."),
        ("ToleratedFailurePercentage", 101, "ToleratedFailurePercentage must be between 0 and 100."),
        ("MaxConcurrency", -2, "Expected non-negative integer for MaxConcurrency, got '-2' instead."),
    ],
)
def test_numbers_that_a_path_finds(field: str, value: Any, cause: str | None) -> None:
    definition = distributed(ItemsPath="$.items", **{f"{field}Path": "$.n"})
    execution = run(definition, {"items": [1], "n": value}, tasks=echo)
    if cause is None:
        assert execution.output == [1]
    else:
        assert execution.error == "States.Runtime"
        assert (execution.cause or "").endswith(cause)


def test_children_under_way_are_aborted_with_the_run() -> None:
    execution = run(
        distributed(), [0, 1, 2], tasks=lambda c: TaskHang() if c.input != 1 else TaskFailure("x", None, 1.0)
    )
    map_run = execution.map_runs[0]
    assert counts(map_run) == {"failed": 1, "aborted": 2, "total": 3}
    assert [child.status for child in execution.children(map_run)] == ["ABORTED", "FAILED", "ABORTED"]
    timed_out = run({"TimeoutSeconds": 9, **distributed()}, [0, 1], tasks=lambda call: TaskHang())
    assert timed_out.status == "TIMED_OUT"
    assert timed_out.map_runs[0].status == "ABORTED"
    assert counts(timed_out.map_runs[0]) == {"aborted": 2, "total": 2}


def test_an_express_child_has_five_minutes() -> None:
    execution = run(distributed(kind="EXPRESS", ToleratedFailureCount=1), [1], tasks=lambda call: TaskHang())
    assert (execution.status, execution.duration) == ("SUCCEEDED", 300.0)
    assert counts(execution.map_runs[0]) == {"timedOut": 1, "total": 1}


def test_concurrency_of_children_in_virtual_time() -> None:
    definition = distributed(MaxConcurrency=2)
    assert run(definition, [0, 2, 4, 6, 8], tasks=odd_fails).duration == 3.0


def test_a_history_of_children_does_not_count_for_the_parent() -> None:
    execution = run(distributed(PASS), list(range(9_000)), tasks=echo)
    assert (execution.status, len(execution.history)) == ("SUCCEEDED", 8)


CSV = b"id,name\n" + b"".join(b"%d,n%d\n" % (i, i) for i in range(5))
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    "Parameters": {"Bucket": "b", "Key.$": "$.key"},
}


def test_rows_are_read_selected_and_batched() -> None:
    definition = distributed(
        PASS,
        ItemReader=READER,
        ItemSelector={"i.$": "$$.Map.Item.Index", "id.$": "$$.Map.Item.Value.id", "k.$": "$.key"},
        ItemBatcher={"MaxItemsPerBatchPath": "$.per", "BatchInput": {"from.$": "$.key"}},
    )
    execution = run(definition, {"key": "rows", "per": 2}, tasks=echo, objects=Memory(rows=CSV))
    assert [len(batch["Items"]) for batch in execution.output] == [2, 2, 1]
    assert execution.output[2] == {
        "BatchInput": {"from": "rows"},
        "Items": [{"i": 4, "id": "4", "k": "rows"}],
    }
    map_run = execution.map_runs[0]
    assert (map_run.items["succeeded"], map_run.children["succeeded"]) == (5, 3)


def test_a_reader_that_finds_nothing_fails_the_run() -> None:
    execution = run(distributed(ItemReader=READER), {"key": "nowhere"}, tasks=echo, objects=Memory())
    assert execution.error == "States.ItemReaderFailed"
    assert run(distributed(ItemReader=READER), {"key": "x"}, tasks=echo).error == "States.ItemReaderFailed"


def test_a_limit_of_items_that_is_no_number() -> None:
    definition = distributed(
        PASS,
        QueryLanguage="JSONata",
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": "{% '2' %}"},
            "Arguments": {"Bucket": "b", "Key": "rows"},
        },
    )
    execution = run(definition, tasks=echo, objects=Memory(rows=CSV))
    assert execution.error == "States.QueryEvaluationError"
    assert "the field 'ItemReader/ReaderConfig/MaxItems' returned an unexpected result type." in (
        execution.cause or ""
    )


def test_an_object_counts_as_its_members() -> None:
    definition = distributed(PASS, ItemSelector={"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value"})
    assert run(definition, {"a": 1, "b": 2}, tasks=echo).output == [{"k": "a", "v": 1}, {"k": "b", "v": 2}]


def test_a_failed_run_exports_what_it_has() -> None:
    store = Memory()
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}
    execution = run(
        distributed(MaxConcurrency=1, ToleratedFailureCount=1, ResultWriter=writer),
        [0, 1, 3, 4, 5],
        tasks=odd_fails,
        objects=store,
    )
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    files = {key.rpartition("/")[2]: json.loads(body) for key, body in store.objects.items()}
    assert set(files) == {"manifest.json", "SUCCEEDED_0.json", "FAILED_0.json", "PENDING_0.json"}
    assert [entry["Input"] for entry in files["PENDING_0.json"]] == ["4", "5"]
    assert [entry["Error"] for entry in files["FAILED_0.json"]] == ["Odd", "Odd"]
    written = run(distributed(ResultWriter=writer), [0, 2], tasks=odd_fails, objects=store)
    assert written.output["ResultWriterDetails"]["Key"].endswith("manifest.json")
    assert counts(written.map_runs[0]) == {"succeeded": 2, "total": 2, "resultsWritten": 2}


def test_a_summary_keeps_no_children_and_gives_the_same_results() -> None:
    definition = distributed(MaxConcurrency=3, ToleratedFailureCount=9)
    full = run(definition, list(range(20)), tasks=lambda c: odd_fails(c), quotas=NO_QUOTAS)
    summary = run(
        definition, list(range(20)), tasks=lambda c: odd_fails(c), quotas=NO_QUOTAS, history="summary"
    )
    assert full.error == summary.error == "States.ExceedToleratedFailureThreshold"
    assert list(full.history) == list(summary.history)
    assert full.map_runs[0].describe() == summary.map_runs[0].describe()
    assert summary.children(summary.map_runs[0]) == []
