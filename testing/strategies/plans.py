"""Generated machines before they are written down: a plan says what states do, `render` says it in a query language.

One plan rendered twice gives two machines that have to behave the same: in JSONPath and in JSONata, with inline and
with distributed Maps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Add",
    "Array",
    "Context",
    "Expression",
    "Field",
    "Guard",
    "Join",
    "Kind",
    "Language",
    "Length",
    "Literally",
    "Plan",
    "Step",
    "Test",
    "Variable",
    "Whole",
    "render",
]

Language = Literal["JSONPath", "JSONata", "mixed"]
Kind = Literal[
    "put",
    "make",
    "constant",
    "assign",
    "task",
    "choice",
    "wait",
    "map",
    "parallel",
    "succeed",
    "fail",
]
Definition = dict[str, Any]


@dataclass(frozen=True)
class Whole:
    """The state's input."""


@dataclass(frozen=True)
class Field:
    """A member of the state's input."""

    name: str


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass(frozen=True)
class Context:
    """Something in the context object, by its path there."""

    path: str


@dataclass(frozen=True)
class Literally:
    """A constant, as it stands."""

    value: Any


@dataclass(frozen=True)
class Add:
    of: Expression
    amount: int


@dataclass(frozen=True)
class Join:
    """The text of a number or text, with more text behind it."""

    of: Expression
    text: str


@dataclass(frozen=True)
class Length:
    """How many elements a list has."""

    of: Expression


@dataclass(frozen=True)
class Array:
    """A list of scalars."""

    parts: tuple[Expression, ...]


Expression = Whole | Field | Variable | Context | Literally | Add | Join | Length | Array
Template = Mapping[str, Expression]


@dataclass(frozen=True)
class Test:
    """A condition on a member of the input.

    `operator` is `present`, `kind` (compared: string, number, boolean or null), or a comparison with `value`:
    `=`, `<`, `<=`, `>`, `>=`. `and`, `or` and `not` combine `parts`.
    """

    operator: str
    name: str = ""
    value: Any = None
    parts: tuple[Test, ...] = ()


@dataclass(frozen=True)
class Guard:
    """Retriers as ASL, and catchers: errors, where to go, and where the error's name goes (a variable, or nowhere)."""

    retry: tuple[dict[str, Any], ...] = ()
    catch: tuple[tuple[tuple[str, ...], str, str | None], ...] = ()


@dataclass(frozen=True)
class Step:
    """One state. Which members matter depends on `kind`."""

    name: str
    kind: Kind
    jsonata: bool = False
    """In a mixed machine: whether this state, and what is in it, is JSONata."""
    following: str | None = None
    """The next state, None at the end."""
    into: str | None = None
    """The member of the input that takes the result; None if the result replaces the input."""
    value: Any = None
    """`put`: an expression; `constant`: a JSON value; `wait`: seconds, or an expression; `fail`: error and cause."""
    template: Template = field(default_factory=dict)
    """`make`: the members to make; `assign`: variables; `task`: the payload; `map`: ItemSelector."""
    rules: tuple[tuple[Test, str], ...] = ()
    function: str = ""
    guard: Guard = Guard()
    items: str = ""
    concurrency: int = 0
    timeout: int | None = None
    inner: tuple[Plan, ...] = ()


@dataclass(frozen=True)
class Plan:
    """States from the first on; each goes to a later one."""

    steps: tuple[Step, ...]


def render(
    plan: Plan, language: Language = "JSONPath", mode: Literal["INLINE", "DISTRIBUTED"] = "INLINE"
) -> Definition:
    """The plan as a definition. With language `mixed` the machine is JSONPath and some of its states JSONata."""
    definition: Definition = {} if language != "JSONata" else {"QueryLanguage": "JSONata"}
    return definition | _states(plan, language, mode)


def _states(plan: Plan, language: Language, mode: str, forced: bool = False) -> Definition:
    states = {step.name: _state(step, language, mode, forced) for step in plan.steps}
    return {"StartAt": plan.steps[0].name, "States": states}


def _state(step: Step, language: Language, mode: str, forced: bool) -> Definition:
    jsonata = language == "JSONata" or (language == "mixed" and (step.jsonata or forced))
    marked = language == "mixed" and jsonata
    types = {"put": "Pass", "make": "Pass", "constant": "Pass", "assign": "Pass"}
    state: Definition = {"Type": types.get(step.kind, step.kind.capitalize())}
    if marked:
        state["QueryLanguage"] = "JSONata"

    def inner(plan: Plan) -> Definition:
        return _states(plan, language, mode, forced or (marked and step.jsonata))

    write = _JSONATA if jsonata else _JSONPATH
    state |= write[step.kind](step, inner, mode) if step.kind in write else _plain(step)
    if step.guard.retry:
        state["Retry"] = [dict(rule) for rule in step.guard.retry]
    if step.guard.catch:
        state["Catch"] = [_catcher(rule, jsonata) for rule in step.guard.catch]
    if step.kind not in ("choice", "succeed", "fail"):
        state |= {"Next": step.following} if step.following else {"End": True}
    return state


