"""Rules on the texts that are evaluated: payload templates, intrinsic functions and JSONata.

`check_expressions` goes once over the texts of a state and calls the rule that applies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from ..asl_jsonata import CONTEXT_FIELDS, FUNCTIONS, STATES_FIELDS, Expression, read_jsonata
from ..asl_paths import (
    HASH_ALGORITHMS,
    INTRINSICS,
    MAX_INTRINSIC_DEPTH,
    Reading,
    format_slots,
    read_expression,
    read_path,
)
from .fields import CATCHER_FIELDS, CHOICE_RULE_FIELDS
from .machine import State, escape, is_placeholder
from .registry import GUIDE, SPEC, Problem, rule, show, suggest, typename
from .shape import Found


class Text(NamedTuple):
    """A text of a state that is, or looks as if it were, evaluated."""

    path: str
    key: str
    value: Any
    field: str
    """The state's own field it is in or below."""


SKIPPED: Final = frozenset(
    {"ItemProcessor", "Iterator", "Branches", "Comment", "Type", "Next", "QueryLanguage"}
)
TEMPLATES: Final = frozenset(
    {"Parameters", "ResultSelector", "ItemSelector", "Assign", "BatchInput", "Arguments", "Output"}
)
_LOOKS_EVALUATED = re.compile(r"\$\$?[.\[]|States\.[A-Z]\w+\s*\(.*\)\s*\Z")
_VARIABLE = re.compile(r"\$[^\W\d]\w*")


def texts(state: State) -> list[Text]:
    """The texts of a state that a rule may want to see, its children left out, in the order they are written."""
    found: list[Text] = []
    for field, value in state.data.items():
        if field in SKIPPED:
            continue
        if type(value) is str:
            if "$" in value or "{%" in value or "%}" in value:
                found.append(Text("/" + field, field, value, field))
        elif type(value) is dict or type(value) is list:
            _collect(value, "/" + escape(field), field, found)
    return found


def _collect(value: Any, path: str, field: str, found: list[Text]) -> None:
    todo: list[tuple[Any, str]] = [(value, path)]
    while todo:
        container, path = todo.pop()
        items = container.items() if type(container) is dict else enumerate(container)
        nested = []
        for key, item in items:
            kind = type(item)
            if kind is dict or kind is list:
                nested.append((item, f"{path}/{escape(key) if type(key) is str else key}"))
                if type(key) is str and key.endswith(".$"):
                    found.append(Text(nested[-1][1], key, item, field))
            elif type(key) is str and key.endswith(".$"):
                found.append(Text(f"{path}/{escape(key)}", key, item, field))
            elif kind is str and ("$" in item or "{%" in item or "States." in item or "%}" in item):
                where = escape(key) if type(key) is str else key
                found.append(Text(f"{path}/{where}", key if type(key) is str else "", item, field))
        if nested:
            todo += reversed(nested)


def _in_template(text: Text) -> bool:
    """Whether the text stands in a payload template."""
    if text.field in TEMPLATES:
        return True
    return text.field not in ("Result", "Choices", "Retry") and any(
        part in TEMPLATES for part in text.path.split("/")[2:]
    )


def check_expressions(state: State) -> Iterator[Found]:
    """Judge every text of a state; collects the variables it reads in `state.scope.machine.reads`."""
    found = texts(state)
    if not found:
        return
    reads: list[tuple[str, str]] = []
    check = _check_jsonata if state.jsonata else _check_jsonpath
    for text in found:
        yield from check(state, text, reads)
    if reads:
        state.scope.machine.reads.append((state, reads))


