"""Workflows written as YAML or JSON: the fields of a `MapWorkflow`, or a definition in Amazon States Language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fanfold.dsl import MapWorkflow
from fanfold.dsl.model import Model

from .errors import CompileError
from .locations import Location, Locations
from .messages import describe

__all__ = ["load_document", "read_document"]


def load_document(file: Path, locations: Locations) -> tuple[str, Any]:
    """The name and workflow of `file`. Raises `CompileError` with a place for every mistake."""
    shown = locations.relative(file)
    data = read_document(file, shown)
    if not isinstance(data, dict):
        raise CompileError(f"{shown}:1:1: a workflow is a mapping of fields")
    places = _Places(file, shown)
    if "StartAt" in data or "States" in data:
        from fanfold.dsl import StateMachine

        kind: type[Model] = StateMachine
    else:
        kind = MapWorkflow
    try:
        model = kind.model_validate(data, by_alias=True, by_name=True)
    except ValidationError as error:
        problems = []
        for text, detail in zip(describe(kind, error, None, data), error.errors(), strict=True):
            problems.append(f"{places.find(_keys(kind, detail['loc'], data))}: {text}")
        raise CompileError(problems) from None
    for inner, path in _walk(model, ()):
        locations.place(
            inner, lambda *rest, path=path, inner=inner: places.find(path + _keys(type(inner), rest, None))
        )
    return getattr(model, "name", file.name.split(".")[0]), model


def read_document(file: Path, shown: str) -> Any:
    """What a YAML or JSON file says. Raises `CompileError` with the place of a syntax error."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise CompileError(f"{shown}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CompileError(f"{shown}: is not UTF-8 text") from None
    if file.suffix == ".json":
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise CompileError(f"{shown}:{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark is not None else shown
        raise CompileError(f"{place}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise CompileError(f"{shown}: not YAML: {' '.join(str(error).split())}") from None


class _Places:
    """Where the values of a document stand. JSON is read as the YAML it nearly is, to learn that."""

    def __init__(self, file: Path, shown: str) -> None:
        self._file, self._shown = file, shown
        self._root: Any = None

    def find(self, path: tuple[str | int, ...]) -> Location:
        """The place of the value at `path`, or of the last one on the way that exists."""
        import yaml

        if self._root is None:
            text = self._file.read_text("utf-8").replace("\t", " ")
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        node = self._root
        for part in path:
            inner = _child(node, part)
            if inner is None:
                break
            node = inner
        mark = node.start_mark
        return Location(self._shown, mark.line + 1, mark.column + 1)


def _child(node: Any, part: str | int) -> Any:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None


def _keys(kind: type[Model], path: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """A path of field names as the document spells its first part: by name, or by alias as in ASL."""
    if not path:
        return path
    spelled = kind.spelling(str(path[0])) if path[0] in kind.model_fields else path[0]
    first = spelled if data is None or spelled in data else path[0]
    return (first, *path[1:])


def _walk(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Model, tuple[str | int, ...]]]:
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
