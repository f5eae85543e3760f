"""Task states, and what Task, Parallel and Map share."""

from __future__ import annotations

from pydantic import Field, StrictInt

from ..policies import Retrier
from ..values import Json
from .base import Flow
from .catcher import Catcher

__all__ = ["Task", "Working"]


class Working(Flow):
    """What Task, Parallel and Map have: a result to shape, and errors to handle."""

    parameters: Json = Field(default=None, description="payload template of the effective input (JSONPath)")
    arguments: Json = Field(default=None, description="the effective input (JSONata)")
    result_selector: Json = Field(default=None, description="payload template of the result (JSONPath)")
    result_path: str | None = Field(
        default=None, description="where the result goes in the input; None drops it (JSONPath)"
    )
    retry: list[Retrier] | None = Field(default=None, description="what to retry, first match first")
    catch: list[Catcher] | None = Field(default=None, description="where to go when it fails")


class Task(Working):
    """One unit of work by a service, a function or an activity. https://states-language.net/#task-state"""

    resource: str = Field(description="ARN of the service action, function or activity")
    timeout_seconds: StrictInt | str | None = Field(default=None, description="seconds until States.Timeout")
    timeout_seconds_path: str | None = Field(
        default=None, description="path of the timeout in the input (JSONPath)"
    )
    heartbeat_seconds: StrictInt | str | None = Field(
        default=None, description="seconds that may pass between heartbeats"
    )
    heartbeat_seconds_path: str | None = Field(
        default=None, description="path of the heartbeat in the input (JSONPath)"
    )
    credentials: Json = Field(default=None, description="the role to assume: {'RoleArn': ...}")
