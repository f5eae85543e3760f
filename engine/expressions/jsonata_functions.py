"""JSONata's functions on JSON values.

The frequent ones are ours, for arguments of the types they are meant for; every other name and every other
argument goes to jsonata-python's implementation, which also words the errors.
https://docs.jsonata.org/overview
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .jsonata_aws import AWS_FUNCTIONS, REFUSED_FUNCTIONS
from .jsonata_errors import JsonataError
from .jsonata_operators import arithmetic, normal_number
from .jsonata_pictures import check_picture
from .jsonata_values import Array, Env, Object, Sequence, appended, is_function, plain, stringify, truth
from .scope import ABSENT
from .values import identity, is_number, type_name

__all__ = ["BUILTINS", "REFUSED", "BuiltinFunction", "call_builtin"]

REFUSED = REFUSED_FUNCTIONS
Apply = Callable[[Any, list[Any], Any, Env, "str | None"], Any]
Run = Callable[[Any, Env, Apply], Any]
"""(arguments, names, how functions are applied) -> result; NotImplemented for arguments it leaves to the library."""


@dataclass(frozen=True, slots=True)
class BuiltinFunction:
    """A function by name. `arity` is what a function that calls it passes; negative where it cannot be a value."""

    run: Run | None
    arity: int = -1
    sequence: bool = True
    """Whether the result may be a sequence."""


def call_builtin(name: str, arguments: list[Any], item: Any, env: Env, apply: Apply) -> Any:
    """Call a function by its name. `item` is the context, which some take for an argument that is left out."""
    run = BUILTINS[name].run
    if run is not None:
        result = run(arguments, env, apply)
        if result is not NotImplemented:
            return result
    aws = AWS_FUNCTIONS.get(name)
    if aws is not None:
        return aws([plain(argument) for argument in arguments], env.scope)
    return _call_library(name, arguments, item)


def _call_library(name: str, arguments: list[Any], item: Any) -> Any:
    from jsonata import Jsonata  # type: ignore[import-untyped]
    from jsonata.jexception import JException  # type: ignore[import-untyped]

    from .jsonata_library import from_library, library_error, to_library

    if any(map(is_function, arguments)):
        raise JsonataError("T0410", next(i for i, a in enumerate(arguments, 1) if is_function(a)), name)
    function = Jsonata.static_frame.lookup(name)
    given = [None if argument is ABSENT else to_library(plain(argument)) for argument in arguments]
    wrong = arguments.index(None) + 1 if None in arguments else 1
    context = None if item is ABSENT or is_function(item) else to_library(plain(item))
    try:
        checked = function.validate(given, context)
        result = function.call(context, checked)
    except JException as error:
        if error.error == "T0410" and error.current is None:
            error.current, error.expected = wrong, name
        raise library_error(error) from None
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # Python's own errors, for nulls above all: the library's signatures let them through.
        if None in arguments:
            raise JsonataError("T0410", wrong, name) from None
        if name == "parseInteger":
            return math.nan
        if name == "toMillis":
            raise JsonataError("D3110", *arguments) from None
        raise JsonataError("D3137", str(error)) from None
    if result is None:
        return ABSENT
    found = from_library(result)
    return Sequence(found) if getattr(result, "sequence", False) else found


# -- ours -------------------------------------------------------------------------------------------------


def _one(kind: Callable[[Any], bool], function: Callable[[Any], Any]) -> Run:
    """A function of one argument of a kind, undefined for undefined."""

    def run(arguments: Any, env: Env, apply: Apply) -> Any:
        if len(arguments) != 1:
            return NotImplemented
        value = arguments[0]
        if kind(value):
            return function(value)
        return ABSENT if value is ABSENT else NotImplemented

    return run


def _two(
    first: Callable[[Any], bool], second: Callable[[Any], bool], function: Callable[[Any, Any], Any]
) -> Run:
    """A function of two arguments of given kinds."""

    def run(arguments: Any, env: Env, apply: Apply) -> Any:
        if len(arguments) == 2 and first(arguments[0]) and second(arguments[1]):
            return function(arguments[0], arguments[1])
        return NotImplemented

    return run


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_json(value: Any) -> bool:
    return value is not ABSENT and not is_function(value)


def _numbers(function: Callable[[list[Any]], Any]) -> Run:
    """A function of an array of numbers; one number is an array of it."""

    def run(arguments: Any, env: Env, apply: Apply) -> Any:
        if len(arguments) != 1:
            return NotImplemented
        value = arguments[0]
        if isinstance(value, list):
            return function(value) if all(map(is_number, value)) else NotImplemented
        return function([value]) if is_number(value) else ABSENT if value is ABSENT else NotImplemented

    return run


def _sum(numbers: list[Any]) -> Any:
    # One after the other, as ECMAScript does: Python's own sum compensates rounding errors.
    return functools.reduce(lambda left, right: arithmetic("+", left, right), numbers, 0)


def _count(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    value = arguments[0]
    return len(value) if isinstance(value, list) else 0 if value is ABSENT else 1


def _string(arguments: Any, env: Env, apply: Apply) -> Any:
    if not 1 <= len(arguments) <= 2 or (len(arguments) == 2 and not isinstance(arguments[1], bool)):
        return NotImplemented
    value = arguments[0]
    if value is ABSENT:
        return ABSENT
    if is_function(value):
        return ""
    return stringify(value, indent=2 if len(arguments) == 2 and arguments[1] else None)


_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([Ee][-+]?[0-9]+)?", re.ASCII)
_BASED = re.compile(r"0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+", re.ASCII)


def _number(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    value = arguments[0]
    if value is ABSENT or is_number(value):
        return value
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        raise JsonataError("T0410", 1, "number")
    if _BASED.fullmatch(value):
        return normal_number(int(value, 0))
    if _DECIMAL.fullmatch(value) and math.isfinite(float(value)):
        return normal_number(float(value))
    raise JsonataError("D3030", value)


def _boolean(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    return ABSENT if arguments[0] is ABSENT else truth(arguments[0])


def _not(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    return ABSENT if arguments[0] is ABSENT else not truth(arguments[0])


def _exists(arguments: Any, env: Env, apply: Apply) -> Any:
    return arguments[0] is not ABSENT if len(arguments) == 1 else NotImplemented


def _type(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    value = arguments[0]
    return ABSENT if value is ABSENT else "function" if is_function(value) else type_name(value)


def _append(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 2:
        return NotImplemented
    return appended(*arguments)


def _merge(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    value = arguments[0]
    if value is ABSENT:
        return ABSENT
    objects = value if isinstance(value, list) else [value]
    if not all(map(_is_object, objects)):
        return NotImplemented
    merged = Object()
    for members in objects:
        merged.update(members)
    return merged


def _keys(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1:
        return NotImplemented
    value = arguments[0]
    if isinstance(value, dict):
        return Sequence(value)
    return NotImplemented if isinstance(value, list) or not _is_json(value) else Sequence()


def _lookup(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) == 2 and isinstance(arguments[0], dict) and isinstance(arguments[1], str):
        return arguments[0].get(arguments[1], ABSENT)
    return NotImplemented


def _distinct(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1 or is_function(arguments[0]):
        return NotImplemented
    items = arguments[0]
    if not isinstance(items, list) or len(items) <= 1:
        return items
    seen: dict[Any, Any] = {}
    for item in items:
        seen.setdefault(identity(item), item)
    return Sequence(seen.values()) if isinstance(items, Sequence) else Array(seen.values())


def _reverse(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 1 or not isinstance(arguments[0], list):
        return NotImplemented
    return arguments[0] if len(arguments[0]) <= 1 else Array(reversed(arguments[0]))


def _join(arguments: Any, env: Env, apply: Apply) -> Any:
    separator = arguments[1] if len(arguments) == 2 else ""
    if not 1 <= len(arguments) <= 2 or not isinstance(separator, str) or not isinstance(arguments[0], list):
        return NotImplemented
    return separator.join(arguments[0]) if all(map(_is_text, arguments[0])) else NotImplemented


def _split(text: str, separator: str) -> Any:
    return Array(text.split(separator) if separator else text)


def _substring(arguments: Any, env: Env, apply: Apply) -> Any:
    if (
        not 2 <= len(arguments) <= 3
        or not isinstance(arguments[0], str)
        or not all(map(is_number, arguments[1:]))
    ):
        return NotImplemented
    text, start = arguments[0], math.trunc(arguments[1])
    start = max(start + len(text), 0) if start < 0 else start
    if len(arguments) == 2:
        return text[start:]
    return text[start : start + math.trunc(arguments[2])] if arguments[2] > 0 else ""


def _round(arguments: Any, env: Env, apply: Apply) -> Any:
    if not 1 <= len(arguments) <= 2 or not all(map(is_number, arguments)):
        return NotImplemented
    digits = math.floor(arguments[1]) if len(arguments) == 2 else 0
    if not -300 <= digits <= 300:
        return NotImplemented
    from decimal import ROUND_HALF_EVEN, Context, Decimal

    # Halves to even on the decimal text, as the reference does.
    number = Decimal(repr(arguments[0]))
    unit = Decimal(1).scaleb(-digits)
    return normal_number(float(number.quantize(unit, ROUND_HALF_EVEN, Context(prec=700))))


def _power(left: Any, right: Any) -> Any:
    try:
        result = float(left) ** float(right)
    except (OverflowError, ZeroDivisionError):
        result = math.inf
    if isinstance(result, complex) or not math.isfinite(result):
        raise JsonataError("D3061", left, right)
    return normal_number(result)


def _sqrt(number: Any) -> Any:
    if number < 0:
        raise JsonataError("D3060", number)
    return normal_number(math.sqrt(number))


def _trim(text: str) -> str:
    return re.sub(r"[ \t\n\r]+", " ", text).strip(" ")


def _error(arguments: Any, env: Env, apply: Apply) -> Any:
    message = arguments[0] if arguments else ABSENT
    if len(arguments) > 1 or not (message is ABSENT or isinstance(message, str)):
        raise JsonataError("T0410", 1, "error")
    raise JsonataError("D3137", "$error() function evaluated" if message is ABSENT else message)


def _assert(arguments: Any, env: Env, apply: Apply) -> Any:
    if not 1 <= len(arguments) <= 2 or not isinstance(arguments[0], bool):
        raise JsonataError("T0410", 1, "assert")
    if arguments[0]:
        return ABSENT
    message = arguments[1] if len(arguments) == 2 and isinstance(arguments[1], str) else None
    raise JsonataError("D3141", message or "$assert() statement failed")


# -- functions that call functions ------------------------------------------------------------------------


def _items_and_function(arguments: Any) -> tuple[Any, Any] | None:
    if len(arguments) != 2 or not is_function(arguments[1]):
        return None
    value = arguments[0]
    return (value if isinstance(value, list) or value is ABSENT else [value]), arguments[1]


def _given(function: Any, *values: Any) -> list[Any]:
    """As many of the values as the function takes, one at least."""
    return list(values[: max(1, function.arity)])


def _map(arguments: Any, env: Env, apply: Apply) -> Any:
    found = _items_and_function(arguments)
    if found is None:
        return NotImplemented
    items, function = found
    if items is ABSENT:
        return ABSENT
    results = (
        apply(function, _given(function, item, at, items), None, env, None) for at, item in enumerate(items)
    )
    return Sequence([result for result in results if result is not ABSENT])


def _filter(arguments: Any, env: Env, apply: Apply) -> Any:
    found = _items_and_function(arguments)
    if found is None:
        return NotImplemented
    items, function = found
    if items is ABSENT:
        return ABSENT
    return Sequence(
        [
            item
            for at, item in enumerate(items)
            if truth(apply(function, _given(function, item, at, items), None, env, None))
        ]
    )


def _reduce(arguments: Any, env: Env, apply: Apply) -> Any:
    found = _items_and_function(arguments[:2])
    if found is None or len(arguments) > 3:
        return NotImplemented
    items, function = found
    if items is ABSENT:
        return ABSENT
    if function.arity < 2:
        raise JsonataError("D3050", 1)
    result = arguments[2] if len(arguments) == 3 else ABSENT
    start = 0
    if result is ABSENT and items:
        result, start = items[0], 1
    for at in range(start, len(items)):
        result = apply(function, _given(function, result, items[at], at, items), None, env, None)
    return result


def _single(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) == 1:
        items, function = (arguments[0] if isinstance(arguments[0], list) else [arguments[0]]), None
        if arguments[0] is ABSENT:
            return ABSENT
    else:
        found = _items_and_function(arguments)
        if found is None:
            return NotImplemented
        items, function = found
        if items is ABSENT:
            return ABSENT
    matches = [
        item
        for at, item in enumerate(items)
        if function is None or truth(apply(function, _given(function, item, at, items), None, env, None))
    ]
    if len(matches) != 1:
        raise JsonataError("D3138" if matches else "D3139")
    return matches[0]


def _each(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 2 or not isinstance(arguments[0], dict) or not is_function(arguments[1]):
        return NotImplemented
    members, function = arguments
    results = (
        apply(function, _given(function, item, key, members), None, env, None)
        for key, item in members.items()
    )
    return Sequence([result for result in results if result is not ABSENT])


def _sift(arguments: Any, env: Env, apply: Apply) -> Any:
    if len(arguments) != 2 or not isinstance(arguments[0], dict) or not is_function(arguments[1]):
        return NotImplemented
    members, function = arguments
    kept = Object()
    for key, item in members.items():
        if truth(apply(function, _given(function, item, key, members), None, env, None)):
            kept[key] = item
    return kept if kept else ABSENT


def _sort(arguments: Any, env: Env, apply: Apply) -> Any:
    if not 1 <= len(arguments) <= 2 or not isinstance(arguments[0], list):
        return NotImplemented
    items = arguments[0]
    if len(items) <= 1:
        return items
    if len(arguments) == 1:
        if all(map(is_number, items)) or all(map(_is_text, items)):
            return Array(sorted(items))
        raise JsonataError("D3070")
    function = arguments[1]
    if not is_function(function):
        return NotImplemented
    # The function says whether two values must change places.
    order = functools.cmp_to_key(
        lambda left, right: -1 if truth(apply(function, [right, left], None, env, None)) else 1
    )
    return Array(sorted(items, key=order))


_OURS: dict[str, tuple[Run, int]] = {
    "append": (_append, 2),
    "abs": (_one(is_number, abs), 1),
    "assert": (_assert, 2),
    "average": (
        _numbers(lambda numbers: arithmetic("/", _sum(numbers), len(numbers)) if numbers else ABSENT),
        1,
    ),
    "boolean": (_boolean, 1),
    "ceil": (_one(is_number, math.ceil), 1),
    "contains": (_two(_is_text, _is_text, lambda text, part: part in text), 2),
    "count": (_count, 1),
    "distinct": (_distinct, 1),
    "each": (_each, 2),
    "error": (_error, 1),
    "exists": (_exists, 1),
    "filter": (_filter, 2),
    "floor": (_one(is_number, math.floor), 1),
    "join": (_join, 2),
    "keys": (_keys, 1),
    "length": (_one(_is_text, len), 1),
    "lookup": (_lookup, 2),
    "lowercase": (_one(_is_text, str.lower), 1),
    "map": (_map, 2),
    "max": (_numbers(lambda numbers: max(numbers) if numbers else ABSENT), 1),
    "merge": (_merge, 1),
    "min": (_numbers(lambda numbers: min(numbers) if numbers else ABSENT), 1),
    "not": (_not, 1),
    "number": (_number, 1),
    "power": (_two(is_number, is_number, _power), 2),
    "reduce": (_reduce, 3),
    "reverse": (_reverse, 1),
    "round": (_round, 1),
    "sift": (_sift, 2),
    "single": (_single, 2),
    "sort": (_sort, 2),
    "split": (_two(_is_text, _is_text, _split), 2),
    "sqrt": (_one(is_number, _sqrt), 1),
    "string": (_string, 1),
    "substring": (_substring, 3),
    "substringAfter": (
        _two(
            _is_text, _is_text, lambda text, part: text.partition(part)[2] if part and part in text else text
        ),
        2,
    ),
    "substringBefore": (
        _two(_is_text, _is_text, lambda text, part: text.partition(part)[0] if part else ""),
        2,
    ),
    "sum": (_numbers(_sum), 1),
    "trim": (_one(_is_text, _trim), 1),
    "type": (_type, 1),
    "uppercase": (_one(_is_text, str.upper), 1),
}


def _format_number(arguments: list[Any], env: Env, apply: Apply) -> Any:
    """The library formats, once the picture is known to be right."""
    if len(arguments) in {2, 3} and is_number(arguments[0]) and isinstance(arguments[1], str):
        options = arguments[2] if len(arguments) == 3 else {}
        if isinstance(options, dict):
            check_picture(arguments[1], options)
    return NotImplemented


_SEQUENCES = frozenset({"distinct", "each", "filter", "keys", "map"})
_LIBRARYS = (
    "zip spread base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent "
    "decodeUrl toMillis fromMillis clone pad formatBase formatInteger parseInteger match replace"
)
BUILTINS: dict[str, BuiltinFunction] = {
    **{name: BuiltinFunction(None) for name in (*_LIBRARYS.split(), *AWS_FUNCTIONS, *REFUSED_FUNCTIONS)},
    **{name: BuiltinFunction(run, arity, name in _SEQUENCES) for name, (run, arity) in _OURS.items()},
    "formatNumber": BuiltinFunction(_format_number),
}
"""Every function by name."""
