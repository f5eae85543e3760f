"""`fanfold new`: a workflow to start from."""

from pathlib import Path
from typing import Annotated

from .parameters import Argument, Option

__all__ = ["new"]


def new(
    name: Annotated[str, Argument("NAME", "name of the workflow: letters, digits, - and _")],
    root: Annotated[Path, Option("--root", metavar="FOLDER", help="the repository to write into")] = Path(),
) -> int:
    """Write a workflow, its handler and sample items to start from.

    All is commented, compiles and runs at once. The files are workflows/NAME.py, workflows/NAME.items.json
    and lambda/NAME/handler.py. Nothing that exists is overwritten.
    """
    from fanfold.compiler.scaffold import write_scaffold

    written = write_scaffold(name, root)
    for path in written:
        print(f"wrote {path}")
    print(f"run it with: fanfold run {written[0]}")
    return 0
