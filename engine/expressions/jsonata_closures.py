"""JSONata compiled to closures: the library's syntax tree, our evaluation, with the semantics of the
reference.

One function per kind of node. What is not here (`%`, `@`, `#`, regular expressions, transforms, partial
application, signatures of lambdas) raises `UnsupportedError`, and the library evaluates that expression.

https://docs.jsonata.org/processing
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from .jsonata_errors import JsonataError
from .jsonata_functions import BUILTINS, REFUSED, call_builtin
from .jsonata_operators import OPERATORS, normal_number
from .jsonata_values import (
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

_MOST_TAIL_CALLS = 100_000


class UnsupportedError(Exception):
    """An expression that has something the closures leave to the library."""


def compile_closures(tree: Any) -> Callable[[Scope], Any]:
    """The evaluation of a whole expression: `(scope) -> value` in plain JSON types, ABSENT for undefined.

    It raises `JsonataError`. Raises UnsupportedError.
    """
    node = _Compiler(_bound_names(tree)).node(tree)

    def evaluate(scope: Scope) -> Any:
        try:
            return plain(node(ABSENT, Env(scope)))
        except RecursionError:
            raise JsonataError("D1011") from None

    return evaluate


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

    def node(self, tree: Any) -> Node:
        """The closure of a node with its predicates and grouping, its result collapsed."""
        kind = tree.type
        compile_kind = _KINDS.get(kind)
        if compile_kind is None or any(
            getattr(tree, name, None) is not None for name in ("tuple", "focus", "index", "ancestor")
        ):
            raise UnsupportedError(kind)
        node = compile_kind(self, tree)
        predicates = getattr(tree, "predicate", None)
        if predicates:
            node = _filtered(node, self.filters(predicates))
        group = getattr(tree, "group", None)
        if group is not None:
            node = _grouped(node, self.group(group))
        if tree.keep_array and kind != "path":
            return _kept(node)
        if kind in _SCALAR_KINDS and not predicates and group is None:
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
            return _lookup(item, key) if isinstance(item, list) else ABSENT

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
        return lambda item, env: _members(item)

    def descendant(self, tree: Any) -> Node:
        return lambda item, env: ABSENT if item is ABSENT else Sequence(_descendants(item))

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
            return -value

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
        body = self.node(tree.body)
        return lambda item, env: Lambda(parameters, body, item, env)

    def tail_call(self, tree: Any) -> Node:
        """A call in tail position: handed back to the caller, so that loops do not nest."""
        procedure, arguments = self.node(tree.procedure), [self.node(part) for part in tree.arguments]
        called = _called(tree)
        return lambda item, env: _TailCall(
            procedure(item, env), [argument(item, env) for argument in arguments], called
        )

    def function(self, tree: Any, first: Node | None = None) -> Node:
        arguments = [] if first is None else [first]
        arguments += [self.node(part) for part in tree.arguments or ()]
        procedure = tree.procedure
        name: str = procedure.value if procedure.type == "variable" else ""
        known = name not in self.bound and not getattr(procedure, "predicate", None)
        builtin = BUILTINS.get(name) if known else None
        if builtin is not None:
            return _builtin_call(name, builtin, arguments)
        function, called = self.node(procedure), _called(tree)

        def call(item: Any, env: Env) -> Any:
            target = function(item, env)
            return apply(target, [argument(item, env) for argument in arguments], item, env, called)

        return call

    def apply(self, tree: Any) -> Node:
        left = self.node(tree.lhs)
        if tree.rhs.type == "function":
            return self.function(tree.rhs, left)
        right = self.node(tree.rhs)

        def pipe(item: Any, env: Env) -> Any:
            value, function = left(item, env), right(item, env)
            if not is_function(function):
                raise JsonataError("T2006", None if function is ABSENT else plain(function))
            if is_function(value):
                return Chain(value, function)
            return apply(function, [value], None, env, None)

        return pipe

    # -- paths --------------------------------------------------------------------------------------------

    def path(self, tree: Any) -> Node:
        steps = tree.steps
        states = _states_member(steps)
        if states is not None and not tree.keep_singleton_array and _only_names(steps[2:]):
            return _plain_path(states, [step.value for step in steps[2:]])
        named = steps[0].type == "variable" and steps[0].value and not _decorated(steps[0])
        if named and _only_names(steps[1:]) and not tree.keep_singleton_array:
            return _plain_path(self.variable(steps[0]), [step.value for step in steps[1:]])
        return self.general_path(tree)

    def general_path(self, tree: Any) -> Node:
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
            return lambda items, env, last: _staged(order(items, env), stages, env)
        node = self.node(tree)

        def step(items: Any, env: Env, last: bool) -> Any:
            results = []
            for item in items:
                result = node(item, env)
                if stages:
                    result = _staged(result, stages, env)
                if result is not ABSENT:
                    results.append(result)
            if last and len(results) == 1 and _is_plain_array(results[0]):
                return results[0]
            return _flattened(results)

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
            return _index_filter(math.floor(tree.value))
        return _predicate_filter(self.node(tree))

    def sort(self, tree: Any) -> Callable[[Any, Env], Any]:
        terms = [(self.node(term.expression), bool(term.descending)) for term in tree.terms]

        def order(items: Any, env: Env) -> Any:
            if len(items) <= 1:
                return items
            keyed: list[tuple[list[Any], Any]] = [
                ([node(item, env) for node, _ in terms], item) for item in items
            ]
            order_of = functools.cmp_to_key(functools.partial(_compare, [down for _, down in terms]))
            keyed.sort(key=lambda entry: order_of(entry[0]))
            return Array(item for _, item in keyed)

        return order

    def group(self, tree: Any) -> Node:
        """An object constructor, or the grouping `{...}` after a path."""
        pairs = [(self.node(key), self.node(value)) for key, value in tree.lhs_object]
        keys: list[str] = [key.value for key, _ in tree.lhs_object if key.type == "string"]
        if len(keys) != len(pairs) or len(set(keys)) != len(keys):
            return lambda item, env: _group(pairs, item, env)
        members = [(key, value) for key, (_, value) in zip(keys, pairs, strict=True)]

        def construct(item: Any, env: Env) -> Any:
            if isinstance(item, list) and len(item) > 1:
                return _group(pairs, item, env)
            if isinstance(item, list):
                item = item[0] if item else ABSENT
            built = Object()
            for key, node in members:
                value = node(item, env)
                if value is not ABSENT:
                    built[key] = value
            return built

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
_SCALAR_KINDS = frozenset({"string", "number", "value", "lambda"})


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
    return None if _decorated(steps[0]) or _decorated(steps[1]) else _STATES_MEMBERS.get(steps[1].value)


def _only_names(steps: Any) -> bool:
    return all(step.type == "name" and not _decorated(step) for step in steps)


def _plain_path(start: Node, keys: list[str]) -> Node:
    """`$x.a.b`: members of objects, one after the other, until an array comes in between."""
    last = len(keys) - 1

    def path(item: Any, env: Env) -> Any:
        value = start(item, env)
        for index, key in enumerate(keys):
            if isinstance(value, dict):
                value = value.get(key, ABSENT)
            elif isinstance(value, list):
                return _through_arrays(_flattened([value]), keys[index:])
            else:
                return ABSENT
        return Sequence(value) if last >= 0 and isinstance(value, Sequence) else value

    return path


def _through_arrays(items: Any, keys: list[str]) -> Any:
    last = len(keys) - 1
    for index, key in enumerate(keys):
        results = []
        for item in items:
            if isinstance(item, dict):
                result = item.get(key, ABSENT)
            elif isinstance(item, list):
                result = collapse(_lookup(item, key))
            else:
                continue
            if result is not ABSENT:
                results.append(result)
        if index == last and len(results) == 1 and _is_plain_array(results[0]):
            return results[0]
        items = _flattened(results)
        if not items:
            break
    return items


def _lookup(items: Any, key: str) -> Sequence:
    found = Sequence()
    for item in items:
        if isinstance(item, dict):
            value = item.get(key, ABSENT)
        elif isinstance(item, list):
            value = _lookup(item, key)
        else:
            continue
        if isinstance(value, list):
            found.extend(value)
        elif value is not ABSENT:
            found.append(value)
    return found


def _is_plain_array(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, Sequence)


def _flattened(results: list[Any]) -> Sequence:
    found = Sequence()
    for result in results:
        if isinstance(result, list) and not (isinstance(result, Array) and result.whole):
            found.extend(result)
        else:
            found.append(result)
    return found


def _members(item: Any) -> Any:
    """`*`: https://docs.jsonata.org/path-operators#-wildcard"""
    values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    found: Any = Sequence()
    for value in values:
        if isinstance(value, list):
            flat = list(_leaves(value))
            found = Array([*found, *flat])
        else:
            found.append(value)
    return found


