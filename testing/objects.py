"""An S3 in memory, for tests of workflows whose maps read or write objects."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from fanfold.engine.task import ObjectStoreError

__all__ = ["MemoryObjectStore"]


class MemoryObjectStore:
    """An `ObjectStore` of buckets held in memory: `{bucket: {key: bytes}}`.

    `objects` is the live content, so that a test can look at what a result writer stored. `modified` (seconds
    since the Unix epoch) is the `LastModified` of every object.
    """

    def __init__(
        self, objects: Mapping[str, Mapping[str, bytes]] | None = None, *, modified: float = 0.0
    ) -> None:
        self.objects: dict[str, dict[str, bytes]] = {
            name: dict(keys) for name, keys in (objects or {}).items()
        }
        self.modified = modified

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """Objects under `prefix` in key order, with the members `ListObjectsV2` gives; raises `ObjectStoreError`."""
        for key, body in sorted(self._bucket(bucket).items()):
            if key.startswith(prefix):
                yield {
                    "ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"',
                    "Key": key,
                    "LastModified": self.modified,
                    "Size": len(body),
                    "StorageClass": "STANDARD",
                }

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """A stream of the object's bytes; raises `ObjectStoreError` where there is none, and for any version."""
        body = self._bucket(bucket).get(key)
        if body is None:
            raise ObjectStoreError("S3.NoSuchKeyException", "The specified key does not exist.")
        if version is not None:
            raise ObjectStoreError("S3.S3Exception", f"The in-memory bucket {bucket!r} keeps no versions.")
        return io.BytesIO(body)

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Store an object whole; raises `ObjectStoreError` where the bucket does not exist."""
        self._bucket(bucket)[key] = body

    def _bucket(self, bucket: str) -> dict[str, bytes]:
        if bucket not in self.objects:
            raise ObjectStoreError("S3.NoSuchBucketException", "The specified bucket does not exist")
        return self.objects[bucket]
