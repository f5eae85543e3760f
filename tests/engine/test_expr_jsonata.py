"""JSONata expressions: what the library gets wrong, what AWS adds and refuses, and how they fail."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.expressions import (
    ExpressionError,
    ExpressionSyntaxError,
    SimpleScope,
    compile_jsonata,
    compile_jsonata_template,
)
from fanfold.engine.expressions.jsonata_library import from_library, to_library
from fanfold.engine.expressions.values import number_text

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(-1e9, 1e9), st.text(max_size=5)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=15,
)


def evaluate(text: str, **scope: Any) -> Any:
    return compile_jsonata(text, "Output")(None, SimpleScope(**scope))


def failure(text: str, **scope: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, **scope)
    assert caught.value.error == "States.QueryEvaluationError"
    assert caught.value.location == "Output"
    start = f"The JSONata expression '{text}' specified for the field 'Output' "
    assert caught.value.cause.startswith(start)
    return caught.value.cause.removeprefix(start)


@settings(deadline=None, max_examples=50)
@given(JSON)
def test_what_is_not_touched_comes_out_as_it_went_in(value: Any) -> None:
    scope = {"input": value, "variables": {"v": value}}
    assert evaluate("$states.input", **scope) is value
    assert evaluate("$v", **scope) is value


@settings(deadline=None, max_examples=50)
@given(JSON)
def test_values_survive_the_library(value: Any) -> None:
    assert from_library(to_library(value)) == value


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$states.input.list[$ = null]", [None, None]),
        ("$count($states.input.list)", 3),
        ("[null, $states.input.nothing]", [None, None]),
        ("$states.input.nothing = null", True),
        ("$states.input.missing = null", False),
        ("$type($states.input.nothing)", "null"),
        ("$string($states.input.list)", "[null,1,null]"),
        ("$exists($nothing)", True),
        ("{'a': $nothing, 'b': $missing}", {"a": None}),
        ("$states.input.list.$type($)", ["null", "number", "null"]),
    ],
)
def test_null_is_a_value(text: str, result: Any) -> None:
    scope = {"input": {"list": [None, 1, None], "nothing": None}, "variables": {"nothing": None}}
    assert evaluate(text, **scope) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("5.5 % 2", 1.5),
        ("-5 % 3", -2),
        ("6 / 2", 3),
        ("0.1 + 0.2 & ''", "0.3"),
        ("$string({'a': 'é', 'b': 0.1 + 0.2})", '{"a":"é","b":0.3}'),
        ("$string({'a': [1]}, true)", '{\n  "a": [\n    1\n  ]\n}'),
        ("$lowercase('Straße')", "straße"),
        ("[$lowercase('Straße'), $match('a', /a/).match]", ["straße", "a"]),
        ("$replace('a', /a/, $string(0.1 + 0.2)) & ['x', 'y'].$string()[0]", '0.3["x","y"]'),
        ("1 in [true]", False),
        ("'\uff61' < '\U0001f600'", False),
        ("$round(2.5) & $round(3.5) & $round(-1.25, 1)", "24-1.2"),
        ("$number('0x1f') + $number('1e3') + $number(true)", 1032),
        ("$map([1], function($x) { $x })", 1),
        ("$map([1], function($x) { $x })[]", [1]),
        ("[$states.input.one]", [1]),
        ("$states.input.one", [1]),
        ("$states.input.none", []),
        ("$states.input.nested[0]", [1, 2]),
        ("$sort([3, 1, 2])", [1, 2, 3]),
        ("$sort(['b', 'a'], function($l, $r) { $l > $r })", ["a", "b"]),
        ("$distinct([1, 1.0, true, 'a', 'a'])", [1, True, "a"]),
        ("($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(10))", 3628800),
        ("($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(20000, 0))", 200010000),
        ("($add := function($a) { function($b) { $a + $b } }; $add(1)(2))", 3),
        ("(function($x) { $x + 1 } ~> function($x) { $x * 2 })(3)", 8),
        ("$substring('hello', 1, 3) & $substring('hello', -2)", "elllo"),
        ("$replace('a1b22', /[0-9]+/, '-')", "a-b-"),
        (
            "$states.input.rows ~> $filter(function($r) { $r.n > 1 }) ~> $map(function($r) { $r.k })",
            ["b", "c"],
        ),
        ("$states.input.rows^(>n).k", ["c", "b", "a"]),
        ("$states.input.rows{k: n}", {"a": 1, "b": 2, "c": 3}),
        ("$states.input.rows[-1].k", "c"),
        (
            "$states.input.rows#$i.{'i': $i, 'k': k}",
            [{"i": 0, "k": "a"}, {"i": 1, "k": "b"}, {"i": 2, "k": "c"}],
        ),
        ("$sum($states.input.rows.n) ~> $string()", "6"),
        ("$merge([{'a': 1}, {'b': 2}])", {"a": 1, "b": 2}),
        ("$single([1])", 1),
        ("$map(['a', 'b'], function($v) { $base64encode($v) })", ["YQ==", "Yg=="]),
        ("$map(['a', 'b'], $base64encode)", ["YQ==", "Yg=="]),
        ("$fromMillis(0)", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_expressions_mean_what_jsonata_says(text: str, result: Any) -> None:
    rows = [{"k": "a", "n": 1}, {"k": "b", "n": 2}, {"k": "c", "n": 3}]
    found = evaluate(text, input={"one": [1], "none": [], "nested": [[1, 2], 3], "rows": rows})
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 + 'a'", 'T2002: The right side of the "+" operator must evaluate to a number'),
        ("'a' - 1", 'T2001: The left side of the "-" operator must evaluate to a number'),
        ("1 < 'a'", 'T2009: The values 1 and "a" either side of operator "<" must be of the same data type'),
        ("$nope(1)", "T1006: Attempted to invoke a non-function"),
        ("$eval('1')", "T1006: Attempted to invoke a non-function"),
        ("1 / 0 + 1", "D1001: Number out of range: null"),
        ("0 / 0 + 1", 'T2001: The left side of the "+" operator must evaluate to a number'),
        ("-(1 / 0)", "D1001: Number out of range: null"),
        ("$string(1 / 0)", "D3001: Attempting to invoke string function on Infinity or NaN"),
        ("$number('a')", 'D3030: Unable to cast value to a number: "a"'),
        ("$uppercase(1)", 'T0410: Argument 1 of function "uppercase" does not match function signature'),
        ("$round(null)", 'T0410: Argument 1 of function "round" does not match function signature'),
        ("$pad('a', null)", 'T0410: Argument 2 of function "pad" does not match function signature'),
        ("$error('broken')", "D3137: broken"),
        (
            "$hash('a', 'SHA-3')",
            "D3137: Hash algorithm 'SHA-3' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5",
        ),
        ("$hash(1, 'MD5')", 'T0410: Argument 1 of function "hash" does not match function signature'),
        ("$hash('a', 1)", 'T0410: Argument 2 of function "hash" does not match function signature'),
        ("$hash()", 'T0410: Argument 1 of function "hash" does not match function signature'),
        ("$range(1)", 'T0410: Argument 2 of function "range" does not match function signature'),
        ("$range('0', 4, 1)", 'T0410: Argument 1 of function "range" does not match function signature'),
        ("$range(0, 4, 1, 2)", 'T0410: Argument 4 of function "range" does not match function signature'),
        ("$partition(null, 2)", 'T0412: Argument 1 of function "partition" must be an array of undefined'),
        (
            "$partition([1], 'a')",
            'T0410: Argument 2 of function "partition" does not match function signature',
        ),
        ("$partition([1, 2], -1)", "D3137: Second argument must be zero or greater"),
        ("$parse(null)", 'T0410: Argument 1 of function "parse" does not match function signature'),
        *((f"$parse('{text}')", "D3137: Invalid JSON") for text in ("", " ", "x", "1 2", "1e400")),
        ("""$parse('{"a": 1, "a": 2}')""", "D3137: Invalid JSON"),
        ("$random(1, 2)", 'T0410: Argument 2 of function "random" does not match function signature'),
        ("$uuid('a')", 'T0410: Argument 1 of function "uuid" does not match function signature'),
    ],
)
def test_errors_have_the_codes_of_jsonata(text: str, sentence: str) -> None:
    assert failure(text) == f"threw an error during evaluation. {sentence}"


@pytest.mark.parametrize("text", ["$missing", "$states.input.a.b", "[][0]", "$states.result"])
def test_nothing_is_an_error(text: str) -> None:
    assert failure(text, input={"a": 1}) == "returned nothing (undefined)."


@pytest.mark.parametrize("text", ["function($x) { $x }", "$sum", "$substring(?, 1)"])
def test_a_function_is_no_result(text: str) -> None:
    assert failure(text) == "returned an unsupported result type."


@pytest.mark.parametrize("text", ["1 +", "(", "'open", "$a[", "{'a' 1}", "", "a ? b :"])
def test_what_cannot_be_parsed_is_refused(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError, match="is not a JSONata expression"):
        compile_jsonata(text, "Output")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("($f := function($x) { $f($x) }; $f(1))", "Expression evaluation timeout: Check for infinite loop"),
        (
            "($f := function($x) { 1 + $f($x) }; $f(1))",
            "Stack overflow error: Check for non-terminating recursive function. "
            "Consider rewriting as tail-recursive",
        ),
        *(
            (text, "Expression evaluation memory limit exceeded: Check for excessive memory usage")
            for text in ("[1..873783]", "$range(1, 360146, 1)", "$range(0, -1e12, -1)")
        ),
    ],
)
def test_an_expression_has_its_limits(text: str, sentence: str) -> None:
    """In AWS's words, which have no code: https://github.com/floci-io/floci/issues/2737."""
    assert failure(text) == f"threw an error during evaluation: {sentence}"


