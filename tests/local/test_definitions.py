"""Real definitions, as people keep them: each runs here, or one line says what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fanfold.compiler import Compiled, SourceInfo
from fanfold.local import LocalError, run_compiled

DEFINITIONS = Path(__file__).resolve().parents[3] / "shared" / "definitions" / "valid.jsonl"


def compiled(definition: dict[str, Any]) -> Compiled:
    """The definition as if a workflow without functions or tables of its own had been compiled to it."""
    return Compiled(
        name="real",
        definition=definition,
        definition_text=json.dumps(definition),
        policy={},
        source_map={},
        functions=(),
        tables=(),
        source=SourceInfo("StateMachine"),
        substitutions=(),
        timeout=None,
    )


@pytest.mark.slow
def test_every_real_definition_runs_or_says_what_is_missing() -> None:
    if not DEFINITIONS.is_file():
        pytest.skip("needs ../shared/definitions/valid.jsonl")
    definitions = [json.loads(line)["resolved"] for line in DEFINITIONS.read_text().splitlines()]
    ran, missing = 0, []
    for definition in definitions:
        try:
            execution = run_compiled(compiled(definition), input={}, start=0.0).execution
        except LocalError as error:
            missing.append(str(error))
        else:
            assert execution.status in ("SUCCEEDED", "FAILED", "TIMED_OUT")
            ran += 1
    assert ran + len(missing) == len(definitions)
    told = ("mock the state", "there is no service")
    assert [line for line in missing if "\n" in line or not any(text in line for text in told)] == []
