"""Running the steps of a JSONata path: names, wildcards, predicates, grouping, order.

https://docs.jsonata.org/path-operators and https://docs.jsonata.org/sorting-grouping
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .jsonata_errors import JsonataError
from .jsonata_values import Array, Env, Node, Object, Sequence, appended, collapse, truth
from .scope import ABSENT
from .values import is_number

__all__ = [
    "compare_keys",
    "descendants",
    "filtered",
    "flattened",
    "group_by_keys",
    "grouped",
    "index_filter",
    "is_plain_array",
    "kept",
    "lookup",
    "members",
    "plain_path",
    "predicate_filter",
    "staged",
]

Filter = Callable[[Any, Env], Any]


def plain_path(start: Node, keys: list[str]) -> Node:
    """`$x.a.b`: members of objects, one after the other, until an array comes in between. Its result is collapsed."""
    if not keys:
        return start
    if len(keys) == 1:
        only = keys[0]

        def member(item: Any, env: Env) -> Any:
            value = start(item, env)
            if type(value) is dict:
                # No sequence stands in a plain object: only the expression's own containers hold any.
                return value.get(only, ABSENT)
            return walk(value)

    def walk(value: Any) -> Any:
        for index, key in enumerate(keys):
            if isinstance(value, dict):
                value = value.get(key, ABSENT)
            elif isinstance(value, list):
                return collapse(_through_arrays(flattened([value]), keys[index:]))
            else:
                return ABSENT
        return collapse(Sequence(value)) if isinstance(value, Sequence) else value

    return member if len(keys) == 1 else lambda item, env: walk(start(item, env))


def _through_arrays(items: Any, keys: list[str]) -> Any:
    last = len(keys) - 1
    for index, key in enumerate(keys):
        results = []
        for item in items:
            if isinstance(item, dict):
                result = item.get(key, ABSENT)
            elif isinstance(item, list):
                result = collapse(lookup(item, key))
            else:
                continue
            if result is not ABSENT:
                results.append(result)
        if index == last and len(results) == 1 and is_plain_array(results[0]):
            return results[0]
        items = flattened(results)
        if not items:
            break
    return items


def lookup(items: Any, key: str) -> Sequence:
    found = Sequence()
    for item in items:
        if isinstance(item, dict):
            value = item.get(key, ABSENT)
        elif isinstance(item, list):
            value = lookup(item, key)
        else:
            continue
        if isinstance(value, list):
            found.extend(value)
        elif value is not ABSENT:
            found.append(value)
    return found


def is_plain_array(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, Sequence)


def flattened(results: list[Any]) -> Sequence:
    found = Sequence()
    for result in results:
        if isinstance(result, list) and not (isinstance(result, Array) and result.whole):
            found.extend(result)
        else:
            found.append(result)
    return found


def members(item: Any) -> Any:
    """`*`: https://docs.jsonata.org/path-operators#-wildcard"""
    values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    found: Any = Sequence()
    for value in values:
        if isinstance(value, list):
            flat = list(_leaves(value))
            found = Array([*found, *flat])
        else:
            found.append(value)
    return found


def _leaves(items: list[Any]) -> Any:
    for item in items:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def descendants(item: Any) -> Any:
    stack = [item]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
            continue
        yield item
        if isinstance(item, dict):
            stack.extend(reversed(item.values()))


def kept(node: Node) -> Node:
    def keep(item: Any, env: Env) -> Any:
        value = node(item, env)
        if isinstance(value, Sequence):
            value.keep = True
        return collapse(value)

    return keep


def filtered(node: Node, filters: list[Filter]) -> Node:
    return lambda item, env: staged(node(item, env), filters, env)


def grouped(node: Node, group: Node) -> Node:
    return lambda item, env: group(node(item, env), env)


def staged(value: Any, filters: list[Filter], env: Env) -> Any:
    for keep in filters:
        if value is ABSENT:
            return ABSENT
        value = keep(value, env)
    return value


def index_filter(index: int) -> Filter:
    def pick(value: Any, env: Env) -> Any:
        items = value if isinstance(value, list) else [value]
        if not -len(items) <= index < len(items):
            return Sequence()
        found = items[index]
        return found if isinstance(found, list) else Sequence([found])

    return pick


def predicate_filter(predicate: Node) -> Filter:
    def select(value: Any, env: Env) -> Any:
        items = value if isinstance(value, list) else [value]
        found = Sequence()
        for index, item in enumerate(items):
            result = predicate(item, env)
            if is_number(result):
                result = [result]
            if isinstance(result, list) and all(map(is_number, result)):
                for number in result:
                    position = math.floor(number)
                    if position + len(items) * (position < 0) == index:
                        found.append(item)
            elif truth(result):
                found.append(item)
        return found

    return select


def group_by_keys(pairs: list[tuple[Node, Node]], item: Any, env: Env) -> Any:
    items = item if isinstance(item, list) else [item]
    groups: dict[str, tuple[Any, int]] = {}
    for element in items or [ABSENT]:
        for position, (key_of, _) in enumerate(pairs):
            key = key_of(element, env)
            if key is ABSENT:
                continue
            if not isinstance(key, str):
                raise JsonataError("T1003", key)
            if key not in groups:
                groups[key] = (element, position)
            elif groups[key][1] != position:
                raise JsonataError("D1009", key)
            else:
                groups[key] = (appended(groups[key][0], element), position)
    built = Object()
    for key, (element, position) in groups.items():
        value = pairs[position][1](element, env)
        if value is not ABSENT:
            built[key] = value
    return built


def compare_keys(descending: list[bool], left: list[Any], right: list[Any]) -> int:
    """Order-by: undefined last, whichever the direction; the first term that differs decides."""
    for a, b, down in zip(left, right, descending, strict=True):
        if a is ABSENT or b is ABSENT:
            if a is b:
                continue
            return 1 if a is ABSENT else -1
        if not all(is_number(value) or isinstance(value, str) for value in (a, b)):
            raise JsonataError("T2008", a, b)
        if isinstance(a, str) is not isinstance(b, str):
            raise JsonataError("T2007", a, b)
        if a != b:
            return (1 if a > b else -1) * (-1 if down else 1)
    return 0
