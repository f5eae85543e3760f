"""`Retry` and `Catch`: which retrier or catcher an error meets, and what follows.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from .errors import StateFailure
from .expressions.scope import ABSENT
from .fields import Fields

if TYPE_CHECKING:
    from .interpreter import Branch
    from .machine import State

__all__ = ["Catcher", "Retrier", "Retries", "error_output"]

LONGEST_DELAY = 31_622_400.0
"""Seconds: the most that `MaxDelaySeconds` allows, and the bound of a delay that grows without one."""


def _matches(names: tuple[str, ...], failure: StateFailure) -> bool:
    error = failure.error
    for name in names:
        if name == error or name == "States.ALL":
            return True
        if name == "States.TaskFailed" and error != "States.Timeout":
            return True
        if name == "States.HeartbeatTimeout" and failure.heartbeat:
            return True
    return False


def _error_names(fields: Fields) -> tuple[str, ...]:
    names = fields.required("ErrorEquals", list)
    if not names or not all(isinstance(name, str) for name in names):
        raise fields.invalid("ErrorEquals", "ErrorEquals must be an array of at least one string")
    return tuple(names)


class Retrier:
    """One entry of `Retry`. Delays are in seconds."""

    __slots__ = ("attempts", "factor", "full_jitter", "interval", "longest", "names")

    def __init__(self, fields: Fields) -> None:
        self.names = _error_names(fields)
        self.interval = float(fields.get("IntervalSeconds", (int, float), 1))
        self.factor = float(fields.get("BackoffRate", (int, float), 2.0))
        self.attempts = fields.get("MaxAttempts", int, 3)
        self.longest = min(float(fields.get("MaxDelaySeconds", (int, float), LONGEST_DELAY)), LONGEST_DELAY)
        self.full_jitter = fields.get("JitterStrategy", str, "NONE") == "FULL"
        if self.interval < 0 or self.factor < 0 or self.attempts < 0 or self.longest < 0:
            raise fields.invalid("", "a retrier's numbers must not be negative")

    def delay(self, retries: int, random: Random) -> float:
        """Seconds before the retry that follows `retries` earlier ones by this retrier."""
        try:
            delay = min(self.interval * self.factor**retries, self.longest)
        except OverflowError:
            delay = self.longest
        return random.uniform(0.0, delay) if self.full_jitter else delay


class Retries:
    """The retries one visit to a state has used, per retrier."""

    __slots__ = ("retriers", "used")

    def __init__(self, retriers: tuple[Retrier, ...]) -> None:
        self.retriers = retriers
        self.used = [0] * len(retriers)

    def delay(self, failure: StateFailure, random: Random) -> float | None:
        """Seconds to wait before trying again, None to give up. The first retrier that matches decides."""
        for index, retrier in enumerate(self.retriers):
            if _matches(retrier.names, failure):
                used = self.used[index]
                if used >= retrier.attempts:
                    return None
                self.used[index] = used + 1
                return retrier.delay(used, random)
        return None


def error_output(failure: StateFailure) -> dict[str, Any]:
    """What a catcher hands on. An error without a name or cause has empty ones here."""
    return {"Error": failure.error or "", "Cause": failure.cause or ""}


class Catcher:
    """One entry of `Catch`."""

    __slots__ = ("assign", "jsonata", "keep", "names", "next", "next_name", "output", "path", "write")

    next: State

    def __init__(self, fields: Fields) -> None:
        self.names = _error_names(fields)
        self.path = fields.path
        self.next_name = fields.required("Next", str)
        self.jsonata = fields.jsonata
        self.assign = fields.dynamic_object("Assign")
        self.output = fields.expression("Output") if fields.jsonata else None
        self.keep, self.write = (True, None) if fields.jsonata else fields.writer("ResultPath")

    def matches(self, failure: StateFailure) -> bool:
        return _matches(self.names, failure)

    def handle(
        self, branch: Branch, value: Any, failure: StateFailure
    ) -> tuple[Any, State, dict[str, Any] | None]:
        """The state's output, the next state and the variables to assign."""
        caught = error_output(failure)
        branch.result = ABSENT
        branch.error_output = caught
        context = value if self.jsonata else caught
        assigned = self.assign(context, branch) if self.assign is not None else None
        output: Any = caught
        if self.output is not None:
            output = self.output(value, branch)
        elif not self.keep:
            output = value
        elif self.write is not None:
            output = self.write(value, caught)
        return output, self.next, assigned
