"""Pydantic's errors in the author's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from fanfold.dsl.model import Model

from .locations import Locations

__all__ = ["describe", "did_you_mean"]

_LONGEST_VALUE = 40
_SECRET = "environment"


def describe(model: Model, error: ValidationError, locations: Locations | None) -> list[str]:
    """One line per mistake, with the place of the wrong value where `locations` knows it."""
    lines = []
    for detail in error.errors(include_url=False):
        path = tuple(detail["loc"])
        place = locations.find(model, *path) if locations is not None else None
        text = _text(type(model), path, detail)
        lines.append(f"{place}: {text}" if place is not None else text)
    return lines


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """`did you mean 'x'?`, or all that is known where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"did you mean '{near[0]}'?" if near else f"its fields are {', '.join(known)}"


def _text(model: type[Model], path: tuple[int | str, ...], detail: Any) -> str:
    owner = f"{model.__name__}{''.join(f'.{part}' for part in path[:-1])}"
    name = path[-1] if path else None
    kind = detail["type"]
    fields = model.model_fields
    if kind == "extra_forbidden":
        hint = f"; {did_you_mean(str(name), list(fields))}" if len(path) == 1 else ""
        return f"{owner} has no field '{name}'{hint}"
    description = (
        fields[name].description if len(path) == 1 and isinstance(name, str) and name in fields else None
    )
    if kind == "missing":
        return f"{owner} needs '{name}'" + (f": {description}" if description else "")
    message = str(detail["msg"])
    message = message.removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    value = detail.get("input")
    if (
        path
        and isinstance(value, str | int | float)
        and len(repr(value)) <= _LONGEST_VALUE
        and _SECRET not in path
    ):
        message += f", not {value!r}"
    subject = f"{owner}.{name}" if name is not None else owner
    return f"{subject}: {message}" + (f" ({description})" if description else "")
