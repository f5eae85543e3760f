"""Pass and Succeed states."""

from __future__ import annotations

from pydantic import Field

from ..values import Json
from .base import Flow, Shaping

__all__ = ["Pass", "Succeed"]


class Pass(Flow):
    """Pass the input on, or something made of it. https://states-language.net/#pass-state"""

    parameters: Json = Field(default=None, description="payload template of the result (JSONPath)")
    result: Json = Field(default=None, description="the result as it stands (JSONPath)")
    result_path: str | None = Field(
        default=None, description="where the result goes in the input; None drops it (JSONPath)"
    )


class Succeed(Shaping):
    """End the machine, or the branch, in success. https://states-language.net/#succeed-state"""
