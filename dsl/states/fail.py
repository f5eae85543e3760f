"""Fail states."""

from __future__ import annotations

from pydantic import Field

from .base import State

__all__ = ["Fail"]


class Fail(State):
    """End the machine, or the iteration, in failure. https://states-language.net/#fail-state"""

    error: str | None = Field(default=None, description="name of the error")
    error_path: str | None = Field(
        default=None, description="path of the error in the input, or an intrinsic (JSONPath)"
    )
    cause: str | None = Field(default=None, description="text for people")
    cause_path: str | None = Field(
        default=None, description="path of the cause in the input, or an intrinsic (JSONPath)"
    )
