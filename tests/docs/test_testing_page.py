"""The page on testing is followed to the letter: its files are written, its commands run, its output compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .test_readme import matches

PAGE = Path(__file__).resolve().parents[2] / "docs" / "testing.md"
BLOCK = re.compile(r"(?:^[^\n]*`(tests/[\w.]+)`:\n\n)?^```(python|console)\n(.*?)^```$", re.M | re.S)
LINES = 130


@pytest.mark.slow
def test_a_new_author_gets_from_nothing_to_a_failing_property(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "tests").mkdir()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST"))
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment["COLUMNS"] = "100"
    commands = 0
    for file, kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "python":
            assert file, f"a block of no file: {text}"
            (tmp_path / file).write_text(text)
            continue
        command, _, shown = text.removeprefix("$ ").partition("\n")
        done = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert matches(shown, done.stdout), f"$ {command}\n{done.stdout}{done.stderr}"
        commands += 1
    assert commands == 4


def test_it_is_one_page() -> None:
    assert len(PAGE.read_text(encoding="utf-8").splitlines()) < LINES
