"""Python's recursion limit, raised for the moment that a JSONata expression recurses, and put back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from .scope import Scope

__all__ = ["deep_stack", "with_deep_stack"]

_FRAMES = 10_000
"""What jsonata-python sets for the whole process when it is imported."""
Result = TypeVar("Result")


@contextmanager
def deep_stack() -> Iterator[None]:
    """Room for recursion of some thousand calls; the limit is as it was afterwards, whatever happens inside."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def with_deep_stack(evaluate: Callable[[Scope], Result]) -> Callable[[Scope], Result]:
    """The same evaluation with room for recursion."""

    def run(scope: Scope) -> Result:
        with deep_stack():
            return evaluate(scope)

    return run
