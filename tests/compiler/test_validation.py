"""validate() and diagnose() answer as CreateStateMachine and ValidateStateMachineDefinition."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.compiler.validation import diagnose, validate

RECORDED = Path(__file__).parents[3] / "shared" / "conformance" / "open" / "validation.jsonl"
PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'


def recorded():
    if not RECORDED.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="../shared/conformance is not there"))]
    cases = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    return [pytest.param(case, id=case["id"].rsplit("::", 2)[1]) for case in cases]


@pytest.mark.parametrize("case", recorded())
def test_answers_as_aws_did(case):
    kind = case["state_machine_type"]
    if case["source"]["op"] == "validate_state_machine_definition":
        assert diagnose(case["definition"], kind) == case["expected"]
    else:
        assert validate(case["definition"], kind) == case["expected"]


def test_valid():
    assert validate(PASS) == {"valid": True}
    assert diagnose(PASS) == {"valid": True, "diagnostics": []}


def test_several_errors_in_the_order_of_the_text():
    text = (
        '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "X"}, "B": {"Type": "Pass", "End": true}}}'
    )
    assert validate(text)["message"] == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next, "
        'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B\''
    )


def test_missing_fields_of_one_object_are_one_diagnostic():
    assert [entry["message"] for entry in diagnose("{}")["diagnostics"]] == [
        "These fields are required: [States, StartAt]"
    ]


def test_warnings_of_step_functions_are_asked_for():
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"a": "$.b"}, "End": true}}}'
    assert diagnose(text)["diagnostics"] == []
    assert [entry["code"] for entry in diagnose(text, severity="WARNING")["diagnostics"]] == ["NO_DOLLAR"]
    assert diagnose(text, severity="WARNING")["valid"]


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text):
    assert validate(text)["valid"] is False
    assert diagnose(text)["diagnostics"]