def _leaves(items: list[Any]) -> Any:
    for item in items:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def _descendants(item: Any) -> Any:
    stack = [item]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
            continue
        yield item
        if isinstance(item, dict):
            stack.extend(reversed(item.values()))


# -- predicates, groups, order ----------------------------------------------------------------------------


def _kept(node: Node) -> Node:
    def keep(item: Any, env: Env) -> Any:
        value = node(item, env)
        if isinstance(value, Sequence):
            value.keep = True
        return collapse(value)

    return keep


def _filtered(node: Node, filters: list[Callable[[Any, Env], Any]]) -> Node:
    return lambda item, env: _staged(node(item, env), filters, env)


def _grouped(node: Node, group: Node) -> Node:
    return lambda item, env: group(node(item, env), env)


def _staged(value: Any, filters: list[Callable[[Any, Env], Any]], env: Env) -> Any:
    for keep in filters:
        if value is ABSENT:
            return ABSENT
        value = keep(value, env)
    return value


def _index_filter(index: int) -> Callable[[Any, Env], Any]:
    def pick(value: Any, env: Env) -> Any:
        items = value if isinstance(value, list) else [value]
        if not -len(items) <= index < len(items):
            return Sequence()
        found = items[index]
        return found if isinstance(found, list) else Sequence([found])

    return pick


