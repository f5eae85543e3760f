"""Data sets in S3: a source, the objects it reads, and the items that are in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from fanfold.dsl import S3Csv, S3Json, S3JsonLines, S3Objects, Source

from .values import items, json_values

__all__ = ["Dataset", "s3_datasets"]

BUCKET = "data"
_DELIMITERS: dict[Any, str] = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
_CELLS = st.text("abcé 019._", max_size=4).map(str.strip)


@dataclass(frozen=True)
class Dataset:
    """`items` are what a Map that reads `source` iterates over, `objects` what is in S3: `{bucket: {key: bytes}}`."""

    source: Source
    objects: dict[str, dict[str, bytes]] = field(repr=False)
    items: list[Any]
    """For a listing only the `Key` of each item is given: the rest S3 makes up."""


def s3_datasets(*, max_size: int = 6) -> st.SearchStrategy[Dataset]:
    """JSON, JSON Lines and CSV files, listings, and prefixes whose files are read, of up to `max_size` items."""
    return st.one_of(
        _json(max_size), _json_lines(max_size), _csv(max_size), _listings(max_size), _loaded(max_size)
    )


@st.composite
def _json(draw: st.DrawFn, max_size: int) -> Dataset:
    found = draw(items(json_values(4), min_size=1, max_size=max_size))
    names = draw(st.lists(st.sampled_from(["a", "b", "rows"]), max_size=2))
    document: Any = found
    for name in reversed(names):
        document = {name: document}
    pointer = "".join(f"/{name}" for name in names) or None
    source = S3Json(bucket=BUCKET, key="items.json", pointer=pointer)
    return Dataset(source, {BUCKET: {"items.json": json.dumps(document).encode()}}, found)


@st.composite
def _json_lines(draw: st.DrawFn, max_size: int) -> Dataset:
    found = draw(
        items(st.dictionaries(st.sampled_from("abc"), json_values(3)), min_size=1, max_size=max_size)
    )
    text = "\n".join(json.dumps(item) for item in found) + draw(st.sampled_from(["", "\n"]))
    return Dataset(S3JsonLines(bucket=BUCKET, key="i.jsonl"), {BUCKET: {"i.jsonl": text.encode()}}, found)


@st.composite
def _csv(draw: st.DrawFn, max_size: int) -> Dataset:
    columns = draw(st.lists(st.sampled_from(["id", "name", "size"]), min_size=2, unique=True))
    rows = draw(st.lists(st.tuples(*[_CELLS.filter(bool)] * len(columns)), min_size=1, max_size=max_size))
    delimiter = draw(st.sampled_from(list(_DELIMITERS)))
    own_header = draw(st.booleans())
    lines = [_DELIMITERS[delimiter].join(row) for row in ([tuple(columns)] if own_header else []) + rows]
    source = S3Csv(
        bucket=BUCKET, key="rows.csv", headers=None if own_header else columns, delimiter=delimiter
    )
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n"]))
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return Dataset(source, {BUCKET: {"rows.csv": text.encode()}}, found)


@st.composite
def _listings(draw: st.DrawFn, max_size: int) -> Dataset:
    keys = draw(st.lists(st.text("ab/", min_size=1, max_size=4), min_size=1, max_size=max_size, unique=True))
    found = [{"Key": f"in/{key}"} for key in sorted(keys)]
    objects = {BUCKET: {"other": b"", **{item["Key"]: b"x" for item in found}}}
    return Dataset(S3Objects(bucket=BUCKET, prefix="in/"), objects, found)


@st.composite
def _loaded(draw: st.DrawFn, max_size: int) -> Dataset:
    parts = draw(
        st.lists(items(json_values(3), min_size=1, max_size=3), min_size=1, max_size=max(1, max_size // 3))
    )
    objects = {f"in/{index}.json": json.dumps(part).encode() for index, part in enumerate(parts)}
    source = S3Objects(bucket=BUCKET, prefix="in/", load="JSON")
    return Dataset(source, {BUCKET: objects}, [item for part in parts for item in part])
