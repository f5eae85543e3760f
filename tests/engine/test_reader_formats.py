"""Item readers: what one object holds."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine import readers_formats
from fanfold.engine.readers_formats import ReaderError, read_csv, read_json, read_json_lines, read_parquet

HEADER_LIMIT = 10 * 1024
fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)
json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), fields
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(fields, inner, max_size=3)),
    max_leaves=8,
)


def rows_of(text: str, header: list[str] | None = None, delimiter: str = "COMMA") -> list[dict[str, str]]:
    return list(read_csv(io.BytesIO(text.encode()), header, delimiter, HEADER_LIMIT))


def items_of(text: str, pointer: str = "") -> list[Any]:
    return list(read_json(io.BytesIO(text.encode()), pointer)[1])


@given(
    header=st.lists(fields.filter(bool), min_size=1, max_size=4, unique=True),
    rows=st.lists(st.lists(fields, min_size=1, max_size=6), max_size=6),
    delimiter=st.sampled_from(["COMMA", "PIPE", "SEMICOLON", "TAB", "SPACE"]),
    given_header=st.booleans(),
)
@settings(deadline=None)
def test_csv_gives_back_what_was_written(
    header: list[str], rows: list[list[str]], delimiter: str, given_header: bool
) -> None:
    """Short rows are filled up with empty texts, long ones cut; values survive quoting and line breaks."""
    text = io.StringIO(newline="")
    sign = readers_formats.DELIMITERS[delimiter]
    writer = csv.writer(text, delimiter=sign, quoting=csv.QUOTE_ALL, escapechar="\\")
    writer.writerows(rows if given_header else [header, *rows])
    expected = [dict(zip(header, row + [""] * 4, strict=False)) for row in rows]
    assert rows_of(text.getvalue(), header if given_header else None, delimiter) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a,b\n", []),
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        ("a,b\n1,2", [{"a": "1", "b": "2"}]),
        ("\ufeffa,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,b\n1\n", [{"a": "1", "b": ""}]),
        ("a,b\n1,2,3\n", [{"a": "1", "b": "2"}]),
        ("a,b\n\n1,2\n\n", [{"a": "1", "b": "2"}]),
        ("a,b\n,\n", [{"a": "", "b": ""}]),
        ("a,b\n   \n", [{"a": "   ", "b": ""}]),
        ('a,b\n"x,y","say ""hi"""\n', [{"a": "x,y", "b": 'say "hi"'}]),
        ('a,b\n"two\nlines",2\n', [{"a": "two\nlines", "b": "2"}]),
        ("path,size\nC:\\\\dir\\\\x.exe,1\n", [{"path": "C:\\dir\\x.exe", "size": "1"}]),
        ("a,b\nx\\,y,\\z\n", [{"a": "x,y", "b": "z"}]),
        ("a\nNull\ntrue\n1.50\n", [{"a": "Null"}, {"a": "true"}, {"a": "1.50"}]),
    ],
)
def test_csv_rules(text: str, expected: list[dict[str, str]]) -> None:
    assert rows_of(text) == expected


def test_csv_row_after_row_of_a_field_larger_than_the_csv_module_allows() -> None:
    long = "x" * 200_000
    assert rows_of(f"a\n{long}\n") == [{"a": long}]


def test_csv_header_has_a_limit() -> None:
    with pytest.raises(ReaderError, match="header exceeds 10240 bytes"):
        rows_of(",".join(["x" * 1024] * 11) + "\n1\n")


@pytest.mark.parametrize(("text", "header"), [("a,b,a\n1,2,3\n", None), ("1,2\n", ["a", "a"])])
def test_csv_header_names_each_column_once(text: str, header: list[str] | None) -> None:
    with pytest.raises(ReaderError, match="CSV headers cannot contain duplicates"):
        rows_of(text, header)


def test_csv_is_read_lazily() -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = b"1,2\n" * (len(buffer) // 4)
            buffer[: len(line)] = line
            return len(line)

    rows = read_csv(Endless(), ["a", "b"], "COMMA", HEADER_LIMIT)  # type: ignore[arg-type]
    assert [next(rows) for _ in range(3)] == [{"a": "1", "b": "2"}] * 3


@given(values=st.lists(json_values, max_size=8), chunk=st.integers(1, 40), indent=st.sampled_from([None, 1]))
@settings(deadline=None)
def test_json_arrays_are_the_same_whole_and_in_pieces(
    values: list[Any], chunk: int, indent: int | None
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers_formats, "CHUNK", chunk)
        assert items_of(text) == values


@given(text=st.text(st.sampled_from('[]{},:"1 atn\\-e.')))
@settings(deadline=None)
def test_json_that_is_no_json_is_an_error_also_in_pieces(text: str) -> None:
    text = f"[{text}"
    try:
        expected = json.loads(text, parse_constant=float)
    except ValueError:
        expected = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers_formats, "CHUNK", 3)
        if isinstance(expected, list):
            assert items_of(text) == expected
        else:
            with pytest.raises(ReaderError):
                items_of(text)


