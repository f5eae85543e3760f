"""Wait states."""

from __future__ import annotations

from pydantic import Field

from .base import Flow

__all__ = ["Wait"]


class Wait(Flow):
    """Wait for some seconds or until a moment. https://states-language.net/#wait-state"""

    seconds: int | str | None = Field(None, alias="Seconds", description="seconds to wait")
    seconds_path: str | None = Field(
        None, alias="SecondsPath", description="path of the seconds in the input (JSONPath)"
    )
    timestamp: str | None = Field(
        None, alias="Timestamp", description="moment to wait for, such as 2027-01-31T08:00:00Z"
    )
    timestamp_path: str | None = Field(
        None, alias="TimestampPath", description="path of the moment in the input (JSONPath)"
    )
