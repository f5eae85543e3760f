"""Graphs of definitions: what is drawn, that it can be read back, and that the picture holds together."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.compiler.graph import Graph, mermaid, outline
from fanfold.compiler.layout import Line, arrange
from fanfold.compiler.svg import svg

DEFINITIONS = Path(__file__).resolve().parents[3] / "shared" / "definitions" / "valid.jsonl"

names = st.text(min_size=1, max_size=30)


@st.composite
def machines(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """Definitions with every way one state leads to another, loops and unreachable states among them."""
    states = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    target = st.sampled_from(states)

    def state() -> dict[str, Any]:
        kind = draw(st.sampled_from(("Pass", "Task", "Wait", "Choice", "Succeed", "Fail", "Map", "Parallel")))
        made: dict[str, Any] = {"Type": kind}
        if kind == "Choice":
            rule = st.fixed_dictionaries(
                {"Variable": names, "NumericGreaterThan": st.integers(), "Next": target}
            )
            made["Choices"] = draw(st.lists(rule, min_size=1, max_size=3))
            made["Default"] = draw(target)
            return made
        if kind == "Map" and depth:
            made["ItemProcessor"] = draw(machines(depth - 1))
        if kind == "Parallel" and depth:
            made["Branches"] = draw(st.lists(machines(depth - 1), min_size=1, max_size=3))
        if kind == "Task":
            made["Catch"] = [{"ErrorEquals": draw(st.lists(names, max_size=2)), "Next": draw(target)}]
        if kind not in ("Succeed", "Fail"):
            made |= {"End": True} if draw(st.booleans()) else {"Next": draw(target)}
        return made

    return {"StartAt": draw(target), "States": {name: state() for name in states}}


def state_names(definition: dict[str, Any]) -> Iterator[str]:
    for name, state in definition["States"].items():
        yield name
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            if inner is not None:
                yield from state_names(inner)


def count_nodes(graph: Graph) -> int:
    return sum(1 + sum(count_nodes(inner) for inner in node.inside) for node in graph.nodes.values())


def at_pointer(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


@given(machines())
@settings(deadline=None, max_examples=60)
def test_every_state_is_in_the_graph_under_its_pointer(definition: dict[str, Any]) -> None:
    def check(graph: Graph) -> Iterator[str]:
        for name, node in graph.nodes.items():
            assert at_pointer(definition, node.pointer)["Type"] == node.type
            yield name
            for inner in node.inside:
                yield from check(inner)

    assert list(check(outline(definition))) == list(state_names(definition))


@given(machines())
@settings(deadline=None, max_examples=60)
def test_mermaid_declares_what_it_connects_and_hides_no_text_in_syntax(definition: dict[str, Any]) -> None:
    graph = outline(definition)
    lines = [line.strip() for line in mermaid(graph).splitlines()]
    assert lines[0] == "flowchart TD"
    declared = set(re.findall(r"^(?:subgraph )?(s[0-9b_]+?) ?[\[({]", "\n".join(lines), re.M))
    assert len(declared) == count_nodes(graph)
    identity = r"(?:s[0-9b_]+|start\(\(Start\)\)|finish\(\(End\)\))"
    for line in lines:
        quoted = re.findall(r'"([^"]*)"', line)
        assert line.count('"') == 2 * len(quoted) <= 2
        if "-->" in re.sub(r'"[^"]*"', '""', line) or "-.->" in re.sub(r'"[^"]*"', '""', line):
            edge = re.fullmatch(rf'({identity}) (?:-->|-\.->)(?:\|"[^"]*"\|)? ({identity})', line)
            assert edge is not None, line
            assert {end.partition("(")[0] for end in edge.groups()} <= declared | {"start", "finish"}


@given(machines())
@settings(deadline=None, max_examples=60)
def test_picture_is_well_formed_and_names_every_state(definition: dict[str, Any]) -> None:
    drawable = json.loads(json.dumps(definition))
    root = ElementTree.fromstring(svg(outline(drawable), "a < b"))
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title") == "a < b"
    titles = [title.text or "" for title in root.iter(f"{space}title")][1:]
    assert len(titles) == len(list(state_names(definition)))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for box in root.iter(f"{space}rect"):
        if box.attrib["width"] != "100%":
            left, top = float(box.attrib["x"]), float(box.attrib["y"])
            assert left >= 0
            assert top >= 0
            assert left + float(box.attrib["width"]) <= width
            assert top + float(box.attrib["height"]) <= height


@st.composite
def drawings(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[Line]]:
    sizes = draw(st.lists(st.tuples(st.integers(10, 300), st.integers(10, 200)), min_size=1, max_size=12))
    ends = st.integers(0, len(sizes) - 1)
    labels = st.sampled_from(((0.0, 0.0), (60.0, 18.0)))
    lines = draw(st.lists(st.builds(Line, ends, ends, labels), max_size=20))
    return [(float(width), float(height)) for width, height in sizes], lines


@given(drawings())
@settings(deadline=None, max_examples=100)
def test_boxes_never_touch_and_lines_go_from_box_to_box(
    drawing: tuple[list[tuple[float, float]], list[Line]],
) -> None:
    sizes, lines = drawing
    layout = arrange(sizes, lines)
    for one, other in combinations(layout.boxes, 2):
        beside = abs(one.x - other.x) >= (one.width + other.width) / 2
        apart = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert beside or apart
    for line, (points, label) in zip(lines, layout.routes, strict=True):
        if line.source == line.target:
            assert points == []
            continue
        assert (label is not None) == (line.label[0] > 0)
        source, target = layout.boxes[line.source], layout.boxes[line.target]
        assert {points[0][0], points[-1][0]} == {source.x, target.x} or source.x == target.x
        downward = source.y < target.y
        assert points[0][1] == (source.y + source.height if downward else source.y)
        assert points[-1][1] == (target.y if downward else target.y + target.height)
        assert all(
            (below >= above) == downward or below == above for (_, above), (_, below) in pairwise(points)
        )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"Variable": "$.size", "NumericGreaterThanEquals": 3}, "$.size ≥ 3"),
        ({"Variable": "$.name", "StringEquals": "a"}, '$.name = "a"'),
        ({"Variable": "$.name", "StringMatches": "a*"}, '$.name matches "a*"'),
        ({"Variable": "$.a", "NumericLessThanPath": "$.b"}, "$.a < $.b"),
        ({"Variable": "$.a", "IsPresent": False}, "$.a is not present"),
        ({"Not": {"Variable": "$.a", "BooleanEquals": True}}, "not $.a = true"),
        (
            {"Or": [{"Variable": "$.a", "IsNull": True}, {"Variable": "$.b", "IsNull": True}]},
            "$.a is null or $.b is null",
        ),
        ({"Condition": "{% $states.input.n > 3 %}"}, "$states.input.n > 3"),
    ],
)
def test_choice_rules_read_as_conditions(rule: dict[str, Any], text: str) -> None:
    machine = {
        "StartAt": "Choose",
        "States": {
            "Choose": {"Type": "Choice", "Choices": [{**rule, "Next": "End"}]},
            "End": {"Type": "Succeed"},
        },
    }
    [edge] = outline(machine).edges
    assert edge.label == text


@pytest.mark.parametrize(
    ("state", "detail"),
    [
        ({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:listBuckets"}, "s3:listBuckets"),
        (
            {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"},
            "lambda:invoke.waitForTaskToken",
        ),
        ({"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f"}, "lambda:f"),
        ({"Type": "Wait", "Seconds": 2}, "2 s"),
        ({"Type": "Wait", "TimestampPath": "$.when"}, "until $.when"),
        ({"Type": "Map", "MaxConcurrency": 3}, "3 at once"),
        (
            {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}},
            "distributed, all at once",
        ),
        ({"Type": "Fail", "Error": "Broken"}, "Broken"),
    ],
)
def test_states_say_what_they_do(state: dict[str, Any], detail: str) -> None:
    assert outline({"StartAt": "S", "States": {"S": state}}).nodes["S"].detail == detail


def test_definitions_that_are_wrong_are_drawn_as_far_as_they_go() -> None:
    odd: list[Any] = [
        {},
        {"States": []},
        {
            "States": {
                "A": None,
                "B": {"Type": "Choice", "Choices": "x"},
                "C": {"Type": "Parallel", "Branches": [1]},
            }
        },
        {"States": {"A": {"Next": "Missing", "Catch": [3], "Type": "Map"}}},
    ]
    for definition in odd:
        ElementTree.fromstring(svg(outline(definition)))
        assert mermaid(outline(definition)).startswith("flowchart TD\n")


@pytest.mark.skipif(not DEFINITIONS.exists(), reason="../shared/definitions/valid.jsonl is not there")
def test_real_definitions_are_drawn() -> None:
    for row in DEFINITIONS.read_text().splitlines():
        definition = json.loads(row)["definition"]
        definition = json.loads(definition) if isinstance(definition, str) else definition
        ElementTree.fromstring(svg(outline(definition)))
