"""`StateMachine`: a whole definition."""

from __future__ import annotations

from pydantic import Field, StrictInt

from ..model import Asl
from .base import QueryLanguage, State

__all__ = ["StateMachine", "States"]


class States(Asl):
    """A graph of states with an entrance: a machine, a branch or an item processor."""

    comment: str | None = Field(default=None, description="a note for readers")
    query_language: QueryLanguage | None = Field(default=None, description="JSONPath (default) or JSONata")
    start_at: str = Field(description="name of the first state")
    states: dict[str, State] = Field(min_length=1, description="states by name")


class StateMachine(States):
    """A definition in Amazon States Language, written state by state.

    https://states-language.net/#toplevelfields
    """

    version: str | None = Field(default=None, description="1.0, the only version")
    timeout_seconds: StrictInt | str | None = Field(
        default=None, description="seconds the execution may take"
    )
