"""Intrinsic functions of JSONPath payload templates.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
https://states-language.net/spec.html#intrinsic-functions
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .filters import end_of_path
from .java_random import JavaRandom
from .paths import Path, PathMissError, compile_getter, null_error, parse_path
from .scope import ABSENT, Expression, ExpressionError, ExpressionSyntaxError, Scope
from .values import is_number, java_json, rounded, type_name

__all__ = [
    "HASH_ALGORITHMS",
    "compile_intrinsic",
    "hash_text",
    "is_intrinsic",
    "parse_json",
    "random_uuid",
]

_MOST_NESTED = 10
_MOST_CHARACTERS = 10_000
_MOST_ITEMS = 1_000
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**31), 2**31 - 1


class _FaultError(Exception):
    """What is wrong with the arguments of a call."""


# -- the functions: (arguments, scope) -> result ----------------------------------------------------------

_Function = Callable[[list[Any], Scope], Any]


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _FaultError(f"an array is needed, but was {type_name(value)}: {java_json(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _FaultError(f"a string is needed, but was {type_name(value)}: {java_json(value)}")
    return value


def _short_text(value: Any) -> str:
    if len(_text(value)) > _MOST_CHARACTERS:
        raise _FaultError(
            f"a string of at most {_MOST_CHARACTERS} characters is needed, but it has {len(value)}"
        )
    return str(value)


def _integer(value: Any) -> int:
    """Numbers that are no integers are rounded, as AWS documents."""
    if not is_number(value) or value != value or value in (float("inf"), float("-inf")):
        raise _FaultError(f"a number is needed, but was {type_name(value)}: {java_json(value)}")
    number = rounded(value)
    if not _LEAST_INTEGER <= number <= _GREATEST_INTEGER:
        raise _FaultError(
            f"an integer between {_LEAST_INTEGER} and {_GREATEST_INTEGER} is needed, but was {number}"
        )
    return number


def _array_partition(arguments: list[Any], scope: Scope) -> Any:
    items, size = _array(arguments[0]), _integer(arguments[1])
    if size <= 0:
        raise _FaultError(f"the chunk size must be a positive integer, but was {size}")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _array_range(arguments: list[Any], scope: Scope) -> Any:
    first, last, step = map(_integer, arguments)
    if step == 0:
        raise _FaultError("the increment must not be 0")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if len(numbers) > _MOST_ITEMS:
        raise _FaultError(f"the array would have {len(numbers)} items, more than {_MOST_ITEMS}")
    return list(numbers)


def _array_get_item(arguments: list[Any], scope: Scope) -> Any:
    items, index = _array(arguments[0]), _integer(arguments[1])
    if not 0 <= index < len(items):
        raise _FaultError(f"the index {index} is out of bounds for an array of {len(items)} items")
    return items[index]


def _as_equal(value: Any) -> Any:
    """What is equal for values that Java finds equal: 1 and 1.0 it does not."""
    if isinstance(value, dict):
        return frozenset((key, _as_equal(item)) for key, item in value.items())
    return tuple(map(_as_equal, value)) if isinstance(value, list) else (type(value), value)


def _array_contains(arguments: list[Any], scope: Scope) -> Any:
    wanted = _as_equal(arguments[1])
    return any(_as_equal(item) == wanted for item in _array(arguments[0]))


def _array_unique(arguments: list[Any], scope: Scope) -> Any:
    seen: dict[Any, Any] = {}
    for item in _array(arguments[0]):
        seen.setdefault(_as_equal(item), item)
    return list(seen.values())


def _base64_encode(arguments: list[Any], scope: Scope) -> Any:
    return base64.b64encode(_short_text(arguments[0]).encode("utf-8", "surrogatepass")).decode("ascii")


def _base64_decode(arguments: list[Any], scope: Scope) -> Any:
    text = _short_text(arguments[0])
    try:
        # Java's decoder does without the padding, but not with a part of it.
        padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
        return base64.b64decode(padded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise _FaultError("the string is not Base64") from None


HASH_ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}
"""Algorithms as AWS names them -> as Python does."""


def hash_text(text: str, algorithm: str) -> str:
    """The text's hash in hexadecimal digits; `algorithm` is one of `HASH_ALGORITHMS`."""
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.new(HASH_ALGORITHMS[algorithm], data, usedforsecurity=False).hexdigest()


def _hash(arguments: list[Any], scope: Scope) -> Any:
    data, algorithm = arguments
    if _text(algorithm) not in HASH_ALGORITHMS:
        raise _FaultError(f"the algorithm must be one of {', '.join(HASH_ALGORITHMS)}, but was {algorithm}")
    return hash_text(_short_text(data if isinstance(data, str) else java_json(data)), algorithm)


def _json_merge(arguments: list[Any], scope: Scope) -> Any:
    left, right, deep = arguments
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise _FaultError("the first two arguments must be objects")
    if deep is not False:
        raise _FaultError("the third argument must be false: deep merging is not supported")
    return {**left, **right}


