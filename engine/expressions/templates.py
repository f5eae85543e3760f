"""Payload templates: JSON in which some texts are expressions.

https://states-language.net/spec.html#payload-template and
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .intrinsics import compile_intrinsic, is_intrinsic
from .jsonata_texts import compile_jsonata
from .paths import PathMissError, compile_getter, field_error, null_error, parse_path
from .scope import ABSENT, Expression, ExpressionSyntaxError, Scope

__all__ = ["compile_jsonata_template", "compile_template", "compile_template_text", "is_jsonata"]


def compile_template(template: Any) -> Expression:
    """A JSONPath payload template: keys that end in `.$` hold a path or an intrinsic function, the rest is literal.

    The closure raises `ExpressionError`. Raises ExpressionSyntaxError. Literals are shared between results.
    """
    return _compile(template, _path_leaf) or (lambda value, scope: template)


def compile_template_text(text: str, field: str) -> Expression:
    """The text of one `.$` field, or of a path field that takes intrinsic functions too."""
    if is_intrinsic(text):
        return compile_intrinsic(text, field)
    path = parse_path(text)
    get = compile_getter(path)
    of_input = path.root == "$"

    def read(value: Any, scope: Scope) -> Any:
        if value is None and of_input:
            raise null_error(field)
        try:
            found = get(value, scope)
        except PathMissError:
            found = ABSENT
        if found is ABSENT:
            raise field_error(path, field, value, scope)
        return found

    return read


def compile_jsonata_template(template: Any, field: str) -> Expression:
    """Any JSON in which strings within `{% %}` are JSONata expressions; other strings are literal.

    `field` is the field's place within the state (`Output`, `Catch[0]/Assign`): it starts the location that
    errors carry. The closure raises `ExpressionError` `States.QueryEvaluationError`. Raises
    ExpressionSyntaxError.
    """
    return _compile_jsonata(template, field) or (lambda value, scope: template)


def is_jsonata(text: str) -> bool:
    """Whether a string of a JSONata template is an expression: it starts with `{%` and ends with `%}`."""
    return text.startswith("{%") and text.endswith("%}") and len(text) >= 4


_Leaf = Callable[[str, Any], tuple[str, Expression] | None]


def _path_leaf(key: str, value: Any) -> tuple[str, Expression] | None:
    if not key.endswith(".$"):
        return None
    if not isinstance(value, str):
        raise ExpressionSyntaxError(f"the value of '{key}' must be a JSONPath or an intrinsic function")
    try:
        return key[:-2], compile_template_text(value, key)
    except ExpressionSyntaxError as error:
        raise ExpressionSyntaxError(f"the value of '{key}': {error}") from None


def _compile(template: Any, leaf: _Leaf) -> Expression | None:
    """The closure of a template, None where it is literal throughout."""
    if isinstance(template, list):
        return _array([_compile(item, leaf) for item in template], template)
    if not isinstance(template, dict):
        return None
    members: list[tuple[str, Expression | None]] = []
    for key, item in template.items():
        members.append(leaf(key, item) or (key, _compile(item, leaf)))
    names = [name for name, _ in members]
    if len(set(names)) != len(names):
        raise ExpressionSyntaxError(f"a name is given twice: {', '.join(sorted(names))}")
    return _object(members, list(template.values()))


def _compile_jsonata(template: Any, field: str) -> Expression | None:
    if isinstance(template, str):
        return compile_jsonata(template[2:-2].strip(), field) if is_jsonata(template) else None
    if isinstance(template, list):
        return _array(
            [_compile_jsonata(item, f"{field}[{index}]") for index, item in enumerate(template)], template
        )
    if isinstance(template, dict):
        members = [(key, _compile_jsonata(item, f"{field}/{key}")) for key, item in template.items()]
        return _object(members, list(template.values()))
    return None


def _array(items: list[Expression | None], literals: list[Any]) -> Expression | None:
    if not any(items):
        return None
    return lambda value, scope: [
        literal if item is None else item(value, scope) for item, literal in zip(items, literals, strict=True)
    ]


def _object(members: list[tuple[str, Expression | None]], literals: list[Any]) -> Expression | None:
    moving = [(name, item) for name, item in members if item is not None]
    if not moving:
        return None
    if len(moving) == 1 and len(members) == 1:
        name, only = moving[0]
        return lambda value, scope: {name: only(value, scope)}
    if len(moving) == len(members):
        return lambda value, scope: {name: item(value, scope) for name, item in moving}
    # Literals come with their places, so that members keep the template's order.
    frame = {name: literal for (name, _), literal in zip(members, literals, strict=True)}

    def build(value: Any, scope: Scope) -> Any:
        built = frame.copy()
        for name, item in moving:
            built[name] = item(value, scope)
        return built

    return build