def _check_jsonpath(state: State, text: Text, reads: list[tuple[str, str]]) -> Iterator[Found]:
    path, key, value, field = text
    if field == "Result":
        for problem in static_result(text):
            yield "FF311", problem
        return
    if _in_template(text) or (field == "Choices" and "/Assign/" in path):
        if key.endswith(".$"):
            for problem in bad_template_value(text):
                yield "FF304", problem
                return
            if type(value) is str and not is_placeholder(value):
                reading = read_expression(value)
                yield from _check_reading(text, reading)
                reads += [(path, root) for root in reading.roots if root[0] != "$"]
        elif type(value) is str:
            for problem in no_dollar(state, text):
                yield "FF310", problem
            for problem in jsonata_in_jsonpath(text):
                yield "FF319", problem
    elif type(value) is str and value.startswith(("$", "States.")) and not is_placeholder(value):
        if key.endswith("Path") or key in ("Variable", "RoleArn.$"):
            reading = read_expression(value)
            if not reading.error:
                yield from _check_reading(text, reading)
                reads += [(path, root) for root in reading.roots if root[0] != "$"]
        elif field in ("Error", "Cause", "Seconds", "Timestamp") or (
            field == "Choices" and key + "Path" not in ("",) and _LOOKS_EVALUATED.match(value)
        ):
            for problem in no_path(text):
                yield "FF312", problem
    elif type(value) is str and "{%" in value and not _of_other_language(state, text, "JSONata"):
        for problem in jsonata_in_jsonpath(text):
            yield "FF319", problem


def _of_other_language(state: State, text: Text, language: str) -> bool:
    """Whether the text stands in a field that rule FF112 refuses already."""
    for fields, name in (
        (state.fields, text.field),
        (CHOICE_RULE_FIELDS, text.key),
        (CATCHER_FIELDS, text.key),
    ):
        field = fields.get(name)
        if field is not None and field.language == language:
            return True
    return False


def _check_reading(text: Text, reading: Reading) -> Iterator[Found]:
    """The calls and context paths of a text that reads well."""
    for name in reading.context if text.key != "ResultPath" else ():
        for problem in unknown_context(text, name):
            yield "FF309", problem
    for call in reading.calls:
        for rule_id, function in (
            ("FF305", unknown_intrinsic),
            ("FF306", bad_arity),
            ("FF307", bad_arguments),
        ):
            problems = list(function(text, call))
            for problem in problems:
                yield rule_id, problem
            if problems:
                break
    if reading.depth > MAX_INTRINSIC_DEPTH:
        for problem in too_deep(text, reading.depth):
            yield "FF308", problem


def _check_jsonata(state: State, text: Text, reads: list[tuple[str, str]]) -> Iterator[Found]:
    path, _, value, field = text
    if type(value) is not str or field == "Retry":
        return
    opens, closes = value.startswith("{%"), value.endswith("%}")
    if not opens or not closes:
        for problem in bad_delimiters(text):
            yield "FF314", problem
            return
        if not is_placeholder(value) and not _of_other_language(state, text, "JSONPath"):
            for problem in jsonpath_in_jsonata(text):
                yield "FF318", problem
        return
    if is_placeholder(value):
        return
    expression = read_jsonata(value[2:-2])
    for problem in bad_jsonata(text, expression):
        yield "FF313", problem
        return
    for problem in unknown_states_field(state, text, expression):
        yield "FF315", problem
    for name in expression.context:
        for problem in unknown_context(text, name, "$states.context"):
            yield "FF309", problem
    for problem in unknown_function(text, expression):
        yield "FF316", problem
    for problem in calls_eval(text, expression):
        yield "FF321", problem
    for problem in path_from_nothing(text, expression):
        yield "FF317", problem
    reads += [(path, name) for name in expression.variables]


