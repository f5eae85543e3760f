"""A failing property shows its case as source, as ASL and as a command; the command runs it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fanfold.testing.cases import Answer, Behaviour, Case
from fanfold.testing.replay import describe_case, main

pytest_plugins = ["pytester"]

INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "f", "Payload.$": "$"},
    "OutputPath": "$.Payload",
    "End": True,
}
CASE = Case(
    {"StartAt": "Work", "States": {"Work": INVOKE}}, {"n": 1}, {"f": Behaviour(Answer("return", ["é"]))}
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    CASE.save(tmp_path / "case.json")
    return tmp_path / "case.json"


def replay(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[str], str]:
    """Exit code, lines and errors."""
    code = main([*map(str, words)])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def test_a_saved_case_runs_again(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay(capsys, saved) == (0, ['virtual: SUCCEEDED output=["é"] error=None'], "")


def test_on_every_backend_that_is_asked_for(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = replay(capsys, saved, "--backend", "virtual", "--backend", "moto")
    assert code == 0
    assert lines == [f'{name}: SUCCEEDED output=["é"] error=None' for name in ("virtual", "moto")]


def test_backends_that_disagree_are_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Listed as moto-result-path-into-scalar."""
    state = {"Type": "Pass", "Result": 1, "ResultPath": "$.a.b", "End": True}
    Case({"StartAt": "A", "States": {"A": state}}, {"a": 1}).save(tmp_path / "case.json")
    code, lines, _ = replay(capsys, tmp_path / "case.json", "--backend", "virtual", "--backend", "moto")
    assert code == 1
    assert lines[0] == "virtual: FAILED output=null error=States.ReferencePathConflict"
    assert lines[1].startswith("moto: FAILED")


def test_a_backend_that_is_not_there_says_so(
    saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FANFOLD_TEST_PROFILE", raising=False)
    code, lines, _ = replay(capsys, saved, "--backend", "virtual", "--backend", "aws", "--backend", "no")
    assert code == 2
    assert lines[0].startswith("virtual: SUCCEEDED")
    assert lines[1].startswith("aws: not run: no account to test in")
    assert lines[2].startswith("no: not run: no backend named 'no'")


def test_objects_are_in_the_s3_of_every_backend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "data", "Key": "items.json"},
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Same",
        "States": {"Same": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "End": True}
    definition = {"StartAt": "All", "States": {"All": state}}
    Case(definition, {}, objects={"data": {"items.json": b"[1, 2]"}}).save(tmp_path / "case.json")
    code, lines, _ = replay(capsys, tmp_path / "case.json", "--backend", "virtual", "--backend", "moto")
    assert lines == [f"{name}: SUCCEEDED output=[1, 2] error=None" for name in ("virtual", "moto")]
    assert code == 0


def test_a_function_that_is_not_there_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Case(CASE.definition, 1).save(tmp_path / "case.json")
    code, [line], _ = replay(capsys, tmp_path / "case.json")
    assert (code, line) == (2, "virtual: not run: no function named 'f'; there are []")


def test_a_definition_that_is_refused_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Case({"StartAt": "A", "States": {}}).save(tmp_path / "case.json")
    code, [line], _ = replay(capsys, tmp_path / "case.json")
    assert code == 0
    assert line.startswith("virtual: refused: ")


def test_source_and_events_on_request(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines, _ = replay(capsys, saved, "--source", "--events")
    text = "\n".join(lines)
    assert code == 0
    assert "failing = StateMachine(" in text
    assert '"Resource": "arn:aws:states:::lambda:invoke"' in text
    assert '"type": "ExecutionSucceeded"' in lines[-1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file or directory"),
        ("", "not a saved case: no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[]", "not a saved case: it is no object"),
        ("{}", "not a saved case: it has no definition"),
        ('{"definition": {}}', "not a saved case: it has no input"),
        ('{"definition": [], "input": 1}', "not a saved case: its definition is no object"),
        (
            '{"definition": {}, "input": 1, "functions": {"f": []}}',
            "not a saved case: functions: a behaviour has",
        ),
        (
            '{"definition": {}, "input": 1, "functions": {"f": [{"kind": "dance"}]}}',
            "not a saved case: functions: no answer is a",
        ),
        ('{"definition": {}, "input": 1, "functions": {"f": [{"kin": 1}]}}', "not a saved case: functions: "),
        ('{"definition": {}, "input": 1, "functions": 7}', "not a saved case: functions: "),
        ('{"definition": {}, "input": 1, "objects": {"b": {"k": "\\u1234"}}}', "not a saved case: objects: "),
        (b"\xff", "not a saved case: it is no UTF-8"),
    ],
)
def test_a_broken_file_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: Any, said: str
) -> None:
    file = tmp_path / "case.json"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, lines, err = replay(capsys, file)
    assert (code, lines) == (2, [])
    assert err.startswith(f"{file}: {said}")
    assert err.count("\n") == 1


def test_a_case_without_source_is_shown_without_it() -> None:
    shown = describe_case(Case({"StartAt": 7}))
    assert "(no source: " in shown
    assert '"StartAt": 7' in shown


def test_a_failing_property_shows_all_that_is_needed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, settings
        from fanfold.testing.replay import run_case
        from fanfold.testing.strategies import machine_cases, remember

        @settings(max_examples=1000, derandomize=True, database=None, deadline=None)
        @given(machine_cases())
        def test_nothing_fails(case):
            remember(case)
            assert run_case(case).status == "SUCCEEDED"
        """
    )
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nfilterwarnings = ["default"]')
    done = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider")
    text = done.stdout.str()
    assert "failing = StateMachine(" in text
    assert '"StartAt": "S1"' in text
    assert "input: {" in text
    [command] = {line.split("run it again: ")[1] for line in text.splitlines() if "run it again: " in line}
    python, *words = command.split()
    assert python == "python"
    again = pytester.runpython_c(
        f"import sys; from fanfold.testing.replay import main; main(sys.argv[1:] or {words[2:]})"
    )
    assert json.loads(Path(pytester.path / words[2]).read_text())["definition"]["StartAt"] == "S1"
    assert "virtual: FAILED" in again.stdout.str()
