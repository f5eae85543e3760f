"""Item readers and batches of a distributed Map.

`open_items` streams the items of an `ItemReader` whose `Parameters`/`Arguments` and paths are resolved;
`batches` groups items as `ItemBatcher` does. Both hold one item or one batch at a time, so that a data set of
any size runs in bounded memory.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html,
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from .expressions.values import java_json, payload_size, to_json
from .readers_formats import NOT_ITERABLE, ReaderError, read_csv, read_json, read_json_lines, read_parquet
from .task import ObjectStore, ObjectStoreError

__all__ = ["ITEM_READER_FAILED", "ItemStream", "ReaderError", "batches", "open_items"]

ITEM_READER_FAILED = "States.ItemReaderFailed"
MAX_ITEMS = 100_000_000
"""Items one Map Run takes at most."""
MAX_INPUT_BYTES = 262_144
"""Size of a child execution's input at most, in bytes."""
CSV_HEADER_BYTES = 10 * 1024
ARN_S3 = "arn:aws:s3:::"

Config = Mapping[str, Any]


class ItemStream:
    """The items of a data set, in order, to be iterated once.

    `source` is `$$.Map.Item.Source` of the item given last. `keyed` says that the data set is a JSON object:
    an item then is `{"Key": name, "Value": value}`. Iterating raises `ReaderError` where the data cannot be
    read.
    """

    def __init__(
        self, config: Config, arguments: Config, objects: ObjectStore, *, listing: bool, members: bool
    ) -> None:
        self.source = ""
        self.keyed = False
        self._config = config
        self._arguments = arguments
        self._objects = objects
        self._listing = listing
        self._members = members
        self._limit = _max_items(config)

    def __iter__(self) -> Iterator[Any]:
        return islice(self._guarded(), self._limit)

    def _guarded(self) -> Iterator[Any]:
        try:
            yield from self._listed() if self._listing else self._read()
        except ObjectStoreError as error:
            raise ReaderError(error.cause) from error

    def _listed(self) -> Iterator[Any]:
        bucket, prefix = self._argument("Bucket"), _text(self._arguments, "Prefix")
        listing = self._objects.list_objects(bucket, prefix)
        if self._config.get("Transformation") == "LOAD_AND_FLATTEN":
            for entry in listing:
                if not entry["Key"].endswith("/"):
                    yield from self._object(bucket, entry["Key"], self._config)
            return
        self.source = f"S3://{bucket}"
        for entry in listing:
            yield _listed_item(entry)

    def _read(self) -> Iterator[Any]:
        bucket, key = self._argument("Bucket"), self._argument("Key")
        kind = _text(self._config, "ManifestType")
        if kind == "S3_INVENTORY" or (not kind and self._config.get("InputType") == "MANIFEST"):
            return self._inventory(bucket, key)
        if kind == "ATHENA_DATA":
            return self._athena(bucket, key)
        if kind:
            raise ReaderError(f"ManifestType {kind} is not supported")
        return self._object(bucket, key, self._config, _text(self._arguments, "VersionId") or None)

    def _object(self, bucket: str, key: str, config: Config, version: str | None = None) -> Iterator[Any]:
        """The items of one object, by its `InputType`."""
        input_type = _text(config, "InputType") or "JSON"
        with self._objects.get_object(bucket, key, version) as stream:
            self.source = f"S3://{bucket}/{key}"
            if input_type == "CSV":
                delimiter = _text(config, "CSVDelimiter") or "COMMA"
                yield from read_csv(stream, _given_header(config), delimiter, CSV_HEADER_BYTES)
            elif input_type == "JSON":
                self.keyed, items = read_json(stream, _text(config, "ItemsPointer"))
                if self.keyed and not self._members:
                    raise ReaderError(NOT_ITERABLE)
                yield from items
            elif input_type == "JSONL":
                yield from read_json_lines(stream)
            elif input_type == "PARQUET":
                yield from read_parquet(stream)
            else:
                raise ReaderError(f"InputType {input_type} is not supported")

    def _inventory(self, bucket: str, key: str) -> Iterator[Any]:
        """The rows of all files of an S3 inventory: the manifest names the files and their columns.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
        """
        manifest = self._manifest(bucket, key)
        if manifest["fileFormat"] != "CSV":
            raise ReaderError(f"S3 inventory of format {manifest['fileFormat']} is not supported: use CSV")
        columns = [column.strip() for column in manifest["fileSchema"].split(",")]
        config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": columns}
        for file in manifest["files"]:
            yield from self._object(manifest["destinationBucket"].removeprefix(ARN_S3), file["key"], config)

    def _manifest(self, bucket: str, key: str) -> dict[str, Any]:
        with self._objects.get_object(bucket, key) as stream:
            try:
                manifest = json.loads(stream.read())
            except ValueError as error:
                raise ReaderError(f"The manifest S3://{bucket}/{key} is not JSON: {error}") from None
        texts = ("fileFormat", "fileSchema", "destinationBucket")
        if not (
            isinstance(manifest, dict)
            and all(isinstance(manifest.get(name), str) for name in texts)
            and isinstance(manifest.get("files"), list)
            and all(isinstance(f, dict) and isinstance(f.get("key"), str) for f in manifest["files"])
        ):
            raise ReaderError(
                f"The manifest S3://{bucket}/{key} is not one of an S3 inventory: "
                "it needs fileFormat, fileSchema, destinationBucket and files with a key"
            )
        return manifest

    def _athena(self, bucket: str, key: str) -> Iterator[Any]:
        """The items of all files an Athena `UNLOAD` wrote; its manifest holds one S3 URI a line.

        Source: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
        """
        with self._objects.get_object(bucket, key) as stream:
            uris = [
                line.strip() for line in stream.read().decode("utf-8", "replace").splitlines() if line.strip()
            ]
        for uri in uris:
            scheme, _, path = uri.partition("://")
            data_bucket, _, data_key = path.partition("/")
            if scheme.lower() != "s3" or not data_bucket or not data_key:
                raise ReaderError(f"The manifest S3://{bucket}/{key} holds {uri!r}, which is no S3 URI")
            yield from self._object(data_bucket, data_key, self._config)

    def _argument(self, name: str) -> str:
        value = _text(self._arguments, name)
        if not value:
            raise ReaderError(f"The ItemReader needs a {name}")
        return value


