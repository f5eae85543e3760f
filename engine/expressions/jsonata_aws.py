"""The functions that AWS adds to JSONata, and those whose answer must come from the execution.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-supported
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .intrinsics import HASH_ALGORITHMS, hash_text, parse_json, random_uuid
from .java_random import JavaRandom
from .jsonata_errors import JsonataError
from .scope import ABSENT, Scope
from .values import is_number, to_json

__all__ = ["AWS_FUNCTIONS", "REFUSED_FUNCTIONS"]

Function = Callable[[list[Any], Scope], Any]
"""Called with the arguments, ABSENT where one is undefined."""

REFUSED_FUNCTIONS = frozenset({"eval"})


def _mismatch(name: str, index: int) -> JsonataError:
    return JsonataError("T0410", index, name)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "a": lambda value: isinstance(value, list),
    "n": is_number,
    "s": lambda value: isinstance(value, str),
}


def _checked(name: str, arguments: list[Any], kinds: str, optional: int = 0) -> list[Any] | None:
    """Arguments of the kinds (a, n, s), padded with ABSENT; None where one that is needed is undefined."""
    if len(arguments) > len(kinds):
        raise _mismatch(name, len(kinds) + 1)
    if len(arguments) < len(kinds) - optional:
        raise _mismatch(name, len(arguments) + 1)
    padded = arguments + [ABSENT] * (len(kinds) - len(arguments))
    for index, (value, kind) in enumerate(zip(padded, kinds, strict=True)):
        if value is ABSENT:
            if index < len(kinds) - optional:
                return None
        elif not _KINDS[kind](value):
            raise _mismatch(name, index + 1)
    return padded


def _partition(arguments: list[Any], scope: Scope) -> Any:
    if arguments and arguments[0] is not ABSENT and not isinstance(arguments[0], list):
        arguments = [[arguments[0]], *arguments[1:]]
    found = _checked("partition", arguments, "an")
    if found is None:
        return ABSENT
    items, size = found[0], math.floor(found[1])
    if size <= 0:
        raise JsonataError("D3137", "The second argument of the partition function must be a positive number")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _range(arguments: list[Any], scope: Scope) -> Any:
    found = _checked("range", arguments, "nnn")
    if found is None:
        return ABSENT
    first, last, step = found
    if step == 0:
        raise JsonataError("D3137", "The third argument of the range function must not be 0")
    count = max(0, math.floor((last - first) / step) + 1)
    if count > 10_000_000:
        raise JsonataError("D2014", count)
    return [first + step * index for index in range(count)]


def _hash(arguments: list[Any], scope: Scope) -> Any:
    if not arguments or arguments[0] is ABSENT:
        return ABSENT
    data = arguments[0] if isinstance(arguments[0], str) else to_json(arguments[0])
    found = _checked("hash", [data, *arguments[1:]], "ss", optional=1)
    algorithm = "SHA-256" if found is None or found[1] is ABSENT else found[1]
    if algorithm not in HASH_ALGORITHMS:
        raise JsonataError(
            "D3137", f"The hash algorithm must be one of {', '.join(HASH_ALGORITHMS)}: {algorithm}"
        )
    return hash_text(data, algorithm)


def _random(arguments: list[Any], scope: Scope) -> Any:
    found = _checked("random", arguments, "n", optional=1)
    seed: Any = ABSENT if found is None else found[0]
    return scope.random.random() if seed is ABSENT else JavaRandom(math.trunc(seed)).random()


def _uuid(arguments: list[Any], scope: Scope) -> Any:
    _checked("uuid", arguments, "")
    return random_uuid(scope)


def _parse(arguments: list[Any], scope: Scope) -> Any:
    found = _checked("parse", arguments, "s")
    if found is None:
        return ABSENT
    try:
        return parse_json(found[0])
    except ValueError:
        raise JsonataError("D3137", "The argument of the parse function is not a valid JSON text") from None


def _shuffle(arguments: list[Any], scope: Scope) -> Any:
    if arguments and arguments[0] is not ABSENT and not isinstance(arguments[0], list):
        return [arguments[0]]
    found = _checked("shuffle", arguments, "a")
    return ABSENT if found is None else scope.random.sample(found[0], len(found[0]))


def _milliseconds(scope: Scope) -> int:
    return math.floor(scope.now * 1000)


def _millis(arguments: list[Any], scope: Scope) -> Any:
    _checked("millis", arguments, "")
    return _milliseconds(scope)


def _now(arguments: list[Any], scope: Scope) -> Any:
    from jsonata.functions import Functions  # type: ignore[import-untyped]

    found = _checked("now", arguments, "ss", optional=2) or [ABSENT, ABSENT]
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
