"""Choice rules, compiled to predicates.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
https://states-language.net/spec.html#choice-state
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from .jsonata_texts import compile_jsonata, unexpected_type
from .paths import Path, PathMissError, compile_getter, null_error, parse_path
from .scope import ABSENT, Expression, ExpressionError, ExpressionSyntaxError, Scope
from .timestamps import is_literal_timestamp, timestamp_nanoseconds
from .values import is_number

__all__ = ["compile_choice"]

_Test = Callable[[Any, Any], bool]


def compile_choice(rule: Mapping[str, Any], language: str, field: str = "Condition") -> Expression:
    """The predicate of one choice rule: `(value, scope) -> bool`.

    `language` is `JSONPath` or `JSONata`; other fields of the rule (`Next`, `Assign`, `Output`) are not read.
    `field` is the place of a JSONata condition within the state, such as `Choices[0]/Condition`. The
    predicate raises `ExpressionError`; a value of another type than the operator's gives false. Raises
    ExpressionSyntaxError.
    """
    if language == "JSONata":
        return _condition(rule, field)
    return _rule(rule)


def _condition(rule: Mapping[str, Any], field: str) -> Expression:
    condition = rule.get("Condition")
    if isinstance(condition, bool):
        return lambda value, scope: condition
    if not isinstance(condition, str) or not (condition.startswith("{%") and condition.endswith("%}")):
        raise ExpressionSyntaxError("Condition must be a JSONata expression: {% ... %}")
    text = condition[2:-2].strip()
    evaluate = compile_jsonata(text, field)

    def test(value: Any, scope: Scope) -> bool:
        result = evaluate(value, scope)
        if result is True or result is False:
            return bool(result)
        raise unexpected_type(text, field, "boolean", result)

    return test


def _rule(rule: Any) -> Expression:
    if not isinstance(rule, Mapping):
        raise ExpressionSyntaxError("a choice rule must be an object")
    if "Not" in rule:
        inner = _rule(rule["Not"])
        return lambda value, scope: not inner(value, scope)
    for name, combine in (("And", all), ("Or", any)):
        if name in rule:
            parts = rule[name]
            if not isinstance(parts, list) or not parts:
                raise ExpressionSyntaxError(f"{name} must be a non-empty array of choice rules")
            return _combined(combine, [_rule(part) for part in parts])
    return _comparison(rule)


def _combined(combine: Callable[..., bool], parts: list[Expression]) -> Expression:
    return lambda value, scope: combine(part(value, scope) for part in parts)


def _comparison(rule: Mapping[str, Any]) -> Expression:
    names = [name for name in rule if name in _OPERATORS or name in _TYPE_TESTS or name == "IsPresent"]
    if len(names) != 1:
        raise ExpressionSyntaxError("a choice rule needs exactly one comparison operator")
    name = names[0]
    operand = rule[name]
    if not isinstance(rule.get("Variable"), str):
        raise ExpressionSyntaxError("a choice rule needs a Variable")
    read = _variable(parse_path(rule["Variable"]))
    if name == "IsPresent" or name in _TYPE_TESTS:
        if not isinstance(operand, bool):
            raise ExpressionSyntaxError(f"{name} must be true or false")
        return (
            _is_present(read, operand)
            if name == "IsPresent"
            else _type_test(read, _TYPE_TESTS[name], operand)
        )
    if name.endswith("Path"):
        if not isinstance(operand, str):
            raise ExpressionSyntaxError(f"{name} must be a JSONPath")
        return _against_path(read, _OPERATORS[name], _variable(parse_path(operand)))
    return _against_literal(name, read, operand)


class _MissingError(Exception):
    """A path of a rule that finds nothing."""


def _variable(path: Path) -> Expression:
    get = compile_getter(path)
    of_input = path.root == "$"

    def read(value: Any, scope: Scope) -> Any:
        if value is None and of_input:
            raise null_error("Variable")
        try:
            found = get(value, scope)
        except PathMissError:
            found = ABSENT
        if found is ABSENT:
            raise _MissingError(path.text)
        return found

    return read


def _invalid(missing: _MissingError) -> ExpressionError:
    return ExpressionError(
        "States.Runtime",
        f"Invalid path '{missing}': The choice state's condition path references an invalid value.",
        "Variable",
    )


def _is_present(read: Expression, wanted: bool) -> Expression:
    def test(value: Any, scope: Scope) -> bool:
        try:
            read(value, scope)
        except _MissingError:
            return not wanted
        return wanted

    return test


def _type_test(read: Expression, is_of_type: Callable[[Any], bool], wanted: bool) -> Expression:
    def test(value: Any, scope: Scope) -> bool:
        try:
            return is_of_type(read(value, scope)) is wanted
        except _MissingError as missing:
            raise _invalid(missing) from None

    return test


def _against_literal(name: str, read: Expression, operand: Any) -> Expression:
    kind, compare = _OPERATORS[name]
    normalise = _KINDS[kind]
    constant = normalise(operand)
    if constant is None or (kind == "timestamp" and not is_literal_timestamp(operand)):
        raise ExpressionSyntaxError(f"{name} must be a {kind}")
    if kind == "pattern":
        constant = _pattern(constant)

    def test(value: Any, scope: Scope) -> bool:
        try:
            found = normalise(read(value, scope))
        except _MissingError as missing:
            raise _invalid(missing) from None
        return found is not None and compare(found, constant)

    return test


def _against_path(read: Expression, operation: tuple[str, _Test], read_operand: Expression) -> Expression:
    kind, compare = operation
    normalise = _KINDS[kind]

    def test(value: Any, scope: Scope) -> bool:
        try:
            left, right = normalise(read(value, scope)), normalise(read_operand(value, scope))
        except _MissingError as missing:
            raise _invalid(missing) from None
        return left is not None and right is not None and compare(left, right)

    return test


def _nanoseconds(value: Any) -> int | None:
    try:
        return timestamp_nanoseconds(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _utf16(value: Any) -> bytes | None:
    """A string's UTF-16 code units: by these Java and ECMAScript order strings."""
    return value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None


_KINDS: dict[str, Callable[[Any], Any]] = {
    "string": _utf16,
    "number": lambda value: value if is_number(value) else None,
    "boolean": lambda value: value if isinstance(value, bool) else None,
    "timestamp": _nanoseconds,
    "pattern": lambda value: value if isinstance(value, str) else None,
}


def _pattern(text: str) -> re.Pattern[str]:
    """`StringMatches`: `*` stands for any characters, `\\*` for an asterisk and `\\\\` for a backslash."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", text)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(_unescaped(part)) for part in parts), re.DOTALL
    )


def _unescaped(part: str) -> str:
    return part[1] if len(part) == 2 and part[0] == "\\" else part


def _operators() -> dict[str, tuple[str, _Test]]:
    found: dict[str, tuple[str, _Test]] = {
        "StringMatches": ("pattern", lambda text, form: form.fullmatch(text) is not None)
    }
    orders: dict[str, _Test] = {
        "LessThan": operator.lt,
        "GreaterThan": operator.gt,
        "LessThanEquals": operator.le,
        "GreaterThanEquals": operator.ge,
    }
    for prefix, kind in (("String", "string"), ("Numeric", "number"), ("Timestamp", "timestamp")):
        for suffix, test in {"Equals": operator.eq, **orders}.items():
            found[prefix + suffix] = found[f"{prefix}{suffix}Path"] = (kind, test)
    found["BooleanEquals"] = found["BooleanEqualsPath"] = ("boolean", operator.is_)
    return found


_OPERATORS = _operators()
_TYPE_TESTS: dict[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": is_number,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: _nanoseconds(value) is not None,
}
