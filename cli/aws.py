"""The commands that work on AWS, or on any endpoint that plays it: deploy, load, start, status, logs, diff, destroy."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from .console import Style, json_text
from .errors import UsageError
from .files import items_file, json_argument
from .parameters import Argument, Endpoint, Form, Name, Option, Overrides, Profile, Region, Values, Workflow
from .places import told_from_here
from .progress import ProgressLine
from .timeline import HEADING, Timeline, log_text, result_lines
from .workflow import compiled_workflow, parameters_of

if TYPE_CHECKING:
    from fanfold.compiler import Compiled
    from fanfold.deploy.operations import Execution

__all__ = ["deploy", "destroy", "diff", "load", "logs", "start", "status"]

Out = Annotated[Path, Option("--out", metavar="FOLDER", help="where build folders go")]
Chosen = Annotated[
    str | None, Option("--execution", metavar="ARN", help="which execution; default: the one started last")
]


def deploy(
    workflow: Workflow,
    name: Name = None,
    out: Out = Path("build"),
    overrides: Overrides = None,
    parameter: Values = None,
    bootstrap: Annotated[
        bool, Option("--bootstrap", help="prepare the account and region for CDK first, if they are not")
    ] = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Compile a workflow and deploy its stack with the CDK CLI.

    The CDK CLI's own output goes to stderr, the outputs of the stack to stdout. Nothing has to be installed:
    Node comes with fanfold[deploy], the CDK CLI is fetched once, at the version this fanfold was tested with.
    Parameters keep their values: --parameter gives those that are new or change.
    """
    from fanfold.compiler.cdk_app import stack_parameters
    from fanfold.deploy.aws import connect
    from fanfold.deploy.operations import deploy as deploy_stack

    compiled = compiled_workflow(workflow, name, overrides)
    parameters = stack_parameters(compiled)
    values = parameters_of(parameter, parameters)
    aws = connect(profile=profile, region=region, endpoint_url=endpoint_url)
    stack = deploy_stack(
        aws,
        compiled.name,
        _build(compiled, out),
        parameters=parameters,
        values=values,
        bootstrap=bootstrap,
        on_line=_note,
    )
    for key, value in stack.outputs.items():
        print(f"{key} = {value}")
    return 0