def parse_json(text: str, *, strict: bool = False) -> Any:
    """The value of a JSON text, and nothing that only Python's reader takes for one. Raises ValueError.

    A number that no double can hold is the name Java gives it. `strict`, as `$parse` is, refuses that, and a name
    that an object has twice.
    """

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    def number(digits: str) -> Any:
        value = float(digits)
        if math.isfinite(value):
            return value
        return refuse(digits) if strict else "Infinity" if value > 0 else "-Infinity"

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        return found if len(found) == len(pairs) else refuse("a name given twice")

    try:
        return json.loads(
            text, parse_constant=refuse, parse_float=number, object_pairs_hook=members if strict else None
        )
    except RecursionError:
        raise ValueError("the JSON is nested too deep") from None


def _string_to_json(arguments: list[Any], scope: Scope) -> Any:
    text = _text(arguments[0])
    if not text.strip():
        # Jackson, which reads JSON for AWS, finds no value in a blank text, and that is no error to it.
        return None
    try:
        return parse_json(text)
    except ValueError:
        raise _FaultError("the string is not a valid JSON text") from None


def _math_random(arguments: list[Any], scope: Scope) -> Any:
    start, end = _integer(arguments[0]), _integer(arguments[1])
    if start >= end:
        raise _FaultError(f"the end {end} must be greater than the start {start}")
    if len(arguments) == 2:
        return scope.random.randrange(start, end)
    return JavaRandom(_integer(arguments[2])).between(start, end)


def _math_add(arguments: list[Any], scope: Scope) -> Any:
    return _integer(_integer(arguments[0]) + _integer(arguments[1]))


def _string_split(arguments: list[Any], scope: Scope) -> Any:
    """Every character of the second argument separates; nothing is kept of what lies between two of them."""
    text, separators = _text(arguments[0]), _text(arguments[1])
    if not separators:
        return [text] if text else []
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def random_uuid(scope: Scope) -> str:
    """A version 4 UUID from the execution's source of chance."""
    return str(uuid.UUID(int=scope.random.getrandbits(128), version=4))


_FORMAT_PART = re.compile(r"\\(?P<escaped>.)|(?P<hole>\{\})|(?P<stray>[{}])|(?P<text>[^\\{}]+|\\)", re.DOTALL)


def _java_text(value: Any) -> str:
    """A value as Java writes maps and lists: what `States.Format` inserts is JSON for scalars only."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(_java_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}={_java_text(item)}' for name, item in value.items())}}}"
    return java_json(value)


def _format(arguments: list[Any], scope: Scope) -> Any:
    template, *values = arguments
    parts: list[str] = []
    left = iter(values)
    for found in _FORMAT_PART.finditer(_text(template)):
        if found["hole"]:
            value = next(left, ABSENT)
            if value is ABSENT:
                raise _FaultError("there are more occurrences of {} than arguments")
            parts.append(_java_text(value))
        elif found["stray"]:
            raise _FaultError(f"a brace that is not part of {{}} must be escaped: \\{found['stray']}")
        else:
            parts.append(found["escaped"] or found["text"])
    if next(left, ABSENT) is not ABSENT:
        raise _FaultError("there are more arguments than occurrences of {}")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Intrinsic:
    call: _Function
    least: int
    most: int | None


_INTRINSICS: dict[str, _Intrinsic] = {
    "Array": _Intrinsic(lambda arguments, scope: list(arguments), 0, None),
    "ArrayPartition": _Intrinsic(_array_partition, 2, 2),
    "ArrayContains": _Intrinsic(_array_contains, 2, 2),
    "ArrayRange": _Intrinsic(_array_range, 3, 3),
    "ArrayGetItem": _Intrinsic(_array_get_item, 2, 2),
    "ArrayLength": _Intrinsic(lambda arguments, scope: len(_array(arguments[0])), 1, 1),
    "ArrayUnique": _Intrinsic(_array_unique, 1, 1),
    "Base64Encode": _Intrinsic(_base64_encode, 1, 1),
    "Base64Decode": _Intrinsic(_base64_decode, 1, 1),
    "Hash": _Intrinsic(_hash, 2, 2),
    "JsonMerge": _Intrinsic(_json_merge, 3, 3),
    "StringToJson": _Intrinsic(_string_to_json, 1, 1),
    "JsonToString": _Intrinsic(lambda arguments, scope: java_json(arguments[0]), 1, 1),
    "MathRandom": _Intrinsic(_math_random, 2, 3),
    "MathAdd": _Intrinsic(_math_add, 2, 2),
    "StringSplit": _Intrinsic(_string_split, 2, 2),
    "UUID": _Intrinsic(lambda arguments, scope: random_uuid(scope), 0, 0),
    "Format": _Intrinsic(_format, 1, None),
}

# -- the texts --------------------------------------------------------------------------------------------


def is_intrinsic(text: str) -> bool:
    """Whether the text is meant as a call of an intrinsic function rather than as a path."""
    return text.lstrip().startswith("States.")


def compile_intrinsic(text: str, field: str) -> Expression:
    """The closure of a call such as `States.Format('{}', $.name)`. `field` is the template's key.

    It raises `ExpressionError`: `States.Runtime` for a path that finds nothing, `States.IntrinsicFailure` for
    arguments the function cannot take. Raises ExpressionSyntaxError, wrong numbers of arguments included.
    """
    run = _Parser(text, field).whole()

    def call(value: Any, scope: Scope) -> Any:
        try:
            return run(value, scope)
        except _MissedError as missed:
            error, cause = "States.Runtime", missed.args[0]
        except _FaultError as fault:
            error, cause = "States.IntrinsicFailure", fault.args[0]
        except RecursionError:
            error, cause = "States.IntrinsicFailure", "the value is nested too deep"
        raise ExpressionError(error, f"The function '{text}' had the following error: {cause}", field)

    return call


class _MissedError(Exception):
    """An argument's path that finds nothing."""


