"""Places as they are called from the current folder: the compiler's are relative to the workflow's repository."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fanfold.compiler.check import Finding

__all__ = ["findings_from_here", "from_here", "told_from_here"]

_PLACE = re.compile(r"(?P<file>[^:\n]+)(?P<rest>:\d+:.*|: .*)", re.DOTALL)


def from_here(place: str, workflow: Path) -> str:
    """`workflows/demo.py:12:9`, or a message that begins with such a place, as it is called from here."""
    found = _PLACE.fullmatch(place)
    return place if found is None else _file(found["file"], workflow) + found["rest"]


def findings_from_here(findings: "Iterable[Finding]", workflow: Path) -> "list[Finding]":
    """The findings with their files as they are called from here."""
    return [one._replace(file=_file(one.file, workflow)) if one.line else one for one in findings]


@contextmanager
def told_from_here(workflow: Path) -> Iterator[None]:
    """Lets a `CompileError` name its places as they are called from here."""
    from fanfold.compiler import CompileError

    try:
        yield
    except CompileError as error:
        problems = [from_here(problem, workflow) for problem in error.problems]
        raise CompileError(problems, exit_code=error.exit_code) from None


def _file(file: str, workflow: Path) -> str:
    from fanfold.compiler.load import find_root

    root = find_root(Path(str(workflow).partition("::")[0]).resolve())
    if root == Path.cwd() or Path(file).is_absolute() or not (root / file).is_file():
        return file
    return os.path.relpath(root / file)