def load(
    workflow: Workflow,
    file: Annotated[Path, Argument("FILE", "JSON file that holds the list of items")],
    name: Name = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Write a list of items into the workflow's table.

    A list that DynamoDB cannot hold, such as one of more than 400 KB, is refused before anything is written.
    """
    from fanfold.deploy.aws import connect
    from fanfold.deploy.operations import load as write_list
    from fanfold.deploy.operations import plan_load

    compiled = compiled_workflow(workflow, name, None)
    source = compiled.source
    if source.table is None or source.key is None or source.attribute is None:
        raise UsageError(
            f"{compiled.name} takes its items from {source.kind}, not from a table: nothing to load"
        )
    row = plan_load(source.table, source.key, source.attribute, items_file(file))
    aws = connect(profile=profile, region=region, endpoint_url=endpoint_url)
    write_list(aws, source.table, source.attribute, row)
    print(f"loaded {row.count} items into {source.table}, a row of {row.size:,} bytes")
    return 0


def start(
    workflow: Workflow,
    name: Name = None,
    input: Annotated[
        str | None, Option("--input", metavar="JSON|@FILE", help="input of the execution; default: {}")
    ] = None,
    watch: Annotated[bool, Option("--watch", help="follow it to its end and show its result")] = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Start an execution of the deployed workflow and print its ARN.

    With --watch the exit status is 0 for SUCCEEDED and 1 for any other end.
    """
    from fanfold.deploy.aws import connect
    from fanfold.deploy.operations import find_stack
    from fanfold.deploy.operations import start as start_execution
    from fanfold.deploy.operations import watch as follow

    given = {} if input is None else json_argument(input, "--input")
    workflow_name = _name(workflow, name)
    aws = connect(profile=profile, region=region, endpoint_url=endpoint_url)
    arn = start_execution(aws, find_stack(aws, workflow_name).state_machine, json.dumps(given))
    print(arn, flush=True)
    if not watch:
        return 0
    try:
        with ProgressLine(sys.stderr) as line:
            done = follow(aws, arn, line.show)
    except KeyboardInterrupt:
        _note(f"the execution goes on: see it with fanfold status {workflow}")
        raise
    return _print_end(done)


def status(
    workflow: Workflow,
    name: Name = None,
    execution: Chosen = None,
    form: Form = "text",
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Show an execution's status, events and result."""
    from fanfold.deploy.operations import History, describe

    aws, arn = _execution(workflow, name, execution, profile, region, endpoint_url)
    found = describe(aws, arn)
    events = History(aws, arn).read()
    if form == "json":
        print(json_text(_as_json(found, list(events))))
        return 0
    style = Style(sys.stdout)
    print(style.dim(found.arn))
    print(style.bold(HEADING))
    timeline = Timeline()
    for event in events:
        print(timeline.row(event).text(style))
    print()
    _print_end(found)
    return 0


def logs(
    workflow: Workflow,
    name: Name = None,
    execution: Chosen = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Show what the workflow's functions logged for one execution."""
    from fanfold.deploy.logs import execution_logs

    aws, arn = _execution(workflow, name, execution, profile, region, endpoint_url)
    found = execution_logs(aws, arn)
    style = Style(sys.stdout)
    for line in found.lines:
        clock = _clock(line.time)
        for text in log_text(line.text, style.width - len(clock) - 2):
            print(f"{style.dim(clock)}  {text}")
            clock = " " * len(clock)
    if not found.lines:
        _note("no log lines yet: CloudWatch Logs may take some seconds to show them")
    if found.by_time:
        _note(
            f"{found.by_time} invocations are not named by the execution; they are here because of their time"
        )
    return 0


def diff(
    workflow: Workflow,
    name: Name = None,
    out: Out = Path("build"),
    overrides: Overrides = None,
    parameter: Values = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Compile a workflow and show what deploying it would change."""
    from fanfold.compiler.cdk_app import stack_parameters
    from fanfold.deploy.aws import connect
    from fanfold.deploy.operations import diff as difference

    compiled = compiled_workflow(workflow, name, overrides)
    parameters = stack_parameters(compiled)
    values = parameters_of(parameter, parameters)
    aws = connect(profile=profile, region=region, endpoint_url=endpoint_url)
    print(difference(aws, _build(compiled, out), parameters=parameters, values=values))
    return 0


def destroy(
    workflow: Workflow,
    name: Name = None,
    out: Out = Path("build"),
    yes: Annotated[bool, Option("--yes", "-y", help="do not ask")] = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> int:
    """Remove the workflow's stack and all it made.

    The table's items and the functions' logs go as well. It asks first.
    """
    from fanfold.deploy.aws import connect
    from fanfold.deploy.operations import destroy as remove
    from fanfold.deploy.operations import find_stack

    compiled = compiled_workflow(workflow, name, None)
    aws = connect(profile=profile, region=region, endpoint_url=endpoint_url)
    stack = find_stack(aws, compiled.name)
    if not yes and not _confirmed(f"Remove stack {stack.name} in {aws.region}, with its table and logs?"):
        print("nothing was removed", file=sys.stderr)
        return 1
    remove(aws, compiled.name, _build(compiled, out), on_line=_note)
    print(f"removed stack {stack.name}")
    return 0


def _build(compiled: "Compiled", out: Path) -> Path:
    from fanfold.compiler import write_build

    return write_build(compiled, out)


def _name(workflow: Path, name: str | None) -> str:
    from fanfold.compiler import load_workflow

    with told_from_here(workflow):
        return load_workflow(workflow, name=name).name


def _execution(
    workflow: Path,
    name: str | None,
    arn: str | None,
    profile: str | None,
    region: str | None,
    endpoint: str | None,
) -> tuple[Any, str]:
    """The way to AWS, and the execution that is meant."""
    from fanfold.deploy.aws import connect
    from fanfold.deploy.operations import find_stack, latest_execution

    workflow_name = _name(workflow, name)
    aws = connect(profile=profile, region=region, endpoint_url=endpoint)
    if arn is not None:
        return aws, arn
    return aws, latest_execution(aws, find_stack(aws, workflow_name).state_machine)


def _as_json(found: "Execution", events: list[dict[str, Any]]) -> dict[str, Any]:
    """The same keys as `fanfold run --format json`, but for the logs: those are another request, `fanfold logs`."""
    return {
        "status": found.status,
        "output": None if found.output is None else json.loads(found.output),
        "error": found.error,
        "cause": found.cause,
        "start": found.start,
        "stop": found.stop,
        "duration": None if found.stop is None else found.stop - found.start,
        "events": events,
    }


def _print_end(found: "Execution") -> int:
    """Print how an execution ended, or that it has not; returns the exit code."""
    if found.stop is None:
        print(found.status)
        return 0
    output = None if found.output is None else json.loads(found.output)
    print("\n".join(result_lines(found.status, output, found.error, found.cause, found.stop - found.start)))
    return 0 if found.status == "SUCCEEDED" else 1


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("this removes data and nobody is there to ask: add --yes")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
