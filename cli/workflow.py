"""From a command's arguments to a checked, compiled workflow."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RefusedError, UsageError
from .places import findings_from_here, told_from_here

if TYPE_CHECKING:
    from fanfold.compiler import Compiled
    from fanfold.compiler.check import Finding

__all__ = ["compiled_workflow", "overrides_of", "parameters_of", "sources_of"]


def compiled_workflow(path: Path, name: str | None, overrides: Sequence[str] | None) -> "Compiled":
    """Load, compile and check; warnings are printed to stderr.

    Raises `CompileError` with every problem of the module, `RefusedError` with what AWS would refuse in the
    definition, and `UsageError` for a `--set` without `=`.
    """
    from fanfold.compiler import compile_workflow, load_workflow
    from fanfold.compiler.check import check_definition, has_errors, render_text

    with told_from_here(path):
        compiled = compile_workflow(load_workflow(path, name=name, overrides=overrides_of(overrides)))
    findings = check_definition(compiled.definition, source_map=compiled.source_map, file=str(path))
    if findings:
        findings = findings_from_here(findings, path)
        text = render_text(findings, sources_of(findings))
        if has_errors(findings):
            raise RefusedError(text)
        print(text, file=sys.stderr)
    return compiled


def sources_of(findings: "Iterable[Finding]") -> dict[str, str]:
    """The texts of the files that findings are in, as far as they can be read, for showing the lines."""
    texts = {}
    for file in {finding.file for finding in findings if finding.line}:
        try:
            texts[file] = Path(file).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue  # the place is named all the same
    return texts


def overrides_of(settings: Sequence[str] | None) -> dict[str, str]:
    """`["wait=25", "timeout=20"]` as a mapping; of a field that is set twice the last counts."""
    return _pairs("--set", settings, "FIELD=VALUE, such as --set max_concurrency=3")


def parameters_of(settings: Sequence[str] | None, known: Iterable[str]) -> dict[str, str]:
    """`["QueueUrl=https://..."]` as a mapping; `UsageError` for a name that is not in `known`."""
    found = _pairs("--parameter", settings, "NAME=VALUE")
    names = list(known)
    for name in found.keys() - names:
        has = f"it has {', '.join(names)}" if names else "it has none"
        raise UsageError(f"--parameter {name}: the workflow has no such parameter; {has}")
    return found


def _pairs(option: str, settings: Sequence[str] | None, expected: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{option} {setting}: expected {expected}")
        found[name.strip()] = value
    return found
