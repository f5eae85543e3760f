"""Reference paths: where `ResultPath` puts a result.

https://states-language.net/spec.html#path and #filters
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .paths import Step, parse_path
from .scope import ExpressionError, ExpressionSyntaxError
from .values import to_json

__all__ = ["Writer", "write_reference_path"]

Writer = Callable[[Any, Any], Any]
"""`(document, value) -> new document`; the document itself is left as it is."""


def write_reference_path(text: str) -> Writer:
    """The writer of a reference path: one of keys and array indexes only.

    Parents that are missing are made, as AWS does; what is not on the path is shared with the old document.
    The writer raises `ExpressionError` `States.ResultPathMatchFailure` where the document cannot hold the
    path. Raises ExpressionSyntaxError for a path that is no reference path.
    """
    path = parse_path(text)
    if path.root != "$" or not path.definite:
        raise ExpressionSyntaxError(f"'{text}' is not a reference path: it must name one place below $")
    steps = path.steps

    def write(document: Any, value: Any) -> Any:
        try:
            return _put(document, steps, value)
        except _CannotHoldError:
            raise ExpressionError(
                "States.ResultPathMatchFailure",
                f'Unable to apply step "{text.removeprefix("$.")}" to input {to_json(document)}',
                "ResultPath",
            ) from None

    if len(steps) == 1 and steps[0].kind == "key":
        key = steps[0].arguments[0]

        def write_key(document: Any, value: Any) -> Any:
            return {**document, key: value} if isinstance(document, dict) else write(document, value)

        return write_key
    return write


class _CannotHoldError(Exception):
    """The document has something else than an object or array where the path needs one."""


def _put(document: Any, steps: tuple[Step, ...], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    name = step.arguments[0]
    if step.kind == "key":
        if document is None:
            document = {}
        if not isinstance(document, dict):
            raise _CannotHoldError
        return {**document, name: _put(document.get(name), rest, value)}
    if not isinstance(document, list) or not -len(document) <= name < len(document):
        raise _CannotHoldError
    changed = list(document)
    changed[name] = _put(document[name], rest, value)
    return changed
