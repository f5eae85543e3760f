"""S3 as a folder, and as the embedded S3: the same store seen through both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanfold.engine import ObjectStore, ObjectStoreError
from fanfold.local import EmbeddedAws, FolderObjects, S3Objects


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    embedded = EmbeddedAws()
    yield embedded
    embedded.close()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, aws: EmbeddedAws) -> ObjectStore:
    if request.param == "folder":
        (tmp_path / "bucket").mkdir()
        return FolderObjects(tmp_path)
    s3 = aws.client("s3")
    if "bucket" in [b["Name"] for b in s3.list_buckets()["Buckets"]]:
        for entry in s3.list_objects_v2(Bucket="bucket").get("Contents", ()):
            s3.delete_object(Bucket="bucket", Key=entry["Key"])
    else:
        s3.create_bucket(Bucket="bucket")
    return S3Objects(aws)


# Names that no key and folder share: `a` and `a/b` cannot both be files of one folder.
keys = st.lists(st.text("ab-", min_size=1, max_size=2).map(lambda t: f"d{t}"), max_size=2).map(
    lambda folders: "/".join([*folders, "file.txt"])
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    objects=st.dictionaries(keys, st.binary(max_size=20), max_size=5),
    prefix=st.sampled_from(["", "d", "da/"]),
)
def test_the_embedded_s3_and_a_folder_agree(
    tmp_path_factory: pytest.TempPathFactory, aws: EmbeddedAws, objects: dict[str, bytes], prefix: str
) -> None:
    root = tmp_path_factory.mktemp("buckets")
    bucket = root.name.lower().replace("_", "-")
    (root / bucket).mkdir()
    aws.client("s3").create_bucket(Bucket=bucket)
    folder, s3 = FolderObjects(root), S3Objects(aws)
    for key, body in objects.items():
        folder.put_object(bucket, key, body)
        s3.put_object(bucket, key, body)
    seen = [
        [(o["Key"], o["Size"], o["ETag"], o["StorageClass"]) for o in store.list_objects(bucket, prefix)]
        for store in (folder, s3)
    ]
    assert seen[0] == seen[1]
    assert [entry[0] for entry in seen[0]] == sorted(k for k in objects if k.startswith(prefix))
    for key, body in objects.items():
        for store in (folder, s3):
            with store.get_object(bucket, key) as stream:
                assert stream.read() == body


def test_what_is_not_there_is_named_as_s3_names_it(store: ObjectStore) -> None:
    for ask, error in (
        (lambda: store.get_object("bucket", "none"), "S3.NoSuchKeyException"),
        (lambda: store.get_object("nobucket", "k"), "S3.NoSuchBucketException"),
        (lambda: list(store.list_objects("nobucket", "")), "S3.NoSuchBucketException"),
        (lambda: store.put_object("nobucket", "k", b""), "S3.NoSuchBucketException"),
    ):
        with pytest.raises(ObjectStoreError) as caught:
            ask()
        assert caught.value.error == error


class PagedAws:
    """An S3 client whose pages hold two keys."""

    region = "us-east-1"
    embedded = False

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys

    def client(self, service: str) -> PagedAws:
        return self

    def list_objects_v2(self, *, Bucket: str, Prefix: str, ContinuationToken: str = "0") -> dict[str, Any]:  # noqa: N803
        start = int(ContinuationToken)
        page = [{"Key": k, "LastModified": datetime.now(UTC)} for k in self.keys[start : start + 2]]
        more = start + 2 < len(self.keys)
        following = {"NextContinuationToken": str(start + 2)} if more else {}
        return {"Contents": page, "IsTruncated": more, **following}

    def environment(self) -> dict[str, str]:
        return {}

    def close(self) -> None:
        pass


@pytest.mark.parametrize("count", range(6))
def test_listing_goes_on_past_a_page(count: int) -> None:
    keys = [str(number) for number in range(count)]
    assert [entry["Key"] for entry in S3Objects(PagedAws(keys)).list_objects("many", "")] == keys


@pytest.mark.parametrize("key", ["../secret", "a/../../secret", "/etc/hostname", "", ".", "folder/", "nul\0"])
def test_no_key_leads_out_of_its_bucket(tmp_path: Path, key: str) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "secret").write_text("secret")
    store = FolderObjects(tmp_path)
    with pytest.raises(ObjectStoreError):
        store.get_object("bucket", key)
    with pytest.raises(ObjectStoreError):
        store.put_object("bucket", key, b"x")
    assert (tmp_path / "secret").read_text() == "secret"


@pytest.mark.parametrize("bucket", ["..", ".", "", "a/b"])
def test_a_bucket_is_a_folder_of_the_root(tmp_path: Path, bucket: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(ObjectStoreError, match="NoSuchBucket"):
        list(FolderObjects(tmp_path).list_objects(bucket, ""))


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    store = FolderObjects(tmp_path)
    store.put_object("bucket", "a", b"first")
    with pytest.raises(ObjectStoreError, match="cannot write"):
        store.put_object("bucket", "a/b", b"second")  # `a` is a file
    assert [entry["Key"] for entry in store.list_objects("bucket", "")] == ["a"]


def test_whoever_may_read_a_file_made_there_may_read_an_object(tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    FolderObjects(tmp_path).put_object("bucket", "object", b"x")
    assert (tmp_path / "bucket" / "object").stat().st_mode == (tmp_path / "file").stat().st_mode


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_results_of_a_distributed_map_land_in_the_folder(tmp_path: Path) -> None:
    from fanfold.engine import TaskSuccess, run

    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "list.json").write_text("[1, 2, 3]")
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "End": True,
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": "in", "Key": "list.json"},
                },
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Work",
                    "States": {"Work": {"Type": "Pass", "End": True}},
                },
                "ResultWriter": {
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket": "out", "Prefix": "results"},
                },
            }
        },
    }
    done = run(definition, {}, tasks=lambda _: TaskSuccess(None), objects=FolderObjects(tmp_path))
    assert done.status == "SUCCEEDED", done.cause
    [succeeded] = (tmp_path / "out" / "results").glob("*/SUCCEEDED_0.json")
    assert [json.loads(entry["Output"]) for entry in json.loads(succeeded.read_text())] == [1, 2, 3]
