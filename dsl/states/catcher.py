"""`Catcher`: where a state goes when it fails."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..model import Model

__all__ = ["Catcher"]


class Catcher(Model):
    """One rule of a state's `Catch`. https://states-language.net/#fallback-states"""

    error_equals: list[str] = Field(
        alias="ErrorEquals", min_length=1, description="names of the errors to catch; States.ALL stands alone"
    )
    next: str = Field(alias="Next", description="state to go to")
    result_path: str | None = Field(
        None, alias="ResultPath", description="where the error output goes in the state's input (JSONPath)"
    )
    output: Any = Field(None, alias="Output", description="the output to go on with (JSONata)")
    assign: dict[str, Any] | None = Field(None, alias="Assign", description="variables to set")
    comment: str | None = Field(None, alias="Comment", description="a note for readers")
