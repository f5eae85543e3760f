"""The error of this package."""

from __future__ import annotations

__all__ = ["LocalError"]


class LocalError(Exception):
    """What keeps a workflow from running here, in one line: the run itself has no answer for it."""

    exit_code = 1
