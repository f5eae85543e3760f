"""What each workflow compiles to, word for word, and its page.

`FANFOLD_UPDATE_GOLDENS=1 pytest tests/workflows` renews both.
"""

import json
import os
from pathlib import Path

import pytest

from fanfold.compiler import compile_workflow, load_workflow
from fanfold.compiler.check import check_definition

from .conftest import LANGUAGES, ROOT
from .pages import page, title

GOLDENS = Path(__file__).parent / "goldens"
WORKFLOWS = sorted((ROOT / "workflows").glob("*.py"))


def hold(file: Path, text: str) -> None:
    """The file holds the text; with FANFOLD_UPDATE_GOLDENS it is made to."""
    if os.environ.get("FANFOLD_UPDATE_GOLDENS"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_compiles_to_its_golden_without_a_finding(file: Path, language: str) -> None:
    compiled = compile_workflow(load_workflow(file, overrides={"query_language": language}))
    hold(GOLDENS / f"{file.stem}.{language.lower()}.asl.json", compiled.definition_text)
    if language == "JSONPath":
        hold(GOLDENS / f"{file.stem}.policy.json", json.dumps(compiled.policy, indent=2) + "\n")
        hold(ROOT / f"docs/workflows/{file.stem}.md", page(file, compiled))
    assert check_definition(compiled.definition, source_map=compiled.source_map, file=str(file)) == []


def test_the_index_lists_every_page() -> None:
    lines = [f"- [{title(file).rstrip('.')}]({file.stem}.md)\n" for file in WORKFLOWS]
    text = "# Workflows\n\nPipelines to start from: each is compiled in both query languages and run by a test.\n\n"
    hold(ROOT / "docs/workflows/README.md", text + "".join(lines))


def test_no_golden_is_left_over() -> None:
    stems = {file.stem for file in WORKFLOWS}
    assert {file.name.split(".")[0] for file in GOLDENS.iterdir()} == stems
    assert {file.stem for file in (ROOT / "docs/workflows").glob("*.md")} == {*stems, "README"}


def test_at_least_eight_recognisable_pipelines() -> None:
    assert len(WORKFLOWS) >= 9


def test_every_workflow_has_its_test_file() -> None:
    named = {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")}
    assert {file.stem for file in WORKFLOWS} <= named
