"""Agreement with AWS: recorded executions, and cases of our own written from AWS's documents.

The baseline is renewed with

    python -m fanfold.testing.conformance ../shared/conformance/open \
        --renew-baseline tests/testing/conformance_baseline.json
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fanfold.testing._conformance_cases import read_cases
from fanfold.testing.conformance import Score, Verdict, main, regressions, replay, scores, write_baseline

HERE = Path(__file__).parent
OWN = HERE / "cases"
RECORDED = HERE.parents[2] / "shared/conformance/open"
BASELINE = HERE / "conformance_baseline.json"
UNMET = HERE / "conformance_unmet.json"
"""Ids of recorded cases that cannot be met, each with the reason."""


def problems(verdicts: list[Verdict]) -> dict[str, list[str]]:
    found = {v.case["id"]: [t for t in (v.outcome, v.events, v.cause) if t is not None] for v in verdicts}
    return {name: texts for name, texts in found.items() if texts}


def test_own_cases() -> None:
    cases = read_cases([OWN])
    assert {case["kind"] for case in cases} == {"execution", "test_state", "validation"}
    assert problems(replay(cases)) == {}


@pytest.fixture(scope="module")
def recorded() -> list[Verdict]:
    if not RECORDED.is_dir():
        pytest.skip("the recorded cases ../shared/conformance/open are not there")
    return replay(read_cases([RECORDED]))


def test_no_group_of_recorded_cases_gets_worse(recorded: list[Verdict]) -> None:
    assert regressions(scores(recorded), json.loads(BASELINE.read_text())) == []


def test_misses_among_recorded_cases_are_those_explained(recorded: list[Verdict]) -> None:
    """Also fails when a listed case is met by now: take it off the list."""
    found = problems(recorded)
    unmet = json.loads(UNMET.read_text())
    assert {name: texts for name, texts in found.items() if name not in unmet} == {}
    assert unmet.keys() - found.keys() == set()


# -- the command ------------------------------------------------------------------------------------------

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}


def case(name: str, group: str = "g", **fields: Any) -> dict[str, Any]:
    base = {"id": name, "kind": "execution", "group": group, "definition": PASS, "input": {"n": 1}}
    return base | {"expected": {"status": "SUCCEEDED", "output": {"n": 1}}} | fields


WRONG = case("wrong", expected={"status": "SUCCEEDED", "output": {"n": 2}})
FAILS = {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "E", "Cause": "c"}}}


def write(folder: Path, *cases: dict[str, Any]) -> str:
    file = folder / "cases.jsonl"
    file.write_text("".join(json.dumps(c) + "\n" for c in cases))
    return str(file)


def test_counts_and_misses_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = [{"type": "ExecutionStarted", "id": 1, "prev": 0, "input": {"n": 1}}]
    other_cause = {"status": "FAILED", "error": "E", "cause": "other"}
    path = write(
        tmp_path,
        case("right"),
        WRONG,
        case("events", events=started),
        case("cause", definition=FAILS, expected=other_cause),
        case("crash", definition={"StartAt": "B", "States": {}}, expected=other_cause),
        case("unknown", kind="dream", group="h"),
    )
    assert main([path, "--json"]) == 1
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert groups["g"] == {
        "cases": 5,
        "outcome": 3,
        "events": 0,
        "cause": 3,
        "with_events": 1,
        "with_cause": 2,
        "with_cause_right": 0,
        "missed": ["wrong", "events", "cause", "crash"],
        "missed_outcome": ["wrong", "crash"],
        "missed_events": ["events"],
        "missed_cause": ["cause", "crash"],
        "shown": [],
    }
    assert groups["h"]["missed_outcome"] == ["unknown"]


def test_the_table_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path, case("right"), WRONG)]) == 1
    out = capsys.readouterr().out
    assert "g      2      1/2" in out
    assert "outcome: g: wrong" in out
    assert "at /output/n: expected 2, got 1" in out
    assert main([write(tmp_path, case("right"), WRONG), "--show", "righ"]) == 0
    assert "wrong" not in capsys.readouterr().out


def test_cases_that_lean_on_their_own_outcome_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parameters = {"QueueUrl": "https://queue", "MessageBody": "m"}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": parameters,
        "End": True,
    }
    leaning = case(
        "leaning",
        kind="test_state",
        definition=state,
        expected={"status": "SUCCEEDED", "output": {"MessageId": "1"}},
    )
    path = write(tmp_path, case("right"), leaning)
    assert main([path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"]["g"]["shown"] == ["leaning"]
    main([path])
    assert "answered by its own outcome: g: leaning" in capsys.readouterr().out


def test_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = tmp_path / "baseline.json"
    assert main([write(tmp_path, case("a"), WRONG), "--renew-baseline", str(baseline)]) == 1
    assert main([write(tmp_path, case("a"), WRONG), "--baseline", str(baseline)]) == 0
    capsys.readouterr()
    assert main([write(tmp_path, WRONG, WRONG), "--baseline", str(baseline)]) == 1
    assert capsys.readouterr().err == "worse than the baseline: g: outcome 0 instead of 1\n"


def test_a_group_that_is_gone_is_worse(tmp_path: Path) -> None:
    write_baseline({"g": Score(cases=2, outcome=2)}, tmp_path / "b.json")
    baseline = json.loads((tmp_path / "b.json").read_text())
    assert regressions({}, baseline) == ["g: cases 0 instead of 2, outcome 0 instead of 2"]


@pytest.mark.parametrize("arguments", [["nowhere.jsonl"], ["--show", "nothing-has-this-name"]])
def test_nothing_to_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    paths = [] if arguments[0] == "nowhere.jsonl" else [write(tmp_path, case("a"))]
    assert main(paths + arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
