"""One permission of a role."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Grant"]


@dataclass(frozen=True)
class Grant:
    """One action on one resource. `why` becomes the statement's Sid, where a wildcard needs a word."""

    action: str
    resource: str
    why: str = ""
    condition: dict[str, Any] = field(default_factory=dict, hash=False)
