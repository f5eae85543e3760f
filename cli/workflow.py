"""From a command's arguments to a compiled workflow."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import UsageError

if TYPE_CHECKING:
    from fanfold.compiler import Compiled

__all__ = ["compiled_workflow", "overrides_of"]


def compiled_workflow(path: Path, name: str | None, overrides: Sequence[str] | None) -> "Compiled":
    """Load and compile; raises `CompileError` with every problem, `UsageError` for a `--set` without `=`."""
    from fanfold.compiler import compile_workflow, load_workflow

    return compile_workflow(load_workflow(path, name=name, overrides=overrides_of(overrides)))


def overrides_of(settings: Sequence[str] | None) -> dict[str, str]:
    """`["wait=25", "timeout=20"]` as a mapping; of a field that is set twice the last counts."""
    found: dict[str, str] = {}
    for setting in settings or ():
        field, equals, value = setting.partition("=")
        if not equals or not field.strip():
            raise UsageError(f"--set {setting}: expected FIELD=VALUE, such as --set max_concurrency=3")
        found[field.strip()] = value
    return found
