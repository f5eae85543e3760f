"""The `${Name}` of a definition that a deployment fills, as SAM, CDK and Terraform write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["fill", "substitutions_in"]

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")


def substitutions_in(text: str) -> list[str]:
    """The names in a text, each once, in their order."""
    return list(dict.fromkeys(_SUBSTITUTION.findall(text)))


def fill(value: Any, values: Mapping[str, str]) -> Any:
    """A JSON value with each `${Name}` in its texts that `values` has replaced by its value."""
    if isinstance(value, str):
        return _SUBSTITUTION.sub(lambda match: values.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {name: fill(member, values) for name, member in value.items()}
    if isinstance(value, list):
        return [fill(member, values) for member in value]
    return value
