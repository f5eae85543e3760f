"""Colour on a terminal that wants it, plain text everywhere else (https://no-color.org)."""

import json
import os
import shutil
import sys
from typing import Any, TextIO

__all__ = ["Style", "json_text"]


def json_text(value: Any) -> str:
    """`value` as it is printed: readable text where stdout can hold any, JSON's own escapes where it cannot. What is no
    JSON value, such as the times of an AWS answer, becomes text."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return json.dumps(value, ensure_ascii=encoding != "utf8", indent=2, default=str)


class Style:
    """Colours text for one stream, or leaves it alone; `width` is the columns there are."""

    def __init__(self, stream: TextIO) -> None:
        self.on = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.width = shutil.get_terminal_size().columns if stream.isatty() else 80

    def bold(self, text: str) -> str:
        """A heading."""
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        """What may be skipped."""
        return self._wrap("2", text)

    def red(self, text: str) -> str:
        """What failed."""
        return self._wrap("31", text)

    def green(self, text: str) -> str:
        """What succeeded."""
        return self._wrap("32", text)

    def yellow(self, text: str) -> str:
        """A warning."""
        return self._wrap("33", text)

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text
