"""Import then compile gives the same JSON back, for whatever AWS accepts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.compiler import CompileError, compile_workflow, load_workflow
from fanfold.compiler.importer import find_definition, import_definition

SHARED = Path(__file__).parents[3] / "shared"
RICH: dict[str, Any] = {
    "Comment": 'Says "hi" \\ and """more"""',
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 30,
    "StartAt": "A task",
    "States": {
        "A task": {
            "Type": "Task",
            "Resource": "${Fn}",
            "Arguments": {"a": [1, 2.5, None, True, "é\n"], "b": "{% $states.input %}"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 2, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Choose", "Output": None}],
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "QueryLanguage": "JSONPath",
            "Choices": [
                {"And": [{"Variable": "$.x", "IsPresent": True}, {"Not": {"Variable": "$.x", "NumericEquals": 1}}],
                 "Next": "Fan"},
                {"Variable": "$.y", "StringEqualsPath": "$.z", "Next": "Both"},
            ],
            "Default": "Bad",
        },
        "Fan": {
            "Type": "Map",
            "Items": [1, 2],
            "MaxConcurrency": 3,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "P",
                "States": {"P": {"Type": "Pass", "Output": {}, "End": True}},
            },
            "End": True,
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}],
            "Next": "Good",
        },
        "Good": {"Type": "Succeed", "Output": "done"},
        "Bad": {"Type": "Fail", "Error": "E", "Cause": "C"},
    },
}  # fmt: skip


def again(definition: dict[str, Any], folder: Path) -> dict[str, Any]:
    file = folder / "imported.py"
    file.write_text(import_definition(definition, name="My machine-1", origin="x.asl.json"), "utf-8")
    compiled = compile_workflow(load_workflow(file))
    assert compiled.name == "My_machine_1"
    return compiled.definition


def test_every_kind_of_state_comes_back(tmp_path: Path) -> None:
    assert again(RICH, tmp_path) == RICH
    text = (tmp_path / "imported.py").read_text()
    assert max(map(len, text.splitlines())) <= 110
    assert '    "A task": Task(\n            resource="${Fn}",' in text


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
@pytest.mark.parametrize("kind", ["definition", "resolved"])
def test_real_definitions_come_back(kind: str, tmp_path: Path) -> None:
    lines = (SHARED / "definitions/valid.jsonl").read_text().splitlines()
    assert len(lines) > 100
    for line in lines:
        definition = json.loads(line)[kind]
        assert again(definition, tmp_path) == definition


@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared")
def test_definitions_that_ran_on_aws_come_back() -> None:
    count = 0
    for file in sorted((SHARED / "conformance/open").glob("*.jsonl")):
        for line in file.read_text().splitlines():
            definition = json.loads(line).get("definition")
            if isinstance(definition, str) and definition.startswith("{"):
                definition = json.loads(definition)
            if not isinstance(definition, dict) or "States" not in definition:
                continue
            namespace: dict[str, Any] = {}
            exec(import_definition(definition, name="m", origin="x"), namespace)
            assert namespace["m"].to_asl() == definition
            count += 1
    assert count > 500


def test_what_cannot_be_imported_is_told_by_its_path() -> None:
    broken = json.loads(json.dumps(RICH))
    broken["States"]["A task"]["Resurce"] = broken["States"]["A task"].pop("Resource")
    broken["States"]["Fan"]["ItemProcessor"]["States"]["P"]["Type"] = "Pas"
    broken["States"]["Good"]["Comment"] = 3
    with pytest.raises(CompileError) as caught:
        import_definition(broken, name="m", origin="x.json")
    assert [line.split(": expected")[0] for line in caught.value.problems] == [
        "x.json: StateMachine.states.A task (Task) has no field 'Resurce'; did you mean 'Resource'?",
        "x.json: StateMachine.states.Fan.item_processor.states (State).P",
        "x.json: StateMachine.states.Good (Succeed).comment: input should be a valid string, not 3 "
        "(a note for readers)",
    ]
    for nothing in ([], None, {}):
        with pytest.raises(CompileError, match=r"^x\.json: "):
            import_definition(nothing, name="m", origin="x.json")  # type: ignore[arg-type]


def test_a_state_machine_of_a_template_is_found_by_its_name() -> None:
    machine = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    sam, text = "AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"
    template = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "One": {"Type": sam, "Properties": {"Definition": machine}},
            "Two": {"Type": text, "Properties": {"DefinitionString": {"Fn::Sub": json.dumps(machine)}}},
            "Three": {"Type": sam, "Properties": {"DefinitionUri": "three.asl.json"}},
            "Four": {"Type": text, "Properties": {"DefinitionString": "{"}},
        }
    }
    serverless = {"stepFunctions": {"stateMachines": {"a/b": {"definition": machine}}}}
    assert find_definition(machine, "any", "t") == ("", machine)
    assert find_definition(template, "One", "t") == ("One", machine)
    assert find_definition(template, "Two", "t") == ("Two", machine)
    assert find_definition(serverless, None, "t") == ("a/b", machine)
    for name, message in [
        (None, "t: the template holds 4 state machines; name one of One, Two, Three, Four"),
        ("Three", "t: the definition of Three is in three.asl.json: import that file"),
        ("Four", "t: the definition of Four is not JSON"),
    ]:
        with pytest.raises(CompileError, match=re.escape(message)):
            find_definition(template, name, "t")
    with pytest.raises(CompileError, match="no state machine"):
        find_definition({"Resources": {}}, None, "t")


@given(text=st.text(alphabet=st.sampled_from("ab\"'\\\n{$%é\u2028"), max_size=20))
def test_any_text_comes_back_in_the_quotes_that_need_fewer_escapes(text: str) -> None:
    definition = {"Comment": text, "StartAt": "S", "States": {"S": {"Type": "Succeed", "Comment": text}}}
    module = import_definition(definition, name="m", origin="x")
    namespace: dict[str, Any] = {}
    exec(module, namespace)
    assert namespace["m"].to_asl() == definition
    if text.count('"') > text.count("'"):
        assert "S\": Succeed(comment='" in module
