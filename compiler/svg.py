"""A graph as a picture: one SVG text that needs no font, script or style from elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax import saxutils

from .graph import Edge, Graph, Node, visible
from .layout import Layout, Line, arrange

__all__ = ["Paint", "svg"]

_COLOURS = {
    "Task": "#d9730d",
    "Map": "#7a4fbf",
    "Parallel": "#7a4fbf",
    "Choice": "#1f6feb",
    "Wait": "#0b7a75",
    "Pass": "#6b7280",
    "Succeed": "#2e7d32",
    "Fail": "#c62828",
}
_INK, _SOFT, _LINE, _PAPER = "#1f2933", "#5f6b7a", "#8a94a3", "#ffffff"
_STYLE = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
    f".name{{font-size:14px;fill:{_INK}}}.kind{{font-size:11px;fill:{_SOFT}}}.label{{font-size:11px;fill:{_SOFT}}}"
    f".edge{{fill:none;stroke:{_LINE};stroke-width:1.5}}.catch{{stroke-dasharray:5 4}}"
)
_MARGIN, _PAD, _HEADER, _BOX = 16.0, 18.0, 50.0, 50.0
_NAME_LIMIT = 44
_ROUND = 22.0
"""Radius of the Start and End circles."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """A scope with its places: nodes in order, the circles (outermost scope only), and the scenes inside."""

    graph: Graph
    layout: Layout
    edges: tuple[Edge | None, ...]
    inside: Mapping[str, tuple[_Scene, ...]]
    circles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paint:
    """What to show beside the graph itself, such as how often each part was visited."""

    states: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """JSON pointer of a state -> colour of its box, a word for its corner."""
    edges: Mapping[tuple[str, str, bool], str] = field(default_factory=dict)
    """(from, to, whether by a Catch) -> colour of the line."""


_PLAIN = Paint()


def svg(graph: Graph, title: str = "state machine", paint: Paint = _PLAIN) -> str:
    """The picture of a graph. `title` is what a screen reader says and a browser shows."""
    scene = _scene(graph, outermost=True)
    width, height = scene.layout.width + 2 * _MARGIN, scene.layout.height + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{_text(title)}</title>",
        f"<style>{_STYLE}</style>",
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0 0 8 4 0 8z" fill="{_LINE}"/></marker></defs>',
        f'<rect width="100%" height="100%" fill="{_PAPER}"/>',
    ]
    _draw(scene, _MARGIN, _MARGIN, lines, paint)
    lines.append("</svg>")
    return "\n".join(lines) + "\n"


# --- sizes and places


def _scene(graph: Graph, *, outermost: bool = False) -> _Scene:
    inside = {
        name: tuple(_scene(inner) for inner in node.inside)
        for name, node in graph.nodes.items()
        if node.inside
    }
    sizes = [_size(node, inside.get(name, ())) for name, node in graph.nodes.items()]
    spots = {name: spot for spot, name in enumerate(graph.nodes)}
    edges: list[Edge | None] = list(graph.edges)
    lines = [
        Line(
            spots[edge.source],
            spots[edge.target],
            (_width(edge.label, 11) + 8, 18.0) if edge.label else (0.0, 0.0),
        )
        for edge in graph.edges
    ]
    first = spots.get(graph.start, 0)
    circles: tuple[str, ...] = ()
    if outermost and graph.nodes:
        circles = ("Start", "End") if any(node.ends for node in graph.nodes.values()) else ("Start",)
        lines.append(Line(len(sizes), first))
        lines += [Line(spots[name], len(sizes) + 1) for name, node in graph.nodes.items() if node.ends]
        edges += [None] * (len(lines) - len(edges))
        first = len(sizes)
        sizes += [(2 * _ROUND, 2 * _ROUND)] * len(circles)
    return _Scene(graph, arrange(sizes, lines, first), tuple(edges), inside, circles)


def _size(node: Node, inside: tuple[_Scene, ...]) -> tuple[float, float]:
    text = max(_width(_cut(node.name), 14), _width(_kind(node), 11)) + 34
    if not inside:
        return max(text, 130.0), _BOX
    width = sum(scene.layout.width for scene in inside) + _PAD * (len(inside) + 1)
    height = max(scene.layout.height for scene in inside)
    return max(text, width), _HEADER + height + _PAD


def _width(text: str, size: float) -> float:
    """About how wide a sans-serif font sets the text, in pixels."""
    total = 0.0
    for letter in text:
        if unicodedata.east_asian_width(letter) in "WF":
            total += 1.0
        elif letter in "iljtfrI.,:;'|!()[] ":
            total += 0.36
        elif letter in "mwMW%@—…":
            total += 0.9
        else:
            total += 0.66 if letter.isupper() else 0.57
    return total * size


def _text(text: str) -> str:
    """Text as XML holds it."""
    return saxutils.escape(visible(text))


def _cut(text: str) -> str:
    return text if len(text) <= _NAME_LIMIT else text[: _NAME_LIMIT - 1] + "…"


def _kind(node: Node) -> str:
    return f"{node.type} · {node.detail}" if node.detail else node.type


# --- drawing


def _draw(scene: _Scene, left: float, top: float, lines: list[str], paint: Paint) -> None:
    for edge, (points, label) in zip(scene.edges, scene.layout.routes, strict=True):
        _edge(edge, [(x + left, y + top) for x, y in points], lines, paint)
        if edge is not None and label is not None:
            lines.append(
                f'<text class="label" text-anchor="middle"'
                f' x="{label[0] + left:.1f}" y="{label[1] + top + 4:.1f}"'
                f' stroke="{_PAPER}" stroke-width="4" paint-order="stroke">{_text(edge.label)}</text>'
            )
    for (name, node), box in zip(scene.graph.nodes.items(), scene.layout.boxes, strict=False):
        _node(
            node,
            scene.inside.get(name, ()),
            left + box.x - box.width / 2,
            top + box.y,
            box.width,
            box.height,
            lines,
            paint,
        )
        if any(edge is not None and edge.source == edge.target == name for edge in scene.edges):
            _loop(left + box.x + box.width / 2, top + box.y + box.height / 2, lines)
    for text, box in zip(scene.circles, scene.layout.boxes[len(scene.graph.nodes) :], strict=True):
        x, y = left + box.x, top + box.y + _ROUND
        lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_ROUND}" fill="{_PAPER}" stroke="{_LINE}"/>')
        lines.append(f'<text class="kind" text-anchor="middle" x="{x:.1f}" y="{y + 4:.1f}">{text}</text>')


def _edge(edge: Edge | None, points: list[tuple[float, float]], lines: list[str], paint: Paint) -> None:
    if not points:
        return
    path = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(x1 - x0) < 0.5:
            path.append(f"L{x1:.1f} {y1:.1f}")
        else:
            middle = (y0 + y1) / 2
            path.append(f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}")
    style = "edge catch" if edge is not None and edge.kind == "catch" else "edge"
    stroke = None if edge is None else paint.edges.get((edge.source, edge.target, edge.kind == "catch"))
    colour = f' style="stroke:{stroke}"' if stroke else ""
    lines.append(f'<path class="{style}"{colour} d="{"".join(path)}" marker-end="url(#arrow)"/>')


def _loop(x: float, y: float, lines: list[str]) -> None:
    curve = f"M{x:.1f} {y - 8:.1f}c22 -6 22 22 0 16"
    lines.append(f'<path class="edge" d="{curve}" marker-end="url(#arrow)"/>')


def _node(
    node: Node,
    inside: tuple[_Scene, ...],
    x: float,
    y: float,
    width: float,
    height: float,
    lines: list[str],
    paint: Paint,
) -> None:
    colour = _COLOURS.get(node.type, _SOFT)
    lines.append(f"<g><title>{_text(f'{node.name} ({_kind(node)})')}</title>")
    fill, note = paint.states.get(node.pointer, (_PAPER, ""))
    dashes = ' stroke-dasharray="6 4"' if inside else ""
    lines.append(
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" fill="{fill}"'
        f' stroke="{colour}" stroke-width="1.2"{dashes}/>'
    )
    lines.append(
        f'<rect x="{x:.1f}" y="{y + 10:.1f}" width="5" height="{_BOX - 20}" rx="2" fill="{colour}"/>'
    )
    lines.append(f'<text class="kind" x="{x + 16:.1f}" y="{y + 20:.1f}">{_text(_kind(node))}</text>')
    lines.append(f'<text class="name" x="{x + 16:.1f}" y="{y + 38:.1f}">{_text(_cut(node.name))}</text></g>')
    if note:
        lines.append(
            f'<text class="label" text-anchor="end" x="{x + width - 8:.1f}" y="{y + 20:.1f}">{_text(note)}</text>'
        )
    room = sum(scene.layout.width for scene in inside) + _PAD * (len(inside) - 1)
    inner = x + (width - room) / 2
    for scene in inside:
        _draw(scene, inner, y + _HEADER, lines, paint)
        inner += scene.layout.width + _PAD
