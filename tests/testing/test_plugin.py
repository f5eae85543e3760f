"""The pytest plugin, as an author meets it: in a repository of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fanfold.local import EmbeddedAws

# pytester forgets what is imported during a run of its own: what is imported before is imported once, and is the same
# class for all.
from fanfold.testing import assertions, coverage, functions, histories, runs  # noqa: F401

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
import pytest
from fanfold.engine import TaskFailure, TaskSuccess
from fanfold.testing import *

DEMO = "workflows/demo.py"
"""


@pytest.fixture(scope="module", autouse=True)
def services() -> None:
    """The embedded services are imported here once, for the same reason."""
    aws = EmbeddedAws()
    aws.client("dynamodb").list_tables()
    aws.close()


@pytest.fixture
def author(pytester: pytest.Pytester) -> pytest.Pytester:
    """A repository with the demo; its tests run by a pytest of their own."""
    for name in ("workflows", "lambda"):
        shutil.copytree(ROOT / name, pytester.path / name, ignore=shutil.ignore_patterns("__pycache__"))
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nfilterwarnings = ['error']\n")
    return pytester


def outcome(author: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    author.makepyfile(test_it=HEAD + text)
    return author.runpytest("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", *options)


def test_runs_and_assertions(author: pytest.Pytester) -> None:
    result = outcome(
        author,
        """
def test_one_at_a_time(run):
    done = run(DEMO, items=["a", "b", "c"])
    assert_succeeded(done, [{"S": "a"}, {"S": "b"}, {"S": "c"}])
    assert_invocations(done, at=[2, 4, 6], payloads=[{"S": letter} for letter in "abc"], function="topics")
    assert_history(done, ["ExecutionStarted", ..., "4.000  WaitStateExited  Wait #1", ..., "ExecutionSucceeded"])

def test_all_at_once(run):
    assert_invocations(run(DEMO, items=["a", "b", "c"], max_concurrency=3), at=[2, 2, 2])

def test_too_long(run):
    assert_timed_out(run(DEMO, items=["a"], wait=25), at=20)

def test_no_list(run):
    def none(call):
        return TaskSuccess({})
    assert_failed(run(DEMO, items=["a"], mocks={"Get list": none}), "ListNotFound", cause="no row")

def test_functions_take_the_place_of_handlers(run):
    answers = iter([FunctionError("Lambda.ServiceException"), None])
    def topics(event):
        error = next(answers)
        if error: raise error
        return "fine"
    done = run(DEMO, items=["a"], functions={"topics": topics})
    assert_succeeded(done, ["fine"])
    assert_invocations(done, at=[2, 4])

def test_the_workflow(workflow):
    assert workflow(DEMO, max_concurrency=3).definition["States"]["For each item"]["MaxConcurrency"] == 3
""",
    )
    result.assert_outcomes(passed=6)


@pytest.mark.parametrize(
    ("assertion", "shown"),
    [
        ("assert_succeeded(done, [1])", ["*demo gave another output*", "E*-  1", 'E*+    "S": "a"']),
        (
            "assert_failed(done)",
            ["*demo is SUCCEEDED, expected FAILED", "*its last events:", "*2.000  ExecutionSucceeded"],
        ),
        (
            "assert_invocations(done, at=[3])",
            ["*demo invoked its functions at other times", "E*-3 s", "E*+2 s"],
        ),
        ("assert_invocations(done, payloads=[7])", ["*with other payloads", "E*-7", 'E*+{"S": "a"}']),
        ("assert_timed_out(done)", ["*demo is SUCCEEDED, expected TIMED_OUT"]),
        (
            'assert_history(done, ["ExecutionStarted", ..., "ExecutionFailed"])',
            ["*demo has another history", "E*-ExecutionFailed", "E*+2.000  ExecutionSucceeded"],
        ),
        ("assert_succeeded(done, [{'S': True}])", ["*another output*"]),
    ],
)
def test_a_failure_shows_what_happened(author: pytest.Pytester, assertion: str, shown: list[str]) -> None:
    result = outcome(author, f"def test(run):\n    done = run(DEMO, items=['a'])\n    {assertion}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(shown)
    result.stdout.no_fnmatch_line("*testing/assertions.py*")


def test_a_run_in_a_property_of_hypothesis(author: pytest.Pytester) -> None:
    result = outcome(
        author,
        """
from hypothesis import given, settings, strategies as st

@settings(max_examples=20, deadline=None, database=None)
@given(st.lists(st.text(), max_size=4))
def test_order(run, items):
    assert_succeeded(run(DEMO, items=items), [{"S": item} for item in items])
""",
    )
    result.assert_outcomes(passed=1)


def test_snapshots(author: pytest.Pytester) -> None:
    text = """
import json, pathlib
def test_history(run, history_snapshot):
    history_snapshot(run(DEMO, items=json.loads(pathlib.Path("items.json").read_text())))
"""
    items = author.path / "items.json"
    items.write_text('["a"]')
    result = outcome(author, text)
    result.stdout.fnmatch_lines(
        ["*no history at *test_it.test_history.txt: write it with pytest --update-histories"]
    )
    outcome(author, text, "--update-histories").assert_outcomes(passed=1)
    kept = (author.path / "histories" / "test_it.test_history.txt").read_text().splitlines()
    assert kept[0] == "0.000  ExecutionStarted"
    assert "2.000  TaskSucceeded  Invoke topics #0" in kept
    outcome(author, text).assert_outcomes(passed=1)
    items.write_text('["a", "b"]')
    changed = outcome(author, text)
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(
        ["*another history than test_it.test_history.txt*", "E*+4.000  ExecutionSucceeded"]
    )


def test_coverage_in_the_terminal_and_as_a_picture(author: pytest.Pytester) -> None:
    text = """
def test_one(run): run(DEMO, items=["a"])
def test_other(run): run(DEMO, items=["a", "b"])
"""
    assert "workflow coverage" not in outcome(author, text).stdout.str()
    result = outcome(author, text, "--sfn-coverage-dir", "covered")
    result.stdout.fnmatch_lines(
        [
            "demo  states 5/6  transitions 3/4  missed: 'List not found', 'List found?' -> 'List not found'",
            "wrote covered/demo.svg",
        ]
    )
    picture = (author.path / "covered" / "demo.svg").read_text()
    assert ">3×<" in picture
    assert ">0×<" in picture


@pytest.mark.slow
def test_coverage_of_several_processes_is_added(author: pytest.Pytester) -> None:
    author.makepyfile(
        test_it=HEAD
        + """
def test_one(run): run(DEMO, items=["a"])
def test_none(run): run(DEMO, items=["a"], mocks={"Get list": TaskSuccess({})})
"""
    )
    result = author.runpytest_subprocess("-n", "2", "--sfn-coverage", "-p", "no:randomly")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["demo  states 6/6  transitions 4/4"])


@pytest.mark.slow
def test_a_test_runs_on_each_backend(author: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL_SFN", "FANFOLD_TEST_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STEPFUNCTIONS_LOCAL_JAR", "/nowhere.jar")
    backends = [word for name in ("virtual", "moto", "local", "aws") for word in ("--sfn-backend", name)]
    result = outcome(
        author,
        """
def test_end(run):
    assert_succeeded(run(DEMO, items=["a", "b"], wait=1), [{"S": "a"}, {"S": "b"}])

def test_times(run):
    assert_invocations(run(DEMO, items=["a"], wait=1), at=[1])

def test_mocks(run):
    run(DEMO, items=["a"], mocks={"Get list": TaskSuccess({})})
""",
        "-rs",
        *backends,
    )
    result.assert_outcomes(passed=4, skipped=8)
    result.stdout.fnmatch_lines_random(
        [
            "*moto does not keep the workflow's time",
            "*moto knows no mocks of states, objects or durations of a test",
            "*STEPFUNCTIONS_LOCAL_JAR=/nowhere.jar: no such file",
            "*no account to test in: set FANFOLD_TEST_PROFILE*",
        ]
    )


def test_mistakes_of_a_test_are_errors(author: pytest.Pytester) -> None:
    result = outcome(
        author,
        """
def test_no_such_function(run): run(DEMO, items=["a"], functions={"topic": str})
def test_no_such_field(run): run(DEMO, items=["a"], wiat=1)
def test_no_items(run): run(DEMO)
""",
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "*workflow demo calls no function 'topic'; it calls topics",
            "*wiat*",
            "*table StepFunctionsProjectDDBTable is empty here*",
        ]
    )


def test_an_unsupported_error_of_someone_else_s_test_is_none_of_ours(author: pytest.Pytester) -> None:
    result = outcome(author, "def test_other(): raise UnsupportedError('x')\n")
    result.assert_outcomes(failed=1)
