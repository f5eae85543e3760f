"""The closures agree with jsonata-python on generated expressions and inputs, wherever the library is right."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.expressions import ABSENT, SimpleScope
from fanfold.engine.expressions.jsonata_closures import compile_closures
from fanfold.engine.expressions.jsonata_errors import JsonataError
from fanfold.engine.expressions.jsonata_library import compile_with_library, parse

NAMES = ("a", "b", "c")
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-20, 20),
    st.sampled_from([0.5, -1.25, 2.75]),
    st.sampled_from(["", "a", "b", "x y", "12", "-3.5"]),
)


def values(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
        ),
        max_leaves=12,
    )


# The library takes null for undefined in arrays, so generated inputs have none there; see `test_null_is_a_value`.
VALUES = values(SCALARS)
OBJECTS = st.fixed_dictionaries(
    {"a": VALUES, "b": st.one_of(VALUES, st.integers(0, 3))}, optional={"c": VALUES}
)
DOCUMENTS = st.fixed_dictionaries(
    {"a": st.one_of(OBJECTS, st.lists(OBJECTS, max_size=4)), "b": VALUES, "c": SCALARS}
)

LITERALS = st.sampled_from(
    ["1", "0", "2.5", "-3", "'a'", "''", "'12'", "true", "false", "[]", "{}", "[1, 2]"]
)
ROOTS = st.sampled_from(["$states.input", "$states.input.a", "$v", "$w", "$states.input.b", "$missing"])


@st.composite
def paths(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    text = draw(ROOTS)
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.integers(0, 9))
        if kind < 6:
            text += f".{draw(st.sampled_from(NAMES))}"
        elif kind == 6:
            text += f"[{draw(st.sampled_from(['0', '-1', '1', '0.5', 'a', 'b = 1', 'a > 0', '[0..1]']))}]"
        elif kind == 7:
            text += draw(st.sampled_from([".*", "[]", ".**", ".(a)", ".[a, b]", ".$string()", '.{"k": a}']))
        else:
            text += f".({draw(inner)})"
    return text


UNARY = (
    *(
        "count",
        "exists",
        "string",
        "number",
        "boolean",
        "not",
        "type",
        "keys",
        "sum",
        "uppercase",
        "length",
        "max",
    ),
    *("min", "abs", "floor", "reverse", "average", "trim", "merge", "spread", "zip"),
)
BINARY = ("+", "-", "*", "&", "=", "!=", "<", "<=", ">", ">=", "and", "or")


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        paths(inner),
        st.tuples(inner, st.sampled_from(BINARY), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(inner, max_size=2).map(
            lambda items: (
                "{" + ", ".join(f'"{name}": {item}' for name, item in zip(NAMES, items, strict=False)) + "}"
            )
        ),
        st.tuples(st.sampled_from(UNARY), inner).map(lambda t: f"${t[0]}({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"$append({t[0]}, {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"($x := {t[0]}; $y := [$x, {t[1]}]; $y[0])"),
        st.tuples(inner, inner).map(lambda t: f"$map({t[0]}, function($i, $n) {{ [$n, {t[1]}, $i] }})"),
        st.tuples(inner, inner).map(lambda t: f"$filter({t[0]}, function($i) {{ $i = {t[1]} }})"),
        st.tuples(inner, inner).map(lambda t: f"$reduce({t[0]}, function($p, $i) {{ $p & $i }}, {t[1]})"),
        st.tuples(inner).map(lambda t: f"({t[0]} ~> $count())"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}){{$string(a): {t[1]}}}"),
        st.tuples(inner).map(lambda t: f"({t[0]})^(>a)"),
    )


EXPRESSIONS = st.recursive(st.one_of(LITERALS, paths(LITERALS)), combine, max_leaves=6)


def outcome(evaluate: Any, scope: SimpleScope) -> tuple[str, Any]:
    try:
        result = evaluate(scope)
    except JsonataError as error:
        return "error", error.code
    return ("undefined", None) if result is ABSENT else ("value", _typed(result))


def _typed(value: Any) -> Any:
    """Told apart where Python's equality does not: true is not 1."""
    if isinstance(value, list):
        assert type(value) is list
        return [_typed(item) for item in value]
    if isinstance(value, dict):
        assert type(value) is dict
        return {key: _typed(item) for key, item in value.items()}
    return (isinstance(value, bool), value)


@settings(deadline=None, max_examples=200)
@given(EXPRESSIONS, DOCUMENTS, VALUES, st.lists(OBJECTS, max_size=4))
def test_closures_agree_with_the_library(text: str, document: Any, first: Any, second: Any) -> None:
    scope = SimpleScope(input=document, variables={"v": first, "w": second})
    try:
        tree = parse(text)
    except JsonataError:
        return
    closures = compile_closures(tree)
    assert outcome(closures, scope) == outcome(compile_with_library(text), scope)
