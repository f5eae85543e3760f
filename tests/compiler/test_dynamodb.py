"""What DynamoDB stores and how large it is, against boto3's serializer and the documented sizes."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.compiler.dynamodb import (
    MAX_ITEM_BYTES,
    MAX_NESTING,
    UnstorableError,
    attribute_value,
    check_item,
    item_size,
    list_item,
)

text = st.text(st.characters(exclude_categories=["Cs"]))
# Up to 1E+37: boto3 cannot read more digits than 38, trailing zeroes included, though DynamoDB sends them.
numbers = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.decimals(-(10**20), 10**20, places=10),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x == 0 or 1e-100 <= abs(x) <= 1e37),
)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=20,
)


def in_decimals(value: Any) -> Any:
    """The value as boto3's serializer wants it: no floats, and numbers compared by value."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [in_decimals(v) for v in value]
    if isinstance(value, dict):
        return {k: in_decimals(v) for k, v in value.items()}
    return value


@settings(deadline=None)
@given(json_values)
def test_boto3_reads_back_what_was_given(value: Any) -> None:
    assert TypeDeserializer().deserialize(attribute_value(value)) == in_decimals(value)


@settings(deadline=None)
@given(json_values)
def test_boto3_writes_the_same_shape(value: Any) -> None:
    def canonical(typed: Any) -> Any:
        [(kind, content)] = typed.items()
        if kind == "N":
            return "N", Decimal(content)
        if kind == "L":
            return "L", [canonical(v) for v in content]
        if kind == "M":
            return "M", {k: canonical(v) for k, v in content.items()}
        return kind, content

    assert canonical(attribute_value(value)) == canonical(TypeSerializer().serialize(in_decimals(value)))


@settings(deadline=None)
@given(st.dictionaries(text, json_values, max_size=4), text, json_values)
def test_sizes_add_up(item: dict[str, Any], name: str, value: Any) -> None:
    """An attribute adds its name and value; inside a map the same plus one byte; a map alone is three."""
    item.pop(name, None)
    typed = {k: attribute_value(v) for k, v in item.items()}
    one = {name: attribute_value(value)}
    assert item_size(typed | one) == item_size(typed) + item_size(one)
    overhead = len(typed) + 3
    assert item_size({"": {"M": typed}}) == item_size(typed) + overhead


@settings(deadline=None)
@given(text, st.lists(json_values, max_size=4))
def test_list_costs_three_bytes_and_one_each(name: str, values: list[Any]) -> None:
    each = sum(item_size({"": attribute_value(v)}) for v in values)
    assert item_size({name: attribute_value(values)}) == len(name.encode()) + 3 + len(values) + each


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", 0),
        ("Ökonomie", 9),  # UTF-8 bytes, not characters
        (None, 1),
        (False, 1),
        ([], 3),
        ({}, 3),
        (0, 1),
        (7, 2),
        (12, 2),
        (123, 3),
        (1200, 2),  # trailing zeroes are trimmed
        (0.0012, 2),  # leading ones too
        (-12, 3),
        (Decimal("1.50"), 2),
        (10**38 - 1, 20),
        ([1, "ab"], 3 + 2 + 2 + 2),
        ({"k": {"l": True}}, 3 + 1 + 1 + (3 + 1 + 1 + 1)),
    ],
)
def test_documented_sizes(value: Any, size: int) -> None:
    assert item_size({"": attribute_value(value)}) == size


@settings(deadline=None)
@given(st.integers(1, 40))
def test_nesting_stops_at_the_limit(depth: int) -> None:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    if depth <= MAX_NESTING:
        assert json.dumps(attribute_value(value)).count('"L"') == depth
    else:
        with pytest.raises(UnstorableError, match="nested deeper than DynamoDB's 32 levels"):
            attribute_value(value)


@settings(deadline=None)
@given(st.integers(-3, 3))
def test_item_of_400_kb_is_the_largest(over: int) -> None:
    key, attribute = {"mapstatelist": "mapitems"}, "values"
    empty = list_item(key, attribute, [""]).size
    values = ["x" * (MAX_ITEM_BYTES - empty + over)]
    if over <= 0:
        item = list_item(key, attribute, values)
        assert (item.count, item.size) == (1, MAX_ITEM_BYTES + over)
        assert check_item(item.item) == item.size
    else:
        with pytest.raises(UnstorableError, match=r"409,60\d bytes; .* at most 409,600 \(400 KB\)"):
            list_item(key, attribute, values)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "is not a number"),
        (float("inf"), "is not a number"),
        (10**38 + 1, "more than DynamoDB's 38 significant digits"),
        (10**126, "out of DynamoDB's range"),
        (Decimal("1E-131"), "out of DynamoDB's range"),
        ("\ud800", "lone surrogate"),
        ({"\ud800": 1}, "lone surrogate"),
        ({1: 1}, "attribute name must be a string"),
        ({"a"}, "set is not a JSON value"),
    ],
)
def test_refusals_name_the_place(value: Any, message: str) -> None:
    with pytest.raises(UnstorableError, match=message) as caught:
        attribute_value({"a/b": ["fine", value]})
    assert caught.value.pointer.startswith("/a~1b/1")


@pytest.mark.parametrize("value", [10**38 - 1, 9.9e125, 10**125, 1e-130, -(10**125)])
def test_extremes_are_stored(value: Any) -> None:
    assert Decimal(attribute_value(value)["N"]) == Decimal(repr(value))
