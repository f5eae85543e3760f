"""`fanfold run`: the compiled definition, on this machine, in virtual time, with the real handlers."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from .console import Style
from .errors import UsageError
from .files import items_file, json_argument
from .parameters import Name, Option, Overrides, Workflow
from .timeline import HEADING, LOG_HEADING, Timeline, log_text, map_run_text, result_lines
from .workflow import compiled_workflow

if TYPE_CHECKING:
    from fanfold.compiler import Compiled
    from fanfold.local import LocalRun, LogLine

__all__ = ["failed_place", "run"]


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
    s3: Annotated[
        Path | None,
        Option("--s3", metavar="FOLDER", help="a folder of buckets that plays S3, FOLDER/<bucket>/<key>"),
    ] = None,
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

    The compiled definition runs with the workflow's own handlers, in processes of their own, and with a
    DynamoDB that exists for this run only. Time is virtual: a Wait state takes none. Exit status 0 means
    SUCCEEDED, 1 any other end.
    """
    from fanfold.local import run_compiled

    given = {} if input is None else json_argument(input, "--input")
    compiled = compiled_workflow(workflow, name, overrides)
    source, found = _items(workflow, items, compiled.source.kind, input is not None)
    if s3 is not None and not s3.is_dir():
        raise UsageError(f"--s3 {s3}: no such folder")
    if form == "json":
        done = run_compiled(compiled, items=found, input=given, real_time=real_time, seed=seed, objects=s3)
        json.dump(done.to_json(), sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0 if done.succeeded else 1
    style = Style(sys.stdout)
    timeline = Timeline()

    def event(one: dict[str, Any]) -> None:
        print(timeline.row(one).text(style), flush=real_time)

    def log(line: "LogLine", start: float | None = None) -> None:
        seconds = "" if start is None else f"{line.time - start:.3f}"
        for text in log_text(line.message, style.width - 10):
            print(style.dim(f"{seconds:>8}  {text}"), flush=real_time)
            seconds = ""

    live: dict[str, Any] = {"real_time": True, "on_event": event, "on_log": log} if real_time else {}
    opening = [style.dim(f"{len(found)} items from {source}")] if found is not None else []
    opening.append(style.bold(HEADING))
    if real_time:
        print("\n".join(opening), flush=True)
    done = run_compiled(compiled, items=found, input=given, seed=seed, objects=s3, **live)
    if not real_time:
        print("\n".join(opening))
        for one in done.execution.history:
            event(one)
        if done.logs:
            print(f"\n{style.bold(LOG_HEADING)}")
            for line in done.logs:
                log(line, done.execution.start)
    if done.execution.map_runs:
        print(f"\n{style.bold('map runs')}")
        for map_run in done.execution.map_runs:
            print(map_run_text(map_run.state, map_run.items, map_run.children))
    _end(done, style)
    place = failed_place(compiled, done.execution.status, timeline.failed)
    if place is not None:
        print(f"at: {place}")
    return 0 if done.succeeded else 1


def failed_place(compiled: "Compiled", status: str, state: str | None) -> str | None:
    """Where the author wrote what failed: the state, or the timeout of the whole."""
    if status == "TIMED_OUT":
        return compiled.source_map.get("/TimeoutSeconds")
    if status != "FAILED" or state is None:
        return None
    ending = f"/States/{state.replace('~', '~0').replace('/', '~1')}"
    found = next((place for pointer, place in compiled.source_map.items() if pointer.endswith(ending)), None)
    return None if found is None else f"{found} (state '{state}')"


def _items(
    workflow: Path, items: Path | None, kind: str, has_input: bool
) -> tuple[Path | None, list[Any] | None]:
    """The list for the source and the file it came from: the one given, else the one beside the workflow."""
    if items is None and (kind == "DynamoDBList" or (kind == "ExecutionInput" and not has_input)):
        beside = Path(str(workflow).partition("::")[0]).with_suffix(".items.json")
        items = beside if beside.is_file() else None
    return items, None if items is None else items_file(items)


def _end(done: "LocalRun", style: Style) -> None:
    execution = done.execution
    end = result_lines(
        execution.status, execution.output, execution.error, execution.cause, execution.duration
    )
    colour = style.green if done.succeeded else style.red
    print(f"\n{colour(next(end))}")
    print("\n".join(end))
