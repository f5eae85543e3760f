"""Timestamps: the RFC 3339 profile of the Amazon States Language, what AWS takes for one, and what it writes.

https://states-language.net/spec.html#timestamps
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["format_timestamp", "is_literal_timestamp", "parse_timestamp", "timestamp_nanoseconds"]

_LITERAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_FORM = re.compile(
    r"(\d{4}|\+\d{5,10})(-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{0,9}))?)?"
    r"(?:Z|([+-])(\d\d)(?::(\d\d)(?::(\d\d))?)?)",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS_OF_400_YEARS = 146_097
_LAST_DAY = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).days
_GREATEST_YEAR = 999_999_999


def is_literal_timestamp(text: str) -> bool:
    """Whether a definition may hold the text as a timestamp: a capital T, a capital Z or hours and minutes."""
    if _LITERAL.fullmatch(text) is None:
        return False
    try:
        timestamp_nanoseconds(text)
    except ValueError:
        return False
    return True


def timestamp_nanoseconds(text: str) -> int:
    """Nanoseconds since the Unix epoch, exactly. Raises ValueError where AWS finds no timestamp.

    In data AWS asks for what it calls the ISO-8601 extended offset date-time format, which is the name of a format
    of Java: any case of letters, minutes and seconds of the offset as one likes, up to nine digits of a second.
    https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/time/format/DateTimeFormatter.html
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"not an RFC 3339 timestamp: {text}")
    year, day, hour, minute, second, fraction, sign, *offsets = found.groups()
    if int(year) > _GREATEST_YEAR:
        raise ValueError(f"not a year of a timestamp: {text}")
    # The calendar repeats itself every 400 years, and `datetime` knows those from 1 to 9999 only.
    cycles, within = divmod(int(year), 400)
    moment = datetime.fromisoformat(f"{within + 2000:04d}{day}").replace(
        hour=int(hour), minute=int(minute), second=int(second or 0), tzinfo=UTC
    )
    seconds = (moment - _EPOCH) // timedelta(seconds=1) + (cycles - 5) * _DAYS_OF_400_YEARS * 86_400
    if sign:
        hours, minutes, rest = (int(part or 0) for part in offsets)
        offset = hours * 3600 + minutes * 60 + rest
        if offset > 18 * 3600 or minutes > 59 or rest > 59:
            raise ValueError(f"not an offset from UTC: {text}")
        seconds -= offset if sign == "+" else -offset
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def parse_timestamp(text: str) -> float:
    """Seconds since the Unix epoch. Raises ValueError where AWS finds no timestamp."""
    return timestamp_nanoseconds(text) / 1_000_000_000


def format_timestamp(seconds: float) -> str:
    """The moment as the context object and item readers write it: UTC, milliseconds, `Z`."""
    milliseconds = round(seconds * 1000)
    # Years after 9999, which virtual time can reach and `datetime` cannot, are moved by whole cycles of 400 years.
    days, rest = divmod(milliseconds, 86_400_000)
    cycles = 0
    while days > _LAST_DAY:
        cycles += 1
        days -= _DAYS_OF_400_YEARS
    moment = _EPOCH + timedelta(days=days, milliseconds=rest)
    year = f"{moment.year:04d}" if cycles == 0 else f"+{moment.year + 400 * cycles}"
    return f"{year}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