RECURSIVE = "($f := function($n) {{ $n = 0 ? 0 : 1 + $f($n - 1) }}; $f({}))"


@pytest.mark.parametrize("library", [False, True])
@pytest.mark.parametrize(
    "nested",
    [
        lambda n: "+".join(["1"] * (n + 1)),
        lambda n: "(" * n + "1" + ")" * n,
        lambda n: "[" * n + "1" + "]" * n,
        lambda n: "1" + " ~> $abs()" * n,
        lambda n: f"$map([1], function($x) {{ {'-' * (n - 1)}$x }})",
        lambda n: RECURSIVE.format((n - 6) // 3),
    ],
)
def test_an_expression_nests_a_hundred_deep(nested: Callable[[int], str], library: bool) -> None:
    """As deep as AWS was measured to go: https://github.com/floci-io/floci/issues/2737."""
    before, after = ("[", ", $replace('', /a/, '')]") if library else ("", "")
    evaluate(before + nested(99 - library) + after)
    assert "Stack overflow error" in failure(before + nested(102) + after)
    if not library:
        assert "Stack overflow error" in failure(nested(102 if "$f" in nested(99) else 100))


def test_calls_in_tail_position_do_not_nest() -> None:
    assert (
        evaluate("($f := function($n, $all) { $n = 0 ? $all : $f($n - 1, $all + 1) }; $f(5000, 0))") == 5000
    )


@pytest.mark.parametrize("text", ["", " & $replace('', /a/, '')"])
def test_recursion_leaves_the_limit_alone(text: str) -> None:
    limit = sys.getrecursionlimit()
    assert evaluate(RECURSIVE.format(31) + text) == ("31" if text else 31)
    with pytest.raises(ExpressionSyntaxError):
        compile_jsonata("(" * 20_000 + ")" * 20_000 + text, "Output")
    assert sys.getrecursionlimit() == limit


def test_states_and_its_members() -> None:
    scope: dict[str, Any] = {"input": {"a": 1}, "context": {"State": {"Name": "S"}}, "result": [1, 2]}
    assert evaluate("$states", **scope) == {
        "input": {"a": 1},
        "context": {"State": {"Name": "S"}},
        "result": [1, 2],
    }
    assert evaluate("$states.context.State.Name", **scope) == "S"
    assert evaluate("$states.result[1]", **scope) == 2
    assert evaluate("$states.errorOutput.Error", error_output={"Error": "E"}) == "E"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$partition([1, 2, 3])", [[1, 2, 3]]),
        ("$partition([1, 2, 3], 2.9)", [[1, 2], [3]]),
        ("$partition([0], 2)", [[0]]),
        ("$range(0, 9, 3)", [0, 3, 6, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(3, 3, 1)", 3),
        ("$append([], $range(1, 9, 9))", [1]),
        ("$range(-1.7, 2.9, 1.9)", [-1, 0, 1, 2]),
        ("$count($range(1, 360145, 1))", 360_145),
        ("$random(0.9) = $random(0)", True),
        ("1 / 0", "Infinity"),
        ("[-1 / 0, 1e308 * 10, {'n': 0 / 0}]", ["-Infinity", "Infinity", {"n": "NaN"}]),
        ("1 / 0 > 1", True),
        ("$parseInteger('x', '0')", "NaN"),
        ("$hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("$parse('{\"a\": [1, null]}').a", [1, None]),
        ("$now()", "2001-09-09T01:46:40.000Z"),
        ("$millis()", 1_000_000_000_000),
        ("$now('[Y0001]')", "2001"),
    ],
)
def test_functions_of_aws(text: str, result: Any) -> None:
    assert evaluate(text, now=1e9) == result


@pytest.mark.parametrize(
    "text",
    [
        *(
            "$partition([], 2)",
            "$partition([1, 2], 0)",
            "$partition([1, 2], -0.5)",
            "$partition($nothing, 2)",
        ),
        *("$range(3, 1, 1)", "$range(1, 3, -1)", "$range(0, 4, 0)", "$range(0, 4)", "$range(0, $nothing, 1)"),
        *("$hash('a')", "$hash($nothing, 'MD5')", "$parse()", "$parse($nothing)"),
    ],
)
def test_functions_of_aws_that_give_nothing(text: str) -> None:
    """As measured on AWS: https://github.com/floci-io/floci/pull/2676."""
    assert failure(text) == "returned nothing (undefined)."


def test_chance_is_the_executions_own() -> None:
    text = "[$random(), $uuid(), $shuffle([1..9])]"
    first, again = (evaluate(text, random=Random(7)) for _ in range(2))
    assert first == again
    assert evaluate(text, random=Random(8)) != first
    # AWS's $random is java.util.Random: with the seed 42 its first double is a well-known one.
    assert evaluate("$random(42)") == evaluate("$random(42)", random=Random(1)) == 0.7275636800328681


def test_a_variable_hides_the_function_of_its_name() -> None:
    assert evaluate("$sum", variables={"sum": 3}) == 3
    assert "T1006" in failure("$sum([1])", variables={"sum": 3})


def test_the_input_is_not_changed() -> None:
    value = {"a": [1, {"b": None}]}
    text = "[$append($states.input.a, 2), $states.input ~> |$|{'a': 3}|, $merge([$states.input, {'a': 0}])]"
    evaluate(text, input=value)
    assert value == {"a": [1, {"b": None}]}


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("{% $states.input.a %}", 1),
        ("{%$states.input.a%}", 1),
        (" {% $states.input.a %}", " {% $states.input.a %}"),
        ("text", "text"),
        (0.1, 0.1),
        (None, None),
        ({"x": "{% 1 + 1 %}", "y": [1, "{% $states.input.a %}"], "z": {}}, {"x": 2, "y": [1, 1], "z": {}}),
        ({"x.$": "$.a"}, {"x.$": "$.a"}),
    ],
)
def test_templates(template: Any, result: Any) -> None:
    assert compile_jsonata_template(template, "Output")(None, SimpleScope(input={"a": 1})) == result


