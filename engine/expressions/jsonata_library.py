"""jsonata-python behind a wall: its parser, its evaluator for what our closures leave, its errors in AWS's words.

The library knows None as undefined only, keeps state per thread, and returns types of its own: none of that
gets past this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jsonata import Jsonata  # type: ignore[import-untyped]
from jsonata.jexception import JException  # type: ignore[import-untyped]
from jsonata.parser import Parser  # type: ignore[import-untyped]
from jsonata.utils import Utils  # type: ignore[import-untyped]

from .jsonata_aws import AWS_FUNCTIONS, REFUSED_FUNCTIONS
from .jsonata_calls import DEEPEST, apply
from .jsonata_errors import JsonataError, ResultTypeError, out_of_stack, out_of_time
from .jsonata_functions import call_builtin
from .jsonata_operators import arithmetic, normal_number
from .jsonata_stack import with_deep_stack
from .jsonata_values import Env, plain
from .scope import ABSENT, Scope

__all__ = [
    "Tree",
    "compile_with_library",
    "from_library",
    "library_error",
    "parse",
    "states_object",
    "to_library",
]

Tree = Any
"""The library's syntax tree; it has no types of its own."""
Evaluate = Callable[[Scope], Any]
_NULL = Utils.NULL_VALUE
_MOST_CALLS = 100_000
_CORRECTED = ("formatNumber", "lowercase", "number", "round", "string")
"""Functions that the library gets wrong; each takes the context item where its argument is left out."""


class _Evaluator(Jsonata):  # type: ignore[misc]
    """The library's evaluator as an object of its own, where the library would take the thread's latest one."""

    def get_per_thread_instance(self) -> _Evaluator:
        return self

    calls = 0
    depth = 0

    def _eval(self, expr: Any, input: Any, environment: Any) -> Any:
        if self.depth == DEEPEST:
            raise out_of_stack()
        self.depth += 1
        try:
            return super()._eval(expr, input, environment)
        finally:
            self.depth -= 1

    def apply_inner(self, proc: Any, args: Any, input: Any, environment: Any) -> Any:
        """The library prints what is no function, and calls for ever."""
        if not self.is_function_like(proc):
            raise JException("T1006", 0)
        self.calls += 1
        if self.calls > _MOST_CALLS:
            raise out_of_time()
        return super().apply_inner(proc, args, input, environment)

    def evaluate_numeric_expression(self, lhs: Any, rhs: Any, op: str | None) -> Any:
        """As ECMAScript: the library fails on a division by zero, and drops the fraction of a remainder."""
        if op in {"/", "%"} and Utils.is_numeric(lhs) and Utils.is_numeric(rhs):
            return arithmetic(op, lhs, rhs)
        return super().evaluate_numeric_expression(lhs, rhs, op)


_LATER_OPERATORS = frozenset({"?:", "??"})
"""Operators of JSONata 2.1, which the library parses and AWS, with JSONata 2.0.6, does not.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""
_KINDS_IN_WORDS = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}


def parse(text: str) -> Tree:
    """The syntax tree of an expression. Raises JsonataError."""
    tree = _evaluator(text).ast
    if any(operator in text for operator in _LATER_OPERATORS):
        _refuse_later_operators(tree, _joined(text))
    return tree


def _refuse_later_operators(tree: Tree, text: str) -> None:
    """The library makes conditions of them, which end where the operator does: only there they differ."""
    pending, seen = [tree], set[int]()
    while pending:
        node = pending.pop()
        if isinstance(node, (list, tuple)):
            pending.extend(node)
        elif isinstance(node, Parser.Symbol) and id(node) not in seen:
            seen.add(id(node))
            operator = text[max(node.position - 2, 0) : node.position]
            if node.type == "condition" and operator in _LATER_OPERATORS:
                raise JsonataError("S0204", operator)
            pending.extend(value for name, value in vars(node).items() if name != "_outer_instance")


_SURROGATES = re.compile(r"((?<!\\)(?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def _joined(text: str) -> str:
    """`text` with the two escapes of one character as that character, which the library would make two of.

    https://www.rfc-editor.org/rfc/rfc8259#section-7
    """
    if "\\u" not in text:
        return text
    return _SURROGATES.sub(
        lambda m: m[1] + chr(0x10000 + ((int(m[2], 16) & 0x3FF) << 10) + (int(m[3], 16) & 0x3FF)), text
    )


def _evaluator(text: str) -> _Evaluator:
    previous = getattr(Jsonata.CURRENT, "jsonata", None)
    try:
        return _Evaluator(_joined(text))
    except JException as error:
        raise library_error(error) from None
    except RecursionError:
        raise out_of_stack() from None
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError, re.error) as error:
        # What its parser lets out on some texts that are no expressions.
        raise JsonataError("S0500", detail=f"the expression cannot be parsed ({error})") from None
    finally:
        if previous is not None:
            Jsonata.CURRENT.jsonata = previous


def library_error(error: JException) -> JsonataError:
    """A library's error as ours."""
    values = [error.current, error.expected] + ([] if error.extra is None else [error.extra])
    if error.error == "T0412":
        values = [
            value if index < 2 else _KINDS_IN_WORDS.get(value, value) for index, value in enumerate(values)
        ]
    return JsonataError(error.error, *values)


