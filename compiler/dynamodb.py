"""JSON values as DynamoDB stores them: attribute values, their size in bytes, and what an item cannot hold.

Pure functions, no AWS SDK: `fanfold load` checks a list with them before it writes, a local run before it
starts. Sources, below https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/:
CapacityUnitCalculations.html (sizes) and Constraints.html (limits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, Inexact
from typing import Any

from .asl_positions import escape

__all__ = [
    "MAX_ITEM_BYTES",
    "MAX_NESTING",
    "MAX_PRECISION",
    "AttributeValue",
    "ListItem",
    "UnstorableError",
    "attribute_value",
    "check_item",
    "item_size",
    "list_item",
]

AttributeValue = dict[str, Any]
"""One typed value, such as `{"S": "Economics"}` or `{"L": [{"N": "1"}]}`."""

MAX_ITEM_BYTES = 400 * 1024
"""Largest item, attribute names included."""
MAX_NESTING = 32
"""Deepest nesting of lists and maps."""
MAX_PRECISION = 38
"""Most significant digits of a number."""

_LARGEST_EXPONENT = 125  # 9.99...E+125 is the largest magnitude
_SMALLEST_EXPONENT = -130  # 1E-130 is the smallest positive number
_CONTAINER_BYTES = 3
_ELEMENT_BYTES = 1
_EXACT = Context(prec=400, Emin=-10_000, Emax=10_000, traps=[Inexact])


class UnstorableError(ValueError):
    """A value that DynamoDB refuses. `pointer` is the JSON pointer of the value inside what was given."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}" if pointer else message)
        self.pointer = pointer


def attribute_value(value: Any, pointer: str = "") -> AttributeValue:
    """`value` (a JSON value; numbers int, float or Decimal) as an attribute value.

    Numbers come out as DynamoDB returns them: no exponent, no trailing zeroes. Raises `UnstorableError` for
    numbers out of range or of more than 38 significant digits, NaN, nesting deeper than 32 levels, text that
    is not Unicode, and Python values that are not JSON.
    """
    return _attribute_value(value, pointer, 0)


def _attribute_value(value: Any, pointer: str, depth: int) -> AttributeValue:
    # Common kinds first: lists of 100,000 items pass here.
    if isinstance(value, str):
        _utf8(value, pointer)
        return {"S": value}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value, pointer)}
    if isinstance(value, Mapping | list | tuple):
        if depth == MAX_NESTING:
            raise UnstorableError(pointer, f"nested deeper than DynamoDB's {MAX_NESTING} levels")
        if isinstance(value, Mapping):
            members = {}
            for name, member in value.items():
                if not isinstance(name, str):
                    raise UnstorableError(pointer, f"an attribute name must be a string, this is {name!r}")
                _utf8(name, pointer)
                members[name] = _attribute_value(member, f"{pointer}/{escape(name)}", depth + 1)
            return {"M": members}
        return {"L": [_attribute_value(v, f"{pointer}/{i}", depth + 1) for i, v in enumerate(value)]}
    raise UnstorableError(pointer, f"{type(value).__name__} is not a JSON value")


def _utf8(text: str, pointer: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise UnstorableError(pointer, "text with a lone surrogate is not Unicode text") from None


def _number(value: int | float | Decimal, pointer: str) -> str:
    # repr, not Decimal(float): 0.1 means 0.1, not its 55 binary digits. int and Decimal go in exactly.
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            raise UnstorableError(pointer, f"{number} is not a number DynamoDB holds")
        if not number:
            return "0"
        number = number.normalize(_EXACT)
    except DecimalException:
        raise UnstorableError(pointer, "number out of DynamoDB's range or precision") from None
    if len(number.as_tuple().digits) > MAX_PRECISION:
        raise UnstorableError(pointer, f"number of more than DynamoDB's {MAX_PRECISION} significant digits")
    if not _SMALLEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise UnstorableError(
            pointer, f"number out of DynamoDB's range, 1E{_SMALLEST_EXPONENT} to 9.9E+{_LARGEST_EXPONENT}"
        )
    return format(number, "f")


def _value_size(value: AttributeValue) -> int:
    content: Any
    kind, content = next(iter(value.items()))
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            digits = str(content).lstrip("-").replace(".", "").strip("0")
            # AWS says "approximately"; a sign takes a byte of its own, zero only the leading one.
            return (len(digits) + 1) // 2 + 1 + str(content).startswith("-")
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _CONTAINER_BYTES + sum(_ELEMENT_BYTES + _value_size(v) for v in content)
        case "M":
            return _CONTAINER_BYTES + sum(
                _ELEMENT_BYTES + len(name.encode()) + _value_size(v) for name, v in content.items()
            )
        case _:
            raise ValueError(f"attribute type {kind!r} has no JSON form")


def item_size(item: Mapping[str, AttributeValue]) -> int:
    """Size of an item in bytes by DynamoDB's rules: attribute names and values, without storage overhead."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def check_item(item: Mapping[str, AttributeValue]) -> int:
    """The item's size in bytes; `UnstorableError` if it is larger than an item may be."""
    size = item_size(item)
    if size > MAX_ITEM_BYTES:
        raise UnstorableError(
            "", f"the row would be {size:,} bytes; a DynamoDB item holds at most {MAX_ITEM_BYTES:,} (400 KB)"
        )
    return size


@dataclass(frozen=True, slots=True)
class ListItem:
    """A row that holds a list: the item as attribute values, its key alone, the list's length, and bytes."""

    item: dict[str, AttributeValue]
    key: dict[str, AttributeValue]
    count: int
    size: int


def list_item(key: Mapping[str, Any], attribute: str, values: list[Any]) -> ListItem:
    """The row of `key` whose `attribute` holds `values`; `UnstorableError` says what is refused."""
    key_item = {name: attribute_value(value) for name, value in key.items()}
    item = {**key_item, attribute: attribute_value(values)}
    return ListItem(item, key_item, len(values), check_item(item))
