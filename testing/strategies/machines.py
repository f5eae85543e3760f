"""State machines of every state type, in either query language, that know what their data holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from .behaviours import ERRORS
from .plans import (
    Add,
    Array,
    Context,
    Expression,
    Field,
    Guard,
    Join,
    Kind,
    Language,
    Length,
    Literally,
    Plan,
    Step,
    Test,
    Variable,
    Whole,
    render,
)
from .values import items, json_values

__all__ = ["FUNCTIONS", "machine_inputs", "machine_plans", "state_machines"]

FUNCTIONS = ("f", "g")
"""Names of the Lambda functions that generated machines call."""

_WORDS = st.sampled_from(["a", "b", "abc", "x y", ""])
_FIELDS = ("a", "b", "c")
"""Members that generated states write; those of the input have names of their own."""
_INPUT = {"n": "number", "pause": "pause", "s": "text", "flag": "flag", "list": "list"}

Kinds = Mapping[str, str]
"""Name -> number, pause (small, not negative), text, flag, list or any."""


@dataclass(frozen=True)
class _Known:
    """What is certain of a state's data: members of its input (None: it may not be an object) and variables."""

    members: Kinds | None
    variables: Kinds

    def having(self, name: str | None, kind: str) -> _Known:
        """With a member of that kind, or with an input of which nothing is known."""
        if name is None:
            return replace(self, members=None)
        return replace(self, members={**(self.members or {}), name: kind})


def _both(one: _Known | None, other: _Known) -> _Known:
    """What is certain whichever way a state is reached."""
    if one is None:
        return other
    members = None
    if one.members is not None and other.members is not None:
        members = _shared(one.members, other.members)
    return _Known(members, _shared(one.variables, other.variables))


def _shared(one: Kinds, other: Kinds) -> Kinds:
    return {name: kind if kind == other[name] else "any" for name, kind in one.items() if name in other}


@dataclass(frozen=True)
class _Options:
    max_states: int
    waits: st.SearchStrategy[int]
    timeouts: st.SearchStrategy[int | None]
    retries: st.SearchStrategy[tuple[dict[str, Any], ...]]
    nesting: tuple[str, ...]
    mistakes: bool


