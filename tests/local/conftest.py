"""Functions written by a test, and the pool that runs them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fanfold.local import Function, Functions

MakeFunctions = Callable[..., Functions]


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[MakeFunctions]:
    """Make a pool of functions from source texts: `functions(echo="def handler(event, context): ...")`."""
    with ExitStack() as stack:

        def make(
            *, options: dict[str, Any] | None = None, pool: dict[str, Any] | None = None, **sources: str
        ) -> Functions:
            made = []
            for name, source in sources.items():
                folder = tmp_path / name
                folder.mkdir(exist_ok=True)
                (folder / "handler.py").write_text(textwrap.dedent(source))
                arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
                values: dict[str, Any] = {"timeout": 30.0, "handler": "handler.handler"} | (options or {})
                made.append(Function(name=name, arn=arn, folder=folder, **values))
            return stack.enter_context(Functions(made, **(pool or {})))

        yield make
