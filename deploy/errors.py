"""The one error of this package."""

from __future__ import annotations

__all__ = ["DeployError"]


class DeployError(Exception):
    """What went wrong on the way to AWS, in one line. `exit_code` is 1, or 2 for wrong usage."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(" ".join(message.split()))
        self.exit_code = exit_code
