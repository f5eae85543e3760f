"""Item readers over S3, and batches."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.readers import ReaderError, batches, open_items
from fanfold.testing.objects import MemoryObjectStore

LIST = "arn:aws:states:::s3:listObjectsV2"
GET = "arn:aws:states:::s3:getObject"
ROWS = b"id,name\n1,a\n2,b\n3,c\n"


def reader(resource: str, arguments: Mapping[str, Any], **config: Any) -> dict[str, Any]:
    return {"Resource": resource, "Parameters": arguments, "ReaderConfig": config}


def read(store: MemoryObjectStore, spec: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Items with the source each has when it is given."""
    stream = open_items(spec, store)
    return [(item, stream.source) for item in stream]


@pytest.fixture
def store() -> MemoryObjectStore:
    objects = {
        "in/": b"",
        "in/1.csv": ROWS,
        "in/2.csv": b"id,name\n4,d\n",
        "list.json": b'[{"n": 1}, {"n": 2}]',
        "map.json": b'{"x": 1, "y": [2]}',
    }
    return MemoryObjectStore({"bucket": objects}, modified=1_700_000_000.75)


def test_listed_objects_are_items(store: MemoryObjectStore) -> None:
    items = read(store, reader(LIST, {"Bucket": "bucket", "Prefix": "in/"}))
    assert [item["Key"] for item, _ in items] == ["in/", "in/1.csv", "in/2.csv"]
    assert {source for _, source in items} == {"S3://bucket"}
    assert items[1][0] == {
        "Etag": '"408e2e64b15dd561d27b9a233064ef45"',
        "Key": "in/1.csv",
        "LastModified": 1_700_000_000,
        "Size": len(ROWS),
        "StorageClass": "STANDARD",
    }


def test_load_and_flatten_reads_the_listed_objects(store: MemoryObjectStore) -> None:
    spec = reader(
        LIST, {"Bucket": "bucket", "Prefix": "in/"}, InputType="CSV", Transformation="LOAD_AND_FLATTEN"
    )
    assert [(item["id"], source) for item, source in read(store, spec)] == [
        ("1", "S3://bucket/in/1.csv"),
        ("2", "S3://bucket/in/1.csv"),
        ("3", "S3://bucket/in/1.csv"),
        ("4", "S3://bucket/in/2.csv"),
    ]


def test_arguments_of_jsonata_states(store: MemoryObjectStore) -> None:
    spec = {"Resource": GET, "Arguments": {"Bucket": "bucket", "Key": "list.json"}}
    assert read(store, spec) == [({"n": 1}, "S3://bucket/list.json"), ({"n": 2}, "S3://bucket/list.json")]


def test_members_of_an_object_are_keyed(store: MemoryObjectStore) -> None:
    stream = open_items(reader(GET, {"Bucket": "bucket", "Key": "map.json"}, InputType="JSON"), store)
    assert list(stream) == [{"Key": "x", "Value": 1}, {"Key": "y", "Value": [2]}]
    assert stream.keyed


def test_an_object_was_no_data_set_once(store: MemoryObjectStore) -> None:
    spec = reader(GET, {"Bucket": "bucket", "Key": "map.json"}, InputType="JSON")
    with pytest.raises(ReaderError, match="Attempting to map over non-iterable node"):
        list(open_items(spec, store, members=False))


@pytest.mark.parametrize(("limit", "count"), [(0, 3), (1, 1), (2.0, 2), (3, 3), (100_000_001, 3), (None, 3)])
def test_max_items(store: MemoryObjectStore, limit: float | None, count: int) -> None:
    spec = reader(GET, {"Bucket": "bucket", "Key": "in/1.csv"}, InputType="CSV", MaxItems=limit)
    assert len(read(store, spec)) == count


