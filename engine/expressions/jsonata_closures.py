"""JSONata compiled to closures: the library's syntax tree, our evaluation, with the semantics of the reference.

One function per kind of node. What is not here (`%`, `@`, `#`, regular expressions, transforms, partial
application, signatures of lambdas) raises `UnsupportedError`, and the library evaluates that expression.

https://docs.jsonata.org/processing
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from .jsonata_calls import DEEPEST, TailCall, apply, builtin_call
from .jsonata_errors import JsonataError, ResultTypeError, out_of_stack
from .jsonata_functions import BUILTINS, REFUSED
from .jsonata_operators import OPERATORS, finite, normal_number
from .jsonata_stack import with_deep_stack
from .jsonata_steps import (
    compare_keys,
    descendants,
    filtered,
    flattened,
    group_by_keys,
    grouped,
    index_filter,
    is_plain_array,
    kept,
    lookup,
    members,
    plain_path,
    predicate_filter,
    staged,
)
from .jsonata_values import (
    PLAIN_TYPES,
    Array,
    Builtin,
    Chain,
    Env,
    Lambda,
    Node,
    Object,
    Sequence,
    collapse,
    is_function,
    plain,
    truth,
)
from .scope import ABSENT, Scope
from .values import is_number

__all__ = ["UnsupportedError", "compile_closures"]


class UnsupportedError(Exception):
    """An expression that has something the closures leave to the library."""


def compile_closures(tree: Any) -> Callable[[Scope], Any]:
    """The evaluation of a whole expression: `(scope) -> value` in plain JSON types, ABSENT for undefined.

    It raises `JsonataError`, and `ResultTypeError` for a function. Raises UnsupportedError.
    """
    bound = _bound_names(tree)
    node = _Compiler(bound).node(tree)

    def evaluate(scope: Scope) -> Any:
        try:
            value = node(ABSENT, Env(scope))
            if is_function(value):
                raise ResultTypeError
            return plain(value)
        except RecursionError:
            raise out_of_stack() from None

    # Without names of its own an expression cannot recurse.
    return with_deep_stack(evaluate) if bound else evaluate


def _bound_names(tree: Any) -> frozenset[str]:
    """Names that the expression itself binds somewhere, with `:=` or as parameters."""
    found: set[str] = set()
    stack = [tree]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, (list, tuple)):
            stack.extend(node)
        elif hasattr(node, "type") and id(node) not in seen:
            seen.add(id(node))
            if node.type == "bind":
                found.add(node.lhs.value)
            elif node.type == "lambda":
                found.update(parameter.value for parameter in node.arguments)
            stack.extend(value for name, value in vars(node).items() if name not in _NO_CHILDREN)
    return frozenset(found)


_NO_CHILDREN = frozenset({"_outer_instance", "id", "bp", "lbp", "position", "level", "value", "type"})


class _Compiler:
    """Turns nodes into closures; holds what holds for the whole expression."""

    def __init__(self, bound: frozenset[str]) -> None:
        self.bound = bound
        self.level = 0

    def node(self, tree: Any) -> Node:
        """The closure of a node with its predicates and grouping, its result collapsed."""
        if self.level == DEEPEST:
            return _too_deep
        self.level += 1
        try:
            return self.whole(tree)
        finally:
            self.level -= 1

    def whole(self, tree: Any) -> Node:
        kind = tree.type
        compile_kind = _KINDS.get(kind)
        if compile_kind is None or any(
            getattr(tree, name, None) is not None for name in ("tuple", "focus", "index", "ancestor")
        ):
            raise UnsupportedError(kind)
        predicates, group = getattr(tree, "predicate", None), getattr(tree, "group", None)
        bare = not predicates and group is None and not tree.keep_array
        if bare and kind == "path" and (short := self.short_path(tree)) is not None:
            return short
        node = compile_kind(self, tree)
        if predicates:
            node = filtered(node, self.filters(predicates))
        if group is not None:
            node = grouped(node, self.group(group))
        if tree.keep_array and kind != "path":
            return kept(node)
        if bare and (kind not in _SEQUENCE_KINDS or (kind == "function" and self.gives_no_sequence(tree))):
            return node
        return lambda item, env: collapse(node(item, env))

    # -- values -------------------------------------------------------------------------------------------

    def literal(self, tree: Any) -> Node:
        value = tree.value
        if is_number(value):
            value = normal_number(value)
        return lambda item, env: value

    def name(self, tree: Any) -> Node:
        key = tree.value

        def name(item: Any, env: Env) -> Any:
            if isinstance(item, dict):
                return item.get(key, ABSENT)
            return lookup(item, key) if isinstance(item, list) else ABSENT

        return name

    def variable(self, tree: Any) -> Node:
        name = tree.value
        if name == "":
            return lambda item, env: item
        if name == "$":
            return lambda item, env: ABSENT
        outside = _outside(name)
        if name not in self.bound:
            return outside

        def local(item: Any, env: Env | None) -> Any:
            start = env
            while env is not None:
                if name in env.names:
                    return env.names[name]
                env = env.parent
            assert start is not None
            return outside(item, start)

        return local

    def wildcard(self, tree: Any) -> Node:
        return lambda item, env: members(item)

    def descendant(self, tree: Any) -> Node:
        return lambda item, env: ABSENT if item is ABSENT else Sequence(descendants(item))

    # -- operators ----------------------------------------------------------------------------------------

    def binary(self, tree: Any) -> Node:
        operator = tree.value
        left, right = self.node(tree.lhs), self.node(tree.rhs)
        if operator == "and":
            return lambda item, env: truth(left(item, env)) and truth(right(item, env))
        if operator == "or":
            return lambda item, env: truth(left(item, env)) or truth(right(item, env))
        operate = OPERATORS.get(operator)
        if operate is None:
            raise UnsupportedError(operator)
        return lambda item, env: operate(left(item, env), right(item, env))

    def unary(self, tree: Any) -> Node:
        if tree.value == "[":
            return self.array(tree)
        if tree.value == "{":
            return self.group(tree)
        if tree.value != "-":
            raise UnsupportedError(tree.value)
        operand = self.node(tree.expression)

        def negative(item: Any, env: Env) -> Any:
            value = operand(item, env)
            if value is ABSENT:
                return ABSENT
            if not is_number(value):
                raise JsonataError("D1002", "-", value)
            return -finite(value)

        return negative

    def array(self, tree: Any) -> Node:
        items = [(self.node(item), item.type == "unary" and item.value == "[") for item in tree.expressions]
        whole = bool(tree.consarray)

        def array(item: Any, env: Env) -> Any:
            built = Array(whole=whole)
            for node, nested in items:
                value = node(item, env)
                if value is ABSENT:
                    continue
                if isinstance(value, list) and not nested:
                    built.extend(value)
                else:
                    built.append(value)
            return built

        return array

    def condition(self, tree: Any) -> Node:
        test, then = self.node(tree.condition), self.node(tree.then)
        otherwise = None if tree._else is None else self.node(tree._else)

        def condition(item: Any, env: Env) -> Any:
            if truth(test(item, env)):
                return then(item, env)
            return ABSENT if otherwise is None else otherwise(item, env)

        return condition

    def block(self, tree: Any) -> Node:
        nodes = [self.node(part) for part in tree.expressions]
        if len(nodes) == 1 and not self.bound:
            return nodes[0]

        def block(item: Any, env: Env) -> Any:
            inner = Env(env.scope, env)
            result: Any = ABSENT
            for node in nodes:
                result = node(item, inner)
            return result

        return block

    def bind(self, tree: Any) -> Node:
        name, value_of = tree.lhs.value, self.node(tree.rhs)

        def bind(item: Any, env: Env) -> Any:
            value = env.names[name] = value_of(item, env)
            return value

        return bind

    # -- functions ----------------------------------------------------------------------------------------

    def lambda_(self, tree: Any) -> Node:
        if tree.signature is not None:
            raise UnsupportedError("signature")
        if tree.thunk:
            return self.tail_call(tree.body)
        parameters = tuple(parameter.value for parameter in tree.arguments)
        level, self.level = self.level, 0
        body, least = self.node(tree.body), _least_depth(tree.body)
        self.level = level
        return lambda item, env: Lambda(parameters, body, least, item, env)

    def tail_call(self, tree: Any) -> Node:
        """A call in tail position: handed back to the caller, so that loops do not nest."""
        if self.known(tree):
            return self.node(tree)
        procedure, arguments = self.node(tree.procedure), [self.node(part) for part in tree.arguments]
        called = _called(tree)
        return lambda item, env: TailCall(
            procedure(item, env), [argument(item, env) for argument in arguments], called
        )

    def known(self, tree: Any) -> str:
        """The name of the language's function that a call calls, empty for other calls."""
        procedure = tree.procedure
        if (
            procedure.type != "variable"
            or procedure.value in self.bound
            or getattr(procedure, "predicate", None)
        ):
            return ""
        return procedure.value if procedure.value in BUILTINS else ""

    def gives_no_sequence(self, tree: Any) -> bool:
        name = self.known(tree)
        return name != "" and not BUILTINS[name].sequence

    def function(self, tree: Any, first: Node | None = None) -> Node:
        arguments = [] if first is None else [first]
        arguments += [self.node(part) for part in tree.arguments or ()]
        if name := self.known(tree):
            return builtin_call(name, BUILTINS[name], arguments, self.level)
        function, called, site = self.node(tree.procedure), _called(tree), self.level

        def call(item: Any, env: Env) -> Any:
            target = function(item, env)
            given = [argument(item, env) for argument in arguments]
            env.site = site
            return apply(target, given, item, env, called)

        return call

    def apply(self, tree: Any) -> Node:
        left = self.node(tree.lhs)
        if tree.rhs.type == "function":
            return self.function(tree.rhs, left)
        right, site = self.node(tree.rhs), self.level

        def pipe(item: Any, env: Env) -> Any:
            value, function = left(item, env), right(item, env)
            if not is_function(function):
                raise JsonataError("T2006", None if function is ABSENT else plain(function))
            if is_function(value):
                return Chain(value, function)
            env.site = site
            return apply(function, [value], None, env, None)

        return pipe

    # -- paths --------------------------------------------------------------------------------------------

    def short_path(self, tree: Any) -> Node | None:
        """The closure of `$states.input.a.b`, `$x.a` and their like; it collapses its result."""
        steps = tree.steps
        if tree.keep_singleton_array or not _only_names(steps[1:]) or _decorated(steps[0]):
            return None
        start = _states_member(steps)
        if start is not None:
            return plain_path(start, [step.value for step in steps[2:]])
        if steps[0].type != "variable" or not steps[0].value:
            return None
        return plain_path(self.variable(steps[0]), [step.value for step in steps[1:]])

    def path(self, tree: Any) -> Node:
        steps = [self.step(step) for step in tree.steps]
        first = tree.steps[0]
        absolute = first.type == "variable"
        whole = self.node(first) if first.consarray else None
        keep = tree.keep_singleton_array
        last = len(steps) - 1

        def path(item: Any, env: Env) -> Any:
            found: Any = item if isinstance(item, list) and not absolute else [item]
            for index, step in enumerate(steps):
                found = whole(found, env) if whole and not index else step(found, env, index == last)
                if found is ABSENT or not found:
                    break
            if keep and isinstance(found, Array) and found.whole:
                found = Sequence([found])
            if keep and isinstance(found, Sequence):
                found.keep = True
            return found

        return path

    def step(self, tree: Any) -> Callable[[Any, Env, bool], Any]:
        stages = self.filters(tree.stages or ())
        if tree.type == "sort":
            order = self.sort(tree)
            return lambda items, env, last: staged(order(items, env), stages, env)
        node = self.node(tree)

        def step(items: Any, env: Env, last: bool) -> Any:
            results = []
            for item in items:
                result = node(item, env)
                if stages:
                    result = staged(result, stages, env)
                if result is not ABSENT:
                    results.append(result)
            if last and len(results) == 1 and is_plain_array(results[0]):
                return results[0]
            return flattened(results)

        return step

    def filters(self, stages: Any) -> list[Callable[[Any, Env], Any]]:
        filters = []
        for stage in stages:
            if stage.type != "filter":
                raise UnsupportedError(stage.type)
            filters.append(self.filter(stage.expr))
        return filters

    def filter(self, tree: Any) -> Callable[[Any, Env], Any]:
        if tree.type == "number":
            return index_filter(math.floor(tree.value))
        return predicate_filter(self.node(tree))

    def sort(self, tree: Any) -> Callable[[Any, Env], Any]:
        terms = [(self.node(term.expression), bool(term.descending)) for term in tree.terms]

        def order(items: Any, env: Env) -> Any:
            if len(items) <= 1:
                return items
            keyed: list[tuple[list[Any], Any]] = [
                ([node(item, env) for node, _ in terms], item) for item in items
            ]
            order_of = functools.cmp_to_key(functools.partial(compare_keys, [down for _, down in terms]))
            keyed.sort(key=lambda entry: order_of(entry[0]))
            return Array(item for _, item in keyed)

        return order

    def group(self, tree: Any) -> Node:
        """An object constructor, or the grouping `{...}` after a path."""
        pairs = [(self.node(key), self.node(value)) for key, value in tree.lhs_object]
        keys: list[str] = [key.value for key, _ in tree.lhs_object if key.type == "string"]
        if len(keys) != len(pairs) or len(set(keys)) != len(keys):
            return lambda item, env: group_by_keys(pairs, item, env)
        members = [(key, value) for key, (_, value) in zip(keys, pairs, strict=True)]

        def construct(item: Any, env: Env) -> Any:
            if isinstance(item, list) and len(item) > 1:
                return group_by_keys(pairs, item, env)
            if isinstance(item, list):
                item = item[0] if item else ABSENT
            built: dict[str, Any] = {}
            whole = True
            for key, node in members:
                value = node(item, env)
                if value is not ABSENT:
                    built[key] = value
                    if type(value) not in PLAIN_TYPES:
                        whole = False
            # Of plain values only, the object is plain itself: nothing in it has to be found and copied later.
            return built if whole else Object(built)

        return construct


