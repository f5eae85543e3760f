"""`Catcher`: where a state goes when it fails."""

from __future__ import annotations

from pydantic import Field

from ..model import Asl
from ..values import Json

__all__ = ["Catcher"]


class Catcher(Asl):
    """One rule of a state's `Catch`. https://states-language.net/#fallback-states"""

    error_equals: list[str] = Field(
        min_length=1, description="names of the errors to catch; States.ALL stands alone"
    )
    next: str = Field(description="state to go to")
    result_path: str | None = Field(
        default=None, description="where the error output goes in the state's input (JSONPath)"
    )
    output: Json = Field(default=None, description="the output to go on with (JSONata)")
    assign: dict[str, Json] | None = Field(default=None, description="variables to set")
    comment: str | None = Field(default=None, description="a note for readers")
