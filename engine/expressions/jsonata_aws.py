"""The functions that AWS adds to JSONata, and those whose answer must come from the execution.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-supported

What the documents leave open is as it was measured on AWS in 2026: which arguments give nothing, which are an
error, and in which words. https://github.com/floci-io/floci/pull/2676
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .intrinsics import HASH_ALGORITHMS, hash_text, parse_json, random_uuid
from .java_random import JavaRandom
from .jsonata_errors import JsonataError, out_of_memory
from .scope import ABSENT, Scope
from .values import is_number

__all__ = ["AWS_FUNCTIONS", "REFUSED_FUNCTIONS"]

Function = Callable[[list[Any], Scope], Any]
"""Called with the arguments, ABSENT where one is undefined."""

REFUSED_FUNCTIONS = frozenset({"eval"})


_MOST_RANGE_ITEMS = 360_145
"""What `$range` may give before AWS's limit on an expression's memory ends it."""


def _mismatch(name: str, index: int) -> JsonataError:
    return JsonataError("T0410", index, name)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _checked(
    name: str, arguments: list[Any], kinds: tuple[Callable[[Any], bool], ...], least: int
) -> list[Any]:
    """The arguments, padded with ABSENT; each is undefined or of its kind, and `least` of them are given."""
    if len(arguments) > len(kinds):
        raise _mismatch(name, len(kinds) + 1)
    if len(arguments) < least:
        raise _mismatch(name, len(arguments) + 1)
    for index, (value, fits) in enumerate(zip(arguments, kinds, strict=False)):
        if value is not ABSENT and not fits(value):
            raise _mismatch(name, index + 1)
    return arguments + [ABSENT] * (len(kinds) - len(arguments))


def _partition(arguments: list[Any], scope: Scope) -> Any:
    if arguments and arguments[0] is not ABSENT and not isinstance(arguments[0], list):
        words = 'Argument 1 of function "partition" must be an array of undefined'
        raise JsonataError("T0412", detail=words)
    items, size = _checked("partition", arguments, (lambda value: True, is_number), 0)
    if items is ABSENT or not items:
        return ABSENT
    if size is ABSENT:
        return [items]
    size = math.trunc(size)
    if size < 0:
        raise JsonataError("D3137", "Second argument must be zero or greater")
    return [items[start : start + size] for start in range(0, len(items), size)] if size else ABSENT


def _range(arguments: list[Any], scope: Scope) -> Any:
    found = _checked("range", arguments, (is_number,) * 3, 2)
    if ABSENT in found:
        return ABSENT
    first, last, step = map(math.trunc, found)
    if step == 0:
        return ABSENT
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if len(numbers) > _MOST_RANGE_ITEMS:
        raise out_of_memory()
    # A sequence, as the language's own functions give: nothing is undefined, one number is that number.
    return list(numbers) if len(numbers) > 1 else numbers[0] if numbers else ABSENT


def _hash(arguments: list[Any], scope: Scope) -> Any:
    text, algorithm = _checked("hash", arguments, (_is_text, _is_text), 1)
    if text is ABSENT or algorithm is ABSENT:
        return ABSENT
    if algorithm not in HASH_ALGORITHMS:
        names = "SHA-1, SHA-384, SHA-256, SHA-512, MD5"
        raise JsonataError("D3137", f"Hash algorithm '{algorithm}' must be one of {names}")
    return hash_text(text, algorithm)


def _random(arguments: list[Any], scope: Scope) -> Any:
    [seed] = _checked("random", arguments, (is_number,), 0)
    return scope.random.random() if seed is ABSENT else JavaRandom(math.trunc(seed)).random()


def _uuid(arguments: list[Any], scope: Scope) -> Any:
    _checked("uuid", arguments, (), 0)
    return random_uuid(scope)


def _parse(arguments: list[Any], scope: Scope) -> Any:
    [text] = _checked("parse", arguments, (_is_text,), 0)
    if text is ABSENT:
        return ABSENT
    try:
        return parse_json(text, strict=True)
    except ValueError:
        raise JsonataError("D3137", "Invalid JSON") from None


def _shuffle(arguments: list[Any], scope: Scope) -> Any:
    if arguments and arguments[0] is not ABSENT and not isinstance(arguments[0], list):
        return [arguments[0]]
    [items] = _checked("shuffle", arguments, (lambda value: True,), 1)
    return ABSENT if items is ABSENT else scope.random.sample(items, len(items))


def _milliseconds(scope: Scope) -> int:
    return math.floor(scope.now * 1000)


def _millis(arguments: list[Any], scope: Scope) -> Any:
    _checked("millis", arguments, (), 0)
    return _milliseconds(scope)


def _now(arguments: list[Any], scope: Scope) -> Any:
    from jsonata.functions import Functions  # type: ignore[import-untyped]

    found = _checked("now", arguments, (_is_text, _is_text), 0)
    picture, zone = (None if item is ABSENT else item for item in found)
    try:
        return Functions.datetime_from_millis(_milliseconds(scope), picture, zone)
    except (ValueError, OverflowError) as error:  # after the year 9999, as `$fromMillis` answers there
        raise JsonataError("D3137", str(error)) from None


AWS_FUNCTIONS: dict[str, Function] = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": _uuid,
    "parse": _parse,
    "shuffle": _shuffle,
    "now": _now,
    "millis": _millis,
}
