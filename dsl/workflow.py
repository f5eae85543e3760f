"""`MapWorkflow`: a list, a worker, and how they meet."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .duration import Duration, PositiveDuration
from .model import Model
from .sources.base import Source
from .workers.base import Worker

__all__ = ["MapWorkflow"]


class MapWorkflow(Model):
    """A map pipeline: every item of `source` goes to `worker`, `max_concurrency` at a time.

    Raises pydantic's `ValidationError` for a value that is not allowed; a module loaded by the compiler gets every
    such mistake reported at the line that holds it.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")] = Field(
        description="name of the workflow, its build folder and its stack: a letter, then up to 62 of a-z A-Z 0-9 _ -"
    )
    source: Source = Field(description="where the items come from")
    worker: Worker = Field(description="what handles each item")
    wait: Duration = Field(0, description="seconds to wait before each item's worker starts")
    max_concurrency: int = Field(
        0, ge=0, le=99_999_999, description="items handled at once; 0 for as many as Step Functions can"
    )
    timeout: PositiveDuration | None = Field(
        None, description="seconds after which the whole execution fails with States.Timeout"
    )
    comment: str | None = Field(None, description="what the workflow is for")
