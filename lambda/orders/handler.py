"""What happens to orders."""

from typing import Any


def expire(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide about one row of the orders table, as DynamoDB writes it."""
    age = int(event["age"]["N"])
    return {"order": event["id"]["S"], "expired": age > 30}


def ask(event: dict[str, Any], context: Any) -> None:
    """Ask a person about an order: whoever reads this answers with the task token."""
    print(f"please approve order {event['item']['id']} with {event['taskToken']}")


def fulfil(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Ship an order that was approved."""
    if not event["approved"]:
        return {"order": event["id"], "shipped": False}
    return {"order": event["id"], "shipped": True}
