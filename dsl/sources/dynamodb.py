"""Items kept in a DynamoDB table."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StrictBool, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .base import Source

__all__ = ["DynamoDBList", "TableName"]

TableName = Annotated[str, StringConstraints(min_length=3, max_length=255, pattern=r"^[a-zA-Z0-9_.-]+$")]
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
AttributeName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
KeyValue = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""


class DynamoDBList(Source):
    """A list kept in one attribute of one row; items arrive as DynamoDB writes them, such as `{"S": "x"}`."""

    table: TableName = Field(description="name of the table, 3 to 255 of a-z A-Z 0-9 _ . -")
    key: dict[AttributeName, KeyValue] = Field(
        min_length=1,
        max_length=1,
        description="the row: its partition key's name and value, such as {'id': 'today'} (a string key)",
    )
    attribute: str = Field(min_length=1, description="attribute of the row that holds the list")
    existing: StrictBool = Field(
        default=False, description="True refers to a table that exists; False makes it with the stack"
    )

    @model_validator(mode="after")
    def _list_beside_key(self) -> Self:
        if self.attribute in self.key:
            raise PydanticCustomError(
                "attribute",
                "attribute '{name}' is the key of the row; the list needs an attribute of its own",
                {"name": self.attribute},
            )
        return self
