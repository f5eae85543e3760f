"""Fail states."""

from __future__ import annotations

from pydantic import Field

from .base import State

__all__ = ["Fail"]


class Fail(State):
    """End the machine, or the iteration, in failure. https://states-language.net/#fail-state"""

    error: str | None = Field(None, alias="Error", description="name of the error")
    error_path: str | None = Field(
        None, alias="ErrorPath", description="path of the error in the input, or an intrinsic (JSONPath)"
    )
    cause: str | None = Field(None, alias="Cause", description="text for people")
    cause_path: str | None = Field(
        None, alias="CausePath", description="path of the cause in the input, or an intrinsic (JSONPath)"
    )
