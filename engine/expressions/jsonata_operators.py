"""JSONata's operators on JSON values, ABSENT for undefined.

https://docs.jsonata.org/numeric-operators, comparison-operators, boolean-operators and other-operators
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from .jsonata_errors import JsonataError, out_of_memory
from .jsonata_values import Sequence, stringify
from .scope import ABSENT
from .values import is_number, json_equal

__all__ = ["OPERATORS", "arithmetic", "finite", "normal_number"]

_EXACT = 2**53
_MOST_ITEMS = 873_782
"""What AWS lets a range have. https://github.com/floci-io/floci/issues/2737"""


def normal_number(value: float) -> Any:
    """A number as ECMAScript has it: 3.0 is 3. Infinities and NaN are numbers, until something is to be made of
    them.
    """
    if isinstance(value, int):
        if -_EXACT <= value <= _EXACT:
            return value
        try:
            value = float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return int(value) if value.is_integer() and -1e21 < value < 1e21 else value


def finite(value: float) -> float:
    """A number to go on with. Raises D1001 for infinities."""
    if math.isinf(value):
        raise JsonataError("D1001", None)  # ECMAScript's JSON has no word for it but null
    return value


def _operand(value: Any, code: str, symbol: str) -> None:
    if value is not ABSENT:
        if not is_number(value) or math.isnan(value):
            raise JsonataError(code, symbol, value)
        finite(value)


def arithmetic(symbol: str, left: Any, right: Any) -> Any:
    """`+ - * / %` of two numbers; undefined where one is. https://docs.jsonata.org/numeric-operators"""
    _operand(left, "T2001", symbol)
    _operand(right, "T2002", symbol)
    if left is ABSENT or right is ABSENT:
        return ABSENT
    try:
        if symbol == "+":
            return normal_number(left + right)
        if symbol == "-":
            return normal_number(left - right)
        if symbol == "*":
            return normal_number(left * right)
        if right == 0:
            return math.nan if symbol == "%" or left == 0 else math.copysign(math.inf, left)
        return normal_number(left / right if symbol == "/" else math.fmod(left, right))
    except OverflowError:
        return math.copysign(math.inf, left) * (math.copysign(1, right) if symbol in "*/" else 1)


def _arithmetic(symbol: str, compute: Callable[[Any, Any], Any] | None = None) -> Callable[[Any, Any], Any]:
    """The operation of a symbol; `compute` does it for two integers."""
    if compute is None:
        return lambda left, right: arithmetic(symbol, left, right)

    def operate(left: Any, right: Any) -> Any:
        if type(left) is int and type(right) is int:
            result = compute(left, right)
            return result if -_EXACT <= result <= _EXACT else normal_number(result)
        return arithmetic(symbol, left, right)

    return operate


def _equal(left: Any, right: Any) -> bool:
    return left is not ABSENT and right is not ABSENT and json_equal(left, right)


def _unequal(left: Any, right: Any) -> bool:
    return left is not ABSENT and right is not ABSENT and not json_equal(left, right)


def _comparison(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def test(left: Any, right: Any) -> Any:
        left_text, right_text = isinstance(left, str), isinstance(right, str)
        if not (left_text or left is ABSENT or is_number(left)) or not (
            right_text or right is ABSENT or is_number(right)
        ):
            raise JsonataError("T2010", symbol, left if left is not ABSENT else right)
        if left is ABSENT or right is ABSENT:
            return ABSENT
        if left_text is not right_text:
            raise JsonataError("T2009", left, right, symbol)
        if left_text:
            # ECMAScript orders strings by their UTF-16 code units.
            return compare(
                left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass")
            )
        return compare(left, right)

    return test


def _concatenated(left: Any, right: Any) -> str:
    if type(left) is str and type(right) is str:
        return left + right
    return ("" if left is ABSENT else stringify(left)) + ("" if right is ABSENT else stringify(right))


def _is_integer(value: Any) -> bool:
    return is_number(value) and math.isfinite(value) and value == math.floor(value)


def _range(left: Any, right: Any) -> Any:
    if left is not ABSENT and not _is_integer(left):
        raise JsonataError("T2003", left)
    if right is not ABSENT and not _is_integer(right):
        raise JsonataError("T2004", right)
    if left is ABSENT or right is ABSENT or left > right:
        return ABSENT
    size = int(right) - int(left) + 1
    if size > _MOST_ITEMS:
        raise out_of_memory()
    return Sequence(range(int(left), int(right) + 1))


def _included(left: Any, right: Any) -> bool:
    if left is ABSENT or right is ABSENT:
        return False
    return any(json_equal(left, item) for item in (right if isinstance(right, list) else [right]))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _arithmetic("+", operator.add),
    "-": _arithmetic("-", operator.sub),
    "*": _arithmetic("*", operator.mul),
    "/": _arithmetic("/"),
    "%": _arithmetic("%"),
    "=": _equal,
    "!=": _unequal,
    "<": _comparison("<", operator.lt),
    "<=": _comparison("<=", operator.le),
    ">": _comparison(">", operator.gt),
    ">=": _comparison(">=", operator.ge),
    "&": _concatenated,
    "..": _range,
    "in": _included,
}
