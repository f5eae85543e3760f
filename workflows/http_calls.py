"""Call an HTTP endpoint for every customer without running it over.

Three calls at once, each a second after its turn has come, and patience when the endpoint says 429 or is
away. The authorization is that of an EventBridge connection; no function is involved.
"""

from fanfold.dsl import ExecutionInput, HttpEndpoint, MapWorkflow, Ref, Retrier

http_calls = MapWorkflow(
    name="http-calls",
    source=ExecutionInput("$.customers"),
    worker=HttpEndpoint(
        url="https://api.example.com/v1/scores",
        connection="arn:aws:events:eu-west-1:123456789012:connection/scores/0a1b2c3d",
        method="POST",
        headers={"Idempotency-Key": Ref("$.id")},
        body={"customer": Ref("$.id"), "since": Ref("$$.Execution.StartTime")},
        retry=[
            Retrier(
                error_equals=["States.Http.StatusCode.429", "States.Http.StatusCode.503"],
                interval_seconds=5,
                max_attempts=6,
                backoff_rate=2,
                max_delay_seconds=120,
                jitter_strategy="FULL",
            )
        ],
        task_timeout=30,
    ),
    wait=1,
    max_concurrency=3,
    timeout="PT30M",
)
