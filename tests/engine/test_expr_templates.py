"""Payload templates and intrinsic functions, against the examples and limits of AWS's page."""

from __future__ import annotations

import base64
import json
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.expressions import (
    ExpressionError,
    ExpressionSyntaxError,
    SimpleScope,
    compile_path,
    compile_template,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def call(text: str, value: Any = None, **scope: Any) -> Any:
    return compile_template({"v.$": text})(value, SimpleScope(**scope))["v"]


def failure(text: str, value: Any = None) -> tuple[str, str]:
    with pytest.raises(ExpressionError) as caught:
        call(text, value)
    start = f"The function '{text}' had the following error: "
    assert caught.value.cause.startswith(start)
    return caught.value.error, caught.value.cause.removeprefix(start)


def quoted(text: str) -> str:
    """The text as an argument, every reserved character escaped."""
    return "'" + "".join("\\" + char if char in "'{}\\" else char for char in text) + "'"


# -- templates --------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(JSON)
def test_a_template_without_paths_is_itself(template: Any) -> None:
    if ".$" in json.dumps(template):
        return
    assert compile_template(template)({"a": 1}, SimpleScope()) == template


def test_templates_reach_everywhere_and_keep_their_order() -> None:
    template = {
        "z": 1,
        "a.$": "$.x",
        "m": [{"n.$": "$$.k", "deep": {"o.$": "$v[0]"}}, "$.x", 2],
        "l": {},
        "$": "$",
    }
    scope = SimpleScope(context={"k": "c"}, variables={"v": [7]})
    made = compile_template(template)({"x": [1]}, scope)
    assert made == {"z": 1, "a": [1], "m": [{"n": "c", "deep": {"o": 7}}, "$.x", 2], "l": {}, "$": "$"}
    assert list(made) == ["z", "a", "m", "l", "$"]


def test_results_do_not_share_what_is_made() -> None:
    build = compile_template({"a": {"b.$": "$.x"}, "c": 1})
    first, second = (build({"x": x}, SimpleScope()) for x in (1, 2))
    assert (first, second) == ({"a": {"b": 1}, "c": 1}, {"a": {"b": 2}, "c": 1})


@pytest.mark.parametrize(
    "template",
    [
        {"a.$": 1},
        {"a.$": "text"},
        {"a.$": "States.Nope()"},
        {"a.$": "$.x", "a": 1},
        [{"a.$": None}],
        {"a.$": "$.["},
    ],
)
def test_what_is_no_template(template: Any) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_template(template)


def test_error_and_cause_paths_take_functions_too() -> None:
    assert compile_path("States.Format('{}!', $.x)", field="CausePath")({"x": 1}, SimpleScope()) == "1!"
    with pytest.raises(
        ExpressionError, match=r"specified for the field 'ErrorPath' could not be found in the input"
    ):
        compile_path("$.x", field="ErrorPath")({}, SimpleScope())


# -- functions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("States.Array()", []),
        ("States.Array(1, -2.5e1, 'a', null, true, $.array)", [1, -25.0, "a", None, True, [1, 2, 2, 3]]),
        ("States.ArrayPartition($.array, 3)", [[1, 2, 2], [3]]),
        ("States.ArrayPartition($.empty, 3)", []),
        ("States.ArrayContains($.array, 2)", True),
        ("States.ArrayContains($.array, '2')", False),
        ("States.ArrayContains($.array, true)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(9, 1, -4)", [9, 5, 1]),
        ("States.ArrayRange(1, 0, 1)", []),
        ("States.ArrayGetItem($.array, 3)", 3),
        ("States.ArrayLength($.array)", 4),
        ("States.ArrayUnique($.array)", [1, 2, 3]),
        ("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", "Data to encode"),
        ("States.Base64Decode('RGF0YSB0byBlbmNvZGU')", "Data to encode"),
        ("States.ArrayUnique(States.Array(1, 1.0, 1, true, '1'))", [1, 1.0, True, "1"]),
        ("States.ArrayContains(States.Array(1, 2), 1.0)", False),
        ("States.JsonToString(12345678.5)", "1.23456785E7"),
        ("States.Format('{} {}', 0.0001, 123456789.0)", "1.0E-4 1.23456789E8"),
        ("States.StringToJson('[1e400, -1e400]')", ["Infinity", "-Infinity"]),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.Hash('', 'MD5')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("States.JsonMerge($.object, $.other, false)", {"a": {"c": 2}, "b": 1}),
        ("States.StringToJson('[1, null]')", [1, None]),
        ("States.StringToJson('{}')", {}),
        ("States.StringToJson(' ')", None),
        ("States.JsonToString($.object)", '{"a":{"x":"ü"},"b":1}'),
        ("States.MathAdd(111, -1)", 110),
        ("States.MathAdd(0.5, -0.5)", 1),
        ("States.MathAdd(-1.5, 0)", -1),
        ("States.StringSplit('1,2,,3', ',')", ["1", "2", "3"]),
        ("States.StringSplit('This.is+a,test=string', '.+,=')", ["This", "is", "a", "test", "string"]),
        ("States.StringSplit('', ',')", []),
        ("States.Format('Hello, {} and {}.', 'Ann', $.object.b)", "Hello, Ann and 1."),
        ("States.Format('{}{}{}', null, true, 1.5)", "nulltrue1.5"),
        ("States.Format('{}', States.Array('a', 1, null, States.Array()))", "[a, 1, null, []]"),
        ('States.Format(\'{}\', States.StringToJson(\'{"a": {"b": "c"}, "d": [1]}\'))', "{a={b=c}, d=[1]}"),
        ("States.Format('\\{{}\\} \\'\\\\', 1)", "{1} '\\"),
        ("States.Format($.template, 1)", "n=1"),
        ("States.Format('{}', States.ArrayGetItem(States.StringSplit($.words, ' '), 1))", "b"),
        ("States.Array($.objects[?(@.n > 1)].n, $['object'].a['x'])", [[2, 3], "ü"]),
    ],
)
def test_functions(text: str, result: Any) -> None:
    value = {
        "array": [1, 2, 2, 3],
        "empty": [],
        "object": {"a": {"x": "ü"}, "b": 1},
        "other": {"a": {"c": 2}},
        "objects": [{"n": 1}, {"n": 2}, {"n": 3}],
        "template": "n={}",
        "words": "a b",
    }
    assert call(text, value) == result


