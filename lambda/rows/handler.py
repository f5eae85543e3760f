"""Imports a batch of CSV rows."""

from decimal import Decimal, InvalidOperation
from typing import Any


def import_rows(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Check and total the rows of a batch; a row that is not an order fails the batch, and says which it was."""
    total = Decimal(0)
    for row in event["Items"]:
        try:
            total += Decimal(row["amount"])
        except (KeyError, InvalidOperation):
            raise ValueError(f"{event['BatchInput']['source']}: not an order: {row}") from None
    return {"imported": len(event["Items"]), "total": str(total)}
