"""Every state of a definition, however deep. What does not have the shape of a state or a scope is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .asl_positions import escape

__all__ = ["PlacedState", "scopes_of", "walk"]


class PlacedState(NamedTuple):
    """A state, its name, and its JSON pointer in the definition."""

    pointer: str
    name: str
    state: Mapping[str, Any]


def walk(definition: Any, pointer: str = "") -> Iterator[PlacedState]:
    """The states of a definition, a processor or a branch and of the scopes inside, outer ones first."""
    states = definition.get("States") if isinstance(definition, Mapping) else None
    for name, state in states.items() if isinstance(states, Mapping) else ():
        if isinstance(state, Mapping):
            place = f"{pointer}/States/{escape(name)}"
            yield PlacedState(place, name, state)
            for inner, scope in scopes_of(state):
                yield from walk(scope, place + inner)


def scopes_of(state: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The scopes inside a state with their pointers from it: a Map has one, a Parallel one for each branch."""
    if state.get("Type") == "Map":
        key = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        yield f"/{key}", state.get(key)
    elif state.get("Type") == "Parallel" and isinstance(state.get("Branches"), list):
        for index, branch in enumerate(state["Branches"]):
            yield f"/Branches/{index}", branch
