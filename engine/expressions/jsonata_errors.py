"""Errors of JSONata, with the codes and sentences of its reference implementation.

https://github.com/jsonata-js/jsonata: AWS passes `code: sentence` on.
"""

from __future__ import annotations

import re
from typing import Any

from .values import to_json

__all__ = ["JsonataError", "ResultTypeError", "out_of_memory", "out_of_stack", "out_of_time"]

_SLOT = re.compile(r"\{\{\{?\w+\}?\}\}")


class ResultTypeError(Exception):
    """An expression whose result is a function, which is no JSON."""


class JsonataError(Exception):
    """An expression that cannot be parsed or evaluated. The text is `code: sentence`, or a sentence where AWS has no
    code.
    """

    def __init__(self, code: str, *values: Any, detail: str | None = None) -> None:
        super().__init__(code, *values)
        self.code = code
        self.values = values
        self.detail = detail

    def __str__(self) -> str:
        sentence = self.detail or self._sentence()
        return f"{self.code}: {sentence}" if self.code else sentence

    def _sentence(self) -> str:
        from jsonata.jexception import JException  # type: ignore[import-untyped]

        # The library's table is the reference's, with its "function" gone over to "Object" on the way through Java.
        template = JException.error_codes.get(self.code, "the expression failed").replace(
            " Object", " function"
        )
        template = template.replace("function structure", "object structure")
        left = iter(self.values)

        def fill(slot: re.Match[str]) -> str:
            value = next(left, None)
            if slot.group().startswith("{{{"):
                return str(value)
            return _shown(value)

        return _SLOT.sub(fill, template)


def out_of_memory() -> JsonataError:
    """What AWS says of an expression that holds too much."""
    return JsonataError(
        "", detail="Expression evaluation memory limit exceeded: Check for excessive memory usage"
    )


def out_of_stack() -> JsonataError:
    """What AWS says of an expression that recurses too deep."""
    words = "Check for non-terminating recursive function. Consider rewriting as tail-recursive"
    return JsonataError("", detail=f"Stack overflow error: {words}")


def out_of_time() -> JsonataError:
    """What AWS says of an expression that does not end."""
    return JsonataError("", detail="Expression evaluation timeout: Check for infinite loop")


def _shown(value: Any) -> str:
    try:
        return to_json(value)
    except (TypeError, ValueError, RecursionError):
        return str(value)
