"""Items that come with the execution or with the definition."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from ..model import by_position
from ..ref import Ref
from ..values import Json
from .base import Source

__all__ = ["ExecutionInput", "Items"]


class ExecutionInput(Source):
    """A list in the execution's input."""

    path: Annotated[str, StringConstraints(pattern=r"^\$([.\[].*)?$")] = Field(
        default="$",
        description="reference path of the list in the input, such as $.orders; $ if the input is the list",
    )

    def __init__(self, path: Any = None, /, **data: Any) -> None:
        """The path may be given by position: `ExecutionInput("$.orders")`."""
        super().__init__(**by_position(data, path=path))

    @field_validator("path")
    @classmethod
    def _reference_path(cls, path: str) -> str:
        try:
            Ref(path)
        except ValueError as error:
            raise PydanticCustomError("reference_path", "{text}", {"text": str(error)}) from None
        return path


class Items(Source):
    """A list written in the definition itself."""

    items: list[Json] = Field(description="the items: any JSON values")

    def __init__(self, items: Any = None, /, **data: Any) -> None:
        """The items may be given by position: `Items([1, 2, 3])`."""
        super().__init__(**by_position(data, items=items))
