"""S3 for item readers and result writers: a folder of this machine, or a client of the S3 a run sees."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from fanfold.engine.task import ObjectStoreError

from .aws import Aws

__all__ = ["FolderObjects", "S3Objects"]


class FolderObjects:
    """Buckets as folders: object `data/in.csv` of bucket `orders` is the file `<root>/orders/data/in.csv`.

    The engine writes results there too. A key that would lead out of its bucket does not exist.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """See `ObjectStore`. `ETag` is the MD5 of the content, as for an object uploaded whole."""
        folder = self._bucket(bucket)
        keys = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        for key in sorted((k for k in keys if k.startswith(prefix)), key=str.encode):
            path = folder / key
            status = path.stat()
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "md5").hexdigest()
            yield {
                "ETag": f'"{digest}"',
                "Key": key,
                "LastModified": float(int(status.st_mtime)),
                "Size": status.st_size,
                "StorageClass": "STANDARD",
            }

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """See `ObjectStore`. A folder keeps no versions."""
        path = self._path(bucket, key)
        if version is not None:
            raise ObjectStoreError(
                "S3.S3Exception", f"the folder of bucket {bucket} keeps no versions of {key}"
            )
        if path is None or not path.is_file():
            raise ObjectStoreError("S3.NoSuchKeyException", "The specified key does not exist.")
        return path.open("rb")

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """See `ObjectStore`. The file appears whole or not at all."""
        path = self._path(bucket, key)
        if path is None:
            raise ObjectStoreError("S3.S3Exception", f"the key {key!r} cannot be a file of bucket {bucket}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".fanfold-")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(body)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ObjectStoreError("S3.S3Exception", f"cannot write {path}: {error.strerror}") from error

    def _bucket(self, bucket: str) -> Path:
        folder = self._root / bucket
        if folder.parent != self._root or bucket in ("", ".", "..") or not folder.is_dir():
            raise ObjectStoreError("S3.NoSuchBucketException", "The specified bucket does not exist")
        return folder

    def _path(self, bucket: str, key: str) -> Path | None:
        folder = self._bucket(bucket)
        if "\0" in key:
            return None
        path = (folder / key).resolve()
        inside = path.is_relative_to(folder.resolve()) and path != folder
        return path if inside and not key.endswith("/") else None


class S3Objects:
    """The S3 of an `Aws`."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """See `ObjectStore`. Pages of 1,000 keys are fetched as they are wanted."""
        token: dict[str, str] = {}
        while True:
            page = self._call(partial(_page, bucket=bucket, prefix=prefix, token=token))
            for entry in page.get("Contents", ()):
                known = ("ETag", "Key", "Size", "StorageClass")
                found = {name: entry[name] for name in known if name in entry}
                yield {**found, "LastModified": entry["LastModified"].timestamp()}
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """See `ObjectStore`. The body is streamed."""
        extra = {} if version is None else {"VersionId": version}
        answer = self._call(lambda s3: s3.get_object(Bucket=bucket, Key=key, **extra))
        return cast("BinaryIO", answer["Body"])

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """See `ObjectStore`."""
        self._call(lambda s3: s3.put_object(Bucket=bucket, Key=key, Body=body))

    def _call(self, request: Callable[[Any], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return request(self._aws.client("s3"))
        except ClientError as error:
            details = error.response.get("Error", {})
            code = str(details.get("Code") or "S3")
            name = code if code.endswith("Exception") else f"{code}Exception"
            raise ObjectStoreError(f"S3.{name}", str(details.get("Message", ""))) from None
        except BotoCoreError as error:
            raise ObjectStoreError("S3.SdkClientException", str(error)) from None


def _page(s3: Any, bucket: str, prefix: str, token: dict[str, str]) -> Any:
    return s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
