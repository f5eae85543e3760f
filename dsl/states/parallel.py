"""Parallel states."""

from __future__ import annotations

from pydantic import Field

from .machine import States
from .task import Working

__all__ = ["Branch", "Parallel"]


class Branch(States):
    """One branch of a Parallel state."""


class Parallel(Working):
    """Run branches at the same time. https://states-language.net/#parallel-state"""

    branches: list[Branch] = Field(min_length=1, description="what to run side by side")
