"""JSONata's operators on plain JSON values, ABSENT for undefined.

https://docs.jsonata.org/expressions
"""

from __future__ import annotations

import math
from typing import Any

from .jsonata_errors import JsonataError
from .scope import ABSENT
from .values import is_number

__all__ = ["arithmetic"]

_EXACT = 2**53


def normal_number(value: float) -> Any:
    """A number as ECMAScript has it: no difference between 3.0 and 3. Raises D1001 for infinities and NaN."""
    if isinstance(value, int):
        return value if -_EXACT <= value <= _EXACT else normal_number(float(value))
    if not math.isfinite(value):
        raise JsonataError("D1001", str(value).replace("inf", "Infinity"))
    return int(value) if value.is_integer() and -1e21 < value < 1e21 else value


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """`+ - * / %` of two numbers."""
    if left is not ABSENT and not is_number(left):
        raise JsonataError("T2001", operator, left)
    if right is not ABSENT and not is_number(right):
        raise JsonataError("T2002", operator, right)
    if left is ABSENT or right is ABSENT:
        return ABSENT
    if operator == "+":
        return normal_number(left + right)
    if operator == "-":
        return normal_number(left - right)
    if operator == "*":
        return normal_number(left * right)
    if right == 0:
        raise JsonataError(
            "D1001", "NaN" if operator == "%" or left == 0 else "-Infinity" if left < 0 else "Infinity"
        )
    return normal_number(left / right if operator == "/" else math.fmod(left, right))
