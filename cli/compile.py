"""`fanfold compile`: a workflow to its build folder."""

import sys
from pathlib import Path
from typing import Annotated

from .parameters import Name, Option, Overrides, Workflow
from .workflow import compiled_workflow

__all__ = ["compile"]


def compile(
    workflow: Workflow,
    name: Name = None,
    out: Annotated[Path, Option("--out", metavar="FOLDER", help="where build folders go")] = Path("build"),
    overrides: Overrides = None,
    check: Annotated[
        bool, Option("--check", help="write nothing; fail if the build folder is not what would be written")
    ] = False,
    synth: Annotated[
        bool, Option("--synth", help="also make the cloud assembly (cdk.out) that CDK deploys")
    ] = False,
) -> int:
    """Check a workflow and write its definition, policy and CDK app.

    The build folder holds all that a deployment needs, and nothing in it imports fanfold:
    definition.asl.json, policy.json, source-map.json, app.py, cdk.json and the folders of the functions. The
    same workflow gives the same bytes.
    """
    from fanfold.compiler import check_build, write_build

    compiled = compiled_workflow(workflow, name, overrides)
    if check:
        differences = check_build(compiled, out)
        for difference in differences:
            print(difference, file=sys.stderr)
        if differences:
            print(f"error: {out / compiled.name} is not what {workflow} compiles to", file=sys.stderr)
            return 1
        print(f"{out / compiled.name} is up to date")
    else:
        print(f"compiled {compiled.name} to {write_build(compiled, out)}")
        if compiled.mode == "distributed" or len(compiled.mode_reasons) > 1:
            print(f"its map is {compiled.mode}: {'; '.join(compiled.mode_reasons)}")
    if synth:
        _synthesise(out / compiled.name)
    return 0


def _synthesise(folder: Path) -> None:
    from fanfold.deploy.cdk_cli import synth

    print(f"synthesised {synth(folder)}")
