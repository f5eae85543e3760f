"""What makes a picture of `$formatNumber` wrong, which jsonata-python sees only in part.

https://www.w3.org/TR/xpath-functions-31/#syntax-of-picture-string. Where several rules are broken AWS names the last,
as the reference implementation does: https://github.com/floci-io/floci/issues/2737.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .jsonata_errors import JsonataError

__all__ = ["check_picture"]

_DEFAULTS = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "percent": "%",
    "per-mille": "\u2030",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


def check_picture(picture: str, options: Mapping[str, Any]) -> None:
    """Raise JsonataError for a picture string that breaks a rule. `options` replace characters by name."""
    signs = {
        name: options[name] if isinstance(options.get(name), str) else sign
        for name, sign in _DEFAULTS.items()
    }
    if not all(len(sign) == 1 for name, sign in signs.items()):
        return
    parts = picture.split(signs["pattern-separator"])
    if len(parts) > 2:
        raise JsonataError("D3080")
    for part in parts:
        broken = list(_broken(part, signs))
        if broken:
            raise JsonataError(broken[-1])


def _broken(picture: str, signs: Mapping[str, str]) -> Iterator[str]:
    """The codes of the rules that a sub-picture breaks, in the order of the rules."""
    decimal, grouping, optional = signs["decimal-separator"], signs["grouping-separator"], signs["digit"]
    percents, mantissa_signs = (signs["percent"], signs["per-mille"]), {decimal, grouping, optional}
    zero = ord(signs["zero-digit"])
    digits = {chr(zero + digit) for digit in range(10)}
    active = [at for at, sign in enumerate(picture) if sign in digits or sign in mantissa_signs]
    # Prefix and suffix go up to the first and from the last character that stands for something.
    start, end = (active[0], active[-1] + 1) if active else (0, len(picture))
    body = picture[start:end]
    mantissa, exponential, exponent = body.partition(signs["exponent-separator"])
    integer, point, fraction = mantissa.partition(decimal)

    for code, sign in zip(("D3081", "D3082", "D3083"), (decimal, *percents), strict=True):
        if picture.count(sign) > 1:
            yield code
    if all(sign in picture for sign in percents):
        yield "D3084"
    if not any(sign in digits or sign == optional for sign in mantissa):
        yield "D3085"
    if not set(body) <= digits | mantissa_signs | {signs["exponent-separator"]}:
        yield "D3086"
    if point and grouping in (integer[-1:], fraction[:1]):
        yield "D3087"
    if not point and integer.endswith(grouping):
        yield "D3088"
    if grouping * 2 in picture:
        yield "D3089"
    if not digits.isdisjoint(integer.partition(optional)[0]) and optional in integer:
        yield "D3090"
    if optional in fraction and not digits.isdisjoint(fraction.rpartition(optional)[2]):
        yield "D3091"
    if exponential and any(sign in picture for sign in percents):
        yield "D3092"
    if exponential and not (exponent and digits.issuperset(exponent)):
        yield "D3093"
