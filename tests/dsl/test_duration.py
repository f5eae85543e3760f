"""Durations: any spelling of whole seconds in range, and nothing else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fanfold.dsl import LambdaFunction, MapWorkflow
from fanfold.dsl.duration import LONGEST


def wait(value: object) -> object:
    workflow = MapWorkflow(
        name="w", source={"type": "Items", "items": []}, worker=LambdaFunction(function="f"), wait=value
    )
    return workflow.wait


def iso(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"PT{hours}H{rest // 60}M{rest % 60}S"


@given(st.integers(0, LONGEST))
def test_every_spelling_means_the_same(seconds: int) -> None:
    assert {wait(seconds), wait(float(seconds)), wait(timedelta(seconds=seconds)), wait(iso(seconds))} == {
        seconds
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P1D", 86_400), ("P2W", 1_209_600), ("P1DT1H", 90_000), ("PT0S", 0), ("PT90M", 5400), ("PT1.0S", 1)],
)
def test_iso_8601(text: str, seconds: int) -> None:
    assert wait(text) == seconds


@given(
    st.one_of(
        st.integers(max_value=-1),
        st.integers(min_value=LONGEST + 1),
        st.floats().filter(lambda x: x != x or x != int(x) if abs(x) < 1e300 else True),
        st.booleans(),
        st.none(),
        st.sampled_from(
            ["", "P", "PT", "2", "PT1", "P1Y", "1h", "PT1.5S", "PT1S ", "-PT1S", "PT" + "9" * 40 + "S"]
        ),
        st.builds(timedelta, microseconds=st.integers(1, 999_999)),
    )
)
def test_anything_else_is_refused_with_what_is_allowed(value: object) -> None:
    with pytest.raises(ValidationError, match="expected whole seconds from 0 to 99999999"):
        wait(value)
