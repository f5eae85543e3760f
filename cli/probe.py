"""`fanfold test`: generated items through a workflow and its handlers, and the smallest that break it."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from .console import Style
from .errors import UsageError
from .files import items_file, write_text
from .parameters import Name, Option, Overrides, Values, Workflow
from .places import from_here
from .run import failed_place
from .timeline import Timeline, result_lines
from .workflow import compiled_workflow, parameters_of

if TYPE_CHECKING:
    from fanfold.compiler import Compiled

__all__ = ["probe_workflow"]


def probe_workflow(
    workflow: Workflow,
    name: Name = None,
    like: Annotated[
        Path | None,
        Option(
            "--like",
            metavar="FILE",
            help="JSON list of items to make others like; default: <workflow>.items.json, else any JSON",
        ),
    ] = None,
    examples: Annotated[int, Option("--examples", metavar="N", help="how many lists of items to try")] = 100,
    seed: Annotated[
        int, Option("--seed", metavar="N", help="which lists: the same seed, the same lists")
    ] = 0,
    save: Annotated[
        Path | None, Option("--save", metavar="FILE", help="write the items that break it here")
    ] = None,
    overrides: Overrides = None,
    parameter: Values = None,
) -> int:
    """Look for the smallest list of items that breaks a workflow.

    Lists are made and run through the compiled workflow and its own handlers, in virtual time. The first that
    does not end with SUCCEEDED is made as small as it can be. Exit status 0 means that none was found.
    """
    try:
        from fanfold.testing.probe import SOURCES, probe
    except ModuleNotFoundError as missing:
        raise UsageError(f"fanfold test needs {missing.name}: pip install 'fanfold[testing]'") from None

    if examples < 1:
        raise UsageError("--examples: at least 1")
    compiled = _filled(compiled_workflow(workflow, name, overrides), parameter)
    if compiled.source.kind not in SOURCES:
        raise UsageError(
            f"fanfold test makes items for {' and '.join(SOURCES)}, not for {compiled.source.kind}: "
            "write a property with fanfold.testing instead"
        )
    samples, source = _samples(workflow, like)
    style = Style(sys.stdout)
    try:
        found = probe(compiled, like=samples, examples=examples, seed=seed)
    except ModuleNotFoundError as missing:
        raise UsageError(f"fanfold test needs {missing.name}: pip install 'fanfold[testing]'") from None
    made = f"items like those of {source}" if source else "items of any JSON"
    if found.run is None or found.items is None:
        print(f"{style.green('nothing breaks it')}: {found.executions} executions with {made}, seed {seed}")
        return 0
    run = found.run
    length = len(found.items)
    print(
        f"{style.red('broken')} by {length} {'item' if length == 1 else 'items'} "
        f"(the smallest of {found.executions} executions with {made}, seed {seed}):"
    )
    print(json.dumps(found.items, ensure_ascii=False))
    print()
    print("\n".join(result_lines(run.status, run.output, run.error, run.cause, run.duration or 0.0)))
    timeline = Timeline()
    for event in run.events:
        timeline.row(event)
    place = failed_place(compiled, run.status, timeline.failed)
    if place is not None:
        print(f"at: {from_here(place, workflow)}")
    if save is not None:
        write_text(save, json.dumps(found.items, ensure_ascii=False, indent=2) + "\n")
    file = save if save is not None else "FILE"
    again = ["fanfold run", str(workflow), *_settings(name, overrides, parameter), "--items", str(file)]
    print(f"run it: {' '.join(again)}")
    if save is None:
        print("(--save FILE writes the items)")
    return 1


def _samples(workflow: Path, like: Path | None) -> tuple[list[object] | None, Path | None]:
    """The list to make others like and its file: the one given, else the one beside the workflow, else none."""
    if like is None:
        beside = Path(str(workflow).partition("::")[0]).with_suffix(".items.json")
        if not beside.is_file():
            return None, None
        like = beside
    found = items_file(like)
    if not found:
        raise UsageError(f"{like}: the list is empty, so nothing can be like its items")
    return found, like


def _filled(compiled: "Compiled", parameter: list[str] | None) -> "Compiled":
    """The workflow as `parameter` would deploy it."""
    if not parameter:
        return compiled
    from dataclasses import replace

    from fanfold.compiler.cdk_app import stack_parameters
    from fanfold.compiler.substitutions import fill

    values = parameters_of(parameter, stack_parameters(compiled))
    left = tuple(one for one in compiled.substitutions if one not in values)
    return replace(compiled, definition=fill(compiled.definition, values), substitutions=left)


def _settings(name: str | None, overrides: list[str] | None, parameter: list[str] | None) -> list[str]:
    """The options that pick and change the workflow, for the command that runs it again."""
    import shlex

    named = [] if name is None else ["--name", shlex.quote(name)]
    named += [word for one in overrides or () for word in ("--set", shlex.quote(one))]
    return named + [word for one in parameter or () for word in ("--parameter", shlex.quote(one))]
