"""A history as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fanfold.engine import StepReader

__all__ = ["history_lines"]


def history_lines(events: Iterable[Mapping[str, Any]]) -> list[str]:
    """One line for each event, as `str` of a `Step`: what snapshots hold and differences show."""
    return [str(step) for step in map(StepReader().read, events)]
