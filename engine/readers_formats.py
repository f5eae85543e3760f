"""Items out of one object's bytes: CSV, JSON, JSON Lines and Parquet, plain or compressed.

Every reader is a generator over a binary stream and raises `ReaderError` for what it cannot read.
"""

from __future__ import annotations

import base64
import csv
import datetime as dt
import decimal
import gzip
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO, Any, BinaryIO, NoReturn

__all__ = [
    "NOT_ITERABLE",
    "MissingExtraError",
    "ReaderError",
    "read_csv",
    "read_json",
    "read_json_lines",
    "read_parquet",
]

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
CHUNK = 1 << 20
"""Characters of a JSON text read at a time."""
FIELD_BYTES = 8 << 20
"""Length of one CSV field at most; the csv module's own limit is lower."""
PARQUET_ROWS = 1024
NOT_ITERABLE = "Attempting to map over non-iterable node."
_POINTS_NOWHERE = (
    "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure."
)


class ReaderError(Exception):
    """The data set cannot be read: `States.ItemReaderFailed`, with the cause AWS gives where it is known."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.error = "States.ItemReaderFailed"
        self.cause = cause


class MissingExtraError(ImportError):
    """The installation lacks what reading this data needs. Not an error of the workflow: no `Catch` sees it."""


def read_csv(
    stream: BinaryIO, header: list[str] | None, delimiter: str, header_bytes: int
) -> Iterator[dict[str, str]]:
    """The rows of a delimited text as objects of texts; `header` None takes the names from the first row.

    A row shorter than the header is filled up with empty texts, what is beyond it is dropped, an empty line
    is no row. A doubled quote stands for one in a quoted field, a backslash takes the meaning from what
    follows it. Source: https://docs.aws.amazon.com/step-functions/latest/dg/example-csv-parse-dist-map.html
    """
    if delimiter not in DELIMITERS:
        raise ReaderError(f"CSVDelimiter {delimiter} is not supported")
    if csv.field_size_limit() < FIELD_BYTES:
        csv.field_size_limit(FIELD_BYTES)
    with _text(stream, newline="") as text:
        rows = csv.reader(text, delimiter=DELIMITERS[delimiter], escapechar="\\")
        try:
            names = next(rows, None) if header is None else header
            if names is None:
                return
            if sum(len(name.encode()) for name in names) > header_bytes:
                raise ReaderError(f"The CSV header exceeds {header_bytes} bytes")
            if len(set(names)) < len(names):
                raise ReaderError("CSV headers cannot contain duplicates.")
            yield from _objects(names, rows)
        except csv.Error as error:
            raise ReaderError(f"The CSV text cannot be read, line {rows.line_num}: {error}") from None


def _objects(names: list[str], rows: Iterator[list[str]]) -> Iterator[dict[str, str]]:
    count = len(names)
    for row in rows:
        if len(row) >= count:
            yield dict(zip(names, row, strict=False))
        elif row:
            yield dict(zip(names, row + [""] * (count - len(row)), strict=True))


def read_json_lines(stream: BinaryIO) -> Iterator[Any]:
    """The values of a JSON Lines text, one a line; empty lines are passed over."""
    with _text(stream) as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield _loads(line, f"line {number} of the JSON Lines text")


def read_json(stream: BinaryIO, pointer: str) -> tuple[bool, Iterator[Any]]:
    """Whether the data set is a JSON object, and its items: an array's elements, or an object's members.

    A member is the item `{"Key": name, "Value": value}`. `pointer` is a JSON Pointer (RFC 6901) to the array
    or object within the document, "" for the document. A long array is read piece by piece.
    """
    with ExitStack() as stack:
        text = stack.enter_context(_text(stream))
        start = text.read(CHUNK)
        if len(start) == CHUNK and not pointer and start.lstrip().startswith("["):
            return False, _closing(stack.pop_all(), _stream_array(start, text))
        document = _loads(start + text.read(), "the JSON text")
    dataset = _resolve(document, pointer)
    if isinstance(dataset, list):
        return False, iter(dataset)
    if isinstance(dataset, dict):
        return True, ({"Key": key, "Value": value} for key, value in dataset.items())
    raise ReaderError(NOT_ITERABLE)


def _closing(resources: ExitStack, items: Iterator[Any]) -> Iterator[Any]:
    with resources:
        yield from items


def _stream_array(buffer: str, text: IO[str]) -> Iterator[Any]:
    """The elements of an array whose text begins in `buffer` and goes on in `text`."""
    decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
    position = buffer.index("[") + 1
    wanted = CHUNK
    expects_element, ended, first = True, False, True
    while True:
        position = _skip_space(buffer, position)
        if position < len(buffer):
            mark = buffer[position]
            if mark == "]" and (first or not expects_element):
                _expect_end(buffer[position + 1 :], text)
                return
            if not expects_element:
                if mark != ",":
                    raise ReaderError("the JSON text is not valid: ',' or ']' expected after an element")
                position, expects_element = position + 1, True
                continue
            try:
                element, end = decode(buffer, position)
            except ValueError as error:
                if ended:
                    raise ReaderError(f"the JSON text is not valid: {error}") from None
            else:
                # Of a number the end is known only by what follows it.
                after = _skip_space(buffer, end)
                if ended or (after < len(buffer) and buffer[after] in ",]"):
                    position, expects_element, first = end, False, False
                    wanted = CHUNK
                    yield element
                    continue
        elif ended:
            raise ReaderError("the JSON text is not valid: it ends within an array")
        more = text.read(wanted)
        wanted *= 2
        ended = not more
        buffer, position = buffer[position:] + more, 0


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\n\r":
        position += 1
    return position


def _expect_end(rest: str, text: IO[str]) -> None:
    while True:
        if rest.strip(" \t\n\r"):
            raise ReaderError("the JSON text is not valid: there is more after the array")
        rest = text.read(CHUNK)
        if not rest:
            return


def _resolve(document: Any, pointer: str) -> Any:
    if not pointer:
        return document
    if not pointer.startswith("/"):
        raise ReaderError(_POINTS_NOWHERE)
    value = document
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise ReaderError(_POINTS_NOWHERE)
    return value


def read_parquet(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file as JSON objects, a group of rows at a time.

    Timestamps are epoch milliseconds; dates, times and decimals are texts; binary values are base64. Raises
    `MissingExtraError` where pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        import pyarrow.parquet as pq  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise MissingExtraError("reading PARQUET needs pyarrow: pip install 'fanfold[data]'") from None
    with tempfile.TemporaryFile() as local:
        file: IO[bytes] = stream
        if not stream.seekable():
            shutil.copyfileobj(stream, local)
            local.seek(0)
            file = local
        try:
            with pq.ParquetFile(file) as parquet:
                for batch in parquet.iter_batches(batch_size=PARQUET_ROWS):
                    for row in batch.to_pylist(maps_as_pydicts="strict"):
                        yield {name: _plain(value) for name, value in row.items()}
        except (pa.ArrowException, OSError) as error:
            raise ReaderError(f"The Parquet file cannot be read: {str(error).splitlines()[0]}") from None


def _plain(value: Any) -> Any:
    """A Parquet value as JSON."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(element) for key, element in value.items()}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return (aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise ReaderError(f"A Parquet value of type {type(value).__name__} has no JSON form")


