"""A state machine as a graph: its states, what leads where, and the scopes inside Map and Parallel states.

`outline` reads any definition, also one that is wrong, as far as it can be drawn; `mermaid` prints it as a
Mermaid flowchart. The picture is drawn in `svg`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .asl_positions import escape

__all__ = ["Edge", "Graph", "Node", "mermaid", "outline", "visible"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition of kind `next`, `choice`, `default` or `catch`; `label` says when it is taken."""

    source: str
    target: str
    kind: str = "next"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A state: name, type, one line of detail, and the graphs inside (Map: one, Parallel: one a branch)."""

    name: str
    type: str
    detail: str = ""
    inside: tuple[Graph, ...] = ()
    ends: bool = False
    """Whether the scope can end after this state."""
    pointer: str = ""
    """JSON pointer of the state in the definition."""


@dataclass(frozen=True, slots=True)
class Graph:
    """One scope: states by name, in the order of the definition, and the transitions between them."""

    start: str
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...] = field(default=())


def outline(definition: Mapping[str, Any], pointer: str = "") -> Graph:
    """The graph of a definition or of a processor or branch in it. A target that is missing is left out."""
    states = {
        name: state
        for name, state in _mapping(definition.get("States")).items()
        if isinstance(state, Mapping)
    }
    nodes = {name: _node(name, state, f"{pointer}/States/{escape(name)}") for name, state in states.items()}
    edges = [edge for name, state in states.items() for edge in _edges(name, state) if edge.target in nodes]
    start = definition.get("StartAt")
    return Graph(start if isinstance(start, str) else next(iter(nodes), ""), nodes, tuple(edges))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _node(name: str, state: Mapping[str, Any], pointer: str) -> Node:
    kind = str(state.get("Type", ""))
    inside: list[Graph] = []
    if kind == "Map":
        key = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
        inside.append(outline(_mapping(state.get(key)), f"{pointer}/{key}"))
    elif kind == "Parallel":
        branches = enumerate(_list(state.get("Branches")))
        inside.extend(outline(_mapping(branch), f"{pointer}/Branches/{index}") for index, branch in branches)
    ends = state.get("End") is True or kind in ("Succeed", "Fail")
    return Node(name, kind, _detail(kind, state), tuple(inside), ends, pointer)


def _detail(kind: str, state: Mapping[str, Any]) -> str:
    """A state at a glance: the service it calls, how long it waits, how many items it takes at once."""
    if kind == "Task":
        return _service(str(state.get("Resource", "")))
    if kind == "Wait":
        for key, form in (("Seconds", "{} s"), ("Timestamp", "until {}")):
            for suffix in ("", "Path"):
                if key + suffix in state:
                    return form.format(_short(state[key + suffix], 32))
    if kind == "Map":
        width = state.get("MaxConcurrency", state.get("MaxConcurrencyPath", 0))
        mode = _mapping(_mapping(state.get("ItemProcessor")).get("ProcessorConfig")).get("Mode", "INLINE")
        at_once = "all at once" if width == 0 else f"{_short(width, 24)} at once"
        return f"distributed, {at_once}" if mode == "DISTRIBUTED" else at_once
    if kind == "Fail":
        return _short(state.get("Error", state.get("ErrorPath", "")), 40)
    return ""


def _service(resource: str) -> str:
    """`arn:aws:states:::aws-sdk:s3:listBuckets` as `s3:listBuckets`; a function's ARN as `lambda:NAME`."""
    if match := re.fullmatch(r"arn:[^:]*:states:[^:]*:[^:]*:(?:aws-sdk:)?(.+)", resource):
        return _short(match[1], 48)
    if match := re.fullmatch(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:(.+)", resource):
        return _short(f"lambda:{match[1]}", 48)
    return _short(resource, 48)


def _edges(name: str, state: Mapping[str, Any]) -> Iterator[Edge]:
    kind = state.get("Type")
    if kind == "Choice":
        for rule in _list(state.get("Choices")):
            target = _mapping(rule).get("Next")
            if isinstance(target, str):
                yield Edge(name, target, "choice", _short(_condition(rule), 40))
        if isinstance(state.get("Default"), str):
            yield Edge(name, state["Default"], "default", "otherwise")
    elif isinstance(state.get("Next"), str) and kind not in ("Succeed", "Fail"):
        yield Edge(name, state["Next"])
    for catcher in _list(state.get("Catch")):
        target = _mapping(catcher).get("Next")
        if isinstance(target, str):
            errors = ", ".join(map(str, _list(_mapping(catcher).get("ErrorEquals"))))
            yield Edge(name, target, "catch", _short(errors, 40))


_SIGNS = {
    "GreaterThanEquals": "≥",
    "LessThanEquals": "≤",
    "GreaterThan": ">",
    "LessThan": "<",
    "Equals": "=",
    "Matches": "matches",
}


def _condition(rule: Mapping[str, Any]) -> str:
    """A Choice rule in one line: `$.size > 3`, `$.a = 1 and not $.b is present`, or its JSONata."""
    if isinstance(rule.get("Condition"), str):
        return str(rule["Condition"]).strip().removeprefix("{%").removesuffix("%}").strip()
    for key, word in (("And", " and "), ("Or", " or ")):
        if key in rule:
            return word.join(_condition(_mapping(one)) for one in _list(rule[key]))
    if "Not" in rule:
        return f"not {_condition(_mapping(rule['Not']))}"
    variable = rule.get("Variable", "")
    for key, value in rule.items():
        if key.startswith("Is") and isinstance(value, bool):
            word = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key[2:]).lower()
            return f"{variable} is {'' if value else 'not '}{word}"
        for ending, sign in _SIGNS.items():
            if key.removesuffix("Path").endswith(ending) and key != "Variable":
                shown = value if key.endswith("Path") else json.dumps(value, ensure_ascii=False)
                return f"{variable} {sign} {shown}"
    return str(variable)


