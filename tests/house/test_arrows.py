"""The layout is the architecture: who may import whom, what is packaged, what a start may cost."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT = {
    "dsl": set(),
    "compiler": {"dsl"},
    "engine": set(),
    "local": {"engine", "compiler"},
    "testing": {"dsl", "compiler", "engine", "local"},
    "deploy": {"dsl", "compiler"},
    "cli": {"dsl", "compiler", "engine", "local", "testing", "deploy"},
}
HEAVY = {"aws_cdk", "boto3", "botocore", "moto", "hypothesis", "pyarrow", "jsonata", "typer", "rich", "yaml"}
ENGINE_NEVER = {"boto3", "botocore", "moto", "aws_cdk", "pydantic"}
# Modules that are themselves imported inside a function, by the first expression that needs the library.
LAZY = {"engine/expressions/jsonata_library.py"}
DSL_THIRD_PARTY = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions"}


def sources(folder: str) -> Iterator[Path]:
    return (path for path in (ROOT / folder).rglob("*.py") if not {"node_modules", ".venv"} & set(path.parts))


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of every absolute import below `tree`, `from fanfold import x` as `fanfold.x`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            if node.module == "fanfold":
                yield from (f"fanfold.{alias.name}" for alias in node.names)


def imported_at_start(tree: ast.Module) -> Iterator[str]:
    """The same, for imports that run when the module is imported: not in functions or TYPE_CHECKING."""
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imported(node)
        waiting.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_imports_follow_the_arrows(folder: str) -> None:
    allowed = MAY_IMPORT[folder] | {folder}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(folder)
        for name in imported(ast.parse(path.read_text()))
        if name.startswith("fanfold.") and name.split(".")[1] not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_relative_imports_stay_in_their_room(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level > len(path.relative_to(ROOT).parts) - 1
    ]
    assert wrong == []


def test_no_room_is_imported_by_its_bare_name() -> None:
    """`import dsl` would work in a checkout and nowhere else."""
    everywhere = [*MAY_IMPORT, "tests", "workflows", "benchmarks"]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder in everywhere
        for path in sources(folder)
        for name in imported(ast.parse(path.read_text()))
        if name.split(".")[0] in MAY_IMPORT
    ]
    assert wrong == []


def test_engine_knows_no_sdk_and_no_models() -> None:
    found = {
        name.split(".")[0] for path in sources("engine") for name in imported(ast.parse(path.read_text()))
    }
    assert found & ENGINE_NEVER == set()


def test_dsl_imports_pydantic_only() -> None:
    found = {name.split(".")[0] for path in sources("dsl") for name in imported(ast.parse(path.read_text()))}
    assert found - set(sys.stdlib_module_names) - DSL_THIRD_PARTY - {"fanfold"} == set()


@pytest.mark.parametrize("folder", sorted(set(MAY_IMPORT) - {"testing", "cli"}))
def test_heavy_imports_happen_inside_functions(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(folder)
        if path.relative_to(ROOT).as_posix() not in LAZY
        for name in imported_at_start(ast.parse(path.read_text()))
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []


def modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_compile_starts_light(tmp_path: Path) -> None:
    loaded = modules_after(
        "from fanfold.cli.main import main\n"
        f"try: main(['compile', 'workflows/demo.py', '--out', {str(tmp_path)!r}])\n"
        "except SystemExit as stop: assert not stop.code, stop.code"
    )
    assert loaded & HEAVY == set()
    assert (tmp_path / "demo" / "definition.asl.json").is_file()


def test_lazy_modules_are_not_loaded_at_start() -> None:
    rooms = ", ".join(f"fanfold.{folder}" for folder in MAY_IMPORT)
    assert "jsonata" not in modules_after(f"import {rooms}")


def test_every_package_folder_is_listed() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        "fanfold." + ".".join(path.parent.relative_to(ROOT).parts)
        for folder in MAY_IMPORT
        for path in sources(folder)
        if path.name == "__init__.py"
    }
    assert found == listed


def test_every_code_folder_is_a_package() -> None:
    bare = {
        path.parent.relative_to(ROOT).as_posix()
        for folder in MAY_IMPORT
        for path in sources(folder)
        if not (path.parent / "__init__.py").is_file()
    }
    assert bare == set()


def test_type_checkers_see_every_room() -> None:
    links = {path.name: path.readlink() for path in (ROOT / "typings" / "fanfold").iterdir()}
    assert links == {folder: Path("../..") / folder for folder in MAY_IMPORT}
    assert all((ROOT / folder / "py.typed").is_file() for folder in MAY_IMPORT)


@pytest.mark.slow
def test_wheel_holds_only_fanfold(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "pyproject.toml", "README.md", "LICENSE", *MAY_IMPORT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in tracked:  # a copy, so that neither build folders nor stale files can reach the wheel
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "tree" / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*build, str(tmp_path / "tree")], capture_output=True, text=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"fanfold"}
    packaged = {name.removeprefix("fanfold/") for name in names}
    missing = sorted(name for name in tracked if "/" in name and name not in packaged)
    assert missing == []
