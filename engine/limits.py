"""Numbers a Map is steered by, in their three forms: a literal, a JSONPath (`...Path`), a JSONata expression."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from .expressions.scope import ExpressionError
from .expressions.values import is_number, java_json
from .fields import Fields
from .machine import whole_number

if TYPE_CHECKING:
    from .interpreter import Branch

__all__ = ["Percentage", "WholeNumber"]


class WholeNumber:
    """A count that is zero or more; zero where the definition gives none."""

    __slots__ = ("closure", "fixed", "given", "jsonata", "name", "path")

    kind = "integer"

    def __init__(self, fields: Fields, name: str) -> None:
        self.name = name
        self.jsonata = fields.jsonata
        self.fixed: Any = 0
        self.closure: Any = None
        self.path: str | None = None
        if fields.jsonata and isinstance(fields.raw.get(name), str):
            self.closure = fields.typed_expression(name, "number")
        elif name in fields:
            self.fixed = fields.get(name, (int, float))
            if not self.accepts(self.fixed):
                raise fields.invalid(name, f"{name} must be {self.kind} in its range, not {self.fixed}")
        else:
            self.path = fields.get(f"{name}Path", str)
            self.closure = fields.strict_path(f"{name}Path")
        self.given = self.closure is not None or name in fields

    def accepts(self, value: Any) -> bool:
        return whole_number(value) is not None and value >= 0

    def parse(self, found: Any) -> float | None:
        """What a path found, as a number. AWS also takes a number that is written as a text."""
        if self.kind == "integer":
            # AWS reads the number's text: 2.0 is none of a whole number.
            return None if isinstance(found, float) else whole_number(found)
        try:
            number = float(found) if isinstance(found, str) or is_number(found) else None
        except ValueError:
            return None
        return number if number is not None and isfinite(number) else None

    def range_text(self, found: Any) -> str:
        """What AWS says of a number that is out of range, which differs from field to field."""
        if self.name == "MaxConcurrency":
            return f"Expected non-negative integer for MaxConcurrency, got '{java_json(found)}' instead."
        return f"{self.name} cannot be negative."

    def evaluate(self, branch: Branch, value: Any) -> Any:
        """The number; raises ExecutionStop or ExpressionError where it is none, or out of range."""
        if self.closure is None:
            return self.fixed
        found = self.closure(value, branch)
        if self.jsonata:
            if not self.accepts(found):
                raise ExpressionError(
                    "States.QueryEvaluationError",
                    self.range_text(found),
                    self.name,
                )
            return found if self.kind == "float" else int(found)
        parsed = self.parse(found)
        if parsed is None:
            shown = found if isinstance(found, str) else java_json(found)
            raise branch.runtime_error(
                f'The {self.name}Path field refers to value "{shown}" which is not a valid '
                f"{self.kind}: {self.path}"
            )
        if not self.accepts(parsed):
            raise branch.runtime_error(self.range_text(parsed))
        return parsed


class Percentage(WholeNumber):
    """A percentage between 0 and 100."""

    __slots__ = ()
    kind = "float"

    def accepts(self, value: Any) -> bool:
        return bool(0 <= value <= 100)

    def range_text(self, found: Any) -> str:
        return f"{self.name} must be between 0 and 100."
