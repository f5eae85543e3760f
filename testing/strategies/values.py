"""JSON values."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

__all__ = ["items", "json_values", "names", "numbers", "texts"]

numbers = st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6).map(lambda number: round(number, 3) + 0.0)
"""Numbers that every implementation writes as it read them."""
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["$.a", "$$.Execution.Id", "States.UUID()", "{% $states.input %}", "{%", "${Name}", "é🙂", "\\'\"`"]
)
"""Any text, and texts that look like something else."""
names = st.text("abcXYZ_01 -'\"`é", min_size=1, max_size=4)
"""Names of members; none ends as the key of an expression does."""


@cache
def json_values(max_leaves: int = 6) -> st.SearchStrategy[Any]:
    """JSON values of every kind, nested, with up to about `max_leaves` scalars."""
    scalars = st.none() | st.booleans() | numbers | texts
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=max_leaves,
    )


def items(
    values: st.SearchStrategy[Any] | None = None, *, min_size: int = 0, max_size: int = 5
) -> st.SearchStrategy[list[Any]]:
    """Lists to map over, of `values` (default: JSON values of every kind)."""
    return st.lists(values if values is not None else json_values(), min_size=min_size, max_size=max_size)
