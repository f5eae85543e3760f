"""Read a Parquet file row by row, change the rows, and write Parquet again.

The state machine reads the file and hands the rows to a function in batches of up to 200 kB; the function
writes one part file per batch, named after its batch. What it needs beside Python, pyarrow, is installed into
its folder before a deployment: `pip install --target lambda/parquet_part pyarrow`.
"""

from fanfold.dsl import Batch, LambdaFunction, MapWorkflow, Ref, S3Parquet, S3Results

parquet_to_parquet = MapWorkflow(
    name="parquet-to-parquet",
    source=S3Parquet(bucket="example-lake", key=Ref("$.key")),
    batch=Batch(bytes=200_000, input={"bucket": "example-lake", "prefix": Ref("$.target")}),
    worker=LambdaFunction(
        handler="lambda/parquet_part/handler.py:handler",
        memory=1024,
        timeout=120,
        permissions={"s3:PutObject": ["arn:aws:s3:::example-lake/*"]},
    ),
    max_concurrency=50,
    results=S3Results(bucket="example-lake", prefix="runs", transformation="COMPACT", format="JSONL"),
    timeout="PT1H",
)
