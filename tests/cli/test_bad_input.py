"""What a user can get wrong: one line that says what, exit code 1 or 2, nothing written, no traceback."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Fanfold

DEMO = "workflows/demo.py"


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def refused(fanfold: Fanfold, repository: Path) -> Any:
    """Runs a command that has to be refused, and gives the line it says."""

    def run(code: int, *words: str) -> str:
        before = files(repository)
        done = fanfold(*words)
        assert (done.code, done.out) == (code, "")
        assert done.err.startswith("error: ")
        assert done.err.count("\n") == 1
        assert "Traceback" not in done.err
        assert files(repository) == before
        return done.err.removeprefix("error: ").rstrip("\n")

    return run


def write(repository: Path, name: str, text: str) -> str:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return name


WORKFLOW = """
from fanfold.dsl import Items, LambdaFunction, MapWorkflow
worker = LambdaFunction(handler="{handler}")
"""


def workflow(repository: Path, *lines: str, handler: str = "lambda/topics/handler.py:handler") -> str:
    return write(repository, "workflows/mine.py", WORKFLOW.format(handler=handler) + "\n".join(lines) + "\n")


ONE = 'one = MapWorkflow(name="one", source=Items([1]), worker=worker)'
TWO = 'two = MapWorkflow(name="two", source=Items([2]), worker=worker)'


# --- the workflow

COMMANDS = pytest.mark.parametrize("command", ["compile", "run", "graph"])


@COMMANDS
def test_missing_file(refused: Any, command: str) -> None:
    assert refused(2, command, "workflows/none.py") == "workflows/none.py: no such file"


@pytest.mark.parametrize(
    ("command", "given", "near"),
    [
        ("run", "workflows/dmeo.py", "workflows/demo.py"),
        ("graph", "workflows/demo", "workflows/demo.py"),
        ("check", "workflows/demo.item.json", "workflows/demo.items.json"),
        ("import", "workflows/demo.items.jsn", "workflows/demo.items.json"),
    ],
)
def test_file_that_is_named_nearly_so(refused: Any, command: str, given: str, near: str) -> None:
    assert refused(2, command, given) == f"{given}: no such file; did you mean {near}?"


@COMMANDS
def test_folder_in_place_of_a_file(refused: Any, command: str) -> None:
    assert refused(2, command, "workflows") == "workflows: is a folder"


@COMMANDS
def test_file_without_a_workflow(refused: Any, repository: Path, command: str) -> None:
    name = write(repository, "workflows/mine.py", "x = 1\n")
    assert refused(1, command, name).startswith("workflows/mine.py: no workflow here")


@COMMANDS
def test_two_workflows_and_no_choice(refused: Any, repository: Path, command: str) -> None:
    name = workflow(repository, ONE, TWO)
    line = refused(2, command, name)
    assert "2 workflows (one, two)" in line
    assert "--name" in line


def test_a_choice_that_is_none(refused: Any, repository: Path) -> None:
    assert "no workflow 'three'" in refused(2, "graph", workflow(repository, ONE, TWO), "--name", "three")


@COMMANDS
def test_syntax_error(refused: Any, repository: Path, command: str) -> None:
    name = write(repository, "workflows/mine.py", "x = (1,\ny = 2 2\n")
    assert refused(1, command, name).startswith("workflows/mine.py:")


def test_module_that_raises(refused: Any, repository: Path) -> None:
    name = write(repository, "workflows/mine.py", "\nimport nothing_of_that_name\n")
    line = refused(1, "compile", name)
    assert line.startswith("workflows/mine.py:2:")
    assert "nothing_of_that_name" in line


def test_wrong_value_is_told_at_its_place(refused: Any, repository: Path) -> None:
    name = workflow(
        repository, 'one = MapWorkflow(name="one", source=Items([1]), worker=worker, wait="soon")'
    )
    assert refused(1, "compile", name).startswith("workflows/mine.py:4:")


def test_handler_file_missing(refused: Any, repository: Path) -> None:
    name = workflow(repository, ONE, handler="lambda/none/handler.py:handler")
    line = refused(1, "compile", name)
    assert line.startswith("workflows/mine.py:3:")
    assert "lambda/none/handler.py" in line


def test_handler_function_missing(refused: Any, repository: Path) -> None:
    name = workflow(repository, ONE, handler="lambda/topics/handler.py:handle")
    line = refused(1, "compile", name)
    assert line.startswith("workflows/mine.py:3:")
    assert "handle" in line


# --- options


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("max_concurency=3", "did you mean 'max_concurrency'?"),
        ("worker.memry=3", "did you mean 'memory'?"),
        ("max_concurrency=many", "max_concurrency"),
        ("max_concurrency=-1", "max_concurrency"),
        ("wait=soon", "wait"),
        ("wait", "expected FIELD=VALUE"),
        ("=3", "expected FIELD=VALUE"),
    ],
)
def test_settings(refused: Any, setting: str, told: str) -> None:
    line = refused(2, "compile", DEMO, "--set", setting)
    assert line.startswith(f"--set {setting.partition('=')[0]}")
    assert told in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1, 2", "items.json:1:6: is not JSON: expecting ',' delimiter"),
        ("", "items.json:1:1: is not JSON: expecting value"),
        ("[NaN]", "items.json: is not JSON: NaN is not a JSON value"),
        ('{"a": 1}', "items.json: expected a JSON list of items, found an object"),
        ("3", "items.json: expected a JSON list of items, found a number"),
        ("null", "items.json: expected a JSON list of items, found null"),
        ("[" * 100_000, "items.json: is not JSON: "),
    ],
)
def test_list_files(refused: Any, repository: Path, text: str, told: str) -> None:
    write(repository, "items.json", text)
    for command in (("run", DEMO, "--items"), ("load", DEMO)):
        assert refused(2, *command, "items.json").startswith(told)


def test_list_file_that_is_no_text(refused: Any, repository: Path) -> None:
    (repository / "items.json").write_bytes(b"\xff\xfe\x00")
    assert refused(2, "run", DEMO, "--items", "items.json") == "items.json: is not UTF-8 text"


def test_list_file_missing(refused: Any) -> None:
    assert refused(2, "run", DEMO, "--items", "none.json") == "none.json: no such file"


def test_list_that_dynamodb_cannot_hold(refused: Any, repository: Path) -> None:
    write(repository, "items.json", '["' + "x" * 410_000 + '"]')
    for command in (("run", DEMO, "--items"), ("load", DEMO)):
        line = refused(1, *command, "items.json")
        assert line.startswith("table StepFunctionsProjectDDBTable cannot hold this list: ")


def test_input_that_is_no_json(refused: Any) -> None:
    assert refused(2, "run", DEMO, "--input", "{").startswith("--input:1:2: is not JSON: ")
    assert refused(2, "start", DEMO, "--input", "@none.json") == "none.json: no such file"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compile"], "missing argument 'WORKFLOW' (see fanfold compile --help)"),
        (
            ["compile", DEMO, "--nope"],
            "no such option: --nope; did you mean --name? (see fanfold compile --help)",
        ),
        (["compile", DEMO, "more"], "got unexpected extra argument(s) (more) (see fanfold compile --help)"),
        (["compile", DEMO, "--out"], "option '--out' requires an argument (see fanfold compile --help)"),
        (["compil", DEMO], "no such command 'compil'. Did you mean 'compile'? (see fanfold --help)"),
        (["--nope"], "no such option: --nope (see fanfold --help)"),
    ],
)
def test_wrong_usage(refused: Any, words: list[str], told: str) -> None:
    assert refused(2, *words) == told


def test_wrong_choice(refused: Any) -> None:
    line = refused(2, "run", DEMO, "--format", "xml")
    assert "--format" in line
    assert "'xml' is not one of 'text', 'json'" in line


# --- what is written


@pytest.mark.parametrize("out", ["taken", "taken/deeper"])
def test_output_folder_not_writable(refused: Any, repository: Path, out: str) -> None:
    write(repository, "taken", "a file\n")
    assert refused(2, "compile", DEMO, "--out", out).startswith("cannot write taken")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_output_folder_without_permission(refused: Any, repository: Path) -> None:
    (repository / "closed").mkdir(mode=0o500)
    assert refused(2, "compile", DEMO, "--out", "closed").startswith("cannot write closed/demo")


def test_picture_of_no_known_kind(refused: Any) -> None:
    assert (
        refused(2, "graph", DEMO, "--out", "x.png") == "--out x.png: a picture is a .svg, Mermaid text a .mmd"
    )


def test_picture_that_cannot_be_written(refused: Any) -> None:
    assert (
        refused(2, "graph", DEMO, "--out", "none/x.svg")
        == "cannot write none/x.svg: No such file or directory"
    )


def test_build_that_is_not_up_to_date(fanfold: Fanfold, repository: Path) -> None:
    assert fanfold("compile", DEMO, "--check").code == 1
    assert not (repository / "build").exists()
    assert fanfold("compile", DEMO).code == 0
    assert fanfold("compile", DEMO, "--check").code == 0
    before = files(repository)
    done = fanfold("compile", DEMO, "--check", "--set", "wait=3")
    assert done.code == 1
    assert "build/demo/definition.asl.json: differs" in done.err.splitlines()
    assert files(repository) == before


def test_new_overwrites_nothing(refused: Any) -> None:
    assert refused(2, "new", "demo") == "workflows/demo.py exists already; nothing was written"


@pytest.mark.parametrize("name", ["", "1st", "a b", "a/b", "../up", "x" * 64, "class", "é"])
def test_new_names(refused: Any, name: str) -> None:
    assert "name a " in refused(2, "new", "--", name)


# --- AWS


@pytest.fixture
def account(repository: Path) -> Iterator[None]:
    """An empty account in this process."""
    from moto import mock_aws

    with mock_aws():
        yield


@pytest.mark.parametrize("command", ["deploy", "start", "status", "logs", "diff", "destroy"])
def test_no_credentials(fanfold: Fanfold, command: str) -> None:
    done = fanfold(command, DEMO)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("error: no AWS credentials: ")


def test_no_credentials_for_load(refused: Any, repository: Path) -> None:
    assert refused(1, "load", DEMO, "workflows/demo.items.json").startswith("no AWS credentials: ")


def test_no_region(refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert refused(2, "start", DEMO) == "no AWS region: give --region or set AWS_REGION"


def test_unknown_profile(refused: Any) -> None:
    assert refused(2, "start", DEMO, "--profile", "nobody") == "there is no AWS profile 'nobody'"


def test_endpoint_that_is_no_url(refused: Any) -> None:
    assert refused(2, "start", DEMO, "--endpoint-url", "localhost:1").startswith(
        "--endpoint-url localhost:1 is not"
    )


@pytest.mark.usefixtures("account")
def test_table_missing_on_load(refused: Any) -> None:
    line = refused(1, "load", DEMO, "workflows/demo.items.json")
    assert line == "there is no table StepFunctionsProjectDDBTable in us-east-1: run `fanfold deploy` first"


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("command", [("start",), ("status",), ("logs",), ("destroy", "--yes")])
def test_stack_missing(refused: Any, command: tuple[str, ...]) -> None:
    line = refused(1, command[0], DEMO, *command[1:])
    assert line == "stack fanfold-demo is not deployed in us-east-1: run `fanfold deploy` first"


@pytest.mark.usefixtures("account")
def test_load_without_a_table(refused: Any, repository: Path) -> None:
    name = workflow(repository, ONE)
    assert "takes its items from Items" in refused(2, "load", name, "workflows/demo.items.json")


@pytest.mark.usefixtures("account")
def test_cdk_cli_failing(fanfold: Fanfold, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI is found in the user's cache, where one that fails has been put."""
    from fanfold.deploy import cdk_cli

    monkeypatch.setenv("FANFOLD_CACHE_DIR", str(repository / "cache"))
    script = cdk_cli.cache_folder() / f"cdk-cli-{cdk_cli_hash()}" / "node_modules/aws-cdk/bin/cdk"
    script.parent.mkdir(parents=True)
    script.write_text('console.log("Bootstrapping"); console.error("❌ no rights here"); process.exit(1)')
    done = fanfold("deploy", DEMO, "--bootstrap")
    assert (done.code, done.out) == (1, "")
    *_, line = done.err.splitlines()
    assert line.startswith("error: cdk bootstrap failed: no rights here (all of it: ")
    assert "Traceback" not in done.err