_KINDS: dict[str, Callable[[_Compiler, Any], Node]] = {
    "string": _Compiler.literal,
    "number": _Compiler.literal,
    "value": _Compiler.literal,
    "name": _Compiler.name,
    "variable": _Compiler.variable,
    "wildcard": _Compiler.wildcard,
    "descendant": _Compiler.descendant,
    "binary": _Compiler.binary,
    "unary": _Compiler.unary,
    "condition": _Compiler.condition,
    "block": _Compiler.block,
    "bind": _Compiler.bind,
    "lambda": _Compiler.lambda_,
    "function": _Compiler.function,
    "apply": _Compiler.apply,
    "path": _Compiler.path,
}
_SEQUENCE_KINDS = frozenset({"name", "wildcard", "descendant", "path", "function", "apply"})
"""Kinds whose result may be a sequence of fewer than two. The others hand on what their parts have collapsed."""


# -- depth ------------------------------------------------------------------------------------------------


def _too_deep(item: Any, env: Env) -> Any:
    raise out_of_stack()


def _least_depth(tree: Any, level: int = 0) -> int:
    """How deep a node is evaluated whatever comes of conditions: a recursion's last call may end there."""
    kind, parts = tree.type, []
    if level > DEEPEST:
        return 1
    if kind == "condition":
        parts = [tree.condition]
    elif kind == "block" or (kind == "unary" and tree.value == "["):
        parts = tree.expressions
    elif kind == "unary" and tree.value == "-":
        parts = [tree.expression]
    elif kind in {"binary", "apply"}:
        parts = [tree.lhs] if tree.value in {"and", "or"} or kind == "apply" else [tree.lhs, tree.rhs]
    elif kind == "bind":
        parts = [tree.rhs]
    elif kind == "function":
        parts = [tree.procedure, *tree.arguments]
    elif kind == "path":
        parts = tree.steps[:1]
    return 1 + max((_least_depth(part, level + 1) for part in parts), default=0)