@pytest.mark.parametrize(
    ("resource", "arguments", "config", "cause"),
    [
        (GET, {"Bucket": "bucket", "Key": "in/1.csv"}, {"MaxItems": -1}, "field MaxItems must be positive"),
        (GET, {"Bucket": "bucket", "Key": "in/1.csv"}, {"MaxItems": 1.5}, "MaxItems must be an integer"),
        (GET, {}, {"MaxItems": "x", "MaxItemsPath": "$.n"}, '"x" which is not a valid integer: \\$.n'),
        (GET, {}, {"MaxItems": 2.0, "MaxItemsPath": "$.n"}, '"2.0" which is not a valid integer: \\$.n'),
        (GET, {"Bucket": "bucket", "Key": "none"}, {}, "The specified key does not exist."),
        (GET, {"Bucket": "none", "Key": "none"}, {}, "The specified bucket does not exist"),
        (GET, {"Bucket": "bucket"}, {}, "needs a Key"),
        (LIST, {"Bucket": 1}, {}, "Bucket of the ItemReader must be a string, but was: 1"),
        (LIST, {}, {}, "needs a Bucket"),
        (GET, {"Bucket": "bucket", "Key": "in/1.csv"}, {"InputType": "XML"}, "XML is not supported"),
        (GET, {"Bucket": "bucket", "Key": "in/1.csv"}, {"InputType": "JSON"}, "not valid"),
        ("arn:aws:states:::s3:putObject", {}, {}, "putObject is not supported"),
    ],
)  # fmt: skip
def test_errors(
    store: MemoryObjectStore, resource: str, arguments: dict[str, Any], config: dict[str, Any], cause: str
) -> None:
    with pytest.raises(ReaderError, match=cause):
        read(store, reader(resource, arguments, **config))


@pytest.mark.parametrize("config", [{"InputType": "MANIFEST"}, {"ManifestType": "S3_INVENTORY"}])
def test_s3_inventory(config: dict[str, Any]) -> None:
    manifest = {
        "sourceBucket": "source",
        "destinationBucket": "arn:aws:s3:::reports",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "data/1.csv.gz", "size": 1}, {"key": "data/2.csv.gz", "size": 1}],
    }
    objects = {
        "manifest.json": json.dumps(manifest).encode(),
        "data/1.csv.gz": gzip.compress(b'"source","a.txt","5"\n"source","b.txt","6"\n'),
        "data/2.csv.gz": gzip.compress(b'"source","c%20d.txt","7"\n'),
    }
    store = MemoryObjectStore({"reports": objects})
    items = read(store, reader(GET, {"Bucket": "reports", "Key": "manifest.json"}, **config))
    assert [item for item, _ in items] == [
        {"Bucket": "source", "Key": "a.txt", "Size": "5"},
        {"Bucket": "source", "Key": "b.txt", "Size": "6"},
        {"Bucket": "source", "Key": "c%20d.txt", "Size": "7"},
    ]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"no json", b'{"fileFormat": "ORC"}'])
def test_s3_inventory_manifest_that_is_none(body: bytes) -> None:
    store = MemoryObjectStore({"reports": {"manifest.json": body}})
    with pytest.raises(ReaderError, match="manifest"):
        read(store, reader(GET, {"Bucket": "reports", "Key": "manifest.json"}, ManifestType="S3_INVENTORY"))


def test_athena_manifest() -> None:
    objects = {
        "q-manifest.csv": b"s3://data/q/1.gz\ns3://data/q/2.gz\n",
    }
    data = {"q/1.gz": gzip.compress(b'{"n": 1}\n{"n": 2}\n'), "q/2.gz": gzip.compress(b'{"n": 3}\n')}
    store = MemoryObjectStore({"results": objects, "data": data})
    spec = reader(
        GET, {"Bucket": "results", "Key": "q-manifest.csv"}, ManifestType="ATHENA_DATA", InputType="JSONL"
    )
    assert read(store, spec) == [
        ({"n": 1}, "S3://data/q/1.gz"),
        ({"n": 2}, "S3://data/q/1.gz"),
        ({"n": 3}, "S3://data/q/2.gz"),
    ]


def test_athena_manifest_of_something_else() -> None:
    store = MemoryObjectStore({"results": {"m.csv": b"file:///etc/hosts\n"}})
    spec = reader(GET, {"Bucket": "results", "Key": "m.csv"}, ManifestType="ATHENA_DATA", InputType="CSV")
    with pytest.raises(ReaderError, match="no S3 URI"):
        read(store, spec)


values = st.one_of(st.text(max_size=12), st.integers(), st.lists(st.integers(), max_size=4))


def size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