@rule(
    "FF304",
    "Template value is no path",
    source=SPEC + "#payload-template",
    bad='{"Type": "Pass", "Parameters": {"a.$": "hello"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a": "hello", "b.$": "$.b"}, "End": true}',
)
def bad_template_value(text: Text) -> Iterable[Problem]:
    """In a payload template the value of a field whose name ends in `.$` is a JSONPath or an intrinsic function.

    Strings inside an intrinsic function stand in single quotes; a backslash escapes `'`, `{`, `}` and itself.
    """
    path, key, value, _ = text
    aws = f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
    parent = path.rsplit("/", 1)[0]
    if type(value) is not str:
        if not is_placeholder(value):
            yield Problem(
                path,
                f"has {typename(value)} in field '{key}', which holds a path",
                f"write '{key[:-2]}' without '.$' for a literal value",
                aws,
                parent,
            )
        return
    if is_placeholder(value):
        return
    reading = read_expression(value)
    if reading.error:
        hint = (
            f"write '{key[:-2]}' without '.$' for a literal value"
            if reading.error.startswith("is neither")
            else ""
        )
        word = re.match(r"[\w.]*\w", value)
        if word and "(" in value and (near := suggest(word[0], INTRINSICS)) and word[0] not in INTRINSICS:
            hint = near
        yield Problem(path, f"has {show(value)} in field '{key}', which {reading.error}", hint, aws, parent)


@rule(
    "FF305",
    "Unknown intrinsic function",
    source=GUIDE + "intrinsic-functions.html",
    bad='{"Type": "Pass", "Parameters": {"a.$": "States.Foramt(\'{}\', $.b)"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "States.Format(\'{}\', $.b)"}, "End": true}',
)
def unknown_intrinsic(text: Text, call: Any) -> Iterable[Problem]:
    """A payload template calls an intrinsic function that does not exist. Names are case-sensitive."""
    if call.name not in INTRINSICS:
        hint = suggest(call.name, INTRINSICS) or suggest("States." + call.name, INTRINSICS, always=True)
        aws = f"The value for the field '{text.key}' must be a valid JSONPath or a valid intrinsic function call"
        yield Problem(
            text.path,
            f"calls {call.name} in field '{text.key}', which is no intrinsic function",
            hint,
            aws,
            text.path.rsplit("/", 1)[0],
        )


@rule(
    "FF306",
    "Wrong number of arguments",
    source=GUIDE + "intrinsic-functions.html",
    bad='{"Type": "Pass", "Parameters": {"a.$": "States.MathAdd($.b)"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "States.MathAdd($.b, 1)"}, "End": true}',
)
def bad_arity(text: Text, call: Any) -> Iterable[Problem]:
    """An intrinsic function is called with too few or too many arguments."""
    least, most = INTRINSICS[call.name]
    count = len(call.arguments)
    if count < least or (most is not None and count > most):
        wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        yield Problem(
            text.path,
            f"calls {call.name} with {count} argument{'s' * (count != 1)} in field '{text.key}'; "
            f"it takes {wanted}",
        )


@rule(
    "FF307",
    "Argument the function refuses",
    source=GUIDE + "intrinsic-functions.html",
    severity="warning",
    bad='{"Type": "Pass", "Parameters": {"a.$": "States.Format(\'{} {}\', $.b)"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "States.Format(\'{} {}\', $.b, $.c)"}, "End": true}',
)
def bad_arguments(text: Text, call: Any) -> Iterable[Problem]:
    """A literal argument with which the function fails when the state runs.

    `States.Format` needs as many arguments as its text has `{}`; `States.Hash` an algorithm it knows;
    `States.JsonMerge` `false` as its third; `States.ArrayPartition` a size above 0; `States.ArrayRange` a step
    that is not 0.
    """
    name, arguments = call
    trouble = ""
    if name == "States.Format" and arguments[0].startswith("'"):
        slots = format_slots(arguments[0])
        if slots != len(arguments) - 1:
            trouble = f"its text has {slots} '{{}}', but {len(arguments) - 1} arguments follow"
    elif (
        name == "States.Hash"
        and arguments[1].startswith("'")
        and arguments[1].strip("'") not in HASH_ALGORITHMS
    ):
        trouble = f"the algorithm is one of {', '.join(HASH_ALGORITHMS)}"
    elif name == "States.JsonMerge" and arguments[2] == "true":
        trouble = "only shallow merging is supported: write false"
    elif name == "States.ArrayPartition" and re.fullmatch(r"0|-\d+", arguments[1]):
        trouble = "the size of a part must be above 0"
    elif name == "States.ArrayRange" and arguments[2] == "0":
        trouble = "the step must not be 0"
    if trouble:
        yield Problem(text.path, f"calls {name} in field '{text.key}', which will fail: {trouble}")


