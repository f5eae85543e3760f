"""How functions behave."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ..cases import Answer, Behaviour
from .values import json_values

__all__ = ["ERRORS", "task_behaviours"]

ERRORS = ("Boom", "Crash")
"""Names that generated functions fail with, and that generated `Retry` and `Catch` look for."""


def task_behaviours(
    results: st.SearchStrategy[Any] | None = None,
    *,
    seconds: st.SearchStrategy[float] | None = None,
    failures: bool = True,
    hangs: bool = False,
) -> st.SearchStrategy[Behaviour]:
    """Functions that give back what they are asked or one of `results`, fail, or fail a few times and are fine then.

    `seconds` are the durations of single answers (default: all zero); `hangs` lets functions never answer, which only
    a backend with a virtual clock can wait for.
    """
    times = seconds if seconds is not None else st.just(0.0)
    fine = st.builds(Answer, st.just("echo"), seconds=times) | st.builds(
        Answer, st.just("return"), results if results is not None else json_values(4), seconds=times
    )
    steady = fine.map(Behaviour)
    failing = st.builds(Answer, st.just("fail"), error=st.sampled_from(ERRORS), seconds=times)
    if hangs:
        failing |= st.just(Answer("hang"))
    if not failures:
        return steady
    flaky = st.builds(
        lambda bad, good: Behaviour(*bad, good), st.lists(failing, min_size=1, max_size=3), fine
    )
    return steady | failing.map(Behaviour) | flaky