@settings(deadline=None)
@given(st.lists(JSON, max_size=8), st.integers(1, 5))
def test_partitions_join_to_the_array(items: list[Any], size: int) -> None:
    chunks = call(f"States.ArrayPartition($, {size})", items)
    assert [item for chunk in chunks for item in chunk] == items
    assert all(len(chunk) == size for chunk in chunks[:-1])


@settings(deadline=None)
@given(JSON)
def test_json_goes_to_text_and_back(value: Any) -> None:
    assert call("States.StringToJson(States.JsonToString($.a))", {"a": value}) == value


@settings(deadline=None)
@given(TEXT)
def test_base64_goes_and_comes_back(text: str) -> None:
    encoded = call("States.Base64Encode($)", text)
    assert base64.b64decode(encoded).decode() == text
    assert call("States.Base64Decode($)", encoded) == text


@settings(deadline=None)
@given(TEXT)
def test_escaped_text_is_the_text(text: str) -> None:
    assert call(f"States.Format({quoted(text)})") == text
    assert call(f"States.Array({quoted(text)})") == [text]


@settings(deadline=None)
@given(st.lists(JSON, max_size=8))
def test_unique_items_stand_where_they_first_stood(items: list[Any]) -> None:
    unique = call("States.ArrayUnique($)", [*items, *items])
    assert all(call("States.ArrayContains($.a, $.i)", {"a": unique, "i": item}) for item in items)
    assert call("States.ArrayUnique($)", unique) == unique


