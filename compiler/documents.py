"""Workflows written as YAML or JSON: the fields of a `MapWorkflow`, or a definition in Amazon States Language."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fanfold.dsl import MapWorkflow
from fanfold.dsl.model import Model

from .asl_positions import Document, Positions, escape, read_text
from .embedded import definitions
from .errors import CompileError
from .locations import Location, Locations
from .messages import describe, mistakes

__all__ = ["load_document", "read_document"]

Pointer = tuple[str | int, ...]
"""Keys and indexes from the outside in."""


def load_document(file: Path, locations: Locations) -> tuple[str, Any]:
    """The name and workflow of `file`. Raises `CompileError` with a place for every mistake."""
    shown = locations.relative(file)
    document = _read(file, shown)
    data = document.data
    if not isinstance(data, dict):
        raise CompileError(f"{shown}:1:1: a workflow is a mapping of fields")
    kind: type[Model] = MapWorkflow
    if "StartAt" in data or "States" in data:
        from fanfold.dsl import StateMachine

        kind = StateMachine
    elif any(held.pointer for held in definitions(data, "STANDARD")):
        raise CompileError(
            f"{shown}:1:1: a template is no workflow; `fanfold import` makes one of a state machine in it"
        )
    try:
        model = kind.model_validate(data, by_alias=True, by_name=True)
    except ValidationError as error:
        raise CompileError(
            f"{_place(shown, document.positions, _spelled(kind, tuple(detail['loc']), data))}: {text}"
            for text, detail in zip(describe(kind, error, None, data), mistakes(error), strict=True)
        ) from None
    for inner, path in _walk(model, ()):
        locations.place(inner, partial(_find, shown, document.positions, type(inner), path))
    return getattr(model, "name", file.name.split(".")[0]), model


def read_document(file: Path, shown: str) -> Any:
    """What a YAML or JSON file says; messages call it `shown`. Raises `CompileError` with the place of a mistake."""
    return _read(file, shown).data


def _read(file: Path, shown: str) -> Document:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise CompileError(f"{shown}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CompileError(f"{shown}: is not UTF-8 text") from None
    document = read_text(text, file.name)
    if document.error:
        place = document.error_place
        raise CompileError(f"{shown}:{place.line}:{place.column}: {document.error}")
    if document.duplicates:
        raise CompileError(
            f"{shown}:{place.line}:{place.column}: '{name}' is given twice"
            for _, name, place in document.duplicates
        )
    return document


def _place(shown: str, positions: Positions, path: Pointer) -> Location:
    """The place of the value at `path`, or of the last one on the way that exists."""
    found = positions.find("".join(f"/{escape(str(part))}" for part in path))
    return Location(shown, found.line, found.column) if found is not None else Location(shown, 1, 1)


def _find(shown: str, positions: Positions, kind: type[Model], base: Pointer, *rest: str | int) -> Location:
    return _place(shown, positions, base + _spelled(kind, rest, None))


def _spelled(kind: type[Model], path: Pointer, data: Any) -> Pointer:
    """A path of field names as the document spells its first part: by name, or as in ASL."""
    if not path:
        return path
    spelled = kind.spelling(str(path[0])) if path[0] in kind.model_fields else path[0]
    return (spelled if data is None or spelled in data else path[0], *path[1:])


def _walk(value: Any, path: Pointer) -> Iterator[tuple[Model, Pointer]]:
    """Every model in `value`, with its path in the document."""
    if isinstance(value, Model):
        yield value, path
        for name in type(value).model_fields:
            if name in value.model_fields_set:
                yield from _walk(getattr(value, name), (*path, value.spelling(name)))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))
