"""Every row of every file under a prefix: a distributed map inside a distributed map.

The outer map lists JSON Lines files, the inner one reads each file and sends its rows to a queue. Ten files
at once, with a hundred rows each, are up to a thousand messages in flight; both limits are one number.
"""

from fanfold.dsl import ForEach, MapWorkflow, Ref, S3JsonLines, S3Objects, SqsMessage

nested_files = MapWorkflow(
    name="nested-files",
    source=S3Objects(bucket="example-exports", prefix="today/"),
    worker=ForEach(
        source=S3JsonLines(bucket="example-exports", key=Ref("$.Key")),
        worker=SqsMessage(queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/rows"),
        max_concurrency=100,
        execution_type="EXPRESS",
        results="discard",
    ),
    max_concurrency=10,
    results="discard",
    timeout="PT2H",
)
