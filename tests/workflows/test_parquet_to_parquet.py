"""Parquet to Parquet: rows in, changed rows out, a part file a batch."""

import io

import pytest

from fanfold.testing import assert_succeeded


def test_what_is_read_is_written(run, sfn_backend, language):
    pa = pytest.importorskip("pyarrow", reason="needs pyarrow")
    import pyarrow.parquet as pq

    rows = [{"ID": number, "Name": f"n{number}"} for number in range(50)]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    s3 = sfn_backend.client("s3")
    s3.create_bucket(Bucket="example-lake")
    s3.put_object(Bucket="example-lake", Key="in.parquet", Body=buffer.getvalue())
    target = f"out/{language}/"
    done = run(
        "workflows/parquet_to_parquet.py",
        input={"key": "in.parquet", "target": target},
        query_language=language,
    )
    assert_succeeded(done)
    found = s3.list_objects_v2(Bucket="example-lake", Prefix=target)["Contents"]
    parts = [s3.get_object(Bucket="example-lake", Key=one["Key"])["Body"].read() for one in found]
    written = [row for part in parts for row in pq.read_table(io.BytesIO(part)).to_pylist()]
    assert written == [{"id": number, "name": f"n{number}"} for number in range(50)]
