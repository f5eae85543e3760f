"""Items kept in S3: listings of objects, files of items, manifests. A distributed map reads them.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from ..ref import BucketName, Count, Ref, Text, or_ref
from .base import Source

__all__ = [
    "AthenaManifest",
    "S3Csv",
    "S3Inventory",
    "S3Json",
    "S3JsonLines",
    "S3Objects",
    "S3Parquet",
]

if TYPE_CHECKING:
    Key = str | Ref
else:
    Key = or_ref(Annotated[str, StringConstraints(min_length=1, max_length=1024)])
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


class _S3(Source):
    reader = True

    bucket: BucketName = Field(
        description="name of the bucket (3 to 63 of a-z 0-9 . -), or a Ref into the execution's input"
    )
    max_items: Count | None = Field(
        default=None, description="items to read at most, or a Ref into the execution's input"
    )


class S3Objects(_S3):
    """The objects under a prefix: items describe them (`Key`, `Size`, ...), or with `load` are what is in them."""

    prefix: Text = Field(default="", description="start of the objects' keys")
    load: Literal["CSV", "JSON", "JSONL", "PARQUET"] | None = Field(
        default=None,
        description="read the objects, which all have this format, and make items of what is in them",
    )


class _S3File(_S3):
    key: Key = Field(description="key of the object, or a Ref into the execution's input")


class S3Csv(_S3File):
    """The rows of a CSV file: items are objects of text by column."""

    headers: list[str] | None = Field(
        default=None, min_length=1, description="column names; by default the first row holds them"
    )
    delimiter: Literal["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"] = Field(
        default="COMMA", description="what stands between fields"
    )


class S3Json(_S3File):
    """The elements of a JSON array in a file."""

    pointer: str | None = Field(
        default=None,
        pattern=r"^(/.*)?$",
        description="JSON pointer of the array, where it is not the whole file",
    )


class S3JsonLines(_S3File):
    """The lines of a JSON Lines file."""


class S3Parquet(_S3File):
    """The rows of a Parquet file."""


class S3Inventory(_S3File):
    """What an S3 inventory lists; the key is that of its manifest.json."""


class AthenaManifest(_S3File):
    """The rows of an Athena UNLOAD; the key is that of its manifest."""

    format: Literal["CSV", "JSONL", "PARQUET"] = Field(description="format of the files in the manifest")
