"""Reference paths: where `ResultPath` puts a result, and `ItemsPath` finds the items.

https://states-language.net/spec.html#path and #filters
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .paths import Step, compile_path, parse_path
from .scope import ABSENT, Expression, ExpressionError, ExpressionSyntaxError, Scope
from .values import to_json

__all__ = ["Writer", "read_reference_path", "write_reference_path"]

Writer = Callable[[Any, Any], Any]
"""`(document, value) -> new document`; the document itself is left as it is."""


def write_reference_path(text: str) -> Writer:
    """The writer of a reference path: one of keys and array indexes only.

    Parents that are missing are made, as AWS does; what is not on the path is shared with the old document.
    The writer raises `ExpressionError` `States.ReferencePathConflict` where the document cannot hold the
    path: the documents call this `States.ResultPathMatchFailure`, what AWS reports has the other name. Raises
    ExpressionSyntaxError for a path that is no reference path.
    """
    path = parse_path(text)
    if path.root != "$" or not path.definite:
        raise ExpressionSyntaxError(f"'{text}' is not a reference path: it must name one place below $")
    steps = path.steps

    def write(document: Any, value: Any) -> Any:
        try:
            return _put(document, steps, value)
        except _CannotHoldError as conflict:
            raise _conflict(text, conflict.step, document, "ResultPath") from None

    if len(steps) == 1 and steps[0].kind == "key":
        key = steps[0].arguments[0]

        def write_key(document: Any, value: Any) -> Any:
            return {**document, key: value} if isinstance(document, dict) else write(document, value)

        return write_key
    return write


class _CannotHoldError(Exception):
    """The document has something else than an object or array where the path needs one."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.step = step


def _conflict(text: str, step: Step, document: Any, field: str) -> ExpressionError:
    """What AWS says of a reference path with a step that does not fit the document."""
    name = step.arguments[0]
    subject = f'step "{name}"' if step.kind == "key" else f"step [{name}]"
    if not isinstance(document, (dict, list)):
        subject = f"ReferencePath {text}"
    return ExpressionError(
        "States.ReferencePathConflict", f"Unable to apply {subject} to input {to_json(document)}", field
    )


def _put(document: Any, steps: tuple[Step, ...], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    name = step.arguments[0]
    if step.kind == "key":
        if document is ABSENT:
            document = {}
        if not isinstance(document, dict):
            raise _CannotHoldError(step)
        return {**document, name: _put(document.get(name, ABSENT), rest, value)}
    if not isinstance(document, list) or not -len(document) <= name < len(document):
        raise _CannotHoldError(step)
    changed = list(document)
    changed[name] = _put(document[name], rest, value)
    return changed


def read_reference_path(text: str, field: str) -> Expression:
    """The reader of a field that holds a reference path, into the value, the context object or a variable.

    It raises `ExpressionError` `States.ReferencePathConflict` for a step that finds nothing; a path that may
    match many things, or whose variable does not exist, fails as any other path does. Raises
    ExpressionSyntaxError.
    """
    path = parse_path(text)
    anything = compile_path(text, field)
    if not path.definite:
        return anything
    root = path.root

    def read(value: Any, scope: Scope) -> Any:
        if root == "$":
            document = value
        elif root == "$$":
            document = scope.context
        elif root in scope.variables:
            document = scope.variables[root]
        else:
            return anything(value, scope)
        found = document
        for step in path.steps:
            name = step.arguments[0]
            holds = name in found if step.kind == "key" and isinstance(found, dict) else False
            if step.kind == "index" and isinstance(found, list):
                holds = -len(found) <= name < len(found)
            if not holds:
                raise _conflict(text, step, document, field)
            found = found[name]
        return found

    return read