_NAME = re.compile(r"\s*States\.(\w+)\s*\(")
_STRING = re.compile(r"'((?:[^'\\]|\\['\\{}])*)'")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*[,)])")
_AFTER_PATH = re.compile(r"[,) \t\n]")
_WORD = re.compile(r"(true|false|null)(?=\s*[,)])")
_WORDS = {"true": True, "false": False, "null": None}


class _Parser:
    """Recursive descent over one call."""

    def __init__(self, text: str, field: str | None) -> None:
        self.text = text
        self.field = field
        self.at = 0

    def fail(self, why: str) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(f"'{self.text}' is not a valid intrinsic function call: {why}")

    def whole(self) -> Expression:
        call = self.call(1)
        if self.text[self.at :].strip():
            raise self.fail(f"unexpected text after the call: {self.text[self.at :].strip()}")
        return call

    def call(self, depth: int) -> Expression:
        if depth > _MOST_NESTED:
            raise self.fail(f"more than {_MOST_NESTED} nested functions")
        found = _NAME.match(self.text, self.at)
        intrinsic = _INTRINSICS.get(found[1]) if found else None
        if found is None or intrinsic is None:
            raise self.fail(f"no such function: States.{found[1]}" if found else "States.Name( is needed")
        self.at = found.end()
        arguments = list(self.arguments(depth, keep_escapes=found[1] == "Format"))
        count = len(arguments)
        if count < intrinsic.least or (intrinsic.most is not None and count > intrinsic.most):
            wanted = (
                str(intrinsic.least) if intrinsic.least == intrinsic.most else f"{intrinsic.least} or more"
            )
            wanted = "2 or 3" if intrinsic.most == 3 and intrinsic.least == 2 else wanted
            raise self.fail(f"States.{found[1]} takes {wanted} arguments, not {count}")
        run = intrinsic.call
        return lambda value, scope: run([argument(value, scope) for argument in arguments], scope)

    def arguments(self, depth: int, *, keep_escapes: bool) -> list[Expression]:
        """Arguments up to the closing parenthesis. Only `Format` reads escapes itself, in its template."""
        arguments: list[Expression] = []
        self.space()
        if self.text.startswith(")", self.at):
            self.at += 1
            return arguments
        while True:
            self.space()
            arguments.append(self.argument(depth, keep_escapes=keep_escapes and not arguments))
            self.space()
            end = self.text[self.at : self.at + 1]
            self.at += 1
            if end == ")":
                return arguments
            if end != ",":
                raise self.fail("a comma or a closing parenthesis is missing")

    def space(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def argument(self, depth: int, *, keep_escapes: bool) -> Expression:
        text, at = self.text, self.at
        constant: Any
        if found := _STRING.match(text, at):
            constant = found[1] if keep_escapes else re.sub(r"\\(.)", r"\1", found[1])
        elif found := _NUMBER.match(text, at):
            constant = json.loads(found[0])
        elif found := _WORD.match(text, at):
            constant = _WORDS[found[1]]
        elif text.startswith("$", at):
            return self.path()
        elif text.startswith("States.", at):
            return self.call(depth + 1)
        else:
            raise self.fail("an argument must be a string in single quotes, a number, a path or a function")
        self.at = found.end()
        return lambda value, scope: constant

    def path(self) -> Expression:
        start, self.at = self.at, end_of_path(self.text, self.at, _AFTER_PATH)
        return _path_argument(parse_path(self.text[start : self.at]), self.field)


def _path_argument(path: Path, field: str | None) -> Expression:
    get = compile_getter(path)
    of_input = path.root == "$"

    def argument(value: Any, scope: Scope) -> Any:
        if value is None and of_input:
            raise null_error(field)
        try:
            found = get(value, scope)
        except PathMissError as miss:
            if miss.args[0].startswith("Filter: "):
                raise _MissedError(miss.args[0]) from None
            found = ABSENT
        if found is ABSENT:
            shown = path.text if path.root not in {"$", "$$"} else path.relative
            raise _MissedError(
                f"The JsonPath argument for the field '{shown}' could not be found in the input '{java_json(value)}'"
            )
        return found

    return argument
