"""The comparator of recorded cases: does an actual JSON value agree with one recorded on AWS?

Recordings hold tokens where AWS's answer differs from run to run. A token written `<...>`, and the words in
`INLINE`, stand for any non-empty text wherever they occur in a string; every other token is a wildcard only
as a whole value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

__all__ = ["difference", "matches"]

INLINE = frozenset({"date", "snf_role_arn", "sfn_role_arn"})


def matches(expected: Any, actual: Any, tokens: Sequence[str] = ()) -> bool:
    """Whether `actual` agrees with the recorded `expected`, where `tokens` are the recording's wildcards.

    Numbers compare by value and are never booleans; the order of object members is free; a recorded object or
    array also agrees with JSON text of itself, since recordings hold such text parsed.
    """
    return difference(expected, actual, tokens) is None


def difference(expected: Any, actual: Any, tokens: Sequence[str] = (), path: str = "") -> str | None:
    """The first place where `actual` disagrees with `expected`, as one line of text, or None where it agrees."""
    return _difference(expected, actual, tuple(tokens), path)


def _difference(expected: Any, actual: Any, tokens: tuple[str, ...], path: str) -> str | None:
    if isinstance(expected, str):
        same = _text_agrees(expected, actual, tokens)
    elif isinstance(expected, (dict, list)):
        return _container_difference(expected, _parsed(actual), tokens, path)
    elif expected is None or isinstance(expected, bool) or isinstance(actual, bool):
        same = expected is actual
    else:
        same = isinstance(actual, (int, float)) and expected == actual
    return None if same else f"at {path or '/'}: expected {_show(expected)}, got {_show(actual)}"


def _container_difference(expected: Any, actual: Any, tokens: tuple[str, ...], path: str) -> str | None:
    if type(expected) is not type(actual):
        return f"at {path or '/'}: expected {_show(expected)}, got {_show(actual)}"
    if isinstance(expected, dict):
        return _object_difference(expected, actual, tokens, path)
    if len(expected) != len(actual):
        return f"at {path or '/'}: expected {len(expected)} elements, got {len(actual)}: {_show(actual)}"
    for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
        if found := _difference(left, right, tokens, f"{path}/{index}"):
            return found
    return None


def _object_difference(
    expected: dict[str, Any], actual: dict[str, Any], tokens: tuple[str, ...], path: str
) -> str | None:
    rest = dict(actual)
    for key, value in expected.items():
        found = key if key in rest else _matching_key(key, rest, tokens)
        if found is None:
            return f"at {path or '/'}: {key!r} is missing, expected {_show(value)}"
        if problem := _difference(value, rest.pop(found), tokens, f"{path}/{key}"):
            return problem
    if rest:
        return f"at {path or '/'}: {_show(rest)} is too much"
    return None


def _matching_key(key: str, candidates: dict[str, Any], tokens: tuple[str, ...]) -> str | None:
    pattern = _pattern(key, tokens)
    return next((name for name in candidates if pattern and pattern.match(name)), None)


def _text_agrees(expected: str, actual: Any, tokens: tuple[str, ...]) -> bool:
    if expected in tokens:
        return True
    if isinstance(actual, str) and expected == actual:
        return True
    pattern = None if isinstance(actual, bool) else _pattern(expected, tokens)
    if pattern is None:
        return False
    text = (
        actual if isinstance(actual, str) else json.dumps(actual, separators=(",", ":"), ensure_ascii=False)
    )
    return pattern.match(text) is not None


def _parsed(actual: Any) -> Any:
    if not isinstance(actual, str):
        return actual
    try:
        return json.loads(actual)
    except ValueError:
        return actual


@lru_cache(maxsize=4096)
def _pattern(text: str, tokens: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern for a text in which tokens occur, or None where none does."""
    inside = sorted((t for t in tokens if t.startswith("<") or t in INLINE), key=len, reverse=True)
    if not inside:
        return None
    token = "|".join(re.escape(t) if t.startswith("<") else rf"(?<!\w){re.escape(t)}(?!\w)" for t in inside)
    literals = re.split(token, text, flags=re.ASCII)
    if len(literals) == 1:
        return None
    return re.compile("(?s:.+?)".join(re.escape(literal) for literal in literals) + r"\Z")


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 500 else text[:497] + "..."
