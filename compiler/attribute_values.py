"""JSON values as DynamoDB holds them, and what DynamoDB cannot hold.

The list of a `DynamoDBList` is written by `fanfold run` (embedded table) and `fanfold load` (real table); both use this
page, so that a list that runs here loads there, and one that cannot load is refused here in the same words.

Sources: Amazon DynamoDB Developer Guide, "Data types" (numbers of 38 digits, magnitude up to 9.99E+125), "Quotas"
(nesting depth 32, item of 400 KB) and "DynamoDB item sizes and formats" (how each type counts).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

__all__ = ["MAX_DEPTH", "MAX_ITEM_BYTES", "ItemError", "attribute_value", "check_item", "item_size"]

MAX_ITEM_BYTES = 400 * 1024
"""An item's names and values together."""
MAX_DEPTH = 32
"""Levels of lists and maps an attribute may nest."""
_MAX_DIGITS = 38
_MAX_EXPONENT = 125
_MIN_EXPONENT = -130


class ItemError(ValueError):
    """A value DynamoDB would refuse; the message says where and why."""


def attribute_value(value: Any, where: str = "value") -> dict[str, Any]:
    """A JSON value as an AttributeValue: `"x"` is `{"S": "x"}`, `[1]` is `{"L": [{"N": "1"}]}`.

    Numbers are written as DynamoDB hands them back: plain decimal digits, no exponent, no trailing zeros.
    `where` names the value in errors. Raises `ItemError` for what the JSON type system or DynamoDB does not have.
    """
    return _attribute_value(value, where, 1)


def _attribute_value(value: Any, where: str, depth: int) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value, where)}
    if isinstance(value, list | dict) and depth > MAX_DEPTH:
        raise ItemError(f"{where} is nested deeper than {MAX_DEPTH} levels, the most DynamoDB holds")
    if isinstance(value, list):
        return {"L": [_attribute_value(v, f"{where}[{i}]", depth + 1) for i, v in enumerate(value)]}
    if isinstance(value, dict):
        return {"M": {k: _attribute_value(v, f"{where}.{k}", depth + 1) for k, v in value.items()}}
    raise ItemError(f"{where} is a Python {type(value).__name__}, not a JSON value")


def _number(value: int | float | Decimal, where: str) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ItemError(f"{where} is {value}: DynamoDB holds finite numbers only")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ItemError(f"{where} is {number}: DynamoDB holds finite numbers only")
    if number == 0:
        return "0"
    digits, exponent = _significant(number)
    if digits > _MAX_DIGITS:
        raise ItemError(f"{where} has {digits} significant digits: DynamoDB holds {_MAX_DIGITS}")
    if not _MIN_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise ItemError(
            f"{where} is outside DynamoDB's range of numbers (1E-130 to 9.99E+125 either side of zero)"
        )
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _significant(number: Decimal) -> tuple[int, int]:
    """Significant digits without leading and trailing zeros, and the power of ten of the first of them.

    From the digit tuple, since `Decimal.normalize` would round to the context's precision.
    """
    digits = number.as_tuple().digits
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return len(digits) - trailing, number.adjusted()


def item_size(item: Mapping[str, Any]) -> int:
    """Bytes of an item (attribute name to AttributeValue) by DynamoDB's rules."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind in ("NULL", "BOOL"):
        return 1
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return _number_size(content)
    if kind == "L":
        return 3 + sum(1 + _value_size(v) for v in content)
    if kind == "M":
        return 3 + sum(1 + len(k.encode()) + _value_size(v) for k, v in content.items())
    raise ItemError(f"an attribute of type {kind} is not one that JSON data becomes")


def _number_size(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").lstrip("0")
    if "." not in text:
        digits = digits.rstrip("0")
    # One byte for each two significant digits and one more; negative numbers take another.
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def check_item(item: Mapping[str, Any], where: str = "the item") -> int:
    """Bytes of `item`, or `ItemError` if DynamoDB would refuse it for its size."""
    for text in _strings(item):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ItemError(
                f"{where} holds text that is not valid Unicode: {json.dumps(text)[:60]}"
            ) from None
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise ItemError(
            f"{where} is {size:,} bytes: DynamoDB holds {MAX_ITEM_BYTES:,} in one item (400 KB); "
            "a longer list belongs in S3, or in one row per entry"
        )
    return size


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, content in value.items():
            yield name
            yield from _strings(content)
    elif isinstance(value, list):
        for content in value:
            yield from _strings(content)
