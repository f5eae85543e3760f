"""Timestamps, sizes and comparisons of JSON values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine.expressions import (
    ExpressionError,
    SimpleScope,
    compile_path,
    compile_template,
    format_timestamp,
    parse_timestamp,
    payload_size,
    to_json,
)
from fanfold.engine.expressions.timestamps import is_literal_timestamp, timestamp_nanoseconds
from fanfold.engine.expressions.values import identity, json_equal, rounded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5]) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_timestamps_go_and_come_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (
        timestamp_nanoseconds(text)
        == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    )
    assert format_timestamp(parse_timestamp(text)) == text


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1)), st.integers(-1080, 1080))
def test_offsets_are_taken_off(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_timestamp(zoned.isoformat()) == zoned.timestamp()


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2016-03-14",
            "2016-03-14T01:59:00",
            "2016-03-14 01:59:00Z",
            "+2016-03-14T01:59:00Z",
            "2016-03-14T01:59:00+01:00:60",
        ),
        *("2016-13-14T01:59:00Z", "2016-02-30T01:59:00Z", "2016-03-14T25:00:00Z", "2016-03-14T01:59:60Z"),
        *(
            "2016-03-14T01:59:00+0100",
            "2016-03-14T01:59:00+19:00",
            "05-12-2016T21:29:29Z",
            "２016-03-14T01:59:00Z",
        ),
        *("2016-03-14T01:59:00.1234567890Z", " 2016-03-14T01:59:00Z", "2016-03-14T01:59:00Z\n", "today"),
    ],
)
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(ValueError, match=r"timestamp|offset|month|day|hour|minute|second"):
        parse_timestamp(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2016-03-14t01:59:00z", "2016-03-14T01:59:00Z"),
        ("2016-03-14T01:59:00+01", "2016-03-14T00:59:00Z"),
        ("2016-03-14T01:59:00+01:00:30", "2016-03-14T00:58:30Z"),
        ("2016-03-14T01:59:00.Z", "2016-03-14T01:59:00Z"),
        ("0000-03-01T00:00:00Z", None),
        ("+12016-02-29T00:00:00Z", None),
    ],
)
def test_data_may_hold_timestamps_that_a_definition_may_not(text: str, same: str | None) -> None:
    """As Step Functions Local 1.4.0 has it, which like AWS reads them with Java's `ISO_OFFSET_DATE_TIME`."""
    assert not is_literal_timestamp(text) or same is None
    assert same is None or timestamp_nanoseconds(text) == timestamp_nanoseconds(same)
    timestamp_nanoseconds(text)


def test_nanoseconds_and_missing_seconds() -> None:
    assert timestamp_nanoseconds("2016-03-05T21:29:29.243167252Z") % 10**9 == 243_167_252
    assert parse_timestamp("2016-03-14T01:59Z") == parse_timestamp("2016-03-14T01:59:00Z")


def test_time_goes_on_after_the_year_9999() -> None:
    assert format_timestamp(253_402_300_799.999) == "9999-12-31T23:59:59.999Z"
    assert format_timestamp(253_402_300_800) == "+10000-01-01T00:00:00.000Z"
    assert format_timestamp(253_402_300_800 + 400 * 365.2425 * 86400) == "+10400-01-01T00:00:00.000Z"


@settings(deadline=None)
@given(JSON)
def test_sizes_are_bytes_of_compact_json(value: Any) -> None:
    assert json.loads(to_json(value)) == value
    assert payload_size(value) == len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


@settings(deadline=None)
@given(JSON, JSON)
def test_equality_is_that_of_json(left: Any, right: Any) -> None:
    assert json_equal(left, left)
    assert json_equal(left, right) is json_equal(right, left) is (identity(left) == identity(right))


def test_equal_numbers_and_unequal_types() -> None:
    assert json_equal([1, {"a": 2.0}], [1.0, {"a": 2}])
    for left, right in ((1, True), (0, False), (0, None), ("1", 1), ([], {}), ([1], [True])):
        assert not json_equal(left, right)
        assert identity(left) != identity(right)


@pytest.mark.parametrize(
    ("number", "nearest"), [(0.5, 1), (-0.5, 0), (1.5, 2), (-1.5, -1), (2.5, 3), (1.49, 1), (7, 7)]
)
def test_halves_are_rounded_up(number: float, nearest: int) -> None:
    assert rounded(number) == nearest


def test_values_nested_deep_fail_the_expression_only() -> None:
    def deep(value: Any = 1) -> Any:
        for _ in range(20_000):
            value = [value]
        return value

    value = {"a": [{"d": deep()}], "d": deep()}
    with pytest.raises(ExpressionError, match="nested too deep"):
        compile_template({"v.$": "States.ArrayUnique($.d)"})(value, SimpleScope())
    with pytest.raises(ExpressionError, match="nested too deep"):
        compile_path("$.a[?(@.d == $.d)]")(value, SimpleScope())
    assert len(compile_path("$..d")(value, SimpleScope())) == 2