def visible(text: str) -> str:
    """`text` with a mark for what Mermaid or XML cannot hold: line ends, controls, half characters."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _short(value: Any, limit: int) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


# --- Mermaid


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html)."""
    lines = ["flowchart TD"]
    lines += _scope(graph, "s", "  ", outermost=True)
    return "\n".join(lines) + "\n"


_SHAPES = {
    "Choice": ('{{"', '"}}'),
    "Wait": ('(["', '"])'),
    "Succeed": ('(("', '"))'),
    "Fail": ('(("', '"))'),
}


def _scope(graph: Graph, prefix: str, indent: str, *, outermost: bool) -> Iterator[str]:
    names = {name: f"{prefix}{index}" for index, name in enumerate(graph.nodes)}
    if outermost and graph.nodes:
        yield f"{indent}start((Start)) --> {names.get(graph.start, next(iter(names.values())))}"
    for name, node in graph.nodes.items():
        here = names[name]
        label = _quoted(name) + (f"<br><small>{_quoted(node.detail)}</small>" if node.detail else "")
        if node.inside:
            detail = f" ({_quoted(node.detail)})" if node.detail else ""
            yield f'{indent}subgraph {here} ["{node.type}: {_quoted(name)}{detail}"]'
            yield f"{indent}  direction TB"
            for index, inner in enumerate(node.inside):
                yield from _branch(inner, f"{here}b{index}_", indent + "  ", len(node.inside) > 1, index)
            yield f"{indent}end"
        else:
            opening, closing = _SHAPES.get(node.type, ('["', '"]'))
            yield f"{indent}{here}{opening}{label}{closing}"
    for edge in graph.edges:
        arrow = "-.->" if edge.kind == "catch" else "-->"
        label = f'|"{_quoted(edge.label)}"|' if edge.label else ""
        yield f"{indent}{names[edge.source]} {arrow}{label} {names[edge.target]}"
    if outermost:
        yield from (
            f"{indent}{names[name]} --> finish((End))" for name, node in graph.nodes.items() if node.ends
        )


def _branch(inner: Graph, prefix: str, indent: str, several: bool, index: int) -> Iterator[str]:
    if not several:
        yield from _scope(inner, prefix, indent, outermost=False)
        return
    yield f'{indent}subgraph {prefix}branch ["branch {index}"]'
    yield f"{indent}  direction TB"
    yield from _scope(inner, prefix, indent + "  ", outermost=False)
    yield f"{indent}end"


def _quoted(text: str) -> str:
    """Text for a quoted Mermaid label: what would end the quotes, or be read as markup, goes as an entity."""
    return re.sub(r'[#"<>&`\\{}\[\]|]', lambda match: f"#{ord(match[0])};", visible(text))
