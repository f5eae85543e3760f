"""`State`: the family of state types, and the fields they share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, StrictBool

from ..model import Asl, Family, Note, kind_of
from ..values import Json

__all__ = ["Flow", "QueryLanguage", "Shaping", "State"]

QueryLanguage = Literal["JSONPath", "JSONata"]


class State(Asl, Family):
    """One state. Numbers may be `${...}` placeholders or JSONata expressions, so they may be text.

    https://states-language.net/#states-fields
    """

    family = "a state"
    tag = "Type"
    members: ClassVar[tuple[str, ...]] = (
        "Task",
        "Pass",
        "Map",
        "Parallel",
        "Choice",
        "Wait",
        "Succeed",
        "Fail",
    )

    comment: str | None = Field(default=None, description="a note for readers")
    query_language: QueryLanguage | None = Field(
        default=None, description="JSONPath or JSONata, where it differs from the machine's"
    )

    def to_asl(self, note: Note | None = None) -> dict[str, Any]:
        """The state as ASL: `Type` first, where it goes last."""
        made = super().to_asl(note)
        first = ("Comment", "QueryLanguage", "Resource")
        last = ("Next", "End")
        ordered = {"Type": kind_of(self)}
        ordered |= {name: made[name] for name in first if name in made}
        ordered |= {name: value for name, value in made.items() if name not in last}
        ordered |= {name: made[name] for name in last if name in made}
        if note is not None:
            note(ordered, self)
        return ordered


class Shaping(State):
    """What every state but Fail has: input and output."""

    input_path: str | None = Field(default=None, description="part of the input to work on (JSONPath)")
    output_path: str | None = Field(default=None, description="part of the output to pass on (JSONPath)")
    output: Json = Field(default=None, description="the state's output (JSONata)")


class Flow(Shaping):
    """What every state but Choice, Succeed and Fail has: where to go next."""

    assign: dict[str, Json] | None = Field(default=None, description="variables to set")
    next: str | None = Field(default=None, description="name of the state that follows")
    end: StrictBool | None = Field(default=None, description="True if the machine, or the branch, ends here")
