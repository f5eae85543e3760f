"""What a run is given: samples beside the workflow, options in their place, and a line for what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Fanfold

WORKFLOWS = sorted(path.stem for path in (Path(__file__).resolve().parents[2] / "workflows").glob("*.py"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_workflow_runs_as_it_is(fanfold: Fanfold, repository: Path, name: str) -> None:
    if name.startswith("parquet"):
        pytest.importorskip("pyarrow", reason="needs pyarrow")
    before = contents(repository / "workflows")
    done = fanfold("run", f"workflows/{name}.py", "--start", "2025-12-30T12:00:00Z")
    assert (done.code, done.err) == (0, ""), done.out
    opening = done.out.partition("   id ")[0].splitlines()
    samples = sorted(
        path.name for path in (repository / "workflows").glob(f"{name}.*") if path.suffix != ".py"
    )
    assert sorted(line.rpartition("/")[2] for line in opening) == samples
    assert contents(repository / "workflows") == before


def test_approvals_tells_that_one_was_never_answered(fanfold: Fanfold) -> None:
    done = fanfold("run", "workflows/approvals.py")
    assert "SUCCEEDED after 3 d 0 h 0 min" in done.out
    done = fanfold("run", "workflows/approvals.py", "--no-samples", "--input", '{"orders": [{"id": 1}]}')
    assert done.code == 0
    assert "please approve order 1 with " in done.out
    assert done.out.splitlines()[-1].startswith(
        "hint: nobody answers task tokens here: 'Ask' waited in vain once;"
    )


def test_a_table_whose_read_is_mocked_needs_no_rows(fanfold: Fanfold, repository: Path) -> None:
    answer = {"Return": {"Items": [{"id": {"S": "o-1"}, "age": {"N": "40"}}], "Count": 1}}
    (repository / "mocks.json").write_text(json.dumps({"Scan first page": answer}))
    done = fanfold("run", "workflows/expire_orders.py", "--no-samples", "--mocks", "mocks.json")
    assert "1 of 1 items succeeded" in done.out


def test_given_files_come_before_samples(fanfold: Fanfold, repository: Path) -> None:
    (repository / "few.json").write_text('[{"id": "o-9", "status": "OPEN", "age": 31}]')
    done = fanfold("run", "workflows/expire_orders.py", "--items", "few.json")
    assert done.out.startswith("1 item from few.json\n")
    assert "1 of 1 items succeeded" in done.out


def test_a_given_s3_folder_keeps_what_the_run_writes(fanfold: Fanfold, repository: Path) -> None:
    folder = repository / "workflows" / "csv_import.s3"
    done = fanfold("run", "workflows/csv_import.py", "--s3", str(folder))
    assert done.code == 0
    assert [path.name for path in folder.glob("*/imports/*/manifest.json")] == ["manifest.json"]


def test_a_mock_file_of_step_functions_local(fanfold: Fanfold, repository: Path) -> None:
    scores = {"0-9": {"Return": {"ResponseBody": {"score": 5}}}}
    down = {"0-99": {"Throw": {"Error": "States.Http.StatusCode.503", "Cause": "away"}}}
    state = "POST https://api.example.com/v1/scores"
    cases = {"Fine": {state: "Scores"}, "Down": {state: "Away"}}
    document = {
        "StateMachines": {"http-calls": {"TestCases": cases}},
        "MockedResponses": {"Scores": scores, "Away": down},
    }
    (repository / "mocks.json").write_text(json.dumps(document))
    words = ("run", "workflows/http_calls.py", "--mocks", "mocks.json", "--format", "json", "--test-case")
    fine = json.loads(fanfold(*words, "Fine").out)
    assert fine["output"] == [{"score": 5}] * 5
    failed = fanfold(*words, "Down")
    assert failed.code == 1
    assert json.loads(failed.out)["error"] == "States.Http.StatusCode.503"
    done = fanfold(*words, "Fien")
    assert (done.code, done.out) == (1, "")
    assert (
        done.err
        == "error: mocks.json: the mock file has no test case of 'http-calls' 'Fien', did you mean 'Fine'?\n"
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("http_calls.py", "--no-samples", "--items", "workflows/http_calls.items.json"), 1, "run --mocks FILE"),
        (("demo.py", "--mocks", "none.json"), 2, "none.json: no such file"),
        (("demo.py", "--mocks", "workflows/demo.py"), 2, "workflows/demo.py:1:3: is not JSON"),
        (("demo.py", "--mocks", "workflows/demo.items.json"), 1, "workflows/demo.items.json: mocks must be an object"),
        (("demo.py", "--test-case", "x"), 2, "--test-case picks from the mock file of --mocks, and there is none"),
        (("demo.py", "--s3", "none"), 2, "--s3 none: no such folder"),
        (("demo.py", "--start", "tomorrow"), 2, "--start tomorrow: expected a timestamp from 1970"),
        (("demo.py", "--start", "9999-12-31T23:59:59Z"), 2, "expected a timestamp from 1970 to 2999 such as"),
        (("demo.py", "--no-samples"), 1, "give the list with --items FILE.json"),
        (("expire_orders.py", "--items", "workflows/demo.items.json"), 1, 'a row must be an object, not "Computer'),
        (("demo.py", "--items", "workflows"), 2, "workflows: is a folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_given_is_said_in_a_line(
    fanfold: Fanfold, words: tuple[str, ...], code: int, said: str
) -> None:
    done = fanfold("run", f"workflows/{words[0]}", *words[1:])
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert done.err.count("\n") == 1
