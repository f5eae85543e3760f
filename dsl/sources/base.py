"""`Source`: the family of everything a `MapWorkflow` can take its items from."""

from __future__ import annotations

from typing import ClassVar

from ..model import Family

__all__ = ["Source"]


class Source(Family):
    """Where items come from."""

    family = "a source"
    members: ClassVar[dict[str, str]] = {name: name for name in ("DynamoDBList", "ExecutionInput", "Items")}
