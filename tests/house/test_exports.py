"""What packages export lazily: the same names for Python and for type checkers."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAZY = ("dsl", "compiler", "testing")


def told_to_type_checkers(folder: str) -> dict[str, str]:
    """Name -> module, as the block under `TYPE_CHECKING` imports them."""
    tree = ast.parse((ROOT / folder / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in imports for alias in node.names}


@pytest.mark.parametrize("folder", LAZY)
def test_type_checkers_and_python_see_the_same_names(folder: str) -> None:
    package = import_module(f"fanfold.{folder}")
    told = told_to_type_checkers(folder)
    assert package.__all__ == dir(package) == sorted(told)
    for name, module in told.items():
        home = import_module(f"fanfold.{folder}.{module}")
        assert getattr(package, name) is getattr(home, name)


@pytest.mark.parametrize("folder", LAZY)
def test_a_name_that_is_not_exported_is_missing(folder: str) -> None:
    package = import_module(f"fanfold.{folder}")
    with pytest.raises(AttributeError, match=f"module 'fanfold.{folder}' has no attribute 'Nothing'"):
        _ = package.Nothing
