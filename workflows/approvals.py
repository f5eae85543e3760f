"""Ask a person about every order, and go on when they answer.

Each order waits for its own answer, up to three days, while the others go on. The answer, an order with
`approved`, comes with the task token from whatever the person uses; an order nobody answers for is reported
to a topic.
"""

from fanfold.dsl import DeadLetter, ExecutionInput, LambdaFunction, MapWorkflow, Steps

approvals = MapWorkflow(
    name="approvals",
    source=ExecutionInput("$.orders"),
    worker=Steps(
        {
            "Ask": LambdaFunction(handler="lambda/orders/handler.py:ask", callback=True, task_timeout="P3D"),
            "Fulfil": LambdaFunction(handler="lambda/orders/handler.py:fulfil"),
        }
    ),
    dead_letter=DeadLetter(topic_arn="arn:aws:sns:eu-west-1:123456789012:unanswered-orders"),
    timeout="P4D",
)
