"""A Lambda function as a worker."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ..duration import FunctionTimeout
from ..values import Template
from .base import TaskWorker

__all__ = ["LambdaFunction"]


class LambdaFunction(TaskWorker):
    """A function: a handler of this repository, deployed with the stack, or one that exists already."""

    handler: Annotated[str, StringConstraints(pattern=r"^[^:]+\.py:[A-Za-z_][A-Za-z0-9_]*$")] | None = Field(
        default=None,
        description="file and function in this repository, such as lambda/topics/handler.py:handler",
    )
    function: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = Field(
        default=None, description="name or ARN of a function that exists already"
    )
    runtime: Literal["python3.10", "python3.11", "python3.12", "python3.13", "python3.14"] = Field(
        default="python3.13", description="Lambda runtime of the handler"
    )
    memory: int = Field(
        default=128, ge=128, le=10_240, description="memory of the function in MB, 128 to 10,240"
    )
    timeout: FunctionTimeout = Field(
        default=30, description="seconds after which Lambda stops an invocation, 1 to 900"
    )
    environment: dict[str, str] = Field(
        default_factory=dict, description="environment variables of the function (not for secrets)"
    )
    permissions: dict[str, list[str]] = Field(
        default_factory=dict,
        description="what the function's role allows: ARNs by IAM action, "
        "such as {'s3:GetObject': ['arn:aws:s3:::my-bucket/*']}",
    )
    payload: Template = Field(
        default=None,
        description="the event: JSON values that may hold Refs; by default the item, or the batch",
    )
    callback: bool = Field(
        default=False,
        description="True waits until someone answers with the task token; "
        "the event is then {'item': ..., 'taskToken': ...} unless payload says otherwise",
    )

    @model_validator(mode="after")
    def _one_function(self) -> Self:
        if (self.handler is None) == (self.function is None):
            raise PydanticCustomError(
                "one_of",
                "give either handler='lambda/<folder>/handler.py:<function>' or function='<name or ARN>'",
            )
        if self.function is not None:
            given = self.model_fields_set & {"runtime", "memory", "timeout", "environment", "permissions"}
            if given:
                raise PydanticCustomError(
                    "existing_function",
                    "{fields}: only for a handler; the function '{function}' has its own",
                    {"fields": ", ".join(sorted(given)), "function": self.function},
                )
        return self
