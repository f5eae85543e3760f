"""The README says what happens: every command in it is run as it stands, and what it shows is compared."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECONDS = 120


@dataclass(frozen=True)
class Step:
    """A command of a console block and what the block shows below it."""

    command: str
    shown: str
    section: str


def steps() -> list[Step]:
    found: list[Step] = []
    section = ""
    for heading, block in re.findall(r"^##+ ([^\n]*)$|^```console\n(.*?)^```$", README, re.M | re.S):
        section = heading or section
        for text in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, shown = text.partition("\n")
            found.append(Step(command, shown, section))
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether the output is what is shown: `...` stands for anything, alone on a line for any number of lines.

    A handler's milliseconds are measured, and a busy machine's are more: 4.000 is shown, up to 4.099 is taken.
    """
    pattern = ""
    for line in shown.splitlines():
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.split("...")) + "\n"
    pattern = re.sub(r"(?<=\d)\\\.000\b", lambda whole: r"\.0\d\d", pattern)
    return re.fullmatch(pattern, printed) is not None


@dataclass
class Terminal:
    """A shell session of a reader: a folder, an environment, and what runs in another window."""

    folder: Path
    environment: dict[str, str]
    background: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, command: str) -> str:
        """What the command prints to stdout, and its exit status if that is not 0."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert "Traceback" not in done.stderr
        status = f"[exit status {done.returncode}]\n" if done.returncode else ""
        print(done.stderr, end="")  # shown where the test fails
        return done.stdout + status

    def leave_running(self, command: str, last: str) -> str:
        """Start it in another window and give what it prints up to the line `last`; paste that into this one."""
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.background.append(process)
        assert process.stdout is not None
        printed = ""
        limit = threading.Timer(SECONDS, process.kill)
        limit.start()
        while last not in printed and (line := process.stdout.readline()):
            printed += line
        limit.cancel()
        assert last in printed, f"{command} printed only {printed!r}"
        after = subprocess.run(
            ["bash", "-c", f"{printed}\nenv -0"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        self.environment = dict(line.split("=", 1) for line in after.stdout.split("\0") if line)
        return printed

    def close(self) -> None:
        for process in self.background:
            process.terminate()
            assert process.wait(timeout=30) == 0
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    folder = tmp_path / "fanfold"
    folder.mkdir()
    for name in ("workflows", "lambda"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    # No account of the developer's may ever be reached from here.
    environment |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    session = Terminal(folder, environment)
    yield session
    session.close()


@pytest.mark.slow
@pytest.mark.timeout(540)
def test_every_command_does_what_the_readme_shows(terminal: Terminal) -> None:
    for step in steps():
        if step.command == "fanfold emulator":
            printed = terminal.leave_running(step.command, step.shown.splitlines()[-1])
        else:
            printed = terminal.run(step.command)
        assert matches(step.shown, printed), f"$ {step.command}\n{printed}"


def test_steps_that_need_no_aws_do_what_the_readme_shows(terminal: Terminal) -> None:
    local = [step for step in steps() if step.section != "Deploy it"]
    assert len(local) >= 6
    for step in local:
        assert matches(step.shown, printed := terminal.run(step.command)), f"$ {step.command}\n{printed}"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n...\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\nc\n", True),
        ("...\nc\n", "a\nb\n", False),
        ("in ... s\n", "in 3.5 s\n", True),
        ("in ... s\n", "in 3.5 m\n", False),
        ("a ... b\n", "a \n b\n", False),
        ("", "a\n", False),
    ],
)
def test_what_is_shown_is_really_compared(shown: str, printed: str, same: bool) -> None:
    assert matches(shown, printed) == same


def test_every_command_of_the_original_walk_through_is_there() -> None:
    commands = {step.command.split()[1] for step in steps() if step.command.startswith("fanfold ")}
    assert commands >= {
        "compile",
        "run",
        "deploy",
        "load",
        "start",
        "status",
        "logs",
        "diff",
        "destroy",
        "new",
        "check",
    }


def test_make_targets_are_those_of_the_makefile() -> None:
    targets = re.findall(r"^make (\w+)", README, re.M)
    assert targets == ["demo", "test"]
    recipe = subprocess.run(
        ["make", "--dry-run", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    for step in ("fanfold compile workflows/demo.py", "fanfold run workflows/demo.py"):
        assert f".venv/bin/{step}\n" in recipe
        assert f"$ {step}\n" in README


def test_the_workflow_shown_is_the_demo() -> None:
    [shown] = re.findall(r"```python\n(.*?)```", README, re.S)
    names: dict[str, object] = {}
    exec(shown, names)
    exec((ROOT / "workflows" / "demo.py").read_text(), real := {})
    assert names["demo"] == real["demo"]


def test_the_picture_is_the_demo_s(tmp_path: Path) -> None:
    from fanfold.cli.main import main

    picture = tmp_path / "demo.svg"
    assert main(["graph", str(ROOT / "workflows" / "demo.py"), "--out", str(picture)]) == 0
    assert picture.read_text() == (ROOT / "docs" / "demo.svg").read_text()


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