@given(document=st.dictionaries(fields, json_values, max_size=4))
@settings(deadline=None)
def test_json_object_gives_its_members(document: dict[str, Any]) -> None:
    keyed, items = read_json(io.BytesIO(json.dumps(document).encode()), "")
    assert keyed
    assert list(items) == [{"Key": key, "Value": value} for key, value in document.items()]


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [("/a/b", [1, 2]), ("/a~1b/m~0n", [3]), ("/list/1", [5]), ("", [{"Key": "x", "Value": 1}])],
)
def test_items_pointer(pointer: str, expected: list[Any]) -> None:
    document = {"a": {"b": [1, 2]}, "a/b": {"m~n": [3]}, "list": [[4], [5]]} if pointer else {"x": 1}
    assert items_of(json.dumps(document), pointer) == expected


@pytest.mark.parametrize(
    ("text", "pointer", "cause"),
    [
        ("1", "", "Attempting to map over non-iterable node."),
        ('"text"', "", "Attempting to map over non-iterable node."),
        ('{"a": 1}', "/a", "Attempting to map over non-iterable node."),
        ('{"a": []}', "/b", "ItemsPointer does not match any valid path"),
        ('{"a": []}', "a", "ItemsPointer does not match any valid path"),
        ("[1, 2", "", "not valid"),
        ("[NaN]", "", "NaN is not a JSON value"),
        ("", "", "not valid"),
    ],
)
def test_json_errors(text: str, pointer: str, cause: str) -> None:
    with pytest.raises(ReaderError, match=cause) as caught:
        items_of(text, pointer)
    assert caught.value.error == "States.ItemReaderFailed"


@given(values=st.lists(json_values, max_size=6))
@settings(deadline=None)
def test_json_lines(values: list[Any]) -> None:
    text = "".join(json.dumps(value) + "\n" for value in values)
    assert list(read_json_lines(io.BytesIO(text.encode()))) == values


def test_json_lines_names_the_broken_line() -> None:
    with pytest.raises(ReaderError, match="line 3"):
        list(read_json_lines(io.BytesIO(b'{"a": 1}\n\n{"a": \n')))


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_objects_are_told_by_their_first_bytes(compress: Any) -> None:
    body = compress(b"a,b\n" + b"1,2\n" * 5000)
    assert len(list(read_csv(io.BytesIO(body), None, "COMMA", HEADER_LIMIT))) == 5000
    assert items_of_bytes(compress(b"[1, 2]")) == [1, 2]


def items_of_bytes(body: bytes) -> list[Any]:
    return list(read_json(io.BytesIO(body), "")[1])


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"[1, 2]")[:-4], gzip.compress(b"[1]")[:12] + b"xx", b"\x28\xb5\x2f\xfd broken"],
    ids=["cut gzip", "spoilt gzip", "spoilt zstd"],
)
def test_broken_compression_is_an_error(body: bytes) -> None:
    with pytest.raises(ReaderError, match=r"compressed|not valid"):
        items_of_bytes(body)
    with pytest.raises(ReaderError):
        list(read_json_lines(io.BytesIO(body)))


def test_parquet_rows() -> None:
    import datetime as dt
    from decimal import Decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {
            "id": number,
            "name": f"n{number}",
            "at": dt.datetime(2024, 1, 1, 0, 0, 1, 500_000),
            "on": dt.date(2024, 1, 2),
            "price": Decimal("1.50"),
            "raw": b"\xff\x00",
            "tags": ["x", None],
            "inner": {"deep": [1.5]},
        }
        for number in range(3000)
    ]
    body = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), body)
    body.seek(0)
    read = list(read_parquet(body))
    assert len(read) == 3000
    assert read[7] == {
        "id": 7,
        "name": "n7",
        "at": 1704067201500,
        "on": "2024-01-02",
        "price": "1.50",
        "raw": "/wA=",
        "tags": ["x", None],
        "inner": {"deep": [1.5]},
    }


def test_parquet_that_is_none_is_an_error() -> None:
    with pytest.raises(ReaderError, match="Parquet file cannot be read"):
        list(read_parquet(io.BytesIO(b"a,b\n1,2\n")))
