"""Calling JSONata functions: those of the expression, and those of the language by name."""

from __future__ import annotations

from typing import Any

from .jsonata_errors import JsonataError, out_of_stack, out_of_time
from .jsonata_functions import BUILTINS, REFUSED, BuiltinFunction, call_builtin
from .jsonata_values import Builtin, Chain, Env, Lambda, Node, collapse
from .scope import ABSENT

__all__ = ["DEEPEST", "TailCall", "apply", "builtin_call"]

DEEPEST = 100
"""How deep AWS lets nodes of the syntax tree be evaluated within each other, as measured on AWS:
https://github.com/floci-io/floci/issues/2737.
"""
_CALLING = frozenset({"map", "filter", "single", "reduce", "each", "sift", "sort"})
"""Functions that call functions."""
_MOST_TAIL_CALLS = 100_000


class TailCall:
    """A call in tail position, still to be made."""

    __slots__ = ("arguments", "called", "function")

    def __init__(self, function: Any, arguments: list[Any], called: str | None) -> None:
        self.function = function
        self.arguments = arguments
        self.called = called


def apply(function: Any, arguments: list[Any], item: Any, env: Env, called: str | None) -> Any:
    """Call a function value, and the calls in tail position that it hands back."""
    result = _apply(function, arguments, item, env, called)
    for _ in range(_MOST_TAIL_CALLS):
        if type(result) is not TailCall:
            return result
        result = _apply(result.function, result.arguments, item, env, result.called)
    raise out_of_time()


def _apply(function: Any, arguments: list[Any], item: Any, env: Env, called: str | None) -> Any:
    if isinstance(function, Lambda):
        inner = Env(env.scope, function.env)
        inner.depth = env.depth + env.site
        if inner.depth + function.least > DEEPEST:
            raise out_of_stack()
        inner.names = dict(zip(function.parameters, arguments, strict=False))
        return function.body(function.item, inner)
    if isinstance(function, Builtin):
        return collapse(call_builtin(function.name, arguments, item, env, apply))
    if isinstance(function, Chain):
        return apply(function.second, [apply(function.first, arguments, None, env, None)], None, env, None)
    if called is not None and function is ABSENT and called in BUILTINS:
        raise JsonataError("T1005", called)
    raise JsonataError("T1006")


def builtin_call(name: str, builtin: BuiltinFunction, arguments: list[Node], site: int) -> Node:
    """A call of a function by its name. A workflow variable of that name would come first, as no function.

    `site` is how deep the call is within the function that it is written in.
    """
    run = builtin.run
    calls = name in _CALLING
    if run is not None and len(arguments) == 1:
        only = arguments[0]

        def call_one(item: Any, env: Env) -> Any:
            if name in env.scope.variables:
                raise JsonataError("T1006")
            argument = only(item, env)
            result = run((argument,), env, apply)
            return call_builtin(name, [argument], item, env, apply) if result is NotImplemented else result

        return call_one

    def call(item: Any, env: Env) -> Any:
        if name in env.scope.variables or name in REFUSED:
            raise JsonataError("T1006")
        given = [argument(item, env) for argument in arguments]
        if calls:
            env.site = site
        return call_builtin(name, given, item, env, apply)

    return call
