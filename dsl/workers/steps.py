"""Several states per item."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from pydantic_core import PydanticCustomError, core_schema

from ..model import by_position
from ..schema import reference
from ..states.base import State
from .base import Worker

__all__ = ["Step", "Steps"]


class _Step:
    """Annotation: a worker or a state."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [reference(Worker), reference(State)]}

    def validate(self, value: Any) -> Worker | State:
        if isinstance(value, State) or (isinstance(value, dict) and "Type" in value):
            return State.accept(value)
        if isinstance(value, Worker | dict):
            return Worker.accept(value)
        raise PydanticCustomError("step", "expected a worker or a state")


Step = Annotated[Any, _Step()]


class Steps(Worker):
    """Workers and states by name, one after the other: `Steps({"Resize": LambdaFunction(...), "Tag": ...})`.

    A state that sets `next` or `end` (or is a Choice) decides for itself; any other goes on with the one below it.
    """

    steps: dict[str, Step] = Field(min_length=1, description="workers and states by name, in order")

    def __init__(self, steps: Any = None, /, **data: Any) -> None:
        """The steps may be given by position."""
        super().__init__(**by_position(data, steps=steps))
