"""`fanfold run`: the compiled definition, on this machine, in virtual time, with the real handlers."""

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from .console import Style, json_text
from .errors import UsageError
from .parameters import Name, Option, Overrides, Values, Workflow
from .places import from_here
from .supplies import take
from .timeline import HEADING, LOG_HEADING, Timeline, log_text, map_run_text, result_lines
from .workflow import compiled_workflow, parameters_of

if TYPE_CHECKING:
    from fanfold.compiler import Compiled
    from fanfold.local import LocalRun, LogLine

__all__ = ["failed_place", "run"]

_STARTED = re.compile(r":stateMachine:([\w-]+)")
_YEAR_3000 = 32_503_680_000
"""A start from which a year of virtual time stays within what timestamps can say."""


def run(
    workflow: Workflow,
    name: Name = None,
    items: Annotated[
        Path | None, Option("--items", metavar="FILE", help="JSON list of items, or rows, for the source")
    ] = None,
    input: Annotated[
        str | None, Option("--input", metavar="JSON|@FILE", help="input of the execution; default: {}")
    ] = None,
    overrides: Overrides = None,
    parameter: Values = None,
    s3: Annotated[
        Path | None,
        Option("--s3", metavar="FOLDER", help="a folder of buckets that plays S3, FOLDER/<bucket>/<key>"),
    ] = None,
    mocks: Annotated[
        Path | None,
        Option(
            "--mocks", metavar="FILE", help="JSON of answers by state, or a mock file of Step Functions Local"
        ),
    ] = None,
    test_case: Annotated[
        str | None, Option("--test-case", metavar="NAME", help="which test case of such a mock file")
    ] = None,
    no_samples: Annotated[bool, Option("--no-samples", help="take nothing from beside the workflow")] = False,
    real_time: Annotated[
        bool, Option("--real-time", help="wait as long as the execution does, and show events as they happen")
    ] = False,
    start: Annotated[
        str | None,
        Option(
            "--start", metavar="TIMESTAMP", help="virtual start, such as 2030-01-31T09:00:00Z; default: now"
        ),
    ] = None,
    seed: Annotated[
        int, Option("--seed", metavar="N", help="seed of what is random: request ids and retry jitter")
    ] = 0,
    form: Annotated[
        Literal["text", "json"],
        Option("--format", metavar="text|json", help="for people, or one JSON object"),
    ] = "text",
) -> int:
    """Run a workflow on this machine, now.

    The compiled definition runs with the workflow's own handlers, in processes of their own, and with AWS
    services that exist for this run only. Nested executions run workflows of the same file. Time is virtual:
    a Wait state takes none. What is not given is taken from beside the workflow where it is there:
    <workflow>.items.json, .input.json, .mocks.json and the folder .s3. Exit status 0 means SUCCEEDED, 1 any
    other end.
    """
    from fanfold.local import run_compiled

    moment = None if start is None else _moment(start)
    compiled = compiled_workflow(workflow, name, overrides)
    with ExitStack() as stack:
        supplies = take(
            compiled,
            None if no_samples else Path(str(workflow).partition("::")[0]),
            items=items,
            input=input,
            s3=s3,
            mocks=mocks,
            test_case=test_case,
            stack=stack,
        )
        nested = _nested(workflow, compiled)
        given = {
            **supplies.arguments,
            "seed": seed,
            "start": moment,
            "substitutions": _values([compiled, *nested], parameter),
            "workflows": nested,
        }
        if form == "json":
            done = run_compiled(compiled, real_time=real_time, **given)
            print(json_text(done.to_json()))
            return 0 if done.succeeded else 1
        return _shown(workflow, compiled, supplies.told, given, real_time=real_time)


def _shown(
    workflow: Path, compiled: "Compiled", told: list[str], given: dict[str, Any], *, real_time: bool
) -> int:
    """The run for people."""
    from fanfold.local import run_compiled

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
    opening = [*map(style.dim, told), style.bold(HEADING)]
    if real_time:
        print("\n".join(opening), flush=True)
    done = run_compiled(compiled, **given, **live)
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
        print(f"at: {from_here(place, workflow)}")
    for hint in done.hints:
        print(style.yellow(f"hint: {hint}"))
    return 0 if done.succeeded else 1


def _nested(workflow: Path, compiled: "Compiled") -> "list[Compiled]":
    """The workflows of the same file that this one starts executions of, and that those do."""
    if not _STARTED.search(compiled.definition_text):
        return []
    from fanfold.compiler import compile_workflow, load_workflows

    there = {one.name: one for one in load_workflows(Path(str(workflow).partition("::")[0]))}
    found = {compiled.name: compiled}
    starters = [compiled]
    for starter in starters:
        for name in _STARTED.findall(starter.definition_text):
            if name in there and name not in found:
                found[name] = compile_workflow(there[name])
                starters.append(found[name])
    return starters[1:]


def _values(compiled: "list[Compiled]", parameter: list[str] | None) -> dict[str, str]:
    if not parameter:
        return {}
    from fanfold.compiler.cdk_app import stack_parameters

    return parameters_of(parameter, [name for one in compiled for name in stack_parameters(one)])


def _moment(text: str) -> float:
    """Seconds since the epoch of an ISO 8601 timestamp, in UTC unless it says otherwise."""
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if not 0 <= seconds < _YEAR_3000:
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(
            f"--start {text}: expected a timestamp from 1970 to 2999 such as 2030-01-31T09:00:00Z"
        ) from None
    return seconds


def failed_place(compiled: "Compiled", status: str, state: str | None) -> str | None:
    """Where the author wrote what failed: the state, or the timeout of the whole."""
    if status == "TIMED_OUT":
        return compiled.source_map.get("/TimeoutSeconds")
    if status != "FAILED" or state is None:
        return None
    from fanfold.compiler.asl_positions import escape

    ending = f"/States/{escape(state)}"
    found = next((place for pointer, place in compiled.source_map.items() if pointer.endswith(ending)), None)
    return None if found is None else f"{found} (state '{state}')"


def _end(done: "LocalRun", style: Style) -> None:
    execution = done.execution
    end = result_lines(
        execution.status, execution.output, execution.error, execution.cause, execution.duration
    )
    colour = style.green if done.succeeded else style.red
    print(f"\n{colour(next(end))}")
    print("\n".join(end))
