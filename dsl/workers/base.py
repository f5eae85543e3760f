"""`Worker`: the family of everything that can handle an item."""

from __future__ import annotations

from typing import ClassVar

from ..model import Family

__all__ = ["Worker"]


class Worker(Family):
    """What handles each item."""

    family = "a worker"
    members: ClassVar[dict[str, str]] = {name: name for name in ("LambdaFunction",)}