@rule(
    "FF308",
    "Intrinsic functions nested too deep",
    source=GUIDE + "intrinsic-functions.html",
    bad='{"Type": "Pass", "Parameters": {"a.$": "' + "States.Array(" * 11 + ")" * 11 + '"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "' + "States.Array(" * 10 + ")" * 10 + '"}, "End": true}',
)
def too_deep(text: Text, depth: int) -> Iterable[Problem]:
    """Intrinsic functions nest at most ten deep."""
    yield Problem(
        text.path,
        f"nests {depth} intrinsic functions in field '{text.key}'; {MAX_INTRINSIC_DEPTH} are allowed",
        "do a part of it in a Pass state before",
    )


@rule(
    "FF309",
    "Unknown field of the context object",
    source=GUIDE + "input-output-contextobject.html",
    severity="warning",
    bad='{"Type": "Pass", "Parameters": {"a.$": "$$.Exection.Id"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "$$.Execution.Id"}, "End": true}',
)
def unknown_context(text: Text, name: str, root: str = "$$") -> Iterable[Problem]:
    """The context object has `Execution`, `State`, `StateMachine`, `Task` and, in a Map, `Map`."""
    if name not in CONTEXT_FIELDS and "${" not in name:
        yield Problem(
            text.path,
            f"reads '{root}.{name}' in field '{text.key}', which the context object does not have",
            suggest(name, CONTEXT_FIELDS, always=True),
        )


@rule(
    "FF310",
    "Path without .$",
    source=SPEC + "#payload-template",
    severity="warning",
    bad='{"Type": "Pass", "Parameters": {"a": "$.b"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "$.b"}, "End": true}',
    aws_code="NO_DOLLAR",
)
def no_dollar(state: State, text: Text) -> Iterable[Problem]:
    """A value in a payload template looks like a path or an intrinsic function, but is passed on as plain text.

    Only fields whose names end in `.$` are evaluated. In an array, use `States.Array` in such a field.
    """
    path, key, value, _ = text
    variable = _VARIABLE.match(value)
    is_variable = (
        variable is not None
        and variable[0][1:] in state.scope.machine.assigned_names
        and (variable.end() == len(value) or value[variable.end()] in ".[")
    )
    if not is_variable and (
        not _LOOKS_EVALUATED.match(value) or (value[0] == "$" and read_path(value).error)
    ):
        return
    place = f"field '{key}'" if key else "an array"
    hint = (
        f"write '{key}.$' for its value"
        if key
        else "build the array with States.Array in a field that ends in .$"
    )
    yield Problem(
        path, f"has {show(value)} in {place}, which is passed on as plain text", hint, key=bool(key)
    )


@rule(
    "FF311",
    "Path in a static Result",
    source=GUIDE + "state-pass.html",
    severity="warning",
    bad='{"Type": "Pass", "Result": {"a.$": "$.b"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "$.b"}, "End": true}',
    aws_code="PASS_RESULT_IS_STATIC",
)
def static_result(text: Text) -> Iterable[Problem]:
    """`Result` of a Pass state is passed on as it stands; paths in it are not evaluated. Use `Parameters`."""
    path, key, value, _ = text
    if key.endswith(".$") or (type(value) is str and _LOOKS_EVALUATED.match(value)):
        yield Problem(path, f"has {show(value)} in its Result, which is not evaluated", "use Parameters")