def _plain(step: Step) -> Definition:
    """What reads the same in both languages."""
    if step.kind == "fail":
        return {"Error": step.value[0], "Cause": step.value[1]}
    return {}


def _catcher(rule: tuple[tuple[str, ...], str, str | None], jsonata: bool) -> Definition:
    """The state's input goes on; of the error at most its name is kept, since causes are worded differently."""
    errors, following, variable = rule
    made: Definition = {"ErrorEquals": list(errors), "Next": following}
    if jsonata:
        made["Output"] = "{% $states.input %}"
        if variable:
            made["Assign"] = {variable: "{% $states.errorOutput.Error %}"}
        return made
    made["ResultPath"] = None
    if variable:
        made["Assign"] = {f"{variable}.$": "$.Error"}
    return made


def _json(value: Any) -> str:
    """A literal of both languages. Other characters stand as they are: JSONata has no pairs of surrogate escapes."""
    return json.dumps(value, ensure_ascii=False)


# -- JSONPath ----------------------------------------------------------------------------------------------


def _path(expression: Expression) -> str:
    match expression:
        case Whole():
            return "$"
        case Field(name):
            return f"$.{name}"
        case Variable(name):
            return f"${name}"
        case Context(path):
            return f"$$.{path}"
        case Literally(value):
            return f"'{value}'" if isinstance(value, str) else _json(value)
        case Add(of, amount):
            return f"States.MathAdd({_path(of)}, {amount})"
        case Join(of, text):
            return f"States.Format('{{}}{text}', {_path(of)})"
        case Length(of):
            return f"States.ArrayLength({_path(of)})"
        case Array(parts):
            return f"States.Array({', '.join(map(_path, parts))})"


def _path_template(template: Template) -> Definition:
    return {
        name if isinstance(value, Literally) else f"{name}.$": value.value
        if isinstance(value, Literally)
        else _path(value)
        for name, value in template.items()
    }


def _result_path(step: Step) -> Definition:
    return {} if step.into is None else {"ResultPath": f"$.{step.into}"}


def _path_task(step: Step, inner: Any, mode: str) -> Definition:
    state: Definition = {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": step.function, "Payload": _path_template(step.template)},
    }
    if step.timeout is not None:
        state["TimeoutSeconds"] = step.timeout
    if step.into is None:
        return state | {"OutputPath": "$.Payload"}
    return state | {"ResultSelector": {"r.$": "$.Payload"}, "ResultPath": f"$.{step.into}"}


def _path_map(step: Step, inner: Callable[[Plan], Definition], mode: str) -> Definition:
    state: Definition = {"ItemsPath": f"$.{step.items}", "MaxConcurrency": step.concurrency}
    if step.template:
        state["ItemSelector"] = _path_template(step.template)
    return state | {"ItemProcessor": _processor(inner(step.inner[0]), mode)} | _result_path(step)


def _path_wait(step: Step, inner: Any, mode: str) -> Definition:
    if isinstance(step.value, int):
        return {"Seconds": step.value}
    return {"SecondsPath": _path(step.value)}


_COMPARISONS = {
    "=": "Equals",
    "<": "LessThan",
    "<=": "LessThanEquals",
    ">": "GreaterThan",
    ">=": "GreaterThanEquals",
}
_KINDS = {"string": "IsString", "number": "IsNumeric", "boolean": "IsBoolean", "null": "IsNull"}


def _path_test(test: Test) -> Definition:
    if test.operator in ("and", "or"):
        return {test.operator.capitalize(): [_path_test(part) for part in test.parts]}
    if test.operator == "not":
        return {"Not": _path_test(test.parts[0])}
    made: Definition = {"Variable": f"$.{test.name}"}
    if test.operator == "present":
        return made | {"IsPresent": True}
    if test.operator == "kind":
        return made | {_KINDS[test.value]: True}
    kinds = {bool: "Boolean", str: "String"}
    return made | {kinds.get(type(test.value), "Numeric") + _COMPARISONS[test.operator]: test.value}


