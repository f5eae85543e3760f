"""`Retrier`: what to try again."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictFloat, StrictInt

from .model import Asl

__all__ = ["Retrier"]


class Retrier(Asl):
    """One rule of a state's `Retry`. https://states-language.net/#retrying-after-error"""

    error_equals: list[str] = Field(
        min_length=1, description="names of the errors to retry; States.ALL stands alone"
    )
    interval_seconds: StrictInt | None = Field(
        default=None, ge=1, le=99_999_999, description="seconds before the first retry (1)"
    )
    max_attempts: StrictInt | None = Field(
        default=None, ge=0, le=99_999_999, description="retries at most (3); 0 never retries"
    )
    backoff_rate: StrictInt | StrictFloat | None = Field(
        default=None, ge=1, description="factor by which the interval grows each time (2.0)"
    )
    max_delay_seconds: StrictInt | None = Field(
        default=None, ge=1, le=31_622_400, description="longest interval in seconds"
    )
    jitter_strategy: Literal["FULL", "NONE"] | None = Field(
        default=None, description="FULL draws each delay at random between 0 and the interval"
    )
    comment: str | None = Field(default=None, description="a note for readers")
