"""The build folder: self-contained, the same bytes for the same workflow, replaced whole or not at all."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

from .compile import Compiled
from .errors import CompileError

__all__ = ["build_files", "check_build", "write_build"]

_OWNED = ".fanfold-build.json"
"""Lists the files a build wrote, so that the next one can remove those it no longer makes, and only those."""
_STAGE = ".stage-"
"""Starts the name of the folder in which the files of a build wait, which only a killed build leaves behind."""
_STALE = 3600
"""Seconds after which nobody is staging there any more."""
_SKIPPED = ("__pycache__", ".pyc", ".pyo", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store")


def build_files(compiled: Compiled) -> dict[str, bytes]:
    """Every file of the build folder: relative path -> content. Raises `CompileError` if a handler cannot be read."""
    from .cdk_app import render_app

    texts = {
        "definition.asl.json": compiled.definition_text,
        "policy.json": _json(compiled.policy),
        "source-map.json": _json(compiled.source_map),
        **render_app(compiled),
    }
    files = {name: text.encode() for name, text in texts.items()}
    for function in compiled.functions:
        files.update(_handler_files(function.folder, f"functions/{function.name}"))
    files[_OWNED] = _json({"files": sorted(files)}).encode()
    return files


def write_build(compiled: Compiled, out: Path) -> Path:
    """Write the build to `out/<name>` and return that folder.

    Files are staged beside their targets and renamed into place once all are written, so that a failure leaves the
    earlier build as it was. Files of an earlier build that are no longer made are removed; others (`cdk.out`, notes)
    stay. Raises `CompileError` (exit code 2) when the folder cannot be written, or when a file that no build wrote
    is in the way.
    """
    folder = out / compiled.name
    files = build_files(compiled)
    record = files.pop(_OWNED)
    stage = folder / f"{_STAGE}{os.getpid()}"
    try:
        owned = _owned(folder)
        changed = [name for name, content in files.items() if _read(folder / name) != content]
        _refuse_foreign(folder, set(changed) - owned)
        _remove_stale(folder)
        if changed:
            _write_all(stage, {name: files[name] for name in changed})
            # Claimed before they are there, so that a build killed from here on does not pass for the author's files.
            if not owned.issuperset(changed):
                _write_record(folder, stage, _json({"files": sorted(owned | set(files))}).encode())
            for name in changed:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
            for name in changed:
                (stage / name).replace(folder / name)
        for name in sorted(owned - set(files)):
            (folder / name).unlink(missing_ok=True)
            _remove_empty((folder / name).parent, folder)
        _write_record(folder, stage, record)
    except OSError as error:
        raise CompileError(
            f"cannot write {error.filename or folder}: {error.strerror or error}", exit_code=2
        ) from None
    finally:
        _remove_tree(stage)
    return folder


def check_build(compiled: Compiled, out: Path) -> list[str]:
    """What differs between `out/<name>` and what would be written: one line per file, empty when they agree."""
    folder = out / compiled.name
    files = build_files(compiled)
    differences = []
    try:
        for name, content in sorted(files.items()):
            found = _read(folder / name)
            if found != content:
                differences.append(f"{folder / name}: {'missing' if found is None else 'differs'}")
        differences += [
            f"{folder / name}: no longer made"
            for name in sorted(_owned(folder) - set(files))
            if (folder / name).exists()
        ]
    except OSError as error:
        raise CompileError(
            f"cannot read {error.filename or folder}: {error.strerror or error}", exit_code=2
        ) from None
    return differences


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _handler_files(folder: Path, prefix: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    met: set[str] = set()
    try:
        for parent, folders, names in os.walk(folder, followlinks=True):
            # A linked folder is deployed like any other, once: links may lead back up.
            if (real := os.path.realpath(parent)) in met:
                folders.clear()
                continue
            met.add(real)
            folders[:] = sorted(name for name in folders if not name.endswith(_SKIPPED))
            for name in sorted(names):
                if not name.endswith(_SKIPPED):
                    path = Path(parent, name)
                    files[f"{prefix}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    except OSError as error:
        raise CompileError(f"cannot read {error.filename}: {error.strerror}") from None
    return files


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _owned(folder: Path) -> set[str]:
    """Files an earlier build wrote: relative names that stay inside the folder."""
    text = _read(folder / _OWNED)
    if text is None:
        return set()
    try:
        names = json.loads(text)["files"]
    except (ValueError, TypeError, KeyError):
        return set()
    return {
        name
        for name in names
        if isinstance(name, str) and not name.startswith("/") and ".." not in Path(name).parts
    }


def _refuse_foreign(folder: Path, names: Iterable[str]) -> None:
    """Raise `CompileError` for a file to write that exists already and is not of an earlier build."""
    for name in sorted(names):
        if os.path.lexists(folder / name):
            raise CompileError(
                f"{folder / name} exists and no build wrote it; nothing was written: move it, or choose another --out",
                exit_code=2,
            )


def _write_record(folder: Path, stage: Path, content: bytes) -> None:
    if _read(folder / _OWNED) != content:
        _write_all(stage, {_OWNED: content})
        (stage / _OWNED).replace(folder / _OWNED)


def _remove_stale(folder: Path) -> None:
    """Take away what builds that were killed long ago had staged."""
    for stage in folder.glob(f"{_STAGE}*"):
        if stage.is_dir() and time.time() - stage.stat().st_mtime > _STALE:
            _remove_tree(stage)


def _write_all(stage: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        target = stage / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _remove_empty(folder: Path, stop: Path) -> None:
    while folder != stop and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _remove_tree(folder: Path) -> None:
    for parent, folders, names in os.walk(folder, topdown=False):
        for name in names:
            Path(parent, name).unlink()
        for name in folders:
            Path(parent, name).rmdir()
    if folder.is_dir():
        folder.rmdir()
