"""The iterations of an execution that is being watched: one line that changes on a terminal, lines elsewhere."""

from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from fanfold.deploy.operations import Progress

__all__ = ["ProgressLine", "progress_text"]

_BAR = 24


def progress_text(progress: "Progress") -> str:
    """`[########................] 1 of 3 done, 1 running`, and how many failed if any did."""
    done = progress.succeeded + progress.failed
    filled = _BAR * done // progress.total if progress.total else 0
    bar = "#" * filled + "." * (_BAR - filled)
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"[{bar}] {done} of {progress.total} done, {progress.started - done} running{failed}"


class ProgressLine:
    """Shows progress on a stream; a context manager that leaves the cursor on a fresh line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._shown = ""

    def show(self, progress: "Progress") -> None:
        """Show where it is now, if that is news."""
        text = progress_text(progress)
        if text == self._shown or not progress.total:
            return
        # On a terminal the line is written over, and what is left of a longer one erased.
        self._stream.write(f"\r{text}\x1b[K" if self._terminal else f"{text}\n")
        self._stream.flush()
        self._shown = text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal and self._shown:
            self._stream.write("\n")
            self._stream.flush()