# -- variables and names ----------------------------------------------------------------------------------


def _states(scope: Scope) -> Any:
    from .jsonata_library import states_object

    return states_object(scope)


def _outside(name: str) -> Node:
    """A name that the expression does not bind: `$states`, a workflow variable, or a function."""
    if name == "states":
        return lambda item, env: _states(env.scope)
    builtin = BUILTINS.get(name)
    otherwise = ABSENT if builtin is None or name in REFUSED else Builtin(name, builtin.arity)
    if builtin is not None and builtin.arity < 0:
        raise UnsupportedError(f"{name} as a value")
    return lambda item, env: env.scope.variables.get(name, otherwise)


_STATES_MEMBERS: dict[str, Node] = {
    "input": lambda item, env: env.scope.input,
    "result": lambda item, env: env.scope.result,
    "errorOutput": lambda item, env: env.scope.error_output,
    "context": lambda item, env: env.scope.context,
}


def _decorated(step: Any) -> bool:
    """Whether a step is more than its name."""
    return bool(
        getattr(step, "stages", None)
        or getattr(step, "predicate", None)
        or step.keep_array
        or getattr(step, "group", None) is not None
        or any(getattr(step, name, None) is not None for name in ("tuple", "focus", "index", "ancestor"))
    )


def _states_member(steps: Any) -> Node | None:
    """The reader of `$states.input` and its like, where a path starts with one."""
    if len(steps) < 2 or steps[0].type != "variable" or steps[0].value != "states" or steps[1].type != "name":
        return None
    return _STATES_MEMBERS.get(steps[1].value)


def _only_names(steps: Any) -> bool:
    return all(step.type == "name" and not _decorated(step) for step in steps)


def _called(tree: Any) -> str | None:
    """The name in a call such as `sum(...)`, which lacks its dollar sign; None for other calls."""
    procedure = tree.procedure
    return procedure.steps[0].value if procedure.type == "path" and len(procedure.steps) == 1 else None
