"""`Source`: the family of everything a `MapWorkflow` can take its items from."""

from __future__ import annotations

from typing import ClassVar

from ..model import Family

__all__ = ["Source"]


class Source(Family):
    """Where items come from."""

    reader: ClassVar[bool] = False
    """Whether the state machine reads the items from S3 itself, which takes a distributed map."""
    family = "a source"
    members: ClassVar[tuple[str, ...]] = (
        "DynamoDBList",
        "DynamoDBQuery",
        "DynamoDBScan",
        "S3Objects",
        "S3Csv",
        "S3Json",
        "S3JsonLines",
        "S3Parquet",
        "S3Inventory",
        "AthenaManifest",
        "ExecutionInput",
        "Items",
    )