OPEN = 'one = MapWorkflow(name="one", source=Items([1]), worker=LambdaFunction(function="${Worker}"))'


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("command", ["deploy", "diff", "run"])
def test_parameter_that_the_workflow_does_not_have(refused: Any, repository: Path, command: str) -> None:
    name = workflow(repository, OPEN)
    line = refused(2, command, name, "--parameter", "Worker=a", "--parameter", "worker=b")
    assert line == "--parameter worker: the workflow has no such parameter; it has Worker"
    assert refused(2, command, DEMO, "--parameter", "Worker=a").endswith("no such parameter; it has none")
    assert refused(2, command, name, "--parameter", "Worker") == "--parameter Worker: expected NAME=VALUE"


@pytest.mark.usefixtures("account")
def test_parameter_without_a_value(refused: Any, fanfold: Fanfold, repository: Path) -> None:
    name = workflow(repository, OPEN)
    done = fanfold("deploy", name)
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: stack fanfold-one needs values: add --parameter Worker=VALUE\n"
    assert "(on the command line: --parameter Worker=VALUE)" in refused(1, "run", name)


def cdk_cli_hash() -> str:
    from hashlib import sha256
    from importlib.resources import files as resources

    lock = resources("fanfold.deploy") / "npm" / "package-lock.json"
    return sha256(lock.read_bytes()).hexdigest()[:16]


