"""Rules on variables: their names, where they are assigned and where they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .machine import Machine, Scope, State, escape
from .registry import GUIDE, Problem, rule, suggest

MAX_VARIABLE_NAME = 80
_PAGE = GUIDE + "workflow-variables.html"
_NAME = re.compile(r"[^\W\d]\w*\Z")


def assignments(state: State) -> Iterator[tuple[str, str]]:
    """Each variable a state assigns: JSON pointer below the state, and the name."""
    data = state.data
    places = [("/Assign", data.get("Assign"))] if "Assign" in data else []
    for field in ("Catch", "Choices"):
        items = data.get(field)
        if type(items) is list:
            for index, item in enumerate(items):
                if type(item) is dict and "Assign" in item:
                    places.append((f"/{field}/{index}/Assign", item["Assign"]))
    for path, assign in places:
        if type(assign) is dict:
            for key in assign:
                name = key[:-2] if key.endswith(".$") and not state.jsonata else key
                yield f"{path}/{escape(key)}", name


@rule(
    "FF330",
    "Variable name not allowed",
    on=("field:Assign", "field:Catch", "Choice"),
    source=_PAGE,
    bad='{"Type": "Pass", "Assign": {"my-total": 1}, "End": true}',
    good='{"Type": "Pass", "Assign": {"myTotal": 1}, "End": true}',
)
def bad_variable_name(state: State) -> Iterable[Problem]:
    """A variable's name starts with a letter or `_`, goes on with letters, digits and `_`, and has at most 80.

    `states` is reserved.
    """
    for path, name in assignments(state):
        if "${" in name:
            continue
        if name == "states":
            yield Problem(path, "assigns the variable 'states', a reserved name", "choose another", key=True)
        elif not _NAME.match(name):
            yield Problem(
                path,
                f"assigns the variable '{name}', whose name is not allowed",
                "use letters, digits and '_'",
                key=True,
            )
        elif len(name) > MAX_VARIABLE_NAME:
            yield Problem(
                path,
                f"assigns a variable whose name has {len(name)} characters; {MAX_VARIABLE_NAME} are allowed",
                "shorten it",
                key=True,
            )


@rule(
    "FF331",
    "Variable of an outer scope assigned",
    on="definition",
    source=_PAGE,
    bad='{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, "B": {"Type": "Parallel",'
    ' "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Pass", "Assign": {"x": 2}, "End": true}}}],'
    ' "End": true}}}',
    good='{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, "B": {"Type": "Parallel",'
    ' "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Pass", "Assign": {"y": 2}, "End": true}}}],'
    ' "End": true}}}',
)
def outer_assigned(machine: Machine) -> Iterable[Problem]:
    """A branch or an item processor assigns a variable that a scope around it has assigned before.

    Inner scopes read the variables around them but cannot change them, and may not reuse their names. A distributed
    Map's item processor sees none of them, and is free to.
    """
    if not machine.assigned_names:
        return
    for state in machine.states:
        for path, name in assignments(state):
            scope = state.scope
            while scope.owner is not None and scope.kind != "distributed":
                owner = scope.owner
                scope = owner.scope
                if name in _available(scope).get(owner.name, ()):
                    yield Problem(
                        state.path + path,
                        f"state '{state.name}' assigns the variable '{name}', which {scope.subject} has too",
                        "choose another name",
                        key=True,
                    )
                    break


def scope_names(scope: Scope) -> set[str]:
    """Names of the variables the states of a scope assign."""
    found = scope.__dict__.get("_assigned")
    if found is None:
        found = scope.__dict__["_assigned"] = {
            name for state in scope.states.values() for _, name in assignments(state)
        }
    return found


def _available(scope: Scope) -> dict[str, set[str]]:
    """State -> variables some way from StartAt to it has assigned."""
    found: dict[str, set[str]] | None = scope.__dict__.get("_available")
    if found is not None:
        return found
    found = scope.__dict__["_available"] = {name: set() for name in scope.states}
    assigned = {
        name: {variable for _, variable in assignments(state)} for name, state in scope.states.items()
    }
    todo = list(scope.states)
    while todo:
        name = todo.pop()
        after = found[name] | assigned[name]
        if after:
            for target in scope.successors[name]:
                if not after <= found[target]:
                    found[target] |= after
                    todo.append(target)
    return found


def visible(state: State) -> set[str]:
    """Variables a state may read, those of the scopes around it included."""
    names = set(_available(state.scope)[state.name])
    scope = state.scope
    while scope.owner is not None and scope.kind != "distributed":
        owner = scope.owner
        names |= _available(owner.scope).get(owner.name, set())
        scope = owner.scope
    return names


@rule(
    "FF332",
    "Variable not assigned",
    on="definition",
    source=_PAGE,
    severity="warning",
    bad='{"Type": "Pass", "Parameters": {"a.$": "$total"}, "End": true}',
    good='{"StartAt": "A", "States": {"A": {"Type": "Pass", "Assign": {"total": 1}, "Next": "B"},'
    ' "B": {"Type": "Pass", "Parameters": {"a.$": "$total"}, "End": true}}}',
)
def not_assigned(machine: Machine) -> Iterable[Problem]:
    """A state reads a variable that no state assigns on any way to it.

    `Assign` takes effect when its state ends: a state cannot read what it assigns itself. A state outside a branch or
    an item processor does not see the variables inside; the states of a distributed Map's item processor do not see
    those outside: pass them with `ItemSelector`.
    """
    for state, reads in machine.reads:
        names = visible(state)
        for path, name in dict.fromkeys(reads):
            if name in names or name == "states":
                continue
            yield Problem(
                state.path + path,
                f"state '{state.name}' reads the variable '${name}', " + _why(machine, state, name),
                _not_assigned_hint(machine, state, name, names),
            )


def _why(machine: Machine, state: State, name: str) -> str:
    if name in scope_names(state.scope):
        return "which is not assigned yet when it runs"
    scope = state.scope
    crossed = False
    while scope.owner is not None:
        crossed = crossed or scope.kind == "distributed"
        scope = scope.owner.scope
        if name in scope_names(scope):
            return (
                "which a distributed Map's items do not see"
                if crossed
                else "which is not assigned yet when it runs"
            )
    if name in machine.assigned_names:
        return "which is assigned only in a scope it does not see"
    return "which no state assigns"


def _not_assigned_hint(machine: Machine, state: State, name: str, names: set[str]) -> str:
    if any(variable == name for _, variable in assignments(state)):
        return "Assign takes effect when the state ends"
    if name in machine.assigned_names:
        inside = any(scope.kind == "distributed" for scope in machine.ancestors(state.scope))
        return "pass it to the items with ItemSelector" if inside else ""
    return (
        suggest(name, names | {"states"}).replace("'", "'$", 1) if suggest(name, names | {"states"}) else ""
    )