@pytest.mark.parametrize(
    ("template", "location"),
    [({"a": [1, {"b": "{% $missing %}"}]}, "Output/a[1]/b"), ("{% $missing %}", "Output")],
)
def test_errors_name_their_place(template: Any, location: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_jsonata_template(template, "Output")(None, SimpleScope())
    assert caught.value.location == location
    assert f"specified for the field '{location}'" in caught.value.cause


def test_results_are_plain_json_types() -> None:
    found = evaluate("{'a': $states.input.rows.n, 'b': [[1..2]], 'c': {'d': $map([1, 2], $string)}}",
                     input={"rows": [{"n": 1}, {"n": 2}]})  # fmt: skip
    assert found == {"a": [1, 2], "b": [[1, 2]], "c": {"d": ["1", "2"]}}
    assert type(found) is dict
    assert {type(item) for item in (found["a"], found["b"], found["b"][0], found["c"]["d"])} == {list}


@settings(deadline=None)
@given(st.floats(-1e308, 1e308) | st.integers(-(10**300), 10**300))
def test_numbers_are_written_with_fifteen_digits(number: float) -> None:
    expected = float(f"{number:.15g}")
    text = number_text(number)
    assert float(text) == expected
    assert ("e" in text) == (expected != 0 and not 1e-6 <= abs(expected) < 1e21)


TOKENS = [
    "$",
    "$states",
    ".",
    "input",
    "a",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ":",
    ";",
    ",",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "=",
    "!=",
    "<",
    ">=",
    "and",
    "in",
    "?",
    ":=",
    "1",
    "2.5",
    "'x'",
    "null",
    "true",
    "~>",
    "^",
    "@$i",
    "#$j",
    "|",
    "..",
    "function($x){$x}",
    "$sum",
    "$map",
    "$string",
    "$match",
    "$replace",
    "$reduce",
    "$lookup",
    "$sort",
    "$formatNumber",
    "$parse",
    "$pad",
    "/a/i",
    "`",
    "\\",
    "é",
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(TOKENS), max_size=9), st.sampled_from(["", " "]))
def test_any_text_is_evaluated_or_refused(tokens: list[str], space: str) -> None:
    try:
        run = compile_jsonata(space.join(tokens), "Output")
    except ExpressionSyntaxError:
        return
    try:
        result = run(None, SimpleScope(input={"a": [1, None]}))
    except ExpressionError as caught:
        assert caught.error == "States.QueryEvaluationError"  # noqa: PT017 - a result is as good
    else:
        json.dumps(result)


