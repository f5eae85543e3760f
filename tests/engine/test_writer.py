"""Result writers: what a Map Run exports and gives on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.writer import ChildResult, ResultWriter, WriterError
from fanfold.testing.objects import MemoryObjectStore

RUN = "arn:aws:states:us-east-1:111111111111:mapRun:machine/Map:5f3b"
RESOURCE = "arn:aws:states:::s3:putObject"


def child(index: int, output: Any, status: Any = "SUCCEEDED") -> ChildResult:
    failed = {"error": "Broken", "cause": "on purpose"} if status == "FAILED" else {}
    return ChildResult(
        status,
        {"item": index},
        name=f"child-{index}",
        execution_arn=f"arn:aws:states:us-east-1:111111111111:execution:machine/Map:child-{index}",
        state_machine_arn="arn:aws:states:us-east-1:111111111111:stateMachine:machine/Map",
        output=output,
        start=1_738_633_790.099,
        stop=1_738_633_790.5,
        **failed,
    )


def write(spec: dict[str, Any], children: list[ChildResult], store: MemoryObjectStore | None = None) -> Any:
    with ResultWriter(spec, map_run_arn=RUN, objects=store) as writer:
        for index, result in enumerate(children):
            writer.add(index, result)
        return writer.finish()


def exported(store: MemoryObjectStore, name: str) -> Any:
    return json.loads(store.objects["out"][f"jobs/5f3b/{name}"])


@pytest.fixture
def store() -> MemoryObjectStore:
    return MemoryObjectStore({"out": {}})


def test_export_with_metadata(store: MemoryObjectStore) -> None:
    spec = {"Resource": RESOURCE, "Parameters": {"Bucket": "out", "Prefix": "jobs"}}
    children = [child(0, {"n": 1}), child(1, None, "FAILED"), child(2, None, "PENDING")]
    result = write(spec, children, store)
    key = "jobs/5f3b/manifest.json"
    assert result == {"MapRunArn": RUN, "ResultWriterDetails": {"Bucket": "out", "Key": key}}
    sizes = {name: len(body) for name, body in store.objects["out"].items()}
    assert exported(store, "manifest.json") == {
        "DestinationBucket": "out",
        "MapRunArn": RUN,
        "ResultFiles": {
            status: [{"Key": name, "Size": sizes[name]}]
            for status in ("FAILED", "PENDING", "SUCCEEDED")
            for name in [f"jobs/5f3b/{status}_0.json"]
        },
    }
    assert exported(store, "SUCCEEDED_0.json") == [
        {
            "ExecutionArn": "arn:aws:states:us-east-1:111111111111:execution:machine/Map:child-0",
            "Input": '{"item":0}',
            "InputDetails": {"Included": True},
            "Name": "child-0",
            "Output": '{"n":1}',
            "OutputDetails": {"Included": True},
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE",
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            "StartDate": "2025-02-04T01:49:50.099Z",
            "StateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:machine/Map",
            "Status": "SUCCEEDED",
            "StopDate": "2025-02-04T01:49:50.500Z",
        }
    ]
    [failed] = exported(store, "FAILED_0.json")
    assert (failed["Error"], failed["Cause"], failed["Status"]) == ("Broken", "on purpose", "FAILED")
    assert "Output" not in failed
    assert exported(store, "PENDING_0.json") == [
        {"Input": '{"item":2}', "InputDetails": {"Included": True}, "Status": "PENDING"}
    ]


@pytest.mark.parametrize("status", ["TIMED_OUT", "ABORTED"])
def test_what_did_not_succeed_is_in_the_file_of_failures(store: MemoryObjectStore, status: str) -> None:
    spec = {"Resource": RESOURCE, "Parameters": {"Bucket": "out", "Prefix": "jobs"}}
    write(spec, [child(0, None, status)], store)
    assert [entry["Status"] for entry in exported(store, "FAILED_0.json")] == [status]


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [({"Prefix": "a/b/"}, "a/b/5f3b"), ({"Prefix": ""}, "5f3b"), ({}, "5f3b"), ({"Prefix": "a"}, "a/5f3b")],
)
def test_prefix(store: MemoryObjectStore, arguments: dict[str, str], folder: str) -> None:
    write({"Resource": RESOURCE, "Arguments": {"Bucket": "out"} | arguments}, [child(0, 1)], store)
    assert set(store.objects["out"]) == {f"{folder}/manifest.json", f"{folder}/SUCCEEDED_0.json"}


def test_nothing_to_export_leaves_a_manifest(store: MemoryObjectStore) -> None:
    write({"Resource": RESOURCE, "Parameters": {"Bucket": "out", "Prefix": "jobs"}}, [], store)
    assert exported(store, "manifest.json")["ResultFiles"] == {"FAILED": [], "PENDING": [], "SUCCEEDED": []}


outputs = st.lists(st.one_of(st.integers(), st.text(), st.lists(st.integers(), max_size=3)), max_size=8)


@given(outputs=outputs, transformation=st.sampled_from(["COMPACT", "FLATTEN"]), lines=st.booleans())
@settings(deadline=None)
def test_results_are_the_same_in_the_state_and_in_s3(
    outputs: list[Any], transformation: str, lines: bool
) -> None:
    flat = [e for o in outputs for e in (o if isinstance(o, list) else [o])]
    expected = flat if transformation == "FLATTEN" else outputs
    config = {"Transformation": transformation, "OutputType": "JSONL" if lines else "JSON"}
    children = [child(index, output) for index, output in enumerate(outputs)]
    store = MemoryObjectStore({"out": {}})
    write({"WriterConfig": config, "Resource": RESOURCE, "Parameters": {"Bucket": "out"}}, children, store)
    inline = write({"WriterConfig": config}, children)
    text = store.objects["out"].get(
        f"5f3b/SUCCEEDED_0.{'jsonl' if lines else 'json'}", b"" if lines else b"[]"
    )
    if lines:
        assert [json.loads(line) for line in inline.split("\n") if line] == expected
        assert text.decode() == inline
    else:
        assert inline == expected
        assert json.loads(text) == expected


def test_results_in_the_state_are_in_the_order_of_the_items() -> None:
    writer = ResultWriter({"WriterConfig": {"Transformation": "COMPACT"}}, map_run_arn=RUN)
    writer.add(1, child(1, "b"))
    writer.add(0, child(0, "a"))
    assert writer.finish() == ["a", "b"]


def test_failed_children_are_not_transformed() -> None:
    result = write(
        {"WriterConfig": {"Transformation": "FLATTEN"}}, [child(0, [1, 2]), child(1, None, "FAILED")]
    )
    assert result[:2] == [1, 2]
    assert result[2]["Error"] == "Broken"


def test_default_without_s3_is_the_outputs() -> None:
    assert write({"WriterConfig": {}}, [child(0, [1])]) == [[1]]


@pytest.mark.parametrize(
    ("arguments", "objects", "cause"),
    [
        ({}, MemoryObjectStore(), "needs a Bucket"),
        ({"Bucket": "none"}, MemoryObjectStore(), "The specified bucket does not exist"),
        ({"Bucket": "out"}, None, "no object store"),
    ],
)
def test_errors(arguments: dict[str, Any], objects: MemoryObjectStore | None, cause: str) -> None:
    with pytest.raises(WriterError, match=cause) as caught:
        write({"Resource": RESOURCE, "Parameters": arguments}, [child(0, 1)], objects)
    assert caught.value.error == "States.ResultWriterFailed"


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2)
)

destinations = st.fixed_dictionaries({"Bucket": st.one_of(junk, st.just("out")), "Prefix": junk})


@given(
    spec=st.fixed_dictionaries(
        {},
        optional={
            "Resource": st.one_of(junk, st.just(RESOURCE)),
            "Parameters": st.one_of(junk, destinations),
            "WriterConfig": st.one_of(junk, st.fixed_dictionaries({"Transformation": junk, "OutputType": junk})),
        },
    )
)  # fmt: skip
@settings(deadline=None)
def test_whatever_the_writer_it_gives_a_result_or_an_error(spec: dict[str, Any]) -> None:
    try:
        given = json.dumps(
            write(spec, [child(0, [1]), child(1, None, "FAILED")], MemoryObjectStore({"out": {}}))
        )
    except WriterError as error:
        given = error.cause
    assert "\n" not in given
