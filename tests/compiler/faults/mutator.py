"""Puts one fault at a time into definitions that work.

A fault is one change of one place. The modules beside this one tell, with `kind`, of every kind of fault: where it is
put, what Step Functions makes of it, and the page that says so.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from fanfold.compiler.check import check_definition

SPEC = "https://states-language.net/spec.html"
GUIDE = "https://docs.aws.amazon.com/step-functions/latest/dg/"
REFUSED, DOUBTFUL, WARN = "refused", "doubtful", "warn"
GONE = ...
"""A value that says: take the field away."""

ALL_TYPES = "Task Pass Choice Wait Succeed Fail Parallel Map"
FLOWING = "Task Pass Wait Parallel Map"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
PASS = {"Type": "Pass", "End": True}


class Site(NamedTuple):
    """A state of a definition that works."""

    definition: dict[str, Any]
    path: tuple[Any, ...]
    name: str
    jsonata: bool
    scope: tuple[str, ...]
    """Names of the states it may go to."""
    kind: str
    """"machine", "branch", "inline" or "distributed"."""

    @property
    def state(self) -> dict[str, Any]:
        found: Any = self.definition
        for step in self.path:
            found = found[step]
        return found


def sites(definition: dict[str, Any]) -> Iterator[Site]:
    """Every state of a definition."""

    def visit(machine: Any, path: tuple[Any, ...], kind: str) -> Iterator[Site]:
        for name, state in machine["States"].items():
            here = (*path, "States", name)
            language = state.get("QueryLanguage", definition.get("QueryLanguage"))
            yield Site(definition, here, name, language == "JSONata", tuple(machine["States"]), kind)
            for index, branch in enumerate(state.get("Branches", ())):
                yield from visit(branch, (*here, "Branches", index), "branch")
            for field in ("ItemProcessor", "Iterator"):
                if field in state:
                    mode = state[field].get("ProcessorConfig", {}).get("Mode", "INLINE")
                    inner = "distributed" if mode == "DISTRIBUTED" else "inline"
                    yield from visit(state[field], (*here, field), inner)

    yield from visit(definition, (), "machine")


def put(holder: Any, path: str, value: Any) -> bool:
    """Set the place `path` ("Retry/0/MaxAttempts") below `holder`; False when there is no such place."""
    *steps, last = path.split("/")
    for step in steps:
        try:
            holder = holder[int(step) if isinstance(holder, list) else step]
        except (LookupError, ValueError, TypeError):
            return False
    if not isinstance(holder, dict | list):
        return False
    if isinstance(holder, list):
        if not last.isdigit() or int(last) >= len(holder):
            return False
        holder[int(last)] = value
    elif value is GONE:
        if last not in holder:
            return False
        del holder[last]
    else:
        holder[last] = value
    return True


class Kind(NamedTuple):
    """One kind of fault."""

    name: str
    tier: str
    types: tuple[str, ...]
    """Types of states it is put in; () for the definition itself."""
    source: str
    path: str
    values: tuple[Any, ...]
    language: str = ""
    needs: tuple[str, ...] = ()
    """Places that must be there; with a "!" before them: that must not."""
    field: str | None = None
    """What a finding must name ("": the state is enough); None: the last name of `path`."""
    express: bool = False


KINDS: list[Kind] = []


def kind(
    name: str, types: str, path: str, values: list[Any], *, source: str = SPEC, tier: str = REFUSED,
    language: str = "", needs: str = "", field: str | None = None, express: bool = False,
) -> None:  # fmt: skip
    """Tell of a kind of fault: `values` are put, one at a time, at `path` of the states of these types."""
    KINDS.append(
        Kind(name, tier, tuple(types.split()), source, path, tuple(values), language, tuple(needs.split()), field,
             express)
    )  # fmt: skip


class Case(NamedTuple):
    """A definition with one fault."""

    kind: Kind
    definition: dict[str, Any]
    state: str
    field: str
    note: str


def _is_there(state: dict[str, Any], path: str) -> bool:
    found: Any = state
    for step in path.split("/"):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return False
    return not (isinstance(found, str) and "${" in found)


def _fits(entry: Kind, site: Site) -> bool:
    state = site.state
    if state["Type"] not in entry.types or (entry.language and (entry.language == "JSONata") != site.jsonata):
        return False
    if entry.express and "ItemProcessor" in site.path:
        return False  # the children of a distributed Map are of a type of their own
    return all(_is_there(state, need.lstrip("!")) != need.startswith("!") for need in entry.needs)


def places(definition: dict[str, Any], entries: list[Kind]) -> list[tuple[Kind, Site | None, Any]]:
    """Where each kind of fault can be put: the state (None: the definition itself), and the value that breaks it."""
    found: list[tuple[Kind, Site | None, Any]] = []
    states = list(sites(definition))
    for entry in entries:
        for site in [site for site in states if _fits(entry, site)] if entry.types else [None]:
            found += [(entry, site, value) for value in entry.values]
    return found


def case(definition: dict[str, Any], entry: Kind, site: Site | None, value: Any) -> Case | None:
    """The definition with one fault; None when it cannot be put there."""
    broken = copy.deepcopy(definition)
    last = [part for part in entry.path.split("/") if not part.isdigit()][-1]
    name, field = site.name if site else "", last if entry.field is None else entry.field
    state = site._replace(definition=broken).state if site else broken
    if callable(value):
        value = value(site)
        if value is None:
            return None
    value = copy.deepcopy(value)
    if entry.path == "*":
        state.clear()
        state.update(value)
    elif not put(state, entry.path, value):
        return None
    return Case(entry, broken, name, field, _note(value))


def cases(definition: dict[str, Any], entries: list[Kind]) -> Iterator[Case]:
    """The definition with each of these faults, at each place it fits."""
    for place in places(definition, entries):
        found = case(definition, *place)
        if found is not None:
            yield found


def _note(value: Any) -> str:
    return "(gone)" if value is GONE else json.dumps(value, default=str)[:60]


def caught(case: Case, before: set[tuple[str, str]]) -> bool:
    """Whether a finding names the state and the field, is not one of the definition as it was, and is severe enough."""
    for finding in check_definition(
        case.definition, state_machine_type="EXPRESS" if case.kind.express else "STANDARD"
    ):
        if (finding.path, finding.message) in before:
            continue
        if case.kind.tier == REFUSED and finding.severity != "error":
            continue
        text = finding.path.replace("~1", "/").replace("~0", "~") + " " + finding.message
        if case.state in text and case.field in text:
            return True
    return False


def findings(definition: dict[str, Any]) -> set[tuple[str, str]]:
    """Path and message of each finding of a definition as it was."""
    return {(finding.path, finding.message) for finding in check_definition(definition)}
