"""`MapWorkflow`: a whole pipeline."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .duration import PositiveDuration
from .mapping import Mapping

__all__ = ["MapWorkflow"]


class MapWorkflow(Mapping):
    """A map pipeline: every item of `source` goes to `worker`, `max_concurrency` at a time.

    Raises pydantic's `ValidationError` for a value that is not allowed; a module loaded by the compiler gets
    every such mistake reported at the line that holds it.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")] = Field(
        description="name of the workflow, its build folder and its stack: "
        "a letter, then up to 62 of A-Z a-z 0-9 _ -"
    )
    timeout: PositiveDuration | None = Field(
        default=None, description="seconds after which the whole execution fails with States.Timeout"
    )
    query_language: Literal["JSONPath", "JSONata"] = Field(
        default="JSONPath", description="language of the expressions in the definition; both behave the same"
    )
    comment: str | None = Field(default=None, description="what the workflow is for")
