"""`fanfold test-state`: one state by itself, in the words of `aws stepfunctions test-state`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Fanfold

DEMO = "workflows/demo.py"
INVOKE = ("--state-name", "Invoke topics")
MACHINE = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:kms:encrypt",
            "Parameters": {"KeyId": "${Key}", "Plaintext.$": "$.text"},
            "Retry": [{"ErrorEquals": ["Kms.Busy"], "IntervalSeconds": 3, "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
            "TimeoutSeconds": 60,
            "Next": "Pause",
        },
        "Pause": {"Type": "Wait", "Seconds": 200, "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Double",
                "States": {
                    "Double": {
                        "Type": "Pass",
                        "QueryLanguage": "JSONata",
                        "Output": "{% $states.input * $by %}",
                        "End": True,
                    }
                },
            },
            "End": True,
        },
        "Sorry": {"Type": "Fail", "Error": "Sorry"},
    },
}


@pytest.fixture
def machine(repository: Path) -> str:
    (repository / "machine.asl.json").write_text(json.dumps(MACHINE))
    return "machine.asl.json"


def answer(done: Done) -> Any:
    response = json.loads(done.out)
    assert done.code == (0 if response["status"] == "SUCCEEDED" else 1)
    return response


def test_a_handler_of_the_repository_is_called(fanfold: Fanfold) -> None:
    done = fanfold("test-state", DEMO, *INVOKE, "--input", '{"S": "x"}', "--format", "json")
    assert answer(done) == {"status": "SUCCEEDED", "output": '{"S":"x"}'}
    assert "{'S': 'x'}" in done.err.splitlines()


def test_a_handler_that_raises_fails_the_state(fanfold: Fanfold, repository: Path) -> None:
    handler = repository / "lambda" / "topics" / "handler.py"
    handler.write_text("def handler(event, context):\n    raise KeyError(event['S'])\n")
    done = fanfold("test-state", DEMO, *INVOKE, "--input", '{"S": "x"}', "--format", "json")
    assert answer(done)["error"] == "KeyError"


def test_a_mock_spares_the_handler(fanfold: Fanfold, repository: Path) -> None:
    (repository / "lambda" / "topics" / "handler.py").write_text("def handler(event, context):\n    1 / 0\n")
    for mock in ('{"result": {"Payload": [1]}}', json.dumps({"result": '{"Payload": [1]}'})):
        done = fanfold("test-state", DEMO, *INVOKE, "--mock", mock, "--format", "json")
        assert (answer(done)["output"], done.err) == ("[1]", "")


def test_options_reach_the_state(fanfold: Fanfold, machine: str, repository: Path) -> None:
    (repository / "by.json").write_text('{"by": 3}')
    words = ("--state-name", "Double", "--input", "14", "--variables", "@by.json")
    done = fanfold("test-state", machine, *words, "--inspection-level", "DEBUG", "--format", "json")
    assert answer(done)["output"] == "42"
    assert answer(done)["inspectionData"] == {"input": "14", "variables": '{"by":3}'}


def test_parameters_fill_the_definition(fanfold: Fanfold, machine: str) -> None:
    words = (
        "--state",
        "Charge",
        "--input",
        '{"text": "a"}',
        "--mock",
        '{"result": {}}',
        "--parameter",
        "Key=k",
    )
    done = fanfold("test-state", machine, *words, "--inspection-level", "DEBUG", "--format", "json")
    response = answer(done)
    assert response["nextState"] == "Pause"
    assert json.loads(response["inspectionData"]["afterParameters"]) == {"KeyId": "k", "Plaintext": "a"}


@pytest.mark.parametrize(("used", "status"), [(0, "RETRIABLE"), (1, "CAUGHT_ERROR")])
def test_what_an_error_leads_to(fanfold: Fanfold, machine: str, used: int, status: str) -> None:
    words = (
        "--state",
        "Charge",
        "--input",
        '{"text": "a"}',
        "--mock",
        '{"errorOutput": {"error": "Kms.Busy"}}',
    )
    configuration = json.dumps({"retrierRetryCount": used})
    done = fanfold("test-state", machine, *words, "--state-configuration", configuration, "--format", "json")
    assert answer(done)["status"] == status


def test_people_read_the_same(fanfold: Fanfold, machine: str) -> None:
    done = fanfold("test-state", machine, "--state", "Pause", "--input", "[1]", "--inspection-level", "DEBUG")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "SUCCEEDED, next Each\noutput\n[\n  1\n]\n\ninput\n[\n  1\n]\n\nafterInputPath: the same as input\n"
    )


def test_a_state_by_itself(fanfold: Fanfold, repository: Path) -> None:
    (repository / "state.json").write_text('{"Type": "Pass", "Result": {"a": "${b}"}, "Next": "After"}')
    done = fanfold("test-state", "state.json", "--parameter", "b=c", "--format", "json")
    assert answer(done) == {"status": "SUCCEEDED", "output": '{"a":"c"}', "nextState": "After"}


@pytest.mark.parametrize(
    ("code", "words", "line"),
    [
        (2, ("--state", "Chargee"), "there is no state 'Chargee'; did you mean 'Charge'?"),
        (2, (), "which state? add --state-name with one of Charge, Pause, Each, Double, Sorry"),
        (
            1,
            ("--state", "Charge", "--input", '{"text": 1}'),
            "state 'Charge' calls arn:aws:states:::aws-sdk:kms:encrypt, ",
        ),
        (1, ("--state", "Each", "--input", "[]"), "state 'Each' is a Map state: give its answer with --mock"),
        (
            2,
            ("--state", "Charge", "--mock", '{"result": {"KeyId": 1}}'),
            "ValidationException: Mock result schema",
        ),
        (2, ("--state", "Charge", "--mock", "{}"), '--mock: expected {"result": ...} or '),
        (2, ("--state", "Charge", "--mock", "{"), "--mock:1:2: is not JSON"),
        (2, ("--state", "Charge", "--mock", "@none.json"), "none.json: no such file"),
        (2, ("--state", "Pause", "--variables", "1"), "ValidationException: Variables must be a JSON object"),
        (
            2,
            ("--state", "Pause", "--set", "a=b"),
            "machine.asl.json is a definition: --set is for workflows",
        ),
        (
            2,
            ("--state", "Pause", "--parameter", "key=1"),
            "--parameter key: the workflow has no such parameter",
        ),
    ],
)
def test_wrong_use_is_one_line(
    fanfold: Fanfold, machine: str, code: int, words: tuple[str, ...], line: str
) -> None:
    done = fanfold("test-state", machine, *words)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert done.err.startswith(f"error: {line}")


def test_a_state_machine_of_a_template(fanfold: Fanfold, repository: Path) -> None:
    (repository / "template.yaml").write_text(
        "Resources:\n"
        + "".join(
            f"  {name}:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Definition:\n"
            f"        StartAt: A\n        States:\n          A: {{Type: Pass, Result: {name}, End: true}}\n"
            for name in ("One", "Two")
        )
    )
    done = fanfold("test-state", "template.yaml", "--name", "Two", "--format", "json")
    assert answer(done)["output"] == '"Two"'
    assert "name one of One, Two" in fanfold("test-state", "template.yaml").err
    assert fanfold("run", "template.yaml").err == (
        "error: template.yaml:1:1: a template is no workflow; "
        "`fanfold import` makes one of a state machine in it\n"
    )


def test_what_aws_would_refuse_is_refused_first(fanfold: Fanfold, repository: Path) -> None:
    (repository / "machine.json").write_text(
        '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}'
    )
    done = fanfold("test-state", "machine.json", "--state", "A")
    assert (done.code, done.out) == (1, "")
    assert "machine.json:1:" in done.err


@pytest.mark.parametrize("text", ["[]", '{"a": 1}'])
def test_a_file_without_a_definition(fanfold: Fanfold, repository: Path, text: str) -> None:
    (repository / "other.json").write_text(text)
    done = fanfold("test-state", "other.json", "--state", "A")
    assert (done.code, done.err) == (2, "error: other.json holds no definition in Amazon States Language\n")
