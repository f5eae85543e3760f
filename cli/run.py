"""`fanfold run`: the compiled definition, on this machine, in virtual time, with the real handlers."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from .console import Style
from .files import items_file, json_argument
from .parameters import Name, Option, Overrides, Workflow
from .timeline import HEADING, Timeline, result_lines
from .workflow import compiled_workflow

if TYPE_CHECKING:
    from fanfold.local import LocalRun

__all__ = ["run"]


def run(
    workflow: Workflow,
    name: Name = None,
    items: Annotated[
        Path | None,
        Option(
            "--items",
            metavar="FILE",
            help="JSON list of items for the source; default: <workflow>.items.json",
        ),
    ] = None,
    input: Annotated[
        str | None, Option("--input", metavar="JSON|@FILE", help="input of the execution; default: {}")
    ] = None,
    overrides: Overrides = None,
    real_time: Annotated[
        bool, Option("--real-time", help="wait as long as the execution does, and show events as they happen")
    ] = False,
    seed: Annotated[
        int, Option("--seed", metavar="N", help="seed of what is random: request ids and retry jitter")
    ] = 0,
    form: Annotated[
        Literal["text", "json"],
        Option("--format", metavar="text|json", help="for people, or one JSON object"),
    ] = "text",
) -> int:
    """Run a workflow on this machine, now.

    The compiled definition runs with the workflow's own handlers, in processes of their own, and with a DynamoDB
    that exists for this run only. Time is virtual: a Wait state takes none. Exit status 0 means SUCCEEDED, 1 any
    other end.
    """
    given = {} if input is None else json_argument(input, "--input")
    compiled = compiled_workflow(workflow, name, overrides)
    source, found = _items(workflow, items, compiled.source.table is not None)
    style = Style(sys.stdout)
    timeline = Timeline()

    def show(event: dict[str, Any]) -> None:
        print(timeline.row(event).text(style), flush=True)

    from fanfold.local import run_compiled

    if form == "text":
        if source is not None:
            print(style.dim(f"{len(found or ())} items from {source}"))
        print(style.bold(HEADING), flush=True)
    streamed = real_time and form == "text"
    done = run_compiled(
        compiled,
        items=found,
        input=given,
        real_time=real_time,
        seed=seed,
        on_event=show if streamed else None,
    )
    if form == "json":
        json.dump(done.to_json(), sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        if not streamed:
            for event in done.execution.history:
                show(event)
        _epilogue(done, style)
    return 0 if done.execution.status == "SUCCEEDED" else 1


def _items(workflow: Path, items: Path | None, needed: bool) -> tuple[Path | None, list[Any] | None]:
    """The list for the embedded table and the file it came from: the one given, else the one beside the workflow."""
    if items is None and needed:
        beside = Path(str(workflow).partition("::")[0]).with_suffix(".items.json")
        items = beside if beside.is_file() else None
    return items, None if items is None else items_file(items)


def _epilogue(done: "LocalRun", style: Style) -> None:
    """The log lines of the functions, and how the execution ended."""
    if done.logs:
        print(f"\n{style.bold('logs')}")
        for line in done.logs:
            print(line)
    execution = done.execution
    print()
    end = result_lines(
        execution.status, execution.output, execution.error, execution.cause, execution.duration
    )
    colour = style.green if execution.status == "SUCCEEDED" else style.red
    print(colour(next(end)))
    print("\n".join(end))
