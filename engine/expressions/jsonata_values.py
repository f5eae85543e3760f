"""What JSONata's evaluation has beyond JSON: sequences, constructed containers, functions.

A sequence of one value is that value, an empty one is undefined; arrays that came in stay as they are.
Containers made by an expression are of the classes here, so that giving a result out copies those only and
shares the rest.

https://docs.jsonata.org/processing#sequences
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from .jsonata_errors import JsonataError
from .scope import ABSENT, Absent, Scope
from .values import is_number, number_text

__all__ = [
    "PLAIN_TYPES",
    "Array",
    "Builtin",
    "Chain",
    "Env",
    "Lambda",
    "Node",
    "Object",
    "Sequence",
    "appended",
    "collapse",
    "is_function",
    "plain",
    "stringify",
    "truth",
]


class Sequence(list[Any]):
    """Values that a path or a function yields one by one. `keep`: `[]` asked that one value stay in its array."""

    __slots__ = ("keep",)
    keep: bool

    def __init__(self, items: Any = ()) -> None:
        super().__init__(items)
        self.keep = False


class Array(list[Any]):
    """An array made by the expression. `whole`: as a step of a path it is one value, not flattened."""

    __slots__ = ("whole",)
    whole: bool

    def __init__(self, items: Any = (), *, whole: bool = False) -> None:
        super().__init__(items)
        self.whole = whole


class Object(dict[str, Any]):
    """An object made by the expression."""

    __slots__ = ()


class Env:
    """Names bound within the expression, inside those of the enclosing block or function.

    `depth` is how deep the evaluation is where the enclosing function is called, `site` how much deeper the
    call under way is: https://docs.jsonata.org/embedding-extending
    """

    __slots__ = ("depth", "names", "parent", "scope", "site")

    def __init__(self, scope: Scope, parent: Env | None = None) -> None:
        self.scope = scope
        self.parent = parent
        self.names: dict[str, Any] = {}
        self.depth: int = 0 if parent is None else parent.depth
        self.site = 0


Node = Callable[[Any, Env], Any]
"""A compiled node of the syntax tree: called with the context item (`$`) and the names."""


class Lambda:
    """A function written in the expression, with where it was written, and how deep its body is evaluated at least."""

    __slots__ = ("body", "env", "item", "least", "parameters")

    def __init__(self, parameters: tuple[str, ...], body: Node, least: int, item: Any, env: Env) -> None:
        self.parameters = parameters
        self.body = body
        self.least = least
        self.item = item
        self.env = env

    @property
    def arity(self) -> int:
        return len(self.parameters)


class Builtin:
    """A function of JSONata or of AWS, by name."""

    __slots__ = ("arity", "name")

    def __init__(self, name: str, arity: int) -> None:
        self.name = name
        self.arity = arity


class Chain:
    """`f ~> g`, both functions."""

    __slots__ = ("arity", "first", "second")

    def __init__(self, first: Any, second: Any) -> None:
        self.first = first
        self.second = second
        self.arity = 1


PLAIN_TYPES = frozenset({str, int, bool, type(None), dict, list, Absent})
"""Types of what is as plain as it gets. Dicts and lists of these very types hold such values and finite numbers only;
a float may be infinite.
"""


def is_function(value: Any) -> bool:
    return isinstance(value, (Lambda, Builtin, Chain))


def collapse(value: Any) -> Any:
    """What the value is to whoever asked for it: a sequence of one is that one."""
    if type(value) is Sequence:
        if not value:
            return ABSENT
        if len(value) == 1 and not value.keep:
            return value[0]
    return value


def appended(left: Any, right: Any) -> Any:
    """Both as one array. https://docs.jsonata.org/array-functions#append"""
    if left is ABSENT or right is ABSENT:
        return right if left is ABSENT else left
    lefts = left if isinstance(left, list) else [left]
    return Array([*lefts, *(right if isinstance(right, list) else [right])])


def plain(value: Any) -> Any:
    """The value as JSON of plain types. Functions vanish as they do in ECMAScript's JSON; for infinities and NaN,
    which it does not have, AWS writes their names.
    """
    kind = type(value)
    if kind is float:
        return value if math.isfinite(value) else _nonfinite_name(value)
    if kind in PLAIN_TYPES:
        return value
    if kind is Object:
        return {key: plain(item) for key, item in value.items() if not is_function(item)}
    if kind is Sequence or kind is Array:
        return [
            item if type(item) in PLAIN_TYPES else None if is_function(item) else plain(item)
            for item in value
        ]
    return ABSENT if is_function(value) else value


def _nonfinite_name(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def truth(value: Any) -> bool:
    """The value as a boolean; undefined is false. https://docs.jsonata.org/boolean-functions#boolean"""
    if value is True or value is False:
        return bool(value)
    if isinstance(value, list):
        return truth(value[0]) if len(value) == 1 else any(map(truth, value))
    return not is_function(value) and bool(value)


def stringify(value: Any, *, indent: int | None = None) -> str:
    """The value as `$string` writes it. https://docs.jsonata.org/string-functions#string"""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        raise JsonataError("D3001")
    return _json(value, "" if indent is None else " " * indent, "")


def _json(value: Any, indent: str, margin: str) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value) if math.isfinite(value) else "null"
    inner = margin + indent
    around = f"\n{inner}" if indent else ""
    end = f"\n{margin}" if indent else ""
    if isinstance(value, list):
        items = [_json(item, indent, inner) for item in value]
        return f"[{around}{f',{around}'.join(items)}{end}]" if items else "[]"
    if isinstance(value, Mapping):
        colon = ": " if indent else ":"
        members = [
            f"{json.dumps(key, ensure_ascii=False)}{colon}{_json(item, indent, inner)}"
            for key, item in value.items()
        ]
        return f"{{{around}{f',{around}'.join(members)}{end}}}" if members else "{}"
    return '""' if is_function(value) else "null"
