"""What happens when a state fails: `Retrier` and `Catcher`, and the retries AWS recommends."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .model import Model

__all__ = ["LAMBDA_RETRY", "Catcher", "Retrier"]


class Retrier(Model):
    """One rule of a state's `Retry`.

    https://states-language.net/#retrying-after-error
    """

    error_equals: list[str] = Field(
        alias="ErrorEquals", min_length=1, description="names of the errors to retry; States.ALL stands alone"
    )
    interval_seconds: int | None = Field(
        None, alias="IntervalSeconds", ge=1, le=99_999_999, description="seconds before the first retry (1)"
    )
    max_attempts: int | None = Field(
        None, alias="MaxAttempts", ge=0, le=99_999_999, description="retries at most (3); 0 never retries"
    )
    backoff_rate: float | None = Field(
        None, alias="BackoffRate", ge=1, description="factor by which the interval grows each time (2.0)"
    )
    max_delay_seconds: int | None = Field(
        None, alias="MaxDelaySeconds", ge=1, le=31_622_400, description="longest interval in seconds"
    )
    jitter_strategy: Literal["FULL", "NONE"] | None = Field(
        None, alias="JitterStrategy", description="FULL draws each delay at random between 0 and the interval"
    )
    comment: str | None = Field(None, alias="Comment", description="a note for readers")


class Catcher(Model):
    """One rule of a state's `Catch`.

    https://states-language.net/#fallback-states
    """

    error_equals: list[str] = Field(
        alias="ErrorEquals", min_length=1, description="names of the errors to catch; States.ALL stands alone"
    )
    next: str = Field(alias="Next", description="state to go to")
    result_path: str | None = Field(
        None, alias="ResultPath", description="where the error output goes in the state's input (JSONPath)"
    )
    output: Any = Field(None, alias="Output", description="the output to go on with (JSONata)")
    assign: dict[str, Any] | None = Field(None, alias="Assign", description="variables to set")
    comment: str | None = Field(None, alias="Comment", description="a note for readers")


LAMBDA_RETRY: tuple[Retrier, ...] = (
    Retrier.model_construct(
        error_equals=[
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.TooManyRequestsException",
        ],
        interval_seconds=2,
        max_attempts=6,
        backoff_rate=2,
    ),
)
"""What AWS recommends for transient Lambda errors, with throttling, which clears the same way.

https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
"""
