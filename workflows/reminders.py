"""Send every reminder of a list at its own moment.

A reminder says when it is due. The state machine waits for that moment, which costs nothing, and publishes it.
"""

from fanfold.dsl import ExecutionInput, MapWorkflow, Ref, SnsMessage

reminders = MapWorkflow(
    name="reminders",
    source=ExecutionInput("$.reminders"),
    wait_until=Ref("$.due"),
    worker=SnsMessage(
        topic_arn="arn:aws:sns:eu-west-1:123456789012:reminders", message=Ref("$.text"), subject="Reminder"
    ),
    timeout="P365D",
)
