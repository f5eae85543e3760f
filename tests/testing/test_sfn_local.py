"""Step Functions Local: the spelling of 2019, what is too new for it, and where it is found."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.engine import TaskFailure, TaskSuccess, run
from fanfold.testing.backends import BackendUnavailableError, UnsupportedError, open_backend
from fanfold.testing.backends.sfn_local import lower_to_2019, older_than

INNER = {
    "StartAt": "In",
    "States": {"In": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f"}},
}


@st.composite
def maps(draw: st.DrawFn) -> dict[str, Any]:
    state = {"End": True, "Retry": [{"ErrorEquals": ["Odd"], "MaxAttempts": 2, "IntervalSeconds": 1}]}
    if draw(st.booleans()):
        state["Retry"][0] |= {"MaxDelaySeconds": 9, "JitterStrategy": draw(st.sampled_from(["FULL", "NONE"]))}
    task = {**INNER["States"]["In"], **state}
    processor: dict[str, Any] = {"StartAt": "In", "States": {"In": task}}
    if draw(st.booleans()):
        processor["ProcessorConfig"] = {"Mode": "INLINE"}
    found: dict[str, Any] = {"Type": "Map", "End": True, "ItemProcessor": processor}
    if draw(st.booleans()):
        found["ItemSelector"] = {"n.$": "$$.Map.Item.Value"}
    wrapped = {"StartAt": "All", "States": {"All": found}}
    if draw(st.booleans()):
        wrapped["QueryLanguage"] = "JSONPath"
    if draw(st.booleans()):
        parallel = {"Type": "Parallel", "Branches": [wrapped], "End": True}
        wrapped = {"StartAt": "Split", "States": {"Split": parallel}}
    return wrapped


@given(maps(), st.lists(st.integers(0, 3), max_size=4), st.integers(0, 3))
def test_the_spelling_of_2019_means_the_same(
    definition: dict[str, Any], numbers: list[int], flaky: int
) -> None:
    def answer(call: Any) -> Any:
        value = call.input["n"] if isinstance(call.input, dict) else call.input
        return TaskFailure("Odd") if value % 2 and call.attempt < flaky else TaskSuccess([value])

    new, old = (run(one, numbers, tasks=answer) for one in (definition, lower_to_2019(definition)))
    assert (old.status, old.output, old.error) == (new.status, new.output, new.error)
    text = str(lower_to_2019(definition))
    assert not any(word in text for word in ("ItemProcessor", "ItemSelector", "ProcessorConfig", "Jitter"))


def test_lowering_leaves_the_definition_alone() -> None:
    definition = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": INNER, "End": True}}}
    before = str(definition)
    lower_to_2019(definition)
    assert str(definition) == before


@pytest.mark.parametrize(
    ("refusal", "found"),
    [
        ("Field 'Assign' is not supported at /States/A", {"Assign"}),
        ("Field 'NumericEqualsPath' is not supported at /States/C/Choices[0]", {"NumericEqualsPath"}),
        ("Field 'Nonsense' is not supported at /States/A", set()),
        ("Field 'Nonsense' is not supported at /A', 'Field 'Assign' is not supported at /A", set()),
        (
            "The value for the field 'a.$' must be a valid JSONPath at /States/A/Parameters",
            {"intrinsic functions"},
        ),
        ("MISSING_TRANSITION_TARGET: Missing 'Next' target: X", set()),
    ],
)
def test_only_what_came_later_is_too_new(refusal: str, found: set[str]) -> None:
    assert older_than(refusal) == found


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No Step Functions Local in reach; the folder is all of PATH."""
    for name in ("AWS_ENDPOINT_URL_SFN", "STEPFUNCTIONS_LOCAL_JAR", "FANFOLD_LAMBDA_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def reason() -> str:
    with pytest.raises(BackendUnavailableError) as caught, open_backend("local"):
        pass
    return str(caught.value)


def test_without_one_it_says_how_to_get_one(surroundings: Path) -> None:
    assert reason().startswith("no Step Functions Local: set STEPFUNCTIONS_LOCAL_JAR to ")


def test_a_jar_that_is_not_there(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPFUNCTIONS_LOCAL_JAR", "/nowhere/StepFunctionsLocal.jar")
    assert reason() == "STEPFUNCTIONS_LOCAL_JAR=/nowhere/StepFunctionsLocal.jar: no such file"


def test_a_jar_without_java(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = surroundings / "StepFunctionsLocal.jar"
    jar.touch()
    monkeypatch.setenv("STEPFUNCTIONS_LOCAL_JAR", str(jar))
    assert reason() == "STEPFUNCTIONS_LOCAL_JAR is set, but there is no java to run it"


def script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_jar_that_does_not_start_says_why(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = surroundings / "StepFunctionsLocal.jar"
    jar.touch()
    script(surroundings, "java", "echo 'Exit: no such option'; exit 1")
    monkeypatch.setenv("STEPFUNCTIONS_LOCAL_JAR", str(jar))
    monkeypatch.setattr("fanfold.testing.backends.sfn_local._PORT", free_port())
    assert reason() == "Step Functions Local ended at its start: Exit: no such option"


def test_a_port_that_is_taken(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = surroundings / "StepFunctionsLocal.jar"
    jar.touch()
    script(surroundings, "java", "exit 1")
    monkeypatch.setenv("STEPFUNCTIONS_LOCAL_JAR", str(jar))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr("fanfold.testing.backends.sfn_local._PORT", taken.getsockname()[1])
        assert "is taken, and Step Functions Local listens on no other" in reason()


def test_an_endpoint_that_does_not_answer(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", f"http://127.0.0.1:{free_port()}")
    assert reason().startswith("nothing answers at AWS_ENDPOINT_URL_SFN=")


def test_a_lambda_port_that_is_none(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("FANFOLD_LAMBDA_PORT", "lambda")
    assert reason() == "FANFOLD_LAMBDA_PORT=lambda is no port"


def test_services_of_one_that_runs_already_are_not_known(
    surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its state machines would call AWS itself."""
    get = {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "Parameters": {}, "End": True}
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", f"http://127.0.0.1:{server.getsockname()[1]}")
        with open_backend("local") as local:
            with pytest.raises(UnsupportedError, match="does not know its dynamodb"):
                local.start_execution({"StartAt": "A", "States": {"A": get}}, {}, {})
            with pytest.raises(UnsupportedError, match="does not know its s3"):
                local.client("s3")


def test_a_docker_without_the_image(surroundings: Path) -> None:
    script(surroundings, "docker", "exit 1")
    assert "docker has no image amazon/aws-stepfunctions-local or no daemon" in reason()


def test_the_container_is_published_on_loopback_and_stopped(
    surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A docker of our own notes what it is asked to do."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        script(
            surroundings,
            "docker",
            f'echo "$@" >> {surroundings}/asked\n'
            f'case "$1" in run) echo c0ffee;; port) echo 127.0.0.1:{port};; network) echo 127.0.0.1;; *) echo x;; esac',
        )
        monkeypatch.setenv("PATH", f"{surroundings}{os.pathsep}/bin{os.pathsep}/usr/bin")
        with open_backend("local") as backend:
            assert backend.name == "local"
            assert "stop" not in (surroundings / "asked").read_text()
    asked = (surroundings / "asked").read_text().splitlines()
    [started] = [line for line in asked if line.startswith("run ")]
    assert "--publish 127.0.0.1::8083" in started
    assert "WAIT_TIME_SCALE=0" in started
    assert asked[-1] == "stop --time 1 c0ffee"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
