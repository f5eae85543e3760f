"""Choice states."""

from __future__ import annotations

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from ..model import Asl
from ..values import Json
from .base import Shaping

__all__ = ["Choice", "ChoiceRule"]


class ChoiceRule(Asl):
    """One rule: a test, and where to go when it holds. https://states-language.net/#choice-state

    With JSONata a `condition`; with JSONPath a `variable` and one comparison (each with a twin that compares with
    a path in the input), or a combination of rules. Rules inside a combination have no `next`.
    """

    condition: StrictBool | str | None = Field(default=None, description="the test (JSONata)")
    variable: str | None = Field(default=None, description="path of the value to test (JSONPath)")
    and_: list[ChoiceRule] | None = Field(default=None, description="holds when all of these hold")
    or_: list[ChoiceRule] | None = Field(default=None, description="holds when one of these holds")
    not_: ChoiceRule | None = Field(default=None, description="holds when this does not")
    string_equals: str | None = Field(default=None, description="text equal to this")
    string_equals_path: str | None = Field(default=None, description="text equal to what is at this path")
    string_less_than: str | None = Field(default=None, description="text less than this")
    string_less_than_path: str | None = Field(default=None, description="text less than what is at this path")
    string_greater_than: str | None = Field(default=None, description="text greater than this")
    string_greater_than_path: str | None = Field(
        default=None, description="text greater than what is at this path"
    )
    string_less_than_equals: str | None = Field(default=None, description="text at most this")
    string_less_than_equals_path: str | None = Field(
        default=None, description="text at most what is at this path"
    )
    string_greater_than_equals: str | None = Field(default=None, description="text at least this")
    string_greater_than_equals_path: str | None = Field(
        default=None, description="text at least what is at this path"
    )
    string_matches: str | None = Field(
        default=None, description="text matching this pattern, * for any characters"
    )
    numeric_equals: StrictInt | StrictFloat | str | None = Field(
        default=None, description="a number equal to this"
    )
    numeric_equals_path: str | None = Field(
        default=None, description="a number equal to what is at this path"
    )
    numeric_less_than: StrictInt | StrictFloat | str | None = Field(
        default=None, description="a number less than this"
    )
    numeric_less_than_path: str | None = Field(
        default=None, description="a number less than what is at this path"
    )
    numeric_greater_than: StrictInt | StrictFloat | str | None = Field(
        default=None, description="a number greater than this"
    )
    numeric_greater_than_path: str | None = Field(
        default=None, description="a number greater than what is at this path"
    )
    numeric_less_than_equals: StrictInt | StrictFloat | str | None = Field(
        default=None, description="a number at most this"
    )
    numeric_less_than_equals_path: str | None = Field(
        default=None, description="a number at most what is at this path"
    )
    numeric_greater_than_equals: StrictInt | StrictFloat | str | None = Field(
        default=None, description="a number at least this"
    )
    numeric_greater_than_equals_path: str | None = Field(
        default=None, description="a number at least what is at this path"
    )
    timestamp_equals: str | None = Field(default=None, description="a moment equal to this")
    timestamp_equals_path: str | None = Field(
        default=None, description="a moment equal to what is at this path"
    )
    timestamp_less_than: str | None = Field(default=None, description="a moment less than this")
    timestamp_less_than_path: str | None = Field(
        default=None, description="a moment less than what is at this path"
    )
    timestamp_greater_than: str | None = Field(default=None, description="a moment greater than this")
    timestamp_greater_than_path: str | None = Field(
        default=None, description="a moment greater than what is at this path"
    )
    timestamp_less_than_equals: str | None = Field(default=None, description="a moment at most this")
    timestamp_less_than_equals_path: str | None = Field(
        default=None, description="a moment at most what is at this path"
    )
    timestamp_greater_than_equals: str | None = Field(default=None, description="a moment at least this")
    timestamp_greater_than_equals_path: str | None = Field(
        default=None, description="a moment at least what is at this path"
    )
    boolean_equals: StrictBool | str | None = Field(default=None, description="a truth value equal to this")
    boolean_equals_path: str | None = Field(
        default=None, description="a truth value equal to what is at this path"
    )
    is_null: StrictBool | str | None = Field(default=None, description="whether the value is null")
    is_present: StrictBool | str | None = Field(default=None, description="whether the value is present")
    is_numeric: StrictBool | str | None = Field(default=None, description="whether the value is a number")
    is_string: StrictBool | str | None = Field(default=None, description="whether the value is text")
    is_boolean: StrictBool | str | None = Field(
        default=None, description="whether the value is a truth value"
    )
    is_timestamp: StrictBool | str | None = Field(default=None, description="whether the value is a moment")
    next: str | None = Field(default=None, description="state to go to when the test holds")
    output: Json = Field(default=None, description="the output to go on with (JSONata)")
    assign: dict[str, Json] | None = Field(default=None, description="variables to set")
    comment: str | None = Field(default=None, description="a note for readers")


class Choice(Shaping):
    """Go where the first rule that holds says. https://states-language.net/#choice-state"""

    assign: dict[str, Json] | None = Field(default=None, description="variables to set when no rule holds")
    choices: list[ChoiceRule] = Field(min_length=1, description="rules, in order")
    default: str | None = Field(default=None, description="state to go to when no rule holds")
