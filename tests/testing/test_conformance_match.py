"""The comparator of recorded cases."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.testing._conformance_match import difference, matches

REFERENCE = Path(__file__).parents[3] / "shared/conformance/compare.py"
TOKENS = ["<uuid:1>", "<uuid:12>", "date", "timestamp", "RequestId"]

texts = st.sampled_from(
    ["", "a", "date", "update", "x date y", "<uuid:1>", "id <uuid:1>.", "timestamp", "1", "[1]"]
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([1.0, 0.5]), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    if not REFERENCE.exists():
        pytest.skip("the reference comparator ../shared/conformance/compare.py is not there")
    spec = importlib.util.spec_from_file_location("reference_compare", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(value=values)
@settings(deadline=None)
def test_a_value_agrees_with_itself_and_with_its_json_text(value: Any) -> None:
    assert matches(value, value)
    if isinstance(value, (dict, list)):
        assert matches(value, json.dumps(value))


@given(expected=values, actual=values)
@settings(deadline=None, max_examples=300)
def test_agrees_with_the_reference(reference: ModuleType, expected: Any, actual: Any) -> None:
    assert matches(expected, actual, TOKENS) == reference.match(expected, actual, TOKENS)


@pytest.mark.parametrize(
    ("expected", "actual", "agrees"),
    [
        (1, 1.0, True),
        (1, True, False),
        (True, 1, False),
        (None, False, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        ("<uuid:1>", 7, True),
        ("timestamp", {"any": "value"}, True),
        ("a timestamp", "a thing", False),
        ("at date.", "at noon.", True),
        ("update", "up to it", False),
        ("id <uuid:1>!", "id !", False),
        ("id <uuid:12>!", "id 7!", True),
        ({"<uuid:1>-key": 1}, {"x-key": 1}, True),
        ({"a": [1]}, '{"a": [1]}', True),
        ("{}", {}, False),
    ],
)
def test_examples(expected: Any, actual: Any, agrees: bool) -> None:
    assert matches(expected, actual, TOKENS) is agrees


def test_says_where_the_difference_is() -> None:
    assert difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == "at /a/1/b: expected 2, got 3"