def _predicate_filter(predicate: Node) -> Callable[[Any, Env], Any]:
    def select(value: Any, env: Env) -> Any:
        items = value if isinstance(value, list) else [value]
        found = Sequence()
        for index, item in enumerate(items):
            result = predicate(item, env)
            if is_number(result):
                result = [result]
            if isinstance(result, list) and all(map(is_number, result)):
                for number in result:
                    position = math.floor(number)
                    if position + len(items) * (position < 0) == index:
                        found.append(item)
            elif truth(result):
                found.append(item)
        return found

    return select


def _group(pairs: list[tuple[Node, Node]], item: Any, env: Env) -> Any:
    items = item if isinstance(item, list) else [item]
    groups: dict[str, tuple[Any, int]] = {}
    for element in items or [ABSENT]:
        for position, (key_of, _) in enumerate(pairs):
            key = key_of(element, env)
            if key is ABSENT:
                continue
            if not isinstance(key, str):
                raise JsonataError("T1003", key)
            if key not in groups:
                groups[key] = (element, position)
            elif groups[key][1] != position:
                raise JsonataError("D1009", key)
            else:
                groups[key] = (_appended(groups[key][0], element), position)
    built = Object()
    for key, (element, position) in groups.items():
        value = pairs[position][1](element, env)
        if value is not ABSENT:
            built[key] = value
    return built


def _appended(left: Any, right: Any) -> Any:
    if left is ABSENT or right is ABSENT:
        return right if left is ABSENT else left
    lefts = left if isinstance(left, list) else [left]
    return Array([*lefts, *(right if isinstance(right, list) else [right])])


def _compare(descending: list[bool], left: list[Any], right: list[Any]) -> int:
    """Order-by: undefined last, whichever the direction; the first term that differs decides."""
    for a, b, down in zip(left, right, descending, strict=True):
        if a is ABSENT or b is ABSENT:
            if a is b:
                continue
            return 1 if a is ABSENT else -1
        if not all(is_number(value) or isinstance(value, str) for value in (a, b)):
            raise JsonataError("T2008", a, b)
        if isinstance(a, str) is not isinstance(b, str):
            raise JsonataError("T2007", a, b)
        if a != b:
            return (1 if a > b else -1) * (-1 if down else 1)
    return 0


# -- calls ------------------------------------------------------------------------------------------------


class _TailCall:
    """A call in tail position, still to be made."""

    __slots__ = ("arguments", "called", "function")

    def __init__(self, function: Any, arguments: list[Any], called: str | None) -> None:
        self.function = function
        self.arguments = arguments
        self.called = called


def _called(tree: Any) -> str | None:
    """The name in a call such as `sum(...)`, which lacks its dollar sign; None for other calls."""
    procedure = tree.procedure
    return procedure.steps[0].value if procedure.type == "path" and len(procedure.steps) == 1 else None


def apply(function: Any, arguments: list[Any], item: Any, env: Env, called: str | None) -> Any:
    """Call a function value, and the calls in tail position that it hands back."""
    result = _apply(function, arguments, item, env, called)
    for _ in range(_MOST_TAIL_CALLS):
        if type(result) is not _TailCall:
            return result
        result = _apply(result.function, result.arguments, item, env, result.called)
    raise JsonataError(
        "D1012", detail=f"Evaluation stopped after {_MOST_TAIL_CALLS} tail calls. Check for infinite loop"
    )


def _apply(function: Any, arguments: list[Any], item: Any, env: Env, called: str | None) -> Any:
    if isinstance(function, Lambda):
        inner = Env(env.scope, function.env)
        inner.names = dict(zip(function.parameters, arguments, strict=False))
        return function.body(function.item, inner)
    if isinstance(function, Builtin):
        return collapse(call_builtin(function.name, arguments, item, env, apply))
    if isinstance(function, Chain):
        return apply(function.second, [apply(function.first, arguments, None, env, None)], None, env, None)
    if called is not None and function is ABSENT and called in BUILTINS:
        raise JsonataError("T1005", called)
    raise JsonataError("T1006")


def _builtin_call(name: str, builtin: Any, arguments: list[Node]) -> Node:
    """A call of a function by its name. A workflow variable of that name would come first, as no function."""
    run = builtin.run
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
        return call_builtin(name, [argument(item, env) for argument in arguments], item, env, apply)

    return call
