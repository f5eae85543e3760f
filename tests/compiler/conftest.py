"""A small repository to compile workflows in."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # for the helpers in faults/

HANDLER = "def handler(event, context):\n    return event\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a pyproject.toml and the function lambda/echo."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "lambda/echo").mkdir(parents=True)
    (tmp_path / "lambda/echo/handler.py").write_text(HANDLER)
    (tmp_path / "workflows").mkdir()
    return tmp_path
