"""JSONata expressions: parsed once, evaluated by closures where possible, else by jsonata-python.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html and https://docs.jsonata.org
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .scope import ABSENT, Expression, ExpressionError, ExpressionSyntaxError, Scope
from .values import java_json, type_name

__all__ = ["compile_jsonata", "unexpected_type"]

_ERROR = "States.QueryEvaluationError"


def compile_jsonata(text: str, field: str) -> Expression:
    """The closure of an expression, the text between `{%` and `%}`. `field` is its place within the state.

    It raises `ExpressionError` `States.QueryEvaluationError`, also where the expression gives nothing
    (undefined). Raises ExpressionSyntaxError.
    """
    from .jsonata_stack import deep_stack

    # The limit is put back after the import too: the library raises it for the whole process.
    with deep_stack():
        from .jsonata_errors import JsonataError, ResultTypeError

        evaluate = _compile(text)
    subject = f"The JSONata expression '{text}' specified for the field '{field}'"

    def run(value: Any, scope: Scope) -> Any:
        try:
            result = evaluate(scope)
        except JsonataError as error:
            separator = "." if error.code else ":"
            cause = f"{subject} threw an error during evaluation{separator} {error}"
            raise ExpressionError(_ERROR, cause, field) from None
        except ResultTypeError:
            raise ExpressionError(_ERROR, f"{subject} returned an unsupported result type.", field) from None
        if result is ABSENT:
            raise ExpressionError(_ERROR, f"{subject} returned nothing (undefined).", field)
        return result

    return run


def _compile(text: str) -> Callable[[Scope], Any]:
    from .jsonata_closures import UnsupportedError, compile_closures
    from .jsonata_errors import JsonataError
    from .jsonata_library import compile_with_library, parse

    try:
        tree = parse(text)
        return compile_closures(tree)
    except UnsupportedError:
        return compile_with_library(text)
    except RecursionError:
        raise ExpressionSyntaxError("the JSONata expression is nested too deep") from None
    except JsonataError as error:
        raise ExpressionSyntaxError(f"'{text}' is not a JSONata expression: {error}") from None


def unexpected_type(text: str, field: str, expected: str, value: Any) -> ExpressionError:
    """What AWS says of an expression whose result is not of the type its field needs."""
    return ExpressionError(
        _ERROR,
        f"The JSONata expression '{text}' specified for the field '{field}' returned an unexpected result type. "
        f"Expected '{expected}', but was '{type_name(value)}' for value: {java_json(value)}",
        field,
    )
