"""An existing definition to a Python module of models, which compiles back to the same JSON (key order aside)."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator
from typing import Any

from fanfold.dsl.model import Model, kind_of

from .asl_positions import read_text
from .embedded import definitions
from .errors import CompileError

__all__ = ["find_definition", "import_definition", "parse_machine"]

_WIDTH = 110


def import_definition(definition: dict[str, Any], *, name: str, origin: str) -> str:
    """The text of a module whose variable `name` is `definition` as a `StateMachine`.

    `origin` says where the definition comes from, for the module's docstring. `${Substitutions}` stay as they are.
    Raises `CompileError` with a line per field that Amazon States Language does not have, or not of that type.
    """
    machine = parse_machine(definition, origin)
    used = sorted({kind_of(model) for model in _models(machine)})
    imports = f"from fanfold.dsl import {', '.join(used)}"
    if len(imports) > _WIDTH:
        imports = "from fanfold.dsl import (\n" + "".join(f"    {model},\n" for model in used) + ")"
    comment = machine.comment or "A state machine."
    docstring = " ".join(comment.split()).replace("\\", "\\\\").replace('"""', "'''")
    text = _render(machine, 0, len(variable_name(name)) + 3)
    return f'"""{docstring}\n\nImported from {origin}.\n"""\n\n{imports}\n\n{variable_name(name)} = {text}\n'


def find_definition(data: Any, name: str | None, origin: str) -> tuple[str, Any]:
    """The name and the definition of the state machine in a document, be it the document itself (its name is "").

    `name` says which one where a template holds several. Raises `CompileError` when that stays open, and for one that
    is not in the document.
    """
    every = list(definitions(data, "STANDARD"))
    if not every:
        raise CompileError(f"{origin}: there is no state machine in the template")
    chosen = [held for held in every if held.name in ("", name)] or every
    if len(chosen) > 1:
        names = ", ".join(held.name for held in every)
        raise CompileError(f"{origin}: the template holds {len(every)} state machines; name one of {names}")
    (held,) = chosen
    if held.file:
        raise CompileError(f"{origin}: the definition of {held.name} is in {held.file}: import that file")
    if held.text is None:
        return held.name, held.definition
    document = read_text(held.text)
    if document.error:
        raise CompileError(f"{origin}: the definition of {held.name} {document.error}")
    return held.name, document.data


def parse_machine(definition: Any, origin: str) -> Any:
    """`definition` as a `StateMachine`. Raises `CompileError` naming `origin` and the path of each mistake."""
    from pydantic import ValidationError

    from fanfold.dsl.states.machine import StateMachine

    from .messages import describe

    if not isinstance(definition, dict):
        raise CompileError(f"{origin}: a state machine definition is an object")
    try:
        return StateMachine.model_validate(definition, by_name=False, by_alias=True)
    except ValidationError as error:
        lines = describe(StateMachine, error, None, definition)
        raise CompileError(f"{origin}: {line}" for line in lines) from None


def variable_name(name: str) -> str:
    """A Python name like `name`."""
    made = re.sub(r"\W+", "_", name).strip("_") or "state_machine"
    if made[0].isdigit() or keyword.iskeyword(made):
        made = f"machine_{made}"
    return made


def _models(value: Any) -> Iterator[Model]:
    if isinstance(value, Model):
        yield value
        for name in value.model_fields_set:
            yield from _models(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _models(item)
    elif isinstance(value, list):
        for item in value:
            yield from _models(item)


def _render(value: Any, indent: int, used: int) -> str:
    """`value` as source: on one line if it fits after `used` characters, else one line per part."""
    if isinstance(value, Model):
        fields = type(value).model_fields
        given = [name for name in fields if name in value.model_fields_set]
        given.sort(key=lambda name: (name in ("next", "end"), name != "resource"))
        parts = [(f"{name}=", getattr(value, name)) for name in given]
        return _join(f"{kind_of(value)}(", parts, ")", indent, used)
    if isinstance(value, dict):
        return _join(
            "{", [(f"{_render(key, 0, 0)}: ", item) for key, item in value.items()], "}", indent, used
        )
    if isinstance(value, list):
        return _join("[", [("", item) for item in value], "]", indent, used)
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    """A literal in double quotes, or in single ones where that saves escapes, as formatters write it."""
    # A JSON string is a Python string literal too.
    double = json.dumps(text, ensure_ascii=False)
    if text.count('"') <= text.count("'"):
        return double
    return "'" + double[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def _join(start: str, parts: list[tuple[str, Any]], end: str, indent: int, used: int) -> str:
    line = (
        start + ", ".join(prefix + _render(item, 0, 0) for prefix, item in parts) + end
        if _small(parts)
        else ""
    )
    if line and "\n" not in line and used + len(line) <= _WIDTH:
        return line
    inner = indent + 4
    lines = [
        f"{' ' * inner}{prefix}{_render(item, inner, inner + len(prefix) + 1)}," for prefix, item in parts
    ]
    return "\n".join([start, *lines, " " * indent + end]) if parts else start + end


def _small(parts: list[tuple[str, Any]]) -> bool:
    """Whether it is worth trying one line: without this every level of a deep definition would be tried."""
    return _size([item for _, item in parts], _WIDTH) > 0


def _size(value: Any, left: int) -> int:
    """What remains of `left` after the least the source of `value` can take."""
    if left <= 0:
        return 0
    if isinstance(value, Model):
        value = {name: getattr(value, name) for name in value.model_fields_set}
    if isinstance(value, dict):
        for key, item in value.items():
            left = _size(item, left - len(str(key)))
        return left
    if isinstance(value, list):
        for item in value:
            left = _size(item, left)
        return left
    return left - len(str(value))