def open_items(reader: Config, objects: ObjectStore, *, members: bool = True) -> ItemStream:
    """The items an `ItemReader` reads.

    `reader` is the state's field with `Parameters` or `Arguments` evaluated and, where it used a path or an
    expression, `ReaderConfig.MaxItems` resolved. `members` says whether a JSON object is a data set, of its
    members; until September 2025 AWS took arrays only. Nothing is read before the first item is asked for.
    Raises `ReaderError` for a configuration that AWS refuses when it starts reading.
    """
    arguments = reader.get("Arguments") or reader.get("Parameters") or {}
    config = reader.get("ReaderConfig") or {}
    if not isinstance(arguments, Mapping) or not isinstance(config, Mapping):
        raise ReaderError("The arguments and the ReaderConfig of an ItemReader must be objects")
    action = str(reader.get("Resource", "")).rpartition(":")[2]
    if action not in ("getObject", "listObjectsV2"):
        raise ReaderError(f"The ItemReader resource {reader.get('Resource')} is not supported")
    return ItemStream(config, arguments, objects, listing=action == "listObjectsV2", members=members)


def _text(fields: Config, name: str) -> str:
    """A field that holds a text, "" where it is absent."""
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise ReaderError(f"{name} of the ItemReader must be a string, but was: {to_json(value)}")


def _given_header(config: Config) -> list[str] | None:
    if config.get("CSVHeaderLocation") != "GIVEN":
        return None
    names = config.get("CSVHeaders")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ReaderError("CSVHeaders must be an array of strings where CSVHeaderLocation is GIVEN")
    return names


def _max_items(config: Config) -> int:
    """`MaxItems`, where 0 and what is beyond AWS's limit mean that limit."""
    limit = config.get("MaxItems")
    if limit is None:
        return MAX_ITEMS
    path = config.get("MaxItemsPath")
    whole = isinstance(limit, int) or (path is None and isinstance(limit, float) and limit.is_integer())
    if isinstance(limit, bool) or not whole:
        if path is None:
            raise ReaderError(f"field MaxItems must be an integer, but was: {to_json(limit)}")
        shown = limit if isinstance(limit, str) else java_json(limit)
        raise ReaderError(
            f'The MaxItemsPath field refers to value "{shown}" which is not a valid integer: {path}'
        )
    if limit < 0:
        raise ReaderError("field MaxItems must be positive")
    return min(int(limit), MAX_ITEMS) or MAX_ITEMS


def _listed_item(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An object of `ListObjectsV2` as Step Functions writes it: `Etag`, and epoch seconds for the date."""
    modified = entry.get("LastModified", 0)
    return {
        "Etag": entry.get("ETag", entry.get("Etag", "")),
        "Key": entry["Key"],
        "LastModified": int(modified.timestamp() if isinstance(modified, datetime) else modified),
        "Size": entry.get("Size", 0),
        "StorageClass": entry.get("StorageClass", "STANDARD"),
    }


def batches(
    items: Iterable[Any],
    *,
    max_items: int | None = None,
    max_bytes: int | None = None,
    batch_input: Any = None,
) -> Iterator[dict[str, Any]]:
    """Inputs of child executions, `{"BatchInput": ..., "Items": [...]}`, of items already selected.

    A batch ends before `max_items` items or `max_bytes` bytes (of the whole input as compact JSON) are
    exceeded, and never exceeds the 262,144 bytes a child may be given; an item that alone is larger makes a
    batch of its own. `BatchInput` is there if `batch_input` is not None.
    """
    limit = min(max_bytes or MAX_INPUT_BYTES, MAX_INPUT_BYTES)
    shape: dict[str, Any] = {} if batch_input is None else {"BatchInput": batch_input}
    room = limit - payload_size(shape | {"Items": []})
    source = iter(items)
    if max_items is None:
        for group in _by_size(source, room):
            yield shape | {"Items": group}
        return
    pending: list[Any] = []
    while group := pending + list(islice(source, max_items - len(pending))):
        parts = [group] if payload_size(group) - 2 <= room else list(_by_size(iter(group), room))
        # What a cut leaves over is filled up from the source again.
        pending = parts.pop() if len(parts) > 1 else []
        for part in parts:
            yield shape | {"Items": part}


def _by_size(items: Iterator[Any], room: int) -> Iterator[list[Any]]:
    """Groups of items whose JSON, with the commas between, takes at most `room` bytes."""
    group: list[Any] = []
    used = 0
    for item in items:
        size = payload_size(item)
        if group and used + 1 + size > room:
            yield group
            group, used = [], 0
        used += size + (1 if group else 0)
        group.append(item)
    if group:
        yield group
