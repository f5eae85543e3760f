"""Items kept in a DynamoDB table."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .base import Source

__all__ = ["DynamoDBList", "TableName"]

TableName = Annotated[str, StringConstraints(min_length=3, max_length=255, pattern=r"^[a-zA-Z0-9_.-]+$")]
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""


class DynamoDBList(Source):
    """A list kept in one attribute of one row; items arrive as DynamoDB writes them, such as `{"S": "x"}`."""

    table: TableName = Field(description="name of the table, 3 to 255 of a-z A-Z 0-9 _ . -")
    key: dict[str, str] = Field(
        min_length=1,
        max_length=1,
        description="the row: its partition key's name and value, such as {'id': 'today'} (a string key)",
    )
    attribute: str = Field(min_length=1, description="attribute of the row that holds the list")
    existing: bool = Field(
        default=False, description="True refers to a table that exists; False makes it with the stack"
    )