@given(
    items=st.lists(values, max_size=40),
    max_items=st.one_of(st.none(), st.integers(1, 10)),
    max_bytes=st.one_of(st.none(), st.integers(20, 120)),
    batch_input=st.one_of(st.none(), st.just({"k": "v"})),
)
@settings(deadline=None)
def test_batches_are_as_large_as_allowed(
    items: list[Any], max_items: int | None, max_bytes: int | None, batch_input: Any
) -> None:
    made = list(batches(items, max_items=max_items, max_bytes=max_bytes, batch_input=batch_input))
    assert [item for batch in made for item in batch["Items"]] == items
    limit = min(max_bytes or 262_144, 262_144)
    for number, batch in enumerate(made):
        assert batch.get("BatchInput") == batch_input
        assert len(batch["Items"]) <= (max_items or len(items))
        assert size(batch) <= limit or len(batch["Items"]) == 1
        if number + 1 < len(made):
            more = batch | {"Items": [*batch["Items"], made[number + 1]["Items"][0]]}
            assert len(more["Items"]) > (max_items or len(items)) or size(more) > limit


def test_batches_keep_within_what_a_child_may_be_given() -> None:
    made = list(batches(["x" * 1000] * 1000, max_items=1000))
    assert [len(batch["Items"]) for batch in made] == [261, 261, 261, 217]


def test_batches_are_made_lazily() -> None:
    def endless() -> Any:
        while True:
            yield 1

    made = batches(endless(), max_items=3)
    assert next(made) == {"Items": [1, 1, 1]}


junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["", "x", "bucket", "in/1.csv"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "Key"]), inner)
    ),
    max_leaves=4,
)
options = {
    "InputType": st.sampled_from(["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"]),
    "CSVHeaderLocation": st.sampled_from(["FIRST_ROW", "GIVEN"]),
    "CSVHeaders": st.just(["a", "b"]),
    "CSVDelimiter": st.sampled_from(["COMMA", "TAB"]),
    "ItemsPointer": st.sampled_from(["", "/x"]),
    "MaxItems": st.integers(-1, 5),
    "ManifestType": st.sampled_from(["S3_INVENTORY", "ATHENA_DATA"]),
    "Transformation": st.sampled_from(["NONE", "LOAD_AND_FLATTEN"]),
}
keys = st.sampled_from(["in/1.csv", "list.json", "map.json", "odd"])


@given(
    resource=st.sampled_from([GET, LIST]),
    arguments=st.one_of(
        junk, st.fixed_dictionaries({"Bucket": st.just("bucket"), "Key": st.one_of(keys, junk)})
    ),
    config=st.one_of(
        junk,
        st.fixed_dictionaries({}, optional={name: st.one_of(good, junk) for name, good in options.items()}),
    ),
    odd=st.binary(max_size=40),
)
@settings(deadline=None, max_examples=300)
def test_whatever_the_reader_it_gives_items_or_an_error(
    resource: str, arguments: Any, config: Any, odd: bytes
) -> None:
    objects = {"in/1.csv": ROWS, "list.json": b"[1, 2]", "map.json": b'{"x": [1]}', "odd": odd}
    spec = {"Resource": resource, "Parameters": arguments, "ReaderConfig": config}
    try:
        given = json.dumps(list(open_items(spec, MemoryObjectStore({"bucket": objects}))))
    except ReaderError as error:
        given = error.cause
    assert "\n" not in given


class Rows(io.RawIOBase):
    """An object of many rows, made as they are read."""

    def __init__(self, start: bytes, row: bytes, count: int, end: bytes) -> None:
        self.parts = chain([start], repeat(row, count), [end])
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self.rest) < len(buffer) and (part := next(self.parts, b"")):
            self.rest += part
        given, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("input_type", "start", "row", "end"),
    [
        ("CSV", b"id,name\n", b"1,some name\n", b""),
        ("JSONL", b"", b'{"id": 1, "name": "some name"}\n', b""),
        ("JSON", b"[0", b',{"id": 1, "name": "some name"}', b"]"),
    ],
)
def test_memory_does_not_grow_with_the_data_set(
    input_type: str, start: bytes, row: bytes, end: bytes
) -> None:
    class Store(MemoryObjectStore):
        def get_object(self, bucket: str, key: str, version: str | None = None) -> Any:
            return Rows(start, row, int(key), end)

    def peak(rows: int) -> int:
        stream = open_items(reader(GET, {"Bucket": "b", "Key": str(rows)}, InputType=input_type), Store())
        tracemalloc.start()
        try:
            count = sum(len(batch["Items"]) for batch in batches(stream, max_items=100))
            assert count >= rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(40_000) < peak(20_000) + 100_000