@rule(
    "FF312",
    "Path in a field that holds a value",
    source=SPEC + "#choice-state",
    severity="warning",
    bad='{"Type": "Fail", "Cause": "$.message"}',
    good='{"Type": "Fail", "CausePath": "$.message"}',
    aws_code="NO_PATH",
)
def no_path(text: Text) -> Iterable[Problem]:
    """A field that holds a literal value holds what looks like a path. Its twin that ends in `Path` evaluates it."""
    if _LOOKS_EVALUATED.match(text.value):
        yield Problem(
            text.path,
            f"has {show(text.value)} in field '{text.key}', which is taken literally",
            f"use '{text.key}Path'",
            key=True,
        )


@rule(
    "FF313",
    "JSONata not well formed",
    source="https://docs.jsonata.org/overview",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input. %}", "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a %}", "End": true}',
)
def bad_jsonata(text: Text, expression: Expression) -> Iterable[Problem]:
    """The text between `{%` and `%}` is not a JSONata expression."""
    if expression.error:
        where = f"field '{text.key}'" if text.key else "an array"
        yield Problem(
            text.path, f"has the expression {show(text.value, 60)} in {where}, which {expression.error}"
        )


@rule(
    "FF314",
    "JSONata delimiters",
    source=GUIDE + "transforming-data.html",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input", "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", "End": true}',
)
def bad_delimiters(text: Text) -> Iterable[Problem]:
    """An expression is the whole text: it starts with `{%` and ends with `%}`, with nothing before and after.

    To put a value into a text, join inside the expression: `{% 'order ' & $states.input.id %}`.
    """
    value = text.value.strip()
    if value.startswith("{%") != value.endswith("%}"):
        side = "end with '%}'" if value.startswith("{%") else "start with '{%'"
        hint = "an expression is the whole text, from '{%' to '%}'"
        yield Problem(text.path, f"has {show(text.value)} in field '{text.key}', which does not {side}", hint)


@rule(
    "FF315",
    "Unknown field of $states",
    source=GUIDE + "transforming-data.html",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.inputs.a %}", "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.a %}", "End": true}',
)
def unknown_states_field(state: State, text: Text, expression: Expression) -> Iterable[Problem]:
    """`$states` has `input`, `result`, `errorOutput` and `context`, and not all of them everywhere.

    `result` exists in `Output` and `Assign` of a Task, Parallel or Map; `errorOutput` in `Output` and `Assign` of a
    catcher.
    """
    for name in expression.states:
        if name not in STATES_FIELDS:
            yield Problem(
                text.path,
                f"reads $states.{name} in field '{text.key}', which does not exist",
                suggest(name, STATES_FIELDS, always=True),
            )
        elif name == "errorOutput" and text.field != "Catch":
            yield Problem(
                text.path, f"reads $states.errorOutput in field '{text.key}', which exists only in Catch"
            )
        elif name == "result" and (
            text.field not in ("Output", "Assign") or state.type not in ("Task", "Parallel", "Map")
        ):
            yield Problem(
                text.path,
                f"reads $states.result in field '{text.key}', which exists only in Output and "
                "Assign of a Task, Parallel or Map state",
            )


@rule(
    "FF316",
    "Unknown JSONata function",
    source=GUIDE + "transforming-data.html",
    severity="warning",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $uppercas($states.input.a) %}", "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $uppercase($states.input.a) %}", "End": true}',
)
def unknown_function(text: Text, expression: Expression) -> Iterable[Problem]:
    """An expression calls a function that neither JSONata nor Step Functions has."""
    for name in expression.functions:
        if name not in FUNCTIONS:
            yield Problem(
                text.path,
                f"calls ${name} in field '{text.key}', which does not exist",
                suggest(name, FUNCTIONS),
            )


@rule(
    "FF321",
    "$eval in JSONata",
    source=GUIDE + "transforming-data.html",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $eval($states.input.a) %}", "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $parse($states.input.a) %}", "End": true}',
)
def calls_eval(text: Text, expression: Expression) -> Iterable[Problem]:
    """Step Functions does not support `$eval`. `$parse` reads a text of JSON."""
    if "eval" in expression.functions:
        yield Problem(
            text.path,
            f"calls $eval in field '{text.key}', which Step Functions does not support",
            "use $parse to read JSON",
        )


