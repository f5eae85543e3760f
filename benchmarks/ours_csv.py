"""A distributed Map over a CSV file, batches of 1,000, the handler answering at once; or the floor.

argv: "map" or "floor", then a CSV file. Prints seconds and the peak resident memory in MB.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from fanfold.engine import NO_QUOTAS, TaskCall, TaskSuccess, run

MACHINE = {
    "StartAt": "Rows",
    "States": {
        "Rows": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "bench", "Key": "rows.csv"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 1000},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Work",
                "States": {
                    "Work": {
                        "Type": "Task",
                        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work",
                        "End": True,
                    }
                },
            },
            "ResultPath": None,
            "End": True,
        }
    },
}


class OneFile:
    """An ObjectStore that holds one local file under every name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        yield {"Key": self.path.name, "Size": self.path.stat().st_size}

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        return self.path.open("rb")

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        raise NotImplementedError("this benchmark writes no results")


def distributed(path: Path) -> int:
    seen = 0

    def count(call: TaskCall) -> TaskSuccess:
        nonlocal seen
        seen += len(call.input["Items"])
        return TaskSuccess({"rows": len(call.input["Items"])})

    execution = run(MACHINE, {}, tasks=count, objects=OneFile(path), quotas=NO_QUOTAS, history="summary")
    if execution.status != "SUCCEEDED":
        raise SystemExit(f"fanfold: {execution.status} {execution.error} {execution.cause}")
    return seen


def floor(path: Path) -> int:
    """One plain pass: read every row as a dict and write it as JSON."""
    with path.open(newline="") as file:
        return sum(1 for row in csv.DictReader(file) if json.dumps(row))


def main() -> None:
    started = time.perf_counter()
    rows = {"map": distributed, "floor": floor}[sys.argv[1]](Path(sys.argv[2]))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rows": rows, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main()
