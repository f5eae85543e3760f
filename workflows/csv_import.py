"""Import a large CSV file, and finish even if some rows are bad.

The state machine reads the file itself and hands rows to a function, a hundred at a time, twenty batches at
once. A batch that fails does not stop the others: up to five in a hundred may fail. What became of every
batch is written to S3.
"""

from fanfold.dsl import Batch, LambdaFunction, MapWorkflow, Ref, S3Csv, S3Results

csv_import = MapWorkflow(
    name="csv-import",
    source=S3Csv(bucket="example-orders", key=Ref("$.key")),
    batch=Batch(items=100, input={"source": Ref("$.key")}),
    worker=LambdaFunction(handler="lambda/rows/handler.py:import_rows", memory=256, timeout=60),
    max_concurrency=20,
    tolerated_failure_percentage=5,
    results=S3Results(bucket="example-orders", prefix="imports"),
    timeout="PT1H",
)