_VARIABLE = re.compile(r"\$([^\W\d]\w*)")
_WHOLE_STATES = re.compile(r"\$states\b(?!\s*\.\s*(?:input|result|errorOutput)\b)")


def states_object(scope: Scope, *, with_context: bool = True) -> dict[str, Any]:
    """`$states`: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    states = {"input": scope.input}
    if with_context:
        states["context"] = scope.context
    if scope.result is not ABSENT:
        states["result"] = scope.result
    if scope.error_output is not ABSENT:
        states["errorOutput"] = scope.error_output
    return states


class _OwnFunction(Jsonata.JFunction):  # type: ignore[misc]
    """One of our functions, callable from the library's evaluator."""

    def __init__(self, name: str, holder: _Holder) -> None:
        super().__init__(None, None)
        self.function_name = name
        self.holder = holder

    def call(self, input: Any, args: Any) -> Any:
        given = [ABSENT if item is None or _is_function(item) else from_library(item) for item in args or []]
        item = ABSENT if input is None else from_library(input)
        if not given and self.function_name in _CORRECTED:
            given = [item]
        result = call_builtin(self.function_name, given, item, Env(self.holder.scope), apply)
        return None if result is ABSENT else to_library(plain(result))


class _Holder:
    """The scope of the evaluation under way."""

    scope: Scope


def compile_with_library(text: str) -> Evaluate:
    """The evaluation of a whole expression by the library: `(scope) -> value`, or ABSENT for undefined."""
    evaluator = _evaluator(text)
    evaluator.set_validate_input(False)
    evaluator.set_output_convert_nulls(False)
    holder = _Holder()
    for name in (*AWS_FUNCTIONS, *_CORRECTED):
        evaluator.environment.bind(name, _OwnFunction(name, holder))
    for name in REFUSED_FUNCTIONS:
        evaluator.environment.bind(name, None)
    names = sorted(set(_VARIABLE.findall(text)) - {"states"})
    with_states = "$states" in text
    with_context = _WHOLE_STATES.search(text) is not None

    def evaluate(scope: Scope) -> Any:
        variables = scope.variables
        bindings = {name: to_library(variables[name]) for name in names if name in variables}
        if with_states:
            bindings["states"] = to_library(states_object(scope, with_context=with_context))
        holder.scope = scope
        evaluator.calls = 0
        previous = getattr(Jsonata.CURRENT, "jsonata", None)
        Jsonata.CURRENT.jsonata = evaluator
        try:
            result = evaluator.evaluate(None, bindings)
        except JException as error:
            raise library_error(error) from None
        except RecursionError:
            raise out_of_stack() from None
        except JsonataError:
            raise
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # The library's functions let out Python's own errors for arguments their authors did not think of.
            raise JsonataError("D3137", str(error)) from None
        finally:
            Jsonata.CURRENT.jsonata = previous
        if _is_function(result):
            raise ResultTypeError
        return ABSENT if result is None else from_library(result)

    return with_deep_stack(evaluate)


def _is_function(value: Any) -> bool:
    return not isinstance(value, (str, int, float, list, dict)) and value is not None and value is not _NULL


def to_library(value: Any) -> Any:
    """A JSON value as the library wants it: null is an object of its own. Shared where nothing changes."""
    if value is None:
        return _NULL
    if isinstance(value, dict):
        members = {key: to_library(item) for key, item in value.items()}
        return members if any(members[key] is not item for key, item in value.items()) else value
    if isinstance(value, list):
        items = [to_library(item) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def from_library(value: Any) -> Any:
    """A value of the library as plain JSON. Functions vanish as they do in ECMAScript's JSON."""
    if value is _NULL:
        return None
    if isinstance(value, dict):
        return {
            key: from_library(item)
            for key, item in value.items()
            if item is not None and not _is_function(item)
        }
    if isinstance(value, list):
        return [None if _is_function(item) else from_library(item) for item in value]
    if isinstance(value, float):
        return plain(normal_number(value))
    return value
