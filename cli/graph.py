"""`fanfold graph`: a workflow as Mermaid text or as a picture."""

from pathlib import Path
from typing import Annotated

from .errors import UsageError
from .files import print_or_write
from .parameters import Name, Option, Overrides, Workflow
from .workflow import compiled_workflow

__all__ = ["graph"]


def graph(
    workflow: Workflow,
    name: Name = None,
    out: Annotated[
        Path | None,
        Option("--out", metavar="FILE", help="write the picture here: a .svg, or Mermaid as .mmd"),
    ] = None,
    overrides: Overrides = None,
) -> int:
    """Draw a workflow as Mermaid text or as an SVG picture.

    GitHub, GitLab and most wikis draw Mermaid where it stands in a ```mermaid block.
    """
    from fanfold.compiler.graph import mermaid, outline

    if out is not None and out.suffix not in (".svg", ".mmd"):
        raise UsageError(f"--out {out}: a picture is a .svg, Mermaid text a .mmd")
    compiled = compiled_workflow(workflow, name, overrides)
    shape = outline(compiled.definition)
    if out is not None and out.suffix == ".svg":
        from fanfold.compiler.svg import svg

        text = svg(shape, f"State machine {compiled.name}")
    else:
        text = mermaid(shape)
    print_or_write(text, out)
    return 0
