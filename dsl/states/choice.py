"""Choice states."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..model import Model
from .base import State

__all__ = ["Choice", "ChoiceRule"]


class ChoiceRule(Model):
    """One rule: a test and the state to go to. https://states-language.net/#choice-state"""

    variable: str | None = Field(None, alias="Variable", description="path of the value to test (JSONPath)")
    is_present: bool | None = Field(
        None, alias="IsPresent", description="whether the path exists in the input"
    )
    condition: bool | str | None = Field(
        None, alias="Condition", description="expression that is true or false (JSONata)"
    )
    next: str | None = Field(None, alias="Next", description="state to go to when the test holds")
    comment: str | None = Field(None, alias="Comment", description="a note for readers")


class Choice(State):
    """Go where the first rule that holds says. https://states-language.net/#choice-state"""

    input_path: str | None = Field(
        None, alias="InputPath", description="part of the input to work on (JSONPath)"
    )
    output_path: str | None = Field(
        None, alias="OutputPath", description="part of the output to pass on (JSONPath)"
    )
    output: Any = Field(None, alias="Output", description="the state's output (JSONata)")
    assign: dict[str, Any] | None = Field(None, alias="Assign", description="variables to set")
    choices: list[ChoiceRule] = Field(alias="Choices", min_length=1, description="rules, in order")
    default: str | None = Field(None, alias="Default", description="state to go to when no rule holds")