_JSONPATH: dict[str, Callable[[Step, Any, str], Definition]] = {
    "put": lambda step, inner, mode: {"InputPath": _path(step.value), **_result_path(step)},
    "make": lambda step, inner, mode: {"Parameters": _path_template(step.template), **_result_path(step)},
    "constant": lambda step, inner, mode: {"Result": step.value, **_result_path(step)},
    "assign": lambda step, inner, mode: {"Assign": _path_template(step.template)},
    "task": _path_task,
    "wait": _path_wait,
    "map": _path_map,
    "parallel": lambda step, inner, mode: {"Branches": list(map(inner, step.inner)), **_result_path(step)},
    "choice": lambda step, inner, mode: {
        "Choices": [_path_test(test) | {"Next": following} for test, following in step.rules],
        "Default": step.following,
    },
}


# -- JSONata -----------------------------------------------------------------------------------------------


def _code(expression: Expression) -> str:
    match expression:
        case Whole():
            return "$states.input"
        case Field(name):
            return f"$states.input.{name}"
        case Variable(name):
            return f"${name}"
        case Context(path):
            return f"$states.context.{path}"
        case Literally(value):
            return _json(value)
        case Add(of, amount):
            return f"({_code(of)} + {amount})" if amount >= 0 else f"({_code(of)} - {-amount})"
        case Join(of, text):
            return f"({_code(of)} & {_json(text)})"
        case Length(of):
            return f"$count({_code(of)})"
        case Array(parts):
            return f"[{', '.join(map(_code, parts))}]"


def _braced(code: str) -> str:
    return f"{{% {code} %}}"


def _code_template(template: Template) -> Definition:
    return {
        name: value.value if isinstance(value, Literally) else _braced(_code(value))
        for name, value in template.items()
    }


def _code_object(template: Template) -> str:
    return "{" + ", ".join(f"{_json(name)}: {_code(value)}" for name, value in template.items()) + "}"


def _output(step: Step, code: str) -> Definition:
    """`code` in place of the input, or in one member of it."""
    if step.into is None:
        return {"Output": _braced(code)}
    return {"Output": _braced(f"$merge([$states.input, {{{_json(step.into)}: {code}}}])")}


def _code_task(step: Step, inner: Any, mode: str) -> Definition:
    state: Definition = {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": step.function, "Payload": _code_template(step.template)},
    }
    if step.timeout is not None:
        state["TimeoutSeconds"] = step.timeout
    result = "$states.result.Payload"
    return state | _output(step, result if step.into is None else f'{{"r": {result}}}')


def _code_map(step: Step, inner: Callable[[Plan], Definition], mode: str) -> Definition:
    state: Definition = {"Items": _braced(f"$states.input.{step.items}"), "MaxConcurrency": step.concurrency}
    if step.template:
        state["ItemSelector"] = _code_template(step.template)
    state["ItemProcessor"] = _processor(inner(step.inner[0]), mode)
    return state if step.into is None else state | _output(step, "$states.result")


def _processor(states: Definition, mode: str) -> Definition:
    config = {"Mode": mode} | ({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})
    return {"ProcessorConfig": config, **states}


def _code_parallel(step: Step, inner: Callable[[Plan], Definition], mode: str) -> Definition:
    state: Definition = {"Branches": list(map(inner, step.inner))}
    return state if step.into is None else state | _output(step, "$states.result")


def _code_wait(step: Step, inner: Any, mode: str) -> Definition:
    return {"Seconds": step.value if isinstance(step.value, int) else _braced(_code(step.value))}


def _code_test(test: Test) -> str:
    if test.operator in ("and", "or"):
        return "(" + f" {test.operator} ".join(map(_code_test, test.parts)) + ")"
    if test.operator == "not":
        return f"$not({_code_test(test.parts[0])})"
    member = f"$states.input.{test.name}"
    if test.operator == "present":
        return f"$exists({member})"
    if test.operator == "kind":
        return f"$type({member}) = {_json(test.value)}"
    return f"{member} {test.operator} {_json(test.value)}"


_JSONATA: dict[str, Callable[[Step, Any, str], Definition]] = {
    "put": lambda step, inner, mode: _output(step, _code(step.value)),
    "make": lambda step, inner, mode: (
        {"Output": _code_template(step.template)}
        if step.into is None
        else _output(step, _code_object(step.template))
    ),
    "constant": lambda step, inner, mode: (
        {"Output": step.value} if step.into is None else _output(step, _json(step.value))
    ),
    "assign": lambda step, inner, mode: {"Assign": _code_template(step.template)},
    "task": _code_task,
    "wait": _code_wait,
    "map": _code_map,
    "parallel": _code_parallel,
    "choice": lambda step, inner, mode: {
        "Choices": [
            {"Condition": _braced(_code_test(test)), "Next": following} for test, following in step.rules
        ],
        "Default": step.following,
    },
}
