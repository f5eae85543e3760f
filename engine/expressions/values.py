"""JSON values as AWS counts, names and writes them."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

__all__ = [
    "identity",
    "is_number",
    "java_json",
    "json_equal",
    "number_text",
    "payload_size",
    "rounded",
    "to_json",
    "type_name",
]

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def to_json(value: Any) -> str:
    """A value as AWS writes payloads: compact, characters beyond ASCII kept."""
    return _encode(value)


_NOT_AS_JAVA = re.compile(r"[eE][+-]?\d|\d{8}\.|\b0\.00")
"""What a JSON text has to have in it for Java to write one of its numbers differently."""


def java_json(value: Any) -> str:
    """A value as AWS writes it into texts, where numbers show that it runs on Java: 12345678.0 is `1.2345678E7`."""
    text = _encode(value)
    return text if _NOT_AS_JAVA.search(text) is None else _java_json(value)


def _java_json(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{','.join(f'{_encode(name)}:{_java_json(item)}' for name, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_java_json, value))}]"
    return _java_double(value) if isinstance(value, float) else _encode(value)


def _java_double(number: float) -> str:
    """`Double.toString`: scientific below a thousandth and from ten million on."""
    size = abs(number)
    if size == 0 or 1e-3 <= size < 1e7 or not math.isfinite(number):
        return _encode(number)
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    figures = "".join(map(str, digits))
    power = int(exponent) + len(figures) - 1
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{power}"


def payload_size(value: Any) -> int:
    """Bytes of the value's compact JSON text in UTF-8: what AWS holds against the 262,144 of a payload."""
    text = _encode(value)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def is_number(value: Any) -> bool:
    """Whether the value is a JSON number (in Python, bool is an int; in JSON it is not)."""
    kind = type(value)
    return kind is int or kind is float


def type_name(value: Any) -> str:
    """The value's type as JSON and AWS's messages name it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    return "array" if isinstance(value, list) else "object"


def json_equal(left: Any, right: Any) -> bool:
    """Deep equality of JSON values: 1 and 1.0 are equal, true and 1 are not."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and len(left) == len(right)
            and all(key in right and json_equal(item, right[key]) for key, item in left.items())
        )
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(json_equal, left, right))
    return bool(left == right)


def identity(value: Any) -> Any:
    """A hashable value that is equal for equal JSON values, and only for those."""
    if isinstance(value, dict):
        return frozenset((key, identity(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(identity, value))
    return (type(value), value) if value is None or isinstance(value, bool) else value


def rounded(number: float) -> int:
    """The nearest integer, halves upwards: Java's `Math.round`, which AWS uses (-1.5 gives -1)."""
    return number if isinstance(number, int) else math.floor(number + 0.5)


def number_text(number: float) -> str:
    """A number as ECMAScript writes it with at most 15 significant digits, which JSONata's `$string` prescribes.

    https://docs.jsonata.org/string-functions#string
    """
    if isinstance(number, int) and -(10**15) < number < 10**15:
        return str(number)
    value = float(f"{number:.15g}")
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "null"
    text = repr(abs(value))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction.rstrip("0")).lstrip("0") if fraction != "0" else whole
    point = len(whole) + int(exponent or 0)
    if whole == "0":
        point -= 1 + len(fraction) - len(fraction.lstrip("0"))
    digits = digits.rstrip("0") or "0"
    sign = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{point - 1:+d}"
