"""Where in the author's files each model was written.

While a module is loaded every model tells which instruction made it (`fanfold.dsl.model.observe`). An instruction
knows its line and column, and the syntax tree knows the keywords of the call there; both are looked up only when a
position is asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

from fanfold.dsl.model import Model

__all__ = ["Location", "Locations", "forget", "instruction_position"]

_INSIDE = ("fanfold.dsl", "pydantic")


class Location(NamedTuple):
    """A place in a file: line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


Finder = Callable[..., Location]


class Locations:
    """The places of the models made while a module was loaded; file names are relative to `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made: dict[int, tuple[Model, CodeType, int]] = {}
        self._placed: dict[int, tuple[Model, Finder]] = {}

    def record(self, model: Model, frame: FrameType) -> None:
        """Remember that the code running in `frame`, outside this library, made `model`."""
        caller: FrameType | None = frame
        while caller is not None and str(caller.f_globals.get("__name__", "")).startswith(_INSIDE):
            caller = caller.f_back
        if caller is not None:
            self._made[id(model)] = (model, caller.f_code, caller.f_lasti)

    def place(self, model: Model, finder: Finder) -> None:
        """Let `finder` tell the places in `model`, which was read from a document."""
        self._placed[id(model)] = (model, finder)

    def replace(self, old: Model, new: Model) -> None:
        """Let `new` stand where `old` was written."""
        if id(old) in self._made:
            _, code, instruction = self._made[id(old)]
            self._made[id(new)] = (new, code, instruction)
        if id(old) in self._placed:
            self._placed[id(new)] = (new, self._placed[id(old)][1])

    def find(self, model: Model, *path: str | int) -> Location | None:
        """The place of `model`, or of the value at `path` in it as far as the source shows it."""
        if id(model) in self._placed:
            return self._placed[id(model)][1](*path)
        made = self._made.get(id(model))
        if made is None:
            return None
        _, code, instruction = made
        position = instruction_position(code, instruction)
        file = code.co_filename
        call = _calls(file).get(position)
        place = (position[0], position[1])
        if call is not None:
            place = _descend(call, path, _positional(type(model))) or place
        return Location(self.relative(file), place[0], _column(file, *place))

    def relative(self, file: str | Path) -> str:
        """`file` as messages and source maps show it."""
        path = Path(file)
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)


Position = tuple[int, int, int, int]


def instruction_position(code: CodeType, instruction: int) -> Position:
    """Line, column (bytes, from 0), end line and end column of an instruction's source."""
    line, end_line, column, end_column = _positions(code)[instruction // 2]
    return line or code.co_firstlineno, column or 0, end_line or 0, end_column or 0


@cache
def _positions(code: CodeType) -> list[tuple[int | None, int | None, int | None, int | None]]:
    return list(code.co_positions())


@cache
def _lines(file: str) -> tuple[str, ...]:
    try:
        # Only what Python takes for the end of a line, which str.splitlines does not.
        return tuple(Path(file).read_text("utf-8").removeprefix("\ufeff").split("\n"))
    except (OSError, UnicodeDecodeError):
        return ()


@cache
def _calls(file: str) -> dict[Position, ast.Call]:
    try:
        tree = ast.parse("\n".join(_lines(file)))
    except SyntaxError:
        return {}
    return {
        (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }


def _positional(kind: type[Model]) -> tuple[str, ...]:
    """The fields that calls of a model may give by position."""
    code = kind.__init__.__code__
    return code.co_varnames[1 : code.co_posonlyargcount]


def _descend(call: ast.Call, path: tuple[str | int, ...], names: tuple[str, ...]) -> tuple[int, int] | None:
    """Follow a path of fields, keys and indexes through the literals of a call, as deep as they go."""
    node = _argument(call, path[0], names) if path else None
    if node is None:
        return None
    for part in path[1:]:
        inner = _inside(node, part)
        if inner is None:
            break
        node = inner
    return node.lineno, node.col_offset


def _argument(call: ast.Call, name: str | int, names: tuple[str | int, ...]) -> ast.expr | None:
    """The argument for `name` of a call that takes `names` by position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    given = dict(zip(names, call.args, strict=False))
    return given.get(name)


def _inside(node: ast.expr, part: str | int) -> ast.expr | None:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == part:
                return value
    elif isinstance(node, ast.List | ast.Tuple) and isinstance(part, int) and part < len(node.elts):
        return node.elts[part]
    elif isinstance(node, ast.Call) and isinstance(part, str):
        # Which model this call makes is not known here; with one argument there is no doubt which it is.
        return _argument(node, part, (part,) if len(node.args) == 1 else ())
    return None


def _column(file: str, line: int, offset: int) -> int:
    """Characters rather than the bytes Python counts, from 1."""
    lines = _lines(file)
    if not 0 < line <= len(lines):
        return offset + 1
    return len(lines[line - 1].encode()[:offset].decode(errors="replace")) + 1


def forget() -> None:
    """Drop cached sources, for a process that loads a file again after it changed."""
    for cached in (_lines, _calls, _positions):
        cached.cache_clear()
