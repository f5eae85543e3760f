"""What packages and modules export: lazily, the same names for everybody; and all that other modules use."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAZY = ("dsl", "compiler", "testing")
PACKAGES = ("dsl", "compiler", "engine", "local", "testing", "deploy", "cli")


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


def exported(tree: ast.Module) -> set[str] | None:
    """The names of a module's `__all__`; None for a module without."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name("__all__")], value=ast.List(elts)):
                return {str(ast.literal_eval(name)) for name in elts}
    return None


def test_what_a_module_lets_others_import_is_in_its_list() -> None:
    """For modules that have a list."""
    trees = {
        tuple(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not {"node_modules", ".venv"} & set(path.parts)
    }
    names = {module: exported(tree) for module, tree in trees.items()}
    missing = []
    for importer, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                own = importer[: -node.level] if node.level else ()
                parts = (*own, *node.module.removeprefix("fanfold.").split("."))
                known = names.get(parts)
                missing += [
                    f"{'.'.join(parts)}.{alias.name}"
                    for alias in node.names
                    if known is not None and alias.name not in known
                ]
    assert missing == []
