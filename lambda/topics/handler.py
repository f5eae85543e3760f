"""The demo's function: it receives one item of the list and prints it."""

from typing import Any


def handler(event: Any, context: Any) -> Any:
    """Print the item as DynamoDB wrote it, such as `{"S": "Economics"}`, and hand it on."""
    print(event)
    return event
