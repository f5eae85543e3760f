"""Wait states."""

from __future__ import annotations

from pydantic import Field, StrictInt

from .base import Flow

__all__ = ["Wait"]


class Wait(Flow):
    """Wait for some seconds or until a moment. https://states-language.net/#wait-state"""

    seconds: StrictInt | str | None = Field(default=None, description="seconds to wait")
    seconds_path: str | None = Field(default=None, description="path of the seconds in the input (JSONPath)")
    timestamp: str | None = Field(
        default=None, description="moment to wait for, such as 2027-01-31T08:00:00Z"
    )
    timestamp_path: str | None = Field(default=None, description="path of the moment in the input (JSONPath)")