def test_jsonata_is_loaded_only_where_it_is_used() -> None:
    code = """
import sys
from fanfold.engine.expressions import compile_choice, compile_path, compile_template
compile_path("$.a[*]")
compile_template({"a.$": "States.UUID()"})
compile_choice({"Variable": "$.a", "IsNull": True}, "JSONPath")
assert "jsonata" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$single([1, 2, 3], function($v) { $v > 2 })", 3),
        ("$single([4, 5, 6], function($v, $i, $a) { $i = $count($a) - 1 })", 6),
        ("$single(7)", 7),
        ("$single([1..3], function($v) { $v > 1 })", "D3138: The $single() function expected exactly 1"),
        ("$single([1..3], function($v) { $v > 9 })", "D3139: The $single() function expected exactly 1"),
        ("$max([1, 'a'])", 'T0412: Argument 1 of function "max" must be an array of "numbers"'),
        ("$join([1])", 'T0412: Argument 1 of function "join" must be an array of "strings"'),
    ],
)
def test_single_and_arrays_of_a_kind(text: str, result: Any) -> None:
    """https://docs.jsonata.org/higher-order-functions#single; the texts are the reference's."""
    if not isinstance(result, str):
        assert evaluate(text) == result
        return
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    assert f". {result}" in caught.value.cause


