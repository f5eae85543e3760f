"""Task states."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..policies import Catcher, Retrier
from .base import Flow

__all__ = ["Task", "Working"]


class Working(Flow):
    """What Task, Parallel and Map have: a result to shape, and errors to handle."""

    parameters: Any = Field(None, alias="Parameters", description="payload template of the call (JSONPath)")
    arguments: Any = Field(None, alias="Arguments", description="arguments of the call (JSONata)")
    result_selector: Any = Field(
        None, alias="ResultSelector", description="payload template of the result (JSONPath)"
    )
    result_path: str | None = Field(
        None, alias="ResultPath", description="where the result goes in the input (JSONPath)"
    )
    retry: list[Retrier] | None = Field(None, alias="Retry", description="what to retry")
    catch: list[Catcher] | None = Field(None, alias="Catch", description="where to go when it fails")


class Task(Working):
    """One unit of work by a service. https://states-language.net/#task-state"""

    resource: str = Field(alias="Resource", description="ARN of the service action, function or activity")
    timeout_seconds: int | str | None = Field(
        None, alias="TimeoutSeconds", description="seconds until States.Timeout"
    )
    timeout_seconds_path: str | None = Field(None, alias="TimeoutSecondsPath", description="path of the same")
    heartbeat_seconds: int | str | None = Field(
        None, alias="HeartbeatSeconds", description="seconds between heartbeats"
    )
    heartbeat_seconds_path: str | None = Field(
        None, alias="HeartbeatSecondsPath", description="path of the same"
    )
    credentials: Any = Field(None, alias="Credentials", description="role to assume for the call")
