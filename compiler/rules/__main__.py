"""Writes docs/rules.md: `python -m fanfold.compiler.rules docs/rules.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from ..check import rules_page


def main(arguments: list[str]) -> int:
    """Write the page of all rules to the file named; to the terminal without one."""
    text = rules_page()
    if not arguments:
        print(text, end="")
        return 0
    target = Path(arguments[0])
    scratch = target.with_suffix(".new")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
