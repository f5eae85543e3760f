"""Names that a package exports and imports on first use (PEP 562), so that nobody pays for what nobody names.

The package tells type checkers the same names, under `TYPE_CHECKING`; a test holds the two lists together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from sys import modules
from typing import Any

__all__ = ["lazy_exports"]


def lazy_exports(
    package: str, homes: Mapping[str, Iterable[str]]
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` and `__dir__` of `package`; `homes` are the names by the module that has them."""
    home_of = {name: home for home, names in homes.items() for name in names}
    exported = sorted(home_of)

    def getattribute(name: str) -> Any:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home}"), name)
        setattr(modules[package], name, value)
        return value

    return exported, getattribute, lambda: exported
