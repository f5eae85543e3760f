"""One emulated AWS for every test that wants one: a process of its own, as a user starts it."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fanfold.compiler import Compiled

ROOT = Path(__file__).parents[2]
_EMULATOR = "from fanfold.cli.emulator import emulator; raise SystemExit(emulator())"
_START_SECONDS = 90


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the credentials of whoever runs it, nor asks a cloud's metadata service for some."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def account(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and a region that lead nowhere."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture(scope="session")
def emulator() -> Iterator[dict[str, str]]:
    """The environment variables that `fanfold emulator` prints; it runs as long as the tests."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-c", _EMULATOR],
        env=outside | {"AWS_EC2_METADATA_DISABLED": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield _exports(process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
    assert process.returncode == 0


def _exports(process: subprocess.Popen[bytes]) -> dict[str, str]:
    assert process.stdout is not None
    assert process.stderr is not None
    text = b""
    deadline = time.monotonic() + _START_SECONDS
    while not any(
        line.startswith(b"unset ") for line in text.splitlines(keepends=True) if line.endswith(b"\n")
    ):
        readable, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        chunk = os.read(process.stdout.fileno(), 65536) if readable else b""
        if not chunk:
            process.kill()
            pytest.fail(f"the emulator did not start: {process.stderr.read().decode()}")
        text += chunk
    words = [shlex.split(line) for line in text.decode().splitlines()]
    return dict(assignment.split("=", 1) for word, *rest in words if word == "export" for assignment in rest)


@pytest.fixture
def emulated(no_aws: None, emulator: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """This process's environment points at the emulator, as after evaluating its exports."""
    for name, value in emulator.items():
        monkeypatch.setenv(name, value)
    return emulator


CompileDemo = Callable[..., "tuple[Compiled, Path]"]


@pytest.fixture
def compile_demo(tmp_path: Path) -> CompileDemo:
    """A function that compiles and writes the demo, with `--set` overrides as keywords."""

    from fanfold.compiler import compile_workflow, load_workflow, write_build

    def compile_demo(**overrides: str) -> tuple[Compiled, Path]:
        compiled = compile_workflow(load_workflow(ROOT / "workflows" / "demo.py", overrides=overrides))
        return compiled, write_build(compiled, tmp_path / "build")

    return compile_demo


@pytest.fixture
def demo_build(compile_demo: CompileDemo) -> Path:
    """The demo's build folder."""
    return compile_demo()[1]
