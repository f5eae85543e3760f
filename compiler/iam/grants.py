"""One permission of a role."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Grant"]


class Grant(NamedTuple):
    """One action on one resource. `why` becomes the statement's Sid, where a wildcard needs a word."""

    action: str
    resource: str
    why: str = ""
    condition: dict[str, Any] = {}  # noqa: RUF012 - never changed