def machine_inputs(values: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs for generated machines: `n`, `pause`, `s`, `flag`, and the `list` they map over (of `values`)."""
    return st.fixed_dictionaries(
        {
            "n": st.integers(-3, 9),
            "pause": st.integers(0, 2),
            "s": _WORDS,
            "flag": st.booleans(),
            "list": items(values if values is not None else json_values(4), max_size=4),
        }
    )


def _retries(longest: int) -> st.SearchStrategy[tuple[dict[str, Any], ...]]:
    rule = st.fixed_dictionaries(
        {
            "ErrorEquals": st.sampled_from(
                [["Boom"], ["Crash", "Boom"], ["States.TaskFailed"], ["States.ALL"]]
            )
        },
        optional={
            "IntervalSeconds": st.integers(1, longest),
            "MaxAttempts": st.integers(0, 3),
            "BackoffRate": st.sampled_from([1.0, 1.5, 2.0]),
            "MaxDelaySeconds": st.integers(longest + 1, longest + 9),
        },
    )
    # States.ALL stands alone in its rule, and its rule comes last.
    return (
        st.lists(rule, max_size=2)
        .map(lambda rules: tuple(sorted(rules, key=lambda rule: rule["ErrorEquals"] == ["States.ALL"])[:2]))
        .filter(lambda rules: [rule["ErrorEquals"] for rule in rules].count(["States.ALL"]) < 2)
    )


def machine_plans(
    *,
    depth: int = 2,
    max_states: int = 4,
    max_seconds: int = 3,
    timeouts: bool = False,
    nesting: tuple[str, ...] = ("map", "parallel"),
    mistakes: bool = False,
) -> st.SearchStrategy[Plan]:
    """Plans of machines whose states read only what is there, so that they run far. See `state_machines`."""
    options = _Options(
        max_states=max_states,
        waits=st.integers(0, max_seconds),
        timeouts=st.none() | st.integers(1, 5) if timeouts else st.none(),
        retries=_retries(max(1, max_seconds)),
        nesting=nesting if depth else (),
        mistakes=mistakes,
    )
    return _plans(options, depth, _Known(_INPUT, {}), _Names())


def state_machines(
    language: Language | None = None, *, depth: int = 2, max_states: int = 4, **options: Any
) -> st.SearchStrategy[dict[str, Any]]:
    """Definitions that `fanfold check` accepts, for inputs of `machine_inputs` and functions called `FUNCTIONS`.

    They have up to `max_states` states side by side and `depth` levels of Maps and Parallels within one another,
    retries, catches, choices, variables and waits (up to `max_seconds=3`). `language` is `JSONPath`, `JSONata`, or
    `mixed`; any of them where it is None. `timeouts=True` adds `TimeoutSeconds`; `mistakes=True` lets states read
    what is not there, so that they fail when they run.
    """
    languages = st.sampled_from(["JSONPath", "JSONata", "mixed"]) if language is None else st.just(language)
    return st.builds(render, machine_plans(depth=depth, max_states=max_states, **options), languages)


class _Names:
    """Names that no other state of the machine has, numbered from 1 in the order of the machine."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        self.count += 1
        return f"S{self.count}"


@st.composite
def _plans(
    draw: st.DrawFn, options: _Options, depth: int, known: _Known, names: _Names, top: bool = True
) -> Plan:
    """As many states as there is room for, each with its own say whether it is there, so that any can be left out.

    While they are drawn they go to places, not to names: place 1 is the second state, and a place that stays empty is
    the Fail state at the end.
    """
    if top:
        names = _Names()
    limit = options.max_states if top else 2
    reached: dict[str, _Known] = {_place(0): known}
    steps: list[Step] = []
    for room in range(limit, 0, -1):
        index = len(steps)
        later = [_place(place) for place in range(index + 1, index + room + 1)]
        here = reached[_place(index)]
        found = draw(_steps(options, depth, later, here, names, optional=bool(steps) or room > 1))
        if found is None:
            continue
        step, after = found
        steps.append(step)
        if step.kind == "succeed":
            break
        reached[later[0]] = _both(reached.get(later[0]), after)
        for target in _jumps(step):
            reached[target] = _both(reached.get(target), here)
    places = {_place(index): step.name for index, step in enumerate(steps)}
    empty = {target for step in steps for target in _jumps(step)} - places.keys()
    if empty:
        fail = names()
        places |= dict.fromkeys(empty, fail)
    plan = [_placed(step, places) for step in steps]
    if empty:
        plan.append(Step(fail, "fail", value=(draw(st.sampled_from(ERRORS)), "as planned")))
    return Plan(tuple(plan))


def _jumps(step: Step) -> list[str]:
    """Where the step goes other than to the next one, or nowhere if there is none."""
    default = [step.following] if step.kind == "choice" and step.following else []
    return [*(to for _, to in step.rules), *(to for _, to, _ in step.guard.catch), *default]


def _place(index: int) -> str:
    return f"@{index}"


def _placed(step: Step, names: Mapping[str, str]) -> Step:
    """The step, going to names."""
    return replace(
        step,
        following=names.get(step.following or ""),
        rules=tuple((test, names[to]) for test, to in step.rules),
        guard=replace(
            step.guard, catch=tuple((errors, names[to], kept) for errors, to, kept in step.guard.catch)
        ),
    )


_KINDS: tuple[Kind, ...] = (
    "constant", "make", "put", "wait", "succeed", "assign", "choice", "task", "parallel", "map", "map",
)  # fmt: skip
"""The simple ones first, and those that retry and catch side by side: one gives way to the one before it."""
_CHOICES: tuple[tuple[Kind, bool] | None, ...] = (
    *[None] * 15,
    *((kind, jsonata) for jsonata in (False, True) for kind in _KINDS),
)
"""What a state may be, none at all first; the same wherever it is asked, so that one that others around it are taken
away from stays what it is."""


@st.composite
def _steps(
    draw: st.DrawFn,
    options: _Options,
    depth: int,
    later: list[str],
    known: _Known,
    names: _Names,
    optional: bool,
) -> tuple[Step, _Known] | None:
    """A state that goes to the first of `later`, and what is known behind it; or none."""
    members = known.members or {}
    lists = [member for member, kind in members.items() if kind == "list"]
    chosen = draw(st.sampled_from(_CHOICES))
    if chosen is None and optional:
        return None
    # One there has to be, be it the last one.
    kind, jsonata = chosen or ("constant", False)
    nests = depth and kind in options.nesting
    if (kind in ("assign", "choice") and not members) or (kind == "map" and not (nests and lists)):
        kind = "task"
    elif kind == "parallel" and not nests:
        kind = "make"
    name = names()
    step = Step(name, kind, jsonata, None if kind == "succeed" else later[0])
    # A member can only be written into an object.
    field = draw(st.sampled_from([*_FIELDS, None]))
    into = field if members else None
    if kind in ("task", "parallel", "map"):
        step = replace(step, guard=draw(_guards(options, name, later)))
    match kind:
        case "constant":
            value = draw(_CONSTANTS)
            return replace(step, value=value, into=into), known.having(into, "any")
        case "put":
            value, made = draw(_read(options, known))
            if into is None:
                fields = known.members if isinstance(value, Whole) else None
                return replace(step, value=value), replace(known, members=fields)
            return replace(step, value=value, into=into), known.having(into, made)
        case "make":
            template = draw(_templates(options, known))
            if into is None:
                fields = {key: made for key, (_, made) in template.items()}
                return replace(step, template=_bare(template)), replace(known, members=fields)
            return replace(step, template=_bare(template), into=into), known.having(into, "any")
        case "assign":
            # Names are those of the state's place, so that no inner scope assigns an outer one's.
            value, made = draw(_scalars(options, known))
            variable = f"v{name}"
            return replace(step, template={variable: value}), replace(
                known, variables={**known.variables, variable: made}
            )
        case "wait":
            pauses = [Field(member) for member, sort in members.items() if sort == "pause"]
            value = draw(options.waits | st.sampled_from(pauses) if pauses else options.waits)
            return replace(step, value=value), known
        case "task":
            payload = {"item": draw(_read(options, known))[0], "attempt": Context("State.RetryCount")}
            step = replace(
                step,
                template=payload,
                function=draw(st.sampled_from(FUNCTIONS)),
                into=into,
                timeout=draw(options.timeouts),
            )
            return step, known.having(into, "any")
        case "choice":
            rules = draw(
                st.lists(
                    st.tuples(_tests(tuple(members.items())), st.sampled_from(later)),
                    min_size=1,
                    max_size=2,
                )
            )
            return replace(step, rules=tuple(rules)), known
        case "parallel":
            count = draw(st.integers(1, 2))
            branches = tuple(draw(_plans(options, depth - 1, known, names, top=False)) for _ in range(count))
            return replace(step, inner=branches, into=into), known.having(into, "list")
        case "map":
            return draw(_maps(options, depth, step, into, lists, known, names))
    return step, known


@st.composite
def _maps(
    draw: st.DrawFn,
    options: _Options,
    depth: int,
    step: Step,
    into: str | None,
    lists: list[str],
    known: _Known,
    names: _Names,
) -> tuple[Step, _Known]:
    # An iteration reads no variable from outside: child executions of a distributed Map have none.
    template: dict[str, Expression] = {}
    inside = _Known(None, {})
    if draw(st.booleans()):
        template = {"item": Context("Map.Item.Value"), "n": Context("Map.Item.Index")}
        inside = _Known({"item": "any", "n": "number"}, {})
        numbers = sorted(name for name, kind in (known.members or {}).items() if kind == "number")
        more = draw(st.booleans())
        if numbers and more:
            template["m"] = Field(draw(st.sampled_from(numbers)))
            inside = inside.having("m", "number")
    step = replace(
        step,
        items=draw(st.sampled_from(lists)),
        template=template,
        concurrency=draw(st.integers(0, 3)),
        inner=(draw(_plans(options, depth - 1, inside, names, top=False)),),
        into=into,
    )
    return step, known.having(into, "list")


@st.composite
def _guards(draw: st.DrawFn, options: _Options, name: str, later: list[str]) -> Guard:
    if not draw(st.booleans()):
        return Guard()
    catch: tuple[tuple[tuple[str, ...], str, str | None], ...] = ()
    if draw(st.booleans()):
        errors = draw(
            st.sampled_from([("States.ALL",), ("Boom",), ("Crash", "Boom"), ("States.TaskFailed",)])
        )
        catch = ((errors, draw(st.sampled_from(later)), draw(st.sampled_from([None, f"e{name}"]))),)
    return Guard(draw(options.retries), catch)


@cache
def _tests(members: tuple[tuple[str, str], ...]) -> st.SearchStrategy[Test]:
    """Conditions that do not fail: comparisons only with members whose kind is known."""
    comparisons = ["=", "<", "<=", ">", ">="]
    some: list[st.SearchStrategy[Test]] = []
    for name, kind in members:
        if kind in ("number", "pause"):
            some.append(st.builds(Test, st.sampled_from(comparisons), st.just(name), st.integers(-2, 5)))
        elif kind == "text":
            some.append(
                st.builds(Test, st.sampled_from(comparisons), st.just(name), st.sampled_from(["a", "b"]))
            )
        elif kind == "flag":
            some.append(st.builds(Test, st.just("="), st.just(name), st.booleans()))
        if kind != "list":
            some.append(
                st.builds(
                    Test,
                    st.just("kind"),
                    st.just(name),
                    st.sampled_from(["string", "number", "boolean", "null"]),
                )
            )
    some.append(
        st.builds(Test, st.just("present"), st.sampled_from([*(name for name, _ in members), "absent"]))
    )
    simple = st.one_of(some)
    return st.recursive(
        simple,
        lambda inner: (
            st.builds(
                lambda operator, parts: Test(operator, parts=tuple(parts)),
                st.sampled_from(["and", "or"]),
                st.lists(inner, min_size=1, max_size=2),
            )
            | inner.map(lambda part: Test("not", parts=(part,)))
        ),
        max_leaves=3,
    )


@st.composite
def _read(draw: st.DrawFn, options: _Options, known: _Known) -> tuple[Expression, str]:
    """A path to something that is there, and its kind."""
    found: list[tuple[Expression, str]] = [(Whole(), "any")]
    found += [(Field(name), kind) for name, kind in (known.members or {}).items()]
    found += [(Variable(name), kind) for name, kind in known.variables.items()]
    if options.mistakes:
        found.append((Field("absent"), "any"))
    return draw(st.sampled_from(found))


@st.composite
def _scalars(draw: st.DrawFn, options: _Options, known: _Known) -> tuple[Expression, str]:
    """An expression that is evaluated: what is there, or something made of it."""
    expression, kind = draw(_read(options, known))
    for _ in range(draw(st.integers(0, 2))):
        if kind in ("number", "pause"):
            ways: list[tuple[Expression, str]] = [
                (Add(expression, draw(st.integers(-3, 9))), "number"),
                (Join(expression, "-x"), "text"),
                (Array((expression, Literally(1))), "list"),
            ]
        elif kind == "text":
            ways = [(Join(expression, "!"), "text"), (Array((expression, Literally("z"))), "list")]
        elif kind == "list":
            ways = [(Length(expression), "number")]
        else:
            break
        expression, kind = draw(st.sampled_from(ways))
    return expression, kind


@st.composite
def _templates(draw: st.DrawFn, options: _Options, known: _Known) -> dict[str, tuple[Expression, str]]:
    made: dict[str, tuple[Expression, str]] = {}
    for name in draw(st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=3, unique=True)):
        if draw(st.booleans()):
            made[name] = draw(_scalars(options, known))
        else:
            made[name] = (Literally(draw(_CONSTANTS)), "any")
    return made


def _bare(template: Mapping[str, tuple[Expression, str]]) -> dict[str, Expression]:
    return {name: value for name, (value, _) in template.items()}


def _is_plain(value: Any) -> bool:
    """Whether a value is data in both languages: no text in it looks like an expression."""
    if isinstance(value, str):
        return not value.lstrip().startswith("{%") and not value.rstrip().endswith("%}") and "${" not in value
    if isinstance(value, dict):
        return all(not name.endswith(".$") and _is_plain(inner) for name, inner in value.items())
    return all(map(_is_plain, value)) if isinstance(value, list) else True


_CONSTANTS = json_values(3).filter(_is_plain)
