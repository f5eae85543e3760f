"""Make a thumbnail of every picture under a prefix.

The state machine lists the objects; a function reads each one, shrinks it and writes it back. Forty at once,
in child executions of their own, so that the listing may be as long as it likes. A picture that cannot be
read goes to a queue.
"""

from fanfold.dsl import DeadLetter, LambdaFunction, MapWorkflow, Ref, S3Objects

thumbnails = MapWorkflow(
    name="thumbnails",
    source=S3Objects(bucket="example-pictures", prefix="originals/"),
    item_selector={"bucket": "example-pictures", "key": Ref("$$.Map.Item.Value.Key"), "width": 128},
    worker=LambdaFunction(
        handler="lambda/thumbnails/handler.py:handler",
        memory=512,
        timeout=30,
        permissions={
            "s3:GetObject": ["arn:aws:s3:::example-pictures/originals/*"],
            "s3:PutObject": ["arn:aws:s3:::example-pictures/thumbnails/*"],
        },
    ),
    max_concurrency=40,
    dead_letter=DeadLetter(queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/bad-pictures"),
    results="discard",
    timeout="PT2H",
)
