"""The console script as a process of its own: interrupts, closed pipes, completion, bugs, what a start imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Fanfold


FANFOLD = str(Path(sys.executable).with_name("fanfold"))
ROOT = Path(__file__).resolve().parents[2]
DEMO = "workflows/demo.py"


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FANFOLD, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


@pytest.mark.usefixtures("repository")
def test_a_run_ends_with_its_status() -> None:
    done = run("run", DEMO, "--set", "wait=25")
    assert (done.returncode, done.stderr) == (1, "")
    assert "TIMED_OUT after 20.000 s\n" in done.stdout


@pytest.mark.usefixtures("repository")
def test_a_mistake_is_one_line() -> None:
    done = run("run", "workflows/none.py")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "error: workflows/none.py: no such file\n")


@pytest.mark.usefixtures("repository")
def test_an_interrupt_ends_the_run_and_its_workers() -> None:
    with subprocess.Popen(
        [FANFOLD, "run", DEMO, "--real-time"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        while "WaitStateEntered" not in process.stdout.readline():
            assert process.poll() is None
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        workers = children.read_text().split() if children.exists() else []
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "interrupted\n")
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("repository")
def test_a_reader_that_leaves_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {FANFOLD} graph {DEMO} | true; {FANFOLD} run {DEMO} | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("3 items from workflows/demo.items.json\n", "")


@pytest.mark.parametrize("words", [["graph"], ["deploy"], ["compile", "--out=build", "--synth"]])
def test_an_interrupt_is_said_whatever_the_command(
    fanfold: Fanfold, repository: Path, words: list[str]
) -> None:
    (repository / "stopped.py").write_text("raise KeyboardInterrupt")
    done = fanfold(words[0], "stopped.py", *words[1:])
    assert (done.code, done.out, done.err) == (130, "", "interrupted\n")


def test_a_reader_that_leaves_a_command_of_typer_s_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [FANFOLD, "schema"], stdout=closed, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_locale_without_the_characters_loses_nothing(tmp_path: Path, form: str) -> None:
    items = tmp_path / "items.json"
    items.write_text('["日本", "\\u00e9"]', encoding="utf-8")
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    done = run("run", str(ROOT / "workflows/demo.py"), "--items", str(items), "--format", form, **ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    if form == "json":
        assert json.loads(done.stdout)["output"] == [{"S": "日本"}, {"S": "é"}]
    else:
        assert "{'S': '\\u65e5\\u672c'}" in done.stdout


def test_completion_knows_the_commands() -> None:
    done = run(_FANFOLD_COMPLETE="complete_bash", COMP_WORDS="fanfold co", COMP_CWORD="1")
    assert done.stdout.split() == ["compile"]
    options = run(_FANFOLD_COMPLETE="complete_bash", COMP_WORDS="fanfold compile --sy", COMP_CWORD="2")
    assert options.stdout.split() == ["--synth"]


def test_completion_can_be_installed() -> None:
    """The shell is named: otherwise Typer looks for it among the parent processes, whatever ran the tests."""
    shown = run("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_FANFOLD_COMPLETE" in shown.stdout


@pytest.mark.usefixtures("repository")
def test_a_bug_asks_for_a_report() -> None:
    """What no user can cause: a command function that breaks."""
    script = (
        "import sys; from fanfold.cli import main as cli\n"
        "def broken(**_): raise ZeroDivisionError('oops')\n"
        "cli._fast = lambda words: (broken, {})\n"
        "sys.exit(cli.main(['compile']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("fanfold: this is a bug; please report it")
    assert done.stderr.endswith("ZeroDivisionError: oops\n")


@pytest.mark.parametrize(
    ("words", "never"),
    [
        (
            ["compile", DEMO],
            {"typer", "rich", "yaml", "jsonata", "boto3", "botocore", "moto", "aws_cdk", "asyncio"},
        ),
        (["graph", DEMO], {"typer", "rich", "yaml", "jsonata", "boto3", "botocore", "moto", "aws_cdk"}),
        (["check", "machine.json"], {"pydantic", "typer", "rich", "yaml", "jsonata", "botocore", "moto"}),
        (["run", DEMO], {"typer", "rich", "aws_cdk"}),
        (["--help"], {"rich", "boto3", "moto", "aws_cdk", "fanfold.dsl", "fanfold.engine"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_start_imports_what_it_needs(repository: Path, words: list[str], never: set[str]) -> None:
    (repository / "machine.json").write_text('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}')
    script = (
        "import sys; from fanfold.cli.main import main\n"
        f"code = main({words!r})\n"
        "print('\\n', *sys.modules); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.splitlines()[-1].split()) & never == set()
