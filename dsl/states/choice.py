"""Choice states."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..model import Model
from .base import Shaping

__all__ = ["Choice", "ChoiceRule"]


class ChoiceRule(Model):
    """One rule: a test, and where to go when it holds. https://states-language.net/#choice-state

    With JSONata a `condition`; with JSONPath a `variable` and one comparison (each with a twin that compares with
    a path in the input), or a combination of rules. Rules inside a combination have no `next`.
    """

    condition: bool | str | None = Field(None, alias="Condition", description="the test (JSONata)")
    variable: str | None = Field(None, alias="Variable", description="path of the value to test (JSONPath)")
    and_: list[ChoiceRule] | None = Field(None, alias="And", description="holds when all of these hold")
    or_: list[ChoiceRule] | None = Field(None, alias="Or", description="holds when one of these holds")
    not_: ChoiceRule | None = Field(None, alias="Not", description="holds when this does not")
    string_equals: str | None = Field(None, alias="StringEquals", description="text equal to this")
    string_equals_path: str | None = Field(
        None, alias="StringEqualsPath", description="text equal to what is at this path"
    )
    string_less_than: str | None = Field(None, alias="StringLessThan", description="text less than this")
    string_less_than_path: str | None = Field(
        None, alias="StringLessThanPath", description="text less than what is at this path"
    )
    string_greater_than: str | None = Field(
        None, alias="StringGreaterThan", description="text greater than this"
    )
    string_greater_than_path: str | None = Field(
        None, alias="StringGreaterThanPath", description="text greater than what is at this path"
    )
    string_less_than_equals: str | None = Field(
        None, alias="StringLessThanEquals", description="text at most this"
    )
    string_less_than_equals_path: str | None = Field(
        None, alias="StringLessThanEqualsPath", description="text at most what is at this path"
    )
    string_greater_than_equals: str | None = Field(
        None, alias="StringGreaterThanEquals", description="text at least this"
    )
    string_greater_than_equals_path: str | None = Field(
        None, alias="StringGreaterThanEqualsPath", description="text at least what is at this path"
    )
    string_matches: str | None = Field(
        None, alias="StringMatches", description="text matching this pattern, * for any characters"
    )
    numeric_equals: int | float | str | None = Field(
        None, alias="NumericEquals", description="a number equal to this"
    )
    numeric_equals_path: str | None = Field(
        None, alias="NumericEqualsPath", description="a number equal to what is at this path"
    )
    numeric_less_than: int | float | str | None = Field(
        None, alias="NumericLessThan", description="a number less than this"
    )
    numeric_less_than_path: str | None = Field(
        None, alias="NumericLessThanPath", description="a number less than what is at this path"
    )
    numeric_greater_than: int | float | str | None = Field(
        None, alias="NumericGreaterThan", description="a number greater than this"
    )
    numeric_greater_than_path: str | None = Field(
        None, alias="NumericGreaterThanPath", description="a number greater than what is at this path"
    )
    numeric_less_than_equals: int | float | str | None = Field(
        None, alias="NumericLessThanEquals", description="a number at most this"
    )
    numeric_less_than_equals_path: str | None = Field(
        None, alias="NumericLessThanEqualsPath", description="a number at most what is at this path"
    )
    numeric_greater_than_equals: int | float | str | None = Field(
        None, alias="NumericGreaterThanEquals", description="a number at least this"
    )
    numeric_greater_than_equals_path: str | None = Field(
        None, alias="NumericGreaterThanEqualsPath", description="a number at least what is at this path"
    )
    timestamp_equals: str | None = Field(None, alias="TimestampEquals", description="a moment equal to this")
    timestamp_equals_path: str | None = Field(
        None, alias="TimestampEqualsPath", description="a moment equal to what is at this path"
    )
    timestamp_less_than: str | None = Field(
        None, alias="TimestampLessThan", description="a moment less than this"
    )
    timestamp_less_than_path: str | None = Field(
        None, alias="TimestampLessThanPath", description="a moment less than what is at this path"
    )
    timestamp_greater_than: str | None = Field(
        None, alias="TimestampGreaterThan", description="a moment greater than this"
    )
    timestamp_greater_than_path: str | None = Field(
        None, alias="TimestampGreaterThanPath", description="a moment greater than what is at this path"
    )
    timestamp_less_than_equals: str | None = Field(
        None, alias="TimestampLessThanEquals", description="a moment at most this"
    )
    timestamp_less_than_equals_path: str | None = Field(
        None, alias="TimestampLessThanEqualsPath", description="a moment at most what is at this path"
    )
    timestamp_greater_than_equals: str | None = Field(
        None, alias="TimestampGreaterThanEquals", description="a moment at least this"
    )
    timestamp_greater_than_equals_path: str | None = Field(
        None, alias="TimestampGreaterThanEqualsPath", description="a moment at least what is at this path"
    )
    boolean_equals: bool | str | None = Field(
        None, alias="BooleanEquals", description="a truth value equal to this"
    )
    boolean_equals_path: str | None = Field(
        None, alias="BooleanEqualsPath", description="a truth value equal to what is at this path"
    )
    is_null: bool | str | None = Field(None, alias="IsNull", description="whether the value is null")
    is_present: bool | str | None = Field(None, alias="IsPresent", description="whether the value is present")
    is_numeric: bool | str | None = Field(
        None, alias="IsNumeric", description="whether the value is a number"
    )
    is_string: bool | str | None = Field(None, alias="IsString", description="whether the value is text")
    is_boolean: bool | str | None = Field(
        None, alias="IsBoolean", description="whether the value is a truth value"
    )
    is_timestamp: bool | str | None = Field(
        None, alias="IsTimestamp", description="whether the value is a moment"
    )
    next: str | None = Field(None, alias="Next", description="state to go to when the test holds")
    output: Any = Field(None, alias="Output", description="the output to go on with (JSONata)")
    assign: dict[str, Any] | None = Field(None, alias="Assign", description="variables to set")
    comment: str | None = Field(None, alias="Comment", description="a note for readers")


class Choice(Shaping):
    """Go where the first rule that holds says. https://states-language.net/#choice-state"""

    assign: dict[str, Any] | None = Field(
        None, alias="Assign", description="variables to set when no rule holds"
    )
    choices: list[ChoiceRule] = Field(alias="Choices", min_length=1, description="rules, in order")
    default: str | None = Field(None, alias="Default", description="state to go to when no rule holds")