def test_chance_is_the_executions_own() -> None:
    text = "States.Array(States.UUID(), States.MathRandom(1, 1000000))"
    first, again = (call(text, random=Random(3)) for _ in range(2))
    assert first == again != call(text, random=Random(4))
    assert UUID(first[0]).version == 4
    # Seeded, it is java.util.Random: what `new Random(seed).nextInt(bound)` gives.
    java = {(10, 42): 0, (999, 42): 125, (65536, 0): 47904, (999, 0): 672}
    for (bound, seed), number in java.items():
        assert call(f"States.MathRandom(7, {bound + 7}, {seed})", random=Random(9)) == number + 7
    assert call("States.MathRandom(-2147483648, 2147483647, 1)") < 2147483647
    assert {call("States.MathRandom(0, 2)", random=Random(n)) for n in range(20)} == {0, 1}


@pytest.mark.parametrize(
    "text",
    [
        "States.ArrayRange(0, 1000, 1)",
        "States.ArrayRange(0, 10, 0)",
        "States.ArrayGetItem($.array, 4)",
        "States.ArrayGetItem($.array, -1)",
        "States.ArrayLength('abc')",
        "States.ArrayPartition($.array, 0)",
        "States.Base64Encode($.long)",
        "States.Base64Decode('*')",
        "States.Base64Decode('YQ=')",
        "States.Base64Decode('Y')",
        "States.Hash('a', 'SHA-2')",
        "States.JsonMerge($, $, true)",
        "States.JsonMerge($.array, $, false)",
        "States.StringToJson('nope')",
        "States.StringToJson('NaN')",
        "States.MathRandom(2, 2)",
        "States.MathAdd('1', 2)",
        "States.MathAdd(2147483647, 1)",
        "States.StringSplit(1, ',')",
        "States.Format('{} {}', 1)",
        "States.Format('{}', 1, 2)",
        "States.Format('{', 1)",
        "States.Format(1)",
    ],
)
def test_arguments_a_function_cannot_take(text: str) -> None:
    error, cause = failure(text, {"array": [1, 2, 3, 4], "long": "x" * 10_001})
    assert error == "States.IntrinsicFailure"
    assert cause


@pytest.mark.parametrize("path", ["$.array[4]", "$.array[-1]", "$.array[(@.length-5)]"])
def test_a_template_fails_on_an_element_that_is_not_there(path: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        call(path, {"array": [1, 2, 3, 4]})
    assert "specified for the field 'v.$' could not be found in the input" in caught.value.cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("States.Format('{}', $.no)", "The JsonPath argument for the field '$.no' could not be found"),
        (
            "States.Array(1,States.Array($[5]))",
            "The JsonPath argument for the field '$[5]' could not be found",
        ),
        ("States.Array($$.A.B)", "The JsonPath argument for the field '$.A.B' could not be found"),
        ("States.Array($[0][0])", "Filter: [0] can only be applied to arrays. Current context is: 1"),
    ],
)
def test_arguments_that_are_not_there(text: str, cause: str) -> None:
    if cause.endswith("found"):
        cause += " in the input '[1]'"
    assert failure(text, [1]) == ("States.Runtime", cause)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "States.Format",
            "States.Format(",
            "States.Format('a'",
            "States.Format('a'))",
            "States.Format('a',)",
        ),
        *(
            "States.Nope(1)",
            "States.Format()",
            "States.UUID(1)",
            "States.MathAdd(1)",
            "States.Array('a' 'b')",
        ),
        *(
            'States.Array("a")',
            "States.Array(a)",
            "States.Array('\\n')",
            "States.Array('a)",
            "States.Array(1) x",
        ),
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_what_is_no_call(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_template({"v.$": text})


@settings(deadline=None)
@given(st.text("States.Aray()Form1,' ${}[]\\-", max_size=16))
def test_any_text_is_a_call_or_refused(text: str) -> None:
    try:
        run = compile_template({"v.$": "States." + text})
    except ExpressionSyntaxError:
        return
    try:
        run({}, SimpleScope())
    except ExpressionError as caught:
        error = caught
    else:
        return
    assert error.error in {"States.Runtime", "States.IntrinsicFailure"}