@pytest.mark.usefixtures("account")
def test_destroy_asks_somebody(fanfold: Fanfold) -> None:
    import boto3

    boto3.client("cloudformation").create_stack(StackName="fanfold-demo", TemplateBody='{"Resources": {}}')
    done = fanfold("destroy", DEMO)
    assert done.code == 2
    assert done.err == "error: this removes data and nobody is there to ask: add --yes\n"
    assert [stack["StackName"] for stack in boto3.client("cloudformation").describe_stacks()["Stacks"]] == [
        "fanfold-demo"
    ]


# --- the checker


def test_what_aws_would_refuse_is_shown_at_its_line(fanfold: Fanfold, repository: Path) -> None:
    name = write(
        repository,
        "workflows/machine.py",
        """\
        from fanfold.dsl import Pass, StateMachine, Succeed

        machine = StateMachine(
            start_at="Charge",
            states={"Charge": Pass(next="Shiip"), "Ship": Succeed()},
        )
        """,
    )
    before = files(repository)
    for command in ("compile", "run", "graph"):
        done = fanfold(command, name)
        assert (done.code, done.out) == (1, "")
        place, source, carets, hint, *_ = done.err.splitlines()
        assert place.startswith("workflows/machine.py:5:")
        assert "FF204" in place
        assert "Shiip" in source
        assert set(carets.strip()) == {"^"}
        assert hint.strip() == "hint: did you mean 'Ship'?"
        assert "Traceback" not in done.err
    assert files(repository) == before
