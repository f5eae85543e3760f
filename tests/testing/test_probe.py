"""What `fanfold test` makes items from: the shape of samples."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fanfold.testing.probe import items_like
from fanfold.testing.strategies import items


def shape(value: Any) -> Any:
    """A value without its values: what an item like it has in common with it."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return type(value).__name__


def fits(value: Any, samples: list[Any]) -> bool:
    """Whether the value has the shape of the samples, member by member."""
    alike = [one for one in samples if type(one) is type(value)]
    if isinstance(value, dict):
        return all(
            fits(member, [one[name] for one in alike if name in one]) for name, member in value.items()
        )
    if isinstance(value, list):
        inner = [item for one in alike for item in one]
        return bool(alike) and all(fits(item, inner) for item in value)
    return bool(alike)


@given(st.data(), items(min_size=1))
def test_items_have_the_shape_of_their_samples(data: st.DataObject, samples: list[Any]) -> None:
    found = data.draw(items_like(samples))
    assert fits(found, samples)
    assert json.loads(json.dumps(found)) == found


@given(st.data())
def test_a_member_that_all_have_is_never_missing(data: st.DataObject) -> None:
    found = data.draw(items_like([{"id": 1, "note": "x"}, {"id": 2}]))
    assert set(found) in ({"id"}, {"id", "note"})
    assert type(found["id"]) is int