@rule(
    "FF317",
    "Path that starts at nothing",
    source=GUIDE + "transforming-data.html",
    severity="warning",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% order.id %}", "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.order.id %}", "End": true}',
)
def path_from_nothing(text: Text, expression: Expression) -> Iterable[Problem]:
    """A bare name in JSONata reads from the current context, and at the top of an expression there is none."""
    for name in expression.names[:1]:
        yield Problem(
            text.path,
            f"reads '{name}' in field '{text.key}', which is undefined there",
            f"did you mean $states.input.{name}?",
        )


@rule(
    "FF318",
    "JSONPath text in a JSONata state",
    source=GUIDE + "transforming-data.html",
    severity="warning",
    bad='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": "$.b"}, "End": true}',
    good='{"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": "{% $states.input.b %}"}, "End": true}',
)
def jsonpath_in_jsonata(text: Text) -> Iterable[Problem]:
    """A JSONata state passes JSONPath texts and `.$` names on as they are; only `{% %}` is evaluated."""
    value = text.value
    if text.key.endswith(".$") or _LOOKS_EVALUATED.match(value):
        if value.startswith("$.") and not read_path(value).error:
            hint = f"did you mean '{{% $states.input{value[1:]} %}}'?"
        else:
            hint = "write '{% ... %}'"
        place = f"field '{text.key}'" if text.key else "an array"
        yield Problem(text.path, f"has {show(value)} in {place}, which JSONata does not evaluate", hint)
    elif "{%" in value and "%}" in value:
        hint = (
            "drop the white space around it"
            if value.strip()[:2] == "{%"
            else "join inside: {% 'text ' & $value %}"
        )
        yield Problem(
            text.path,
            f"has {show(value)} in field '{text.key}', where '{{% %}}' is only a part of the text "
            "and is not evaluated",
            hint,
        )


@rule(
    "FF319",
    "JSONata in a JSONPath state",
    source=GUIDE + "transforming-data.html",
    severity="warning",
    bad='{"Type": "Pass", "Parameters": {"a": "{% $states.input.b %}"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "$.b"}, "End": true}',
)
def jsonata_in_jsonpath(text: Text) -> Iterable[Problem]:
    """A JSONPath state passes `{% %}` on as plain text."""
    value = text.value
    if value.startswith("{%") and value.endswith("%}"):
        yield Problem(
            text.path,
            f"has {show(value)} in field '{text.key}', which a JSONPath state does not evaluate",
            'set "QueryLanguage": "JSONata"',
        )


@rule(
    "FF320",
    "Name with and without .$",
    on=tuple(f"field:{name}" for name in sorted(TEMPLATES)),
    source=SPEC + "#payload-template",
    bad='{"Type": "Pass", "Parameters": {"a": 1, "a.$": "$.b"}, "End": true}',
    good='{"Type": "Pass", "Parameters": {"a.$": "$.b"}, "End": true}',
)
def name_twice(state: State) -> Iterable[Problem]:
    """A payload template has the same name once as a literal and once with `.$`; they would make the same field."""
    if state.jsonata:
        return
    for field in ("Parameters", "ResultSelector", "ItemSelector", "Assign"):
        value = state.data.get(field)
        todo: list[tuple[Any, str]] = [(value, "/" + field)]
        while todo:
            item, path = todo.pop()
            if type(item) is dict:
                for key, inner in item.items():
                    if type(key) is str and key.endswith(".$") and key[:-2] in item:
                        yield Problem(
                            f"{path}/{escape(key)}",
                            f"has both '{key[:-2]}' and '{key}' in '{field}'",
                            "keep one of them",
                            key=True,
                        )
                    if type(inner) is dict or type(inner) is list:
                        todo.append((inner, f"{path}/{escape(key)}"))
            elif type(item) is list:
                todo += [
                    (inner, f"{path}/{i}") for i, inner in enumerate(item) if type(inner) in (dict, list)
                ]
