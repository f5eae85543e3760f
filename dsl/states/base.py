"""`State`: the family of state types, and the fields they share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from ..model import Family

__all__ = ["QueryLanguage", "State"]

QueryLanguage = Literal["JSONPath", "JSONata"]


class State(Family):
    """One state. https://states-language.net/#states-fields"""

    family = "a state"
    tag = "Type"
    members: ClassVar[dict[str, str]] = {
        name: name for name in ("Task", "Pass", "Map", "Wait", "Choice", "Fail")
    }

    comment: str | None = Field(None, alias="Comment", description="a note for readers")
    query_language: QueryLanguage | None = Field(
        None, alias="QueryLanguage", description="JSONPath or JSONata, where it differs from the machine's"
    )

    def to_asl(self) -> dict[str, Any]:
        """The state as ASL, `Type` first."""
        return {"Type": type(self).__name__, **super().to_asl()}


class Flow(State):
    """What every state but Choice, Succeed and Fail has: where to go next."""

    input_path: str | None = Field(
        None, alias="InputPath", description="part of the input to work on (JSONPath)"
    )
    output_path: str | None = Field(
        None, alias="OutputPath", description="part of the output to pass on (JSONPath)"
    )
    output: Any = Field(None, alias="Output", description="the state's output (JSONata)")
    assign: dict[str, Any] | None = Field(None, alias="Assign", description="variables to set")
    next: str | None = Field(None, alias="Next", description="name of the state that follows")
    end: bool | None = Field(None, alias="End", description="True if the machine ends here")
