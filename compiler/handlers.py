"""The author's handlers: found and read at compile time, never imported."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

__all__ = ["FunctionResource", "HandlerError", "find_handler", "logical_id"]


class FunctionResource(NamedTuple):
    """A Lambda function the stack makes from a handler of the repository."""

    name: str
    """Name of its folder under `functions/` in the build."""
    logical_id: str
    substitution: str
    """Name of the `${...}` in the definition that stands for its ARN."""
    handler_file: Path
    handler_function: str
    folder: Path
    """The folder in the repository that is deployed: the handler file's own."""
    runtime: str
    memory: int
    """MB"""
    timeout: int
    """Seconds."""
    environment: dict[str, str]
    permissions: dict[str, list[str]]
    """What its role allows beside writing its log: ARNs by IAM action."""

    @property
    def handler(self) -> str:
        """The handler as Lambda names it, `handler.handler`."""
        return f"{self.handler_file.stem}.{self.handler_function}"


class HandlerError(ValueError):
    """The handler is not there, or is not a function Lambda can call; the message says which."""


def find_handler(root: Path, handler: str) -> tuple[Path, str]:
    """The file and function of `path:function`, with the path relative to `root`. Raises `HandlerError`."""
    text, _, function = handler.rpartition(":")
    file = (root / text).resolve()
    if not file.is_relative_to(root):
        raise HandlerError(f"handler file {text} lies outside {root}")
    if not file.is_file():
        raise HandlerError(f"there is no handler file {text} in {root}")
    if file.parent == root:
        raise HandlerError(
            f"put {text} into a folder of its own, such as lambda/{file.stem}/: its folder is deployed whole"
        )
    try:
        tree = ast.parse(file.read_bytes(), str(file))
    except SyntaxError as error:
        raise HandlerError(
            f"{text}:{error.lineno or 1}:{error.offset or 1}: SyntaxError: {error.msg}"
        ) from None
    except (OSError, ValueError) as error:
        raise HandlerError(f"{text} cannot be read: {error}") from None
    names = dict(_top_level(tree.body))
    if function not in names:
        functions = ", ".join(name for name, node in names.items() if isinstance(node, ast.FunctionDef))
        raise HandlerError(
            f"{text} has no function '{function}'" + (f"; it has {functions}" if functions else "")
        )
    if isinstance(names[function], ast.AsyncFunctionDef):
        raise HandlerError(f"'{function}' in {text} is async, which Lambda cannot call")
    return file, function


def _top_level(body: list[ast.stmt]) -> list[tuple[str, ast.stmt]]:
    """Names a module binds, looking into the branches that run at import."""
    found: list[tuple[str, ast.stmt]] = []
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.append((node.name, node))
            case ast.Import() | ast.ImportFrom():
                found += [(alias.asname or alias.name, node) for alias in node.names]
            case ast.Assign():
                found += [(target.id, node) for target in node.targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.append((name, node))
            case ast.If():
                found += _top_level(node.body) + _top_level(node.orelse)
            case ast.Try():
                found += _top_level(node.body) + _top_level(node.orelse) + _top_level(node.finalbody)
                for handler in node.handlers:
                    found += _top_level(handler.body)
            case ast.With():
                found += _top_level(node.body)
    return found


def logical_id(*words: str) -> str:
    """A CloudFormation logical ID: letters and digits only."""
    parts = "".join(
        character if character.isalnum() and character.isascii() else " " for character in " ".join(words)
    )
    return "".join(part[:1].upper() + part[1:] for part in parts.split())
