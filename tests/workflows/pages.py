"""The docs page of a workflow: what it does, its source, its graph, its role. Generated, and held current by a test."""

from __future__ import annotations

import ast
from pathlib import Path

from fanfold.compiler import Compiled
from fanfold.compiler.graph import mermaid, outline


def title(file: Path) -> str:
    """First line of a workflow's docstring."""
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")[0]


def page(file: Path, compiled: Compiled) -> str:
    """Markdown of the page of the workflow in `file`."""
    source = file.read_text("utf-8")
    _, _, text = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")
    code = source.split('"""\n', 2)[-1].strip()
    actions = [
        f"| {', '.join(f'`{action}`' for action in statement['Action'])} "
        f"| {', '.join(f'`{_short(resource)}`' for resource in statement['Resource'])} |"
        for statement in compiled.policy["Statement"]
    ]
    reasons = "; ".join(compiled.mode_reasons)
    parts = [
        f"# {title(file).rstrip('.')}",
        text,
        f"```python\n{code}\n```",
        f"The map is {compiled.mode}: {reasons}.",
        f"```mermaid\n{mermaid(outline(compiled.definition)).rstrip()}\n```",
        "Its role allows",
        "\n".join(["| actions | on |", "| --- | --- |", *actions]),
        f"Made from `workflows/{file.name}`; run it with `fanfold run workflows/{file.name}`.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _short(arn: str) -> str:
    return arn.replace("arn:${AWS::Partition}:", "").replace("${AWS::Region}:${AWS::AccountId}:", "")