@contextmanager
def _text(stream: BinaryIO, newline: str | None = None) -> Iterator[IO[str]]:
    """The object as text: decompressed where its first bytes say so, UTF-8, without a byte order mark."""
    with ExitStack() as stack:
        buffered = stack.enter_context(io.BufferedReader(stream))  # type: ignore[type-var]  # any readable stream
        plain: Any = buffered
        magic = buffered.peek(4)[:4]
        if magic.startswith(GZIP_MAGIC):
            plain = stack.enter_context(gzip.GzipFile(fileobj=buffered))
        elif magic == ZSTD_MAGIC:
            plain = stack.enter_context(io.BufferedReader(_ZstdReader(buffered), CHUNK))
        text = io.TextIOWrapper(plain, encoding="utf-8-sig", errors="replace", newline=newline)
        try:
            yield stack.enter_context(text)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ReaderError(f"The compressed object cannot be read: {error}") from None


class _ZstdReader(io.RawIOBase):
    """Decompressed bytes of a zstd stream; broken data is an `EOFError`, as gzip's is."""

    def __init__(self, stream: IO[bytes]) -> None:
        try:
            import zstandard
        except ModuleNotFoundError:
            raise MissingExtraError("reading zstd needs zstandard: pip install 'fanfold[data]'") from None
        self._broken = zstandard.ZstdError
        self._reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._reader.readinto(buffer)
        except self._broken as error:
            raise EOFError(str(error)) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _loads(text: str, what: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ReaderError(f"{what} is not valid: {error}") from None