@pytest.mark.parametrize("text", ["1 ?: 2", "$x ?? 1", "[(a.b ?? c)]", "$map([1], function($v) { $v?:1 })"])
def test_operators_that_came_after_the_jsonata_of_aws(text: str) -> None:
    """AWS has JSONata 2.0.6: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    with pytest.raises(ExpressionSyntaxError, match="Unknown operator"):
        evaluate(text)


@pytest.mark.parametrize("text", ["'a ?? b ?: c'", "(1 /* ?? */)", "$substring(?, 1)('xa??')", "true ?1:2"])
def test_what_only_looks_like_such_an_operator(text: str) -> None:
    evaluate(text)


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        ("0;0;0", "D3080"),
        ("0.0.0", "D3081"),
        ("%0%", "D3082"),
        ("‰0‰", "D3083"),
        ("0%‰", "D3084"),
        ("", "D3085"),
        ("x", "D3086"),
        ("0x0", "D3086"),
        ("0,.0", "D3087"),
        ("0,", "D3088"),
        ("0,,0", "D3089"),
        ("0#", "D3090"),
        ("0.#0", "D3091"),
        ("0e0%", "D3092"),
        ("0ee0", "D3093"),
    ],
)
def test_pictures_of_numbers_have_rules(picture: str, code: str) -> None:
    assert f"threw an error during evaluation. {code}: " in failure(f"$formatNumber(1, '{picture}')")


@pytest.mark.parametrize(
    ("picture", "text"),
    [
        ("#,##0.00", "1,234.57"),
        ("00.000e0", "12.346e2"),
        ("EUR 0.0 each", "EUR 1234.6 each"),
        ("0%;(0%)", "123457%"),
    ],
)
def test_pictures_of_numbers(picture: str, text: str) -> None:
    assert evaluate(f"$formatNumber(1234.5678, '{picture}')") == text
    assert evaluate(f"$replace($formatNumber(1234.5678, '{picture}'), /z/, '')") == text
