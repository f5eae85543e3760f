"""The one error of this package."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["CompileError"]


class CompileError(Exception):
    """What the author must mend: one line per problem, each `file:line:column: message` where a place is known.

    `exit_code` is 1 for a workflow that is wrong and 2 for a command that was used wrongly.
    """

    def __init__(self, problems: str | Iterable[str], *, exit_code: int = 1) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        self.exit_code = exit_code
        super().__init__("\n".join(self.problems))
