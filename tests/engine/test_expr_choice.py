"""Choice rules: operators, types, missing variables."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.expressions import ExpressionError, ExpressionSyntaxError, SimpleScope, compile_choice

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3),
    st.text("ab0", max_size=3),
    st.sampled_from(["2016-03-14T01:59:00Z", "2016-03-14T02:59:00+01:00", "2016-03-14T01:59:00.000000001Z"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=1), st.integers(), max_size=2),
)


def holds(rule: dict[str, Any], value: Any, **scope: Any) -> bool:
    result = compile_choice(rule, "JSONPath")(value, SimpleScope(**scope))
    assert isinstance(result, bool)
    return result


def kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, (int, float)):
        return "Numeric"
    return "String" if isinstance(value, str) else ""


@settings(deadline=None, max_examples=300)
@given(
    VALUES, VALUES, st.sampled_from(["String", "Numeric", "Boolean"]), st.sampled_from(sorted(COMPARISONS))
)
def test_operators_compare_values_of_their_type_only(left: Any, right: Any, kind: str, name: str) -> None:
    if kind == "Boolean":
        name = "Equals"
    expected = kind_of(left) == kind_of(right) == kind and COMPARISONS[name](left, right)
    value = {"left": left, "right": right}
    assert holds({"Variable": "$.left", f"{kind}{name}Path": "$.right"}, value) is expected
    if kind_of(right) == kind:
        assert holds({"Variable": "$.left", kind + name: right}, value) is expected


@settings(deadline=None)
@given(VALUES)
def test_type_tests(value: Any) -> None:
    tests = {
        "IsNull": value is None,
        "IsString": kind_of(value) == "String",
        "IsNumeric": kind_of(value) == "Numeric",
        "IsBoolean": kind_of(value) == "Boolean",
        "IsTimestamp": isinstance(value, str) and value.startswith("2016"),
        "IsPresent": True,
    }
    for name, expected in tests.items():
        assert holds({"Variable": "$.v", name: True}, {"v": value}) is expected
        assert holds({"Variable": "$.v", name: False}, {"v": value}) is not expected


@pytest.mark.parametrize(
    ("left", "name", "right", "expected"),
    [
        ("2016-03-14T01:59:00Z", "Equals", "2016-03-14T02:59:00+01:00", True),
        ("2016-03-14T01:59:00.000000001Z", "GreaterThan", "2016-03-14T01:59:00Z", True),
        ("2016-03-14T01:59:00Z", "LessThan", "2016-03-14T01:59:01Z", True),
        ("2016-03-14T01:59:00Z", "GreaterThanEquals", "2016-03-14T01:59:01Z", False),
        ("2016-03-14 01:59:00Z", "Equals", "2016-03-14T01:59:00Z", False),
        (1457920740, "Equals", "2016-03-14T01:59:00Z", False),
    ],
)
def test_timestamps(left: Any, name: str, right: str, expected: bool) -> None:
    assert holds({"Variable": "$.v", "Timestamp" + name: right}, {"v": left}) is expected
    assert holds({"Variable": "$.v", f"Timestamp{name}Path": "$.w"}, {"v": left, "w": right}) is expected


@settings(deadline=None)
@given(st.text("ab*\\.\n", max_size=8))
def test_an_escaped_pattern_matches_its_text_only(text: str) -> None:
    pattern = text.replace("\\", "\\\\").replace("*", "\\*")
    assert holds({"Variable": "$", "StringMatches": pattern}, text)
    assert not holds({"Variable": "$", "StringMatches": pattern}, text + "x")


@settings(deadline=None)
@given(st.lists(st.text("ab.", max_size=2), min_size=1, max_size=4), st.text("ab.", max_size=8))
def test_asterisks_match_anything(parts: list[str], text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, parts)), text) is not None
    assert holds({"Variable": "$", "StringMatches": "*".join(parts)}, text) is expected


def test_combinations() -> None:
    one = {"Variable": "$.a", "NumericEquals": 1}
    two = {"Variable": "$.b", "IsPresent": True}
    assert holds({"And": [one, {"Not": two}]}, {"a": 1})
    assert not holds({"And": [one, two]}, {"a": 1})
    assert holds({"Or": [two, one], "Next": "X"}, {"a": 1})
    # What decides comes first: a rule after it is not looked at.
    assert holds({"Or": [one, {"Variable": "$.missing", "IsNull": True}]}, {"a": 1})
    assert holds(
        {"Variable": "$$.State.Name", "StringEqualsPath": "$v"},
        {},
        context={"State": {"Name": "S"}},
        variables={"v": "S"},
    )


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ({"Variable": "$.x", "StringEquals": "a"}, "$.x"),
        ({"Variable": "$.x", "IsNull": True}, "$.x"),
        ({"Variable": "$.list[3]", "IsNumeric": True}, "$.list[3]"),
        ({"Variable": "$.list", "NumericEqualsPath": "$.x.y"}, "$.x.y"),
        ({"Not": {"Variable": "$v", "IsNull": True}}, "$v"),
    ],
)
def test_a_variable_that_is_not_there_fails_the_state(rule: dict[str, Any], path: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        holds(rule, {"list": []})
    assert caught.value.error == "States.Runtime"
    assert (
        caught.value.cause
        == f"Invalid path '{path}': The choice state's condition path references an invalid value."
    )


@pytest.mark.parametrize("path", ["$.x", "$.x.y", "$.list[0]", "$v", "$$.Map.Item"])
def test_presence_never_fails(path: str) -> None:
    assert not holds({"Variable": path, "IsPresent": True}, {"list": []})
    assert holds({"Variable": path, "IsPresent": False}, {"list": []})


def test_conditions() -> None:
    def condition(text: Any, **scope: Any) -> Any:
        return compile_choice({"Condition": text}, "JSONata", "Choices[0]/Condition")(
            None, SimpleScope(**scope)
        )

    assert condition("{% $states.input.a = 1 %}", input={"a": 1}) is True
    assert condition(True) is True
    with pytest.raises(ExpressionError) as caught:
        condition("{% $states.input.a %}", input={"a": "x"})
    assert caught.value.error == "States.QueryEvaluationError"
    assert caught.value.cause == (
        "The JSONata expression '$states.input.a' specified for the field 'Choices[0]/Condition' returned an "
        "unexpected result type. Expected 'boolean', but was 'string' for value: \"x\""
    )


@pytest.mark.parametrize(
    "rule",
    [
        *({}, [], {"Variable": "$.a"}, {"StringEquals": "a"}, {"And": []}, {"Or": {}}, {"Not": []}),
        *(
            {"Variable": 1, "IsNull": True},
            {"Variable": "$.a", "IsNull": "yes"},
            {"Variable": "a", "IsNull": True},
        ),
        *({"Variable": "$.a", "StringEquals": 1}, {"Variable": "$.a", "NumericEquals": True}),
        *({"Variable": "$.a", "TimestampEquals": "today"}, {"Variable": "$.a", "BooleanEquals": 1}),
        *({"Variable": "$.a", "StringEqualsPath": 1}, {"Variable": "$.a", "IsNull": True, "IsString": True}),
    ],
)
def test_what_is_no_rule(rule: Any) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_choice(rule, "JSONPath")


@pytest.mark.parametrize("condition", [None, 1, "$x", "{% $x", "{% ( %}"])
def test_what_is_no_condition(condition: Any) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_choice({"Condition": condition}, "JSONata")
