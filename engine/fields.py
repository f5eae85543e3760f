"""Fields of a state, compiled: each becomes a closure `(value, scope) -> result`, or None where it does nothing.

The only place that knows how expressions are compiled; the states see closures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import InvalidDefinition
from .expressions.jsonata_texts import unexpected_type
from .expressions.paths import compile_path
from .expressions.reference import read_reference_path, write_reference_path
from .expressions.scope import ExpressionSyntaxError
from .expressions.templates import compile_jsonata_template, compile_template
from .expressions.values import type_name

__all__ = ["Closure", "Fields", "Writer", "join"]

Closure = Callable[[Any, Any], Any]
Writer = Callable[[Any, Any], Any]

_EMPTY: dict[str, Any] = {}


def join(path: str, *names: object) -> str:
    """A JSON pointer extended by names."""
    for name in names:
        path += "/" + str(name).replace("~", "~0").replace("/", "~1")
    return path


class Fields:
    """The fields of one object of the definition (a state, a catcher, an item reader, ...)."""

    __slots__ = ("jsonata", "location", "machine_jsonata", "path", "raw")

    def __init__(
        self, raw: Any, path: str, *, jsonata: bool, location: str = "", machine_jsonata: bool = False
    ) -> None:
        if not isinstance(raw, dict):
            raise InvalidDefinition("an object is needed", path)
        self.raw: dict[str, Any] = raw
        self.path = path
        self.jsonata = jsonata
        self.machine_jsonata = machine_jsonata
        """The language of the state machine: states within a Map or a Parallel go by it, not by that state's."""
        self.location = location
        """Where this object stands within its state, such as `Catch[0]`: part of what AWS names in causes."""

    def __contains__(self, name: str) -> bool:
        return name in self.raw

    def invalid(self, name: str, message: str) -> InvalidDefinition:
        return InvalidDefinition(message, join(self.path, name))

    def get(self, name: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        """The value of a field that is no expression, of that JSON type."""
        if name not in self.raw:
            return default
        value = self.raw[name]
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            wanted = " or ".join(_JSON_NAMES[k] for k in kinds)
            raise self.invalid(name, f"{name} must be {wanted}")
        return value

    def required(self, name: str, kind: type | tuple[type, ...]) -> Any:
        if name not in self.raw:
            raise InvalidDefinition(f"the field {name} is missing", self.path)
        return self.get(name, kind)

    def object(self, name: str) -> Fields:
        """An object among the fields."""
        location = f"{self.location}/{name}" if self.location else name
        return self._within(self.raw[name], join(self.path, name), location)

    def objects(self, name: str) -> list[Fields]:
        """The objects of an array among the fields; empty where it is absent."""
        found = []
        for index, item in enumerate(self.get(name, list, [])):
            location = f"{self.location}/{name}[{index}]" if self.location else f"{name}[{index}]"
            found.append(self._within(item, join(self.path, name, index), location))
        return found

    def _within(self, raw: Any, path: str, location: str) -> Fields:
        return Fields(
            raw, path, jsonata=self.jsonata, location=location, machine_jsonata=self.machine_jsonata
        )

    # -- expressions --------------------------------------------------------------------------------------

    def select(self, name: str) -> Closure | None:
        """`InputPath`, `OutputPath`: None for `$`, the empty object for null."""
        text = self.get(name, (str, type(None)), "$")
        if text == "$":
            return None
        if text is None:
            return lambda value, scope: {}
        return self.closure(name, lambda: compile_path(text))

    def path_of(self, name: str) -> Closure | None:
        """A field that holds a JSONPath (`SecondsPath`, `TimestampPath`, ...), None where it is absent."""
        text = self.get(name, str)
        if text is None:
            return None
        return self.closure(name, lambda: compile_path(text, field=name))

    def reference_path(self, name: str) -> Closure | None:
        """A field that holds a reference path, None where it is absent."""
        text = self.get(name, str)
        return None if text is None else self.closure(name, lambda: read_reference_path(text, name))

    def strict_path(self, name: str) -> Closure | None:
        """Like `path_of`, for the fields where AWS words a miss as it does for `InputPath`."""
        text = self.get(name, str)
        return None if text is None else self.closure(name, lambda: compile_path(text))

    def template(self, name: str) -> Closure | None:
        """A JSONPath payload template, None where it is absent."""
        if name not in self.raw:
            return None
        return self.closure(name, lambda: compile_template(self.raw[name]))

    def expression(self, name: str) -> Closure | None:
        """A JSONata template: any JSON with `{% %}` in it. None where the field is absent."""
        if name not in self.raw:
            return None
        field = f"{self.location}/{name}" if self.location else name
        return self.closure(name, lambda: compile_jsonata_template(self.raw[name], field))

    def typed_expression(self, name: str, kind: str) -> Closure | None:
        """A JSONata field whose value must be of a JSON type: 'string', 'number', 'array', ..."""
        evaluate = self.expression(name)
        if evaluate is None:
            return None
        field = f"{self.location}/{name}" if self.location else name
        raw = self.raw[name]
        text = raw[2:-2].strip() if isinstance(raw, str) else ""

        def checked(value: Any, scope: Any) -> Any:
            found = evaluate(value, scope)
            if type_name(found) != kind:
                raise unexpected_type(text, field, kind, found)
            return found

        return checked

    def dynamic(self, name: str) -> Closure | None:
        """A field that is a payload template in JSONPath states and a JSONata template in the others."""
        return self.expression(name) if self.jsonata else self.template(name)

    def dynamic_object(self, name: str) -> Closure | None:
        """Like `dynamic`, for a field that is an object (`Assign`, `Credentials`)."""
        self.get(name, dict)
        return self.dynamic(name)

    def writer(self, name: str) -> tuple[bool, Writer | None]:
        """`ResultPath`: (is the result kept at all, how it is put into the input). None: it replaces the input."""
        text = self.get(name, (str, type(None)), "$")
        if text is None:
            return False, None
        if text == "$":
            return True, None
        return True, self.closure(name, lambda: write_reference_path(text))

    def closure(self, name: str, compile_it: Callable[[], Closure]) -> Closure:
        """Compile a field, its syntax errors becoming those of the definition."""
        try:
            return compile_it()
        except ExpressionSyntaxError as error:
            raise self.invalid(name, str(error)) from None
        except RecursionError:
            raise self.invalid(name, f"{name} is nested too deep") from None


_JSON_NAMES = {
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "a boolean",
    dict: "an object",
    list: "an array",
    type(None): "null",
}
