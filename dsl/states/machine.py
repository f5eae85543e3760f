"""`StateMachine`: a whole definition."""

from __future__ import annotations

from pydantic import Field

from ..model import Model
from .base import QueryLanguage, State

__all__ = ["StateMachine", "States"]


class States(Model):
    """A graph of states with an entrance: a machine, a branch or an item processor."""

    comment: str | None = Field(None, alias="Comment", description="a note for readers")
    query_language: QueryLanguage | None = Field(
        None, alias="QueryLanguage", description="JSONPath (default) or JSONata"
    )
    start_at: str = Field(alias="StartAt", description="name of the first state")
    states: dict[str, State] = Field(alias="States", min_length=1, description="states by name")


class StateMachine(States):
    """A definition in Amazon States Language, written state by state.

    https://states-language.net/#toplevelfields
    """

    version: str | None = Field(None, alias="Version", description="1.0, the only version")
    timeout_seconds: int | str | None = Field(
        None, alias="TimeoutSeconds", description="seconds the execution may take"
    )
