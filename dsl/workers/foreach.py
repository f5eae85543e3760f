"""A map within a map."""

from __future__ import annotations

from ..mapping import Mapping
from .base import Worker

__all__ = ["ForEach"]


class ForEach(Mapping, Worker):
    """A map over a list that each item of the outer map leads to.

    `ExecutionInput` is then the item: `ForEach(source=ExecutionInput("$.lines"), ...)` maps over a list in it, and
    `S3JsonLines(bucket="b", key=Ref("$.Key"), ...)` over the file it names. `Ref`s are into the item.
    """
