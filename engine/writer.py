"""Results of a Map Run: what a distributed Map with a `ResultWriter` gives on, and the objects it exports.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any, Literal

from .expressions.timestamps import format_timestamp
from .expressions.values import to_json
from .task import ObjectStore, ObjectStoreError

__all__ = ["RESULT_WRITER_FAILED", "ChildResult", "ResultWriter", "WriterError"]

RESULT_WRITER_FAILED = "States.ResultWriterFailed"
SPOOLED_BYTES = 8 << 20
"""Results of one status held in memory; more of them wait in a temporary file."""

Status = Literal["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING"]
FILES = ("FAILED", "PENDING", "SUCCEEDED")


class WriterError(Exception):
    """The results cannot be exported: `States.ResultWriterFailed`."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.error = RESULT_WRITER_FAILED
        self.cause = cause


@dataclass(frozen=True, slots=True)
class ChildResult:
    """One child execution that has ended, or was never started (`PENDING`: its input only).

    `input` and `output` are JSON values, `start` and `stop` seconds since the Unix epoch.
    """

    status: Status
    input: Any
    name: str = ""
    execution_arn: str = ""
    state_machine_arn: str = ""
    output: Any = None
    error: str | None = None
    cause: str | None = None
    start: float = 0.0
    stop: float = 0.0

    def described(self) -> dict[str, Any]:
        """The result with the metadata of its execution: what `Transformation: NONE` gives."""
        if self.status == "PENDING":
            return {"Input": to_json(self.input), "InputDetails": {"Included": True}, "Status": "PENDING"}
        succeeded = self.status == "SUCCEEDED"
        described: dict[str, Any] = {} if succeeded else {"Cause": self.cause, "Error": self.error}
        described |= {
            "ExecutionArn": self.execution_arn,
            "Input": to_json(self.input),
            "InputDetails": {"Included": True},
            "Name": self.name,
        }
        if succeeded:
            described |= {"Output": to_json(self.output), "OutputDetails": {"Included": True}}
        described |= {
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE" if succeeded else "REDRIVABLE",
        }
        if succeeded:
            described["RedriveStatusReason"] = "Execution is SUCCEEDED and cannot be redriven"
        described |= {
            "StartDate": format_timestamp(self.start),
            "StateMachineArn": self.state_machine_arn,
            "Status": self.status,
            "StopDate": format_timestamp(self.stop),
        }
        return {key: value for key, value in described.items() if value is not None}


class ResultWriter:
    """Takes in the results of one Map Run and, at its end, gives the Map state's result.

    `writer` is the state's `ResultWriter` with `Parameters` or `Arguments` evaluated. With a `Resource`,
    results go to S3 in the order in which they are added, `finish` stores the objects and gives where their
    manifest is; with a `WriterConfig` alone, `finish` gives the results themselves, in the order of the
    items. `close` (or leaving the context) lets go of temporary files.
    """

    def __init__(
        self, writer: Mapping[str, Any], *, map_run_arn: str, objects: ObjectStore | None = None
    ) -> None:
        config = _object(writer, "WriterConfig")
        self._exports = writer.get("Resource") is not None
        self._arguments = _object(writer, "Arguments" if writer.get("Arguments") else "Parameters")
        self._objects = objects
        self._map_run_arn = map_run_arn
        self._transformation = config.get("Transformation") or ("NONE" if self._exports else "COMPACT")
        if self._transformation not in ("NONE", "COMPACT", "FLATTEN"):
            raise WriterError(f"Transformation {to_json(self._transformation)} is not supported")
        self._lines = config.get("OutputType") == "JSONL"
        self._results: dict[int, list[Any]] = {}
        self._files: dict[str, _ResultFile] = {}
        if self._exports and not self._bucket:
            raise WriterError("The ResultWriter needs a Bucket, which is a text")

    def __enter__(self) -> ResultWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def add(self, index: int, child: ChildResult) -> None:
        """Take in the result of the child execution of item (or batch) `index`."""
        results = list(self._transformed(child))
        if not self._exports:
            self._results[index] = results
            return
        status = child.status if child.status in FILES else "FAILED"
        if status not in self._files:
            self._files[status] = _ResultFile(lines=self._lines)
        self._files[status].add(results)

    def finish(self) -> Any:
        """The Map state's result. Raises `WriterError` where the objects cannot be stored."""
        if not self._exports:
            results = [result for index in sorted(self._results) for result in self._results[index]]
            return "".join(f"{to_json(result)}\n" for result in results) if self._lines else results
        try:
            key = self._export()
        except ObjectStoreError as error:
            raise WriterError(error.cause) from error
        return {"MapRunArn": self._map_run_arn, "ResultWriterDetails": {"Bucket": self._bucket, "Key": key}}

    def close(self) -> None:
        """Let go of temporary files."""
        for file in self._files.values():
            file.close()

    @property
    def _bucket(self) -> str:
        bucket = self._arguments.get("Bucket")
        return bucket if isinstance(bucket, str) else ""

    def _transformed(self, child: ChildResult) -> Iterable[Any]:
        if self._transformation == "NONE" or child.status != "SUCCEEDED":
            return (child.described(),)
        if self._transformation == "FLATTEN" and isinstance(child.output, list):
            return child.output
        return (child.output,)

    def _export(self) -> str:
        """Store the files of results and their manifest; the manifest's key."""
        if self._objects is None:
            raise WriterError("The ResultWriter exports to S3, and this run was given no object store")
        prefix = str(self._arguments.get("Prefix") or "")
        folder = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
        folder += self._map_run_arn.rpartition(":")[2]
        suffix = "jsonl" if self._lines else "json"
        manifest: dict[str, Any] = {
            "DestinationBucket": self._bucket,
            "MapRunArn": self._map_run_arn,
            "ResultFiles": {},
        }
        for status in FILES:
            entries = manifest["ResultFiles"][status] = []
            if status in self._files:
                body = self._files[status].content()
                key = f"{folder}/{status}_0.{suffix}"
                self._objects.put_object(self._bucket, key, body)
                entries.append({"Key": key, "Size": len(body)})
        key = f"{folder}/manifest.json"
        self._objects.put_object(self._bucket, key, to_json(manifest).encode())
        return key


def _object(writer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = writer.get(name) or {}
    if not isinstance(value, Mapping):
        raise WriterError(f"{name} of the ResultWriter must be an object, but was: {to_json(value)}")
    return value


class _ResultFile:
    """The text of one object of results, as it grows: a JSON array, or one JSON value a line."""

    def __init__(self, *, lines: bool) -> None:
        self._open, self._between, self._end = (b"", b"\n", b"\n") if lines else (b"[", b",", b"]")
        self._empty = True
        self._file = SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115 - closed with the writer

    def add(self, results: Iterable[Any]) -> None:
        for text in _encoded(results):
            self._file.write(self._open if self._empty else self._between)
            self._file.write(text)
            self._empty = False

    def content(self) -> bytes:
        if self._empty:
            return b"" if not self._open else self._open + self._end
        self._file.seek(0)
        return self._file.read() + self._end

    def close(self) -> None:
        self._file.close()


def _encoded(results: Iterable[Any]) -> Iterator[bytes]:
    for result in results:
        yield to_json(result).encode("utf-8", "surrogatepass")
