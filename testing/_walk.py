"""Every state of a definition, however deep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

__all__ = ["PlacedState", "escaped", "scopes_of", "walk"]


class PlacedState(NamedTuple):
    """A state, its name, and its JSON pointer in the definition."""

    pointer: str
    name: str
    state: Mapping[str, Any]


def walk(definition: Mapping[str, Any], pointer: str = "") -> Iterator[PlacedState]:
    """The states of a definition, a processor or a branch and of the scopes inside, outer ones first."""
    for name, state in definition.get("States", {}).items():
        place = f"{pointer}/States/{escaped(name)}"
        yield PlacedState(place, name, state)
        for inner, scope in scopes_of(state):
            yield from walk(scope, place + inner)


def scopes_of(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The scopes inside a state with their pointers from it: a Map has one, a Parallel one for each branch."""
    if state.get("Type") == "Map":
        key = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        yield f"/{key}", state.get(key, {})
    elif state.get("Type") == "Parallel":
        for index, branch in enumerate(state.get("Branches", [])):
            yield f"/Branches/{index}", branch


def escaped(name: str) -> str:
    """A name as a token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
