"""Timestamps: the RFC 3339 profile of the Amazon States Language, and the one AWS writes.

https://states-language.net/spec.html#timestamps
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = ["format_timestamp", "parse_timestamp", "timestamp_nanoseconds"]

_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS_OF_400_YEARS = 146_097
_LAST_DAY = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).days


def timestamp_nanoseconds(text: str) -> int:
    """Nanoseconds since the Unix epoch, exactly. Raises ValueError where AWS finds no timestamp.

    AWS asks for the extended offset date-time of ISO 8601: a capital T, a capital Z or an offset in hours and
    minutes, up to nine digits of a second.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"not an RFC 3339 timestamp: {text}")
    day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = found.groups()
    moment = datetime.fromisoformat(day).replace(
        hour=int(hour), minute=int(minute), second=int(second or 0), tzinfo=UTC
    )
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    if sign:
        offset = int(offset_hours) * 60 + int(offset_minutes)
        if offset > 18 * 60 or int(offset_minutes) > 59:
            raise ValueError(f"not an offset from UTC: {text}")
        seconds -= offset * 60 if sign == "+" else -offset * 60
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
