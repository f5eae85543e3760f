"""What an expression sees beside its value, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final, Protocol

__all__ = [
    "ABSENT",
    "Absent",
    "Expression",
    "ExpressionError",
    "ExpressionSyntaxError",
    "Scope",
    "SimpleScope",
]


class Absent:
    """The type of `ABSENT`: what is not there, where None means JSON null. False, and a single object."""

    _only: Absent | None = None

    def __new__(cls) -> Absent:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


class Scope(Protocol):
    """What an expression may read beside its value. The engine's branches are scopes; tests use `SimpleScope`.

    JSON values found through a scope are shared: an expression never changes them, and neither may the reader
    of its result.
    """

    @property
    def context(self) -> Any:
        """The context object (`$$`, `$states.context`), built when it is asked for."""

    @property
    def variables(self) -> Mapping[str, Any]:
        """Workflow variables by name, without the dollar sign."""

    @property
    def random(self) -> Random:
        """The execution's one source of chance."""

    @property
    def now(self) -> float:
        """The virtual moment in seconds since the Unix epoch, for `$now()` and `$millis()`."""

    @property
    def input(self) -> Any:
        """`$states.input`."""

    @property
    def result(self) -> Any:
        """`$states.result`, or ABSENT."""

    @property
    def error_output(self) -> Any:
        """`$states.errorOutput`, or ABSENT."""


class SimpleScope:
    """A scope of plain values."""

    __slots__ = ("context", "error_output", "input", "now", "random", "result", "variables")

    def __init__(
        self,
        *,
        context: Any = None,
        variables: Mapping[str, Any] | None = None,
        input: Any = None,
        result: Any = ABSENT,
        error_output: Any = ABSENT,
        random: Random | None = None,
        now: float = 0.0,
    ) -> None:
        self.context = {} if context is None else context
        self.variables: Mapping[str, Any] = {} if variables is None else variables
        self.input = input
        self.result = result
        self.error_output = error_output
        self.random = Random(0) if random is None else random
        self.now = now


Expression = Callable[[Any, Scope], Any]
"""A compiled text: called with the value it works on and the scope; raises `ExpressionError`."""


class ExpressionError(Exception):
    """An expression that failed at run time.

    `error` is the name AWS gives (`States.Runtime`, `States.IntrinsicFailure`,
    `States.QueryEvaluationError`, ...), `cause` its sentence without the "An error occurred while executing
    the state" that precedes it in histories, `location` the field within the state, such as
    `Arguments/FunctionName`, as `EvaluationFailed` events name it. `bare` says that AWS gives the cause without
    that sentence, and ends the execution past every `Retry` and `Catch`.
    """

    def __init__(self, error: str, cause: str, location: str | None = None, *, bare: bool = False) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.location = location
        self.bare = bare


class ExpressionSyntaxError(ValueError):
    """A text that is no expression: CreateStateMachine refuses such a definition."""
