"""Put the orders of an execution's input into a queue, and what cannot be sent into another.

Orders go to the queue ten to a message. A message that SQS refuses, after its retries, goes to the dead
letters with the error, and the others go on.
"""

from fanfold.dsl import Batch, DeadLetter, ExecutionInput, MapWorkflow, Retrier, SqsMessage

orders_to_sqs = MapWorkflow(
    name="orders-to-sqs",
    source=ExecutionInput("$.orders"),
    batch=Batch(items=10),
    worker=SqsMessage(
        queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        retry=[
            Retrier(error_equals=["States.TaskFailed"], interval_seconds=1, max_attempts=2, backoff_rate=2)
        ],
    ),
    dead_letter=DeadLetter(queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dead"),
    max_concurrency=5,
    timeout=900,
)
