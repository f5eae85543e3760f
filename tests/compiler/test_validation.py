"""validate() and diagnose() answer as CreateStateMachine and ValidateStateMachineDefinition."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanfold.compiler.rules import RULES
from fanfold.compiler.rules.aws_words import WORDS
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
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next', "
        "'MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at /States/B'"
    )


LAMBDA = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": True}


def choice(item, **fields):
    return {"Type": "Choice", "Choices": [item], "Default": "B"} | fields


def retry(*items):
    return LAMBDA | {"Retry": list(items)}


# The words of AWS Step Functions Local 1.4.0, and for the query languages those of ValidateStateMachineDefinition.
@pytest.mark.parametrize(
    ("state", "message", "location"),
    [
        ({"End": True}, "The field 'Type' is required", ""),
        (
            {"Type": "Lambda"},
            "The field 'Type' should have one of these values: "
            "[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
            "/Type",
        ),
        ({"Type": "Pass"}, "This object should have only one of the following fields: [Next, End]", ""),
        (
            {"Type": "Pass", "Next": "B", "End": True},
            "There should only be one of the following fields: [Next, End]",
            "",
        ),
        ({"Type": "Pass", "End": True, "Foo": 1}, "Field 'Foo' is not supported", ""),
        ({"Type": "Pass", "End": True, "Comment": 1}, "Expected value of type [STRING]", "/Comment"),
        ({"Type": "Pass", "End": True, "Next": "Z"}, "Missing 'Next' target: Z", "/Next"),
        ({"Type": "Pass", "End": True, "InputPath": "a"}, "Value must be a valid JSONPath.", "/InputPath"),
        (
            {"Type": "Pass", "End": True, "ResultPath": "$$.a"},
            "Value is not a Reference Path: Initial '$' must be followed by '.' or '['",
            "/ResultPath",
        ),
        (
            {"Type": "Pass", "End": True, "ResultPath": "$.a[*]"},
            "Value is not a Reference Path: '[' must be followed by ' or '['",
            "/ResultPath",
        ),
        (
            {"Type": "Pass", "End": True, "Parameters": {"a.$": 1}},
            "The value for the field 'a.$' must be a STRING that contains a JSONPath but was a NUMBER",
            "/Parameters",
        ),
        ({"Type": "Wait", "Seconds": -1, "End": True}, "Minimum value is 0", "/Seconds"),
        ({"Type": "Wait", "Seconds": 10**9, "End": True}, "Maximum value is 99999999", "/Seconds"),
        ({"Type": "Wait", "Seconds": 1.5, "End": True}, "Expected value of type Integer", "/Seconds"),
        (
            {"Type": "Wait", "End": True},
            "This object should have only one of the following fields: "
            "[SecondsPath, Seconds, TimestampPath, Timestamp]",
            "",
        ),
        (retry({"ErrorEquals": ["E"], "BackoffRate": 0.5}), "Minimum value is 1.0", "/Retry[0]/BackoffRate"),
        (
            retry({"ErrorEquals": ["E"]}, {"ErrorEquals": ["E", "States.ALL"]}),
            "States.ALL must appear alone and at end of list",
            "/Retry[1]/ErrorEquals[1]",
        ),
        (
            retry({"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}),
            "States.ALL must appear alone and at end of list",
            "/Retry[0]/ErrorEquals[0]",
        ),
        (
            choice({"Variable": "$.a", "NumericEquals": 1}),
            "These fields are required: [Next]",
            "/Choices[0]",
        ),
        (
            choice({"Variable": "$.a", "NumericEquals": "1", "Next": "B"}),
            "Expected numeric value",
            "/Choices[0]/NumericEquals",
        ),
        (
            choice({"Variable": "$.a", "NumericEquals": 1, "Next": "B"}, Default="Z"),
            "Missing 'Next' target: Z",
            "/Default",
        ),
        (
            {"Type": "Pass", "End": True, "Output": {}},
            "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' "
            "QueryLanguage",
            "",
        ),
    ],
)
def test_words(state, message, location):
    definition = {"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}
    found = diagnose(json.dumps(definition))["diagnostics"]
    assert (message, f"/States/A{location}") in [(entry["message"], entry["location"]) for entry in found]


def jsonata(expression):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{% {expression} %}}", "End": True}
    return {"StartAt": "A", "States": {"A": state}}


# As AWS answered to others who measured it: https://github.com/floci-io/floci has such definitions in its tests.
@pytest.mark.parametrize(
    ("expression", "code", "message"),
    [
        ("b[2,3)", "INVALID_JSONATA_EXPRESSION", 'Expected "]", got ","'),
        ("'open", "INVALID_JSONATA_EXPRESSION", "String literal must be terminated by a matching quote"),
        ("2 *", "INVALID_JSONATA_EXPRESSION", "Unexpected end of expression"),
        ("", "INVALID_JSONATA_EXPRESSION", "Unexpected end of expression"),
        ("{'b':}", "INVALID_JSONATA_EXPRESSION", 'The symbol "}" cannot be used as a unary operator'),
        ("$contains('b', /b", "INVALID_JSONATA_EXPRESSION", "No terminating / in regular expression"),
        ("$$", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to '$$' is not supported."),
        (
            "$states.errorOutput",
            "UNSUPPORTED_JSONATA_EXPRESSION",
            "Field '$states.errorOutput' does not exist.",
        ),
        ("$states.inputs", "UNSUPPORTED_JSONATA_EXPRESSION", "Field '$states.inputs' does not exist."),
    ],
)
def test_words_on_jsonata(expression, code, message):
    assert diagnose(json.dumps(jsonata(expression)))["diagnostics"] == [
        {"severity": "ERROR", "code": code, "message": message, "location": "/States/A/Output"}
    ]


def found(definition):
    diagnostics = diagnose(json.dumps(definition))["diagnostics"]
    return [(entry["message"], entry.get("location")) for entry in diagnostics]


def states(**states):
    return {"StartAt": "A", "States": states}


def goes(name):
    return {"Type": "Pass", "Next": name}


END = {"Type": "Pass", "End": True}
NO_END = ("Workflow has no terminal state", None)


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (states(A=goes("B"), B=goes("A")), [NO_END]),
        (states(A=goes("B"), B=goes("A"), C=goes("A")), [NO_END]),
        (states(A=goes("Far")), [("Missing 'Next' target: Far", "/States/A/Next"), NO_END]),
        (states(A=goes("B"), B=goes("A"), C=END), [('State "C" is not reachable.', "/States/C")]),
        (
            states(Other=END) | {"StartAt": "Quite"},
            [("Missing 'Next' target: Quite", "/StartAt"), ('State "Other" is not reachable.', "/States/Other")],
        ),
        (
            states(A={"Type": "Map", "End": True, "ItemProcessor": {"StartAt": "B", "States": {"B": goes("B")}}}),
            [],
        ),
    ],
)  # fmt: skip
def test_words_on_the_order_of_states(definition, expected):
    assert found(definition) == expected


def test_a_diagnostic_without_a_location_is_at_null():
    message = validate(json.dumps(states(A=goes("A"))))["message"]
    assert message == (
        "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'"
    )


def other(mine, field, instead):
    return (
        f"The QueryLanguage is set to '{mine}', but field '{field}' is only supported for the '{instead}' "
        "QueryLanguage"
    )


OUTPUT = END | {"Output": {"b": "{% 2 %}"}}
ODD = "Value should be one of the following: [JSONPath, JSONata]"
BACK = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
IN_JSONATA = {"QueryLanguage": "JSONata"}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (states(A=OUTPUT), [(other("JSONPath", "Output", "JSONata"), "/States/A")]),
        (states(A=OUTPUT) | IN_JSONATA, []),
        (states(A=OUTPUT | {"QueryLanguage": "JSONPath"}) | IN_JSONATA, [(BACK, "/States/A")]),
        (states(A=OUTPUT | {"QueryLanguage": "Jsonata"}), [(ODD, "/States/A/QueryLanguage")]),
        (
            states(A=END | {"QueryLanguage": "jsonpath", "InputPath": "$.b"}),
            [
                (other("JSONata", "InputPath", "JSONPath"), "/States/A"),
                (ODD, "/States/A/QueryLanguage"),
            ],
        ),
        (
            states(A=END | {"InputPath": "$.b"}) | {"QueryLanguage": 1},
            [
                (other("JSONata", "InputPath", "JSONPath"), "/States/A"),
                ("Expected value of type [STRING]", "/QueryLanguage"),
            ],
        ),
        *[
            (
                states(A=nested | {"QueryLanguage": "JSONata"}),
                [(other("JSONPath", "Output", "JSONata"), f"/States/A/{place}/States/B")],
            )
            for nested, place in [
                ({"Type": "Map", "End": True, "ItemProcessor": states(B=OUTPUT) | {"StartAt": "B"}}, "ItemProcessor"),
                ({"Type": "Parallel", "End": True, "Branches": [states(B=OUTPUT) | {"StartAt": "B"}]}, "Branches[0]"),
            ]
        ],
        *[
            (states(A=nested), [("Field 'QueryLanguage' is not supported", f"/States/A/{place}")])
            for nested, place in [
                ({"Type": "Map", "End": True, "Iterator": states(B=END) | {"StartAt": "B"} | IN_JSONATA}, "Iterator"),
                ({"Type": "Parallel", "End": True, "Branches": [states(B=END) | {"StartAt": "B"} | IN_JSONATA]},
                 "Branches[0]"),
            ]
        ],
    ],
)  # fmt: skip
def test_words_on_query_languages(definition, expected):
    assert found(definition) == expected


def test_faults_of_fields_come_first():
    text = PASS[:-1] + ', "Foo": 1}'
    text = text.replace('"End"', '"Next": "B", "End"')
    codes = [entry["code"] for entry in diagnose(text)["diagnostics"]]
    assert codes == sorted(codes, key=lambda code: code != "SCHEMA_VALIDATION_FAILED")
    assert {"SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"} <= set(codes)


def test_a_name_of_digits_is_no_index():
    text = '{"StartAt": "0", "States": {"0": {"Type": "Pass", "End": true, "Next": "1"}}}'
    assert diagnose(text)["diagnostics"][0]["location"] == "/States/0"


def test_every_entry_of_the_words_belongs_to_a_rule():
    assert {key.split(".")[0] for key in WORDS} <= set(RULES)


@pytest.mark.parametrize("text", ["$a ?: 1", "$states.input.a ?? 'x'", "($x := 1; [$x ?? 2])"])
def test_operators_of_a_later_jsonata_are_refused(text):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{% {text} %}}", "End": True}
    (found,) = diagnose(json.dumps({"StartAt": "A", "States": {"A": state}}))["diagnostics"]
    assert "not in JSONata 2.0.6" in found["message"]


@pytest.mark.parametrize("text", ["$states.input.a ? 1 : 2", "'?:' & '??'", "$states.input ? '?:' : '??'"])
def test_conditions_and_texts_of_jsonata_stay(text):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": f"{{% {text} %}}", "End": True}
    assert diagnose(json.dumps({"StartAt": "A", "States": {"A": state}}))["valid"]


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
