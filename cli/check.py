"""`fanfold check` and `fanfold explain`: what is wrong with a workflow or a definition, and what a rule means."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from .errors import UsageError
from .files import read_text
from .parameters import Argument, Option
from .places import findings_from_here, told_from_here
from .workflow import sources_of

if TYPE_CHECKING:
    from fanfold.compiler.check import Finding

__all__ = ["check", "explain", "is_workflow"]

_PLACED = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<message>.*)", re.DOTALL)

_WORKER = re.compile(r"""^[\s{,]*["']?worker["']?\s*:""", re.MULTILINE)
"""Tells a workflow that is written as YAML or JSON from a definition or a template."""


def check(
    files: Annotated[
        list[Path], Argument("FILES", "workflow modules (.py) and ASL definitions (.json, .yaml)")
    ],
    form: Annotated[
        Literal["text", "json", "sarif"],
        Option("--format", metavar="text|json|sarif", help="for people, for programs, for code scanning"),
    ] = "text",
) -> int:
    """Report every mistake in workflows and ASL definitions.

    A Python file is checked with all workflows in it, YAML and JSON as a workflow, as Amazon States Language
    or as a template that holds or names some; all by the rules that compile applies. Exit status 1 means that there
    are errors; warnings alone give 0.
    """
    from fanfold.compiler.check import has_errors, render_json, render_sarif, render_text

    # A definition that is named here and in a template besides is told of once.
    findings = list(dict.fromkeys(finding for file in files for finding in _findings(file)))
    if form == "json":
        print(render_json(findings))
    elif form == "sarif":
        print(render_sarif(findings))
    else:
        if findings:
            print(render_text(findings, sources_of(findings)))
        errors = sum(finding.severity == "error" for finding in findings)
        print(
            f"{_count(len(files), 'file')}: {_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}"
        )
    return 1 if has_errors(findings) else 0


def explain(
    rule: Annotated[str, Argument("RULE", "id of a rule as findings show it, such as FF204")],
) -> int:
    """Say what a rule means, with a bad and a good example."""
    from fanfold.compiler.check import UnknownRuleError
    from fanfold.compiler.check import explain as page

    try:
        print(page(rule))
    except UnknownRuleError as error:
        raise UsageError(str(error)) from None
    return 0


def _findings(file: Path) -> "list[Finding]":
    if is_workflow(file):
        return _module_findings(file)
    from fanfold.compiler.check import check_text

    def beside(name: str) -> str | None:
        named = file.parent / name
        return read_text(named) if named.is_file() else None

    return check_text(read_text(file), str(file), beside=beside)


def is_workflow(file: Path) -> bool:
    """Whether a file holds workflows, rather than a definition or a template."""
    if file.suffix == ".py":
        return True
    text = read_text(file)
    return "StartAt" not in text and _WORKER.search(text) is not None


def _module_findings(file: Path) -> "list[Finding]":
    """What is wrong in a workflow module: what cannot be loaded or lowered, else the findings of every workflow."""
    from fanfold.compiler import CompileError, compile_workflow, load_workflows
    from fanfold.compiler.check import check_definition

    try:
        with told_from_here(file):
            compiled = [compile_workflow(loaded) for loaded in load_workflows(file)]
    except CompileError as error:
        if error.exit_code == 2:
            raise
        return [_refusal(problem, file) for problem in error.problems]
    findings = [
        finding
        for one in compiled
        for finding in check_definition(one.definition, source_map=one.source_map, file=str(file))
    ]
    return findings_from_here(findings, file)


def _refusal(problem: str, file: Path) -> "Finding":
    """A problem of loading as a finding: `file:line:column: message`, where a place is known."""
    from fanfold.compiler.check import MODULE_RULE, Finding

    found = _PLACED.fullmatch(problem)
    if found is None:
        return Finding(MODULE_RULE.id, "error", "", problem.removeprefix(f"{file}: "), "", str(file))
    line, column = int(found["line"]), int(found["column"] or 1)
    return Finding(MODULE_RULE.id, "error", "", found["message"], "", found["file"], line, column)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
