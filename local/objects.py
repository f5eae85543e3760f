"""S3 for item readers and result writers: a folder of this machine, the S3 a run sees, or both as one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from fanfold.engine.task import ObjectStore, ObjectStoreError

from .aws import Aws, EmbeddedAws
from .errors import LocalError

__all__ = ["FolderObjects", "S3Objects", "SharedObjects", "Watched"]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


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
            # Not a temporary file of Python's, which nobody but the owner could read.
            stage = path.with_name(f".fanfold-{uuid4().hex}")
            try:
                stage.write_bytes(body)
                stage.replace(path)
            finally:
                stage.unlink(missing_ok=True)
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

    def buckets(self) -> list[str]:
        """Names of all buckets."""
        return [bucket["Name"] for bucket in self._call(lambda s3: s3.list_buckets())["Buckets"]]

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


class SharedObjects:
    """A folder of buckets as the S3 of a whole run: of readers and writers, of handlers and of SDK tasks.

    While only the engine uses S3, it is the folder itself, and files of any size are streamed from it. Once
    somebody else does, it is the embedded S3, filled from the folder; `save` then brings back what changed.
    Raises `LocalError` for a folder that cannot be a bucket.
    """

    def __init__(self, root: Path, aws: EmbeddedAws) -> None:
        self._root = root
        self._buckets = sorted(one.name for one in root.iterdir() if one.is_dir() and one.name[0] != ".")
        wrong = [name for name in self._buckets if not _BUCKET.fullmatch(name)]
        if wrong:
            raise LocalError(
                f"{root}: {wrong[0]!r} cannot be the name of a bucket: see FOLDER/<bucket>/<key>"
            )
        self._folder = FolderObjects(root)
        self._embedded = S3Objects(aws)
        self._region = aws.region
        self._filled: dict[tuple[str, str], str] | None = None
        aws.supply("s3", self._fill)

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """See `ObjectStore`."""
        return self._now().list_objects(bucket, prefix)

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """See `ObjectStore`."""
        return self._now().get_object(bucket, key, version)

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """See `ObjectStore`."""
        self._now().put_object(bucket, key, body)

    def save(self) -> None:
        """Write to the folder what the run wrote, and remove what it removed."""
        if self._filled is None:
            return
        left = dict(self._filled)
        for bucket in self._embedded.buckets():
            (self._root / bucket).mkdir(exist_ok=True)
            for entry in self._embedded.list_objects(bucket, ""):
                key = entry["Key"]
                if left.pop((bucket, key), None) != entry["ETag"]:
                    body = self._embedded.get_object(bucket, key).read()
                    self._folder.put_object(bucket, key, body)
        for bucket, key in left:
            (self._root / bucket / key).unlink(missing_ok=True)

    def _now(self) -> FolderObjects | S3Objects:
        return self._folder if self._filled is None else self._embedded

    def _fill(self, s3: Any) -> None:
        filled = {}
        elsewhere = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
        there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
        for bucket in self._buckets:
            if bucket not in there:
                s3.create_bucket(
                    Bucket=bucket, **({"CreateBucketConfiguration": elsewhere} if elsewhere else {})
                )
            for entry in self._folder.list_objects(bucket, ""):
                with self._folder.get_object(bucket, entry["Key"]) as body:
                    answer = s3.put_object(Bucket=bucket, Key=entry["Key"], Body=body)
                filled[bucket, entry["Key"]] = answer["ETag"]
        self._filled = filled


class Watched:
    """An object store that remembers what was looked for and was not there, for telling the user."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.missing: list[str] = []
        """`bucket/key`, `bucket/prefix` or a bucket's name."""

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """See `ObjectStore`."""
        found = False
        try:
            for entry in self._store.list_objects(bucket, prefix):
                found = True
                yield entry
        finally:
            if not found:
                self.missing.append(f"{bucket}/{prefix}")

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        """See `ObjectStore`."""
        try:
            return self._store.get_object(bucket, key, version)
        except ObjectStoreError:
            self.missing.append(f"{bucket}/{key}")
            raise

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """See `ObjectStore`."""
        try:
            self._store.put_object(bucket, key, body)
        except ObjectStoreError:
            self.missing.append(bucket)
            raise


def _page(s3: Any, bucket: str, prefix: str, token: dict[str, str]) -> Any:
    return s3.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
