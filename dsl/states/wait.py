"""Wait states."""

from __future__ import annotations

from pydantic import Field

from .base import Flow

__all__ = ["Wait"]


class Wait(Flow):
    """Wait for seconds or until a moment. https://states-language.net/#wait-state"""

    seconds: int | str | None = Field(None, alias="Seconds", description="seconds to wait")
    seconds_path: str | None = Field(None, alias="SecondsPath", description="path of the same in the input")
    timestamp: str | None = Field(None, alias="Timestamp", description="ISO 8601 moment to wait for")
    timestamp_path: str | None = Field(
        None, alias="TimestampPath", description="path of the same in the input"
    )
