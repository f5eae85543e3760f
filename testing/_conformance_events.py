"""Recorded history events against those of the engine.

A recording keeps of each event its type, `id`, `previousEventId` (`prev`) and the details that do not vary;
`project` brings an engine's event to that shape. Where branches or iterations ran side by side, their
interleaving is AWS's scheduling of the day: there the order is compared within each branch, through the
events that follow one another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ._conformance_match import difference, matches

__all__ = ["events_difference", "project"]

KEPT = frozenset(
    {
        "cause",
        "error",
        "heartbeatInSeconds",
        "index",
        "length",
        "location",
        "mapRunArn",
        "name",
        "region",
        "resource",
        "resourceType",
        "state",
        "timeoutInSeconds",
    }
)
PARSED = frozenset({"input", "output", "parameters"})
JOINS = frozenset(
    f"{kind}State{end}"
    for kind in ("Map", "Parallel")
    for end in ("Aborted", "Exited", "Failed", "Succeeded")
)
"""Events that end a fan-out: which branch's last event they follow is chance."""

UNLINKED = JOINS | {"MapIterationStarted"}
"""An iteration starts after the fan-out, or after whichever iteration made room for it."""


def project(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as `GetExecutionHistory` gives it, in the shape of the recordings."""
    projected = {"type": event["type"], "id": event["id"], "prev": event.get("previousEventId", 0)}
    for key, details in event.items():
        if key.endswith("EventDetails") and details is not None:
            projected |= _details(details)
    return projected


def _details(details: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in details.items():
        if key in KEPT:
            kept[key] = value
        elif key in PARSED:
            kept[key] = _json(value)
        elif key == "assignedVariables":
            kept["assigned"] = {name: _json(text) for name, text in value.items()}
        elif key == "taskCredentials":
            kept[key] = value
    return kept


def _json(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) else text


def events_difference(
    expected: Sequence[Mapping[str, Any]],
    actual: Sequence[Mapping[str, Any]],
    tokens: Sequence[str],
    *,
    ordered: bool,
    concurrent: bool,
) -> str | None:
    """The first disagreement of two histories in the recordings' shape, or None.

    `ordered`: the recording kept the order and the ids of its events; otherwise events inside Parallel states
    were sorted and lost their ids. `concurrent`: branches or iterations ran side by side.
    """
    if ordered and len(expected) > 1 and expected[0]["id"] > expected[-1]["id"]:
        expected = expected[::-1]  # asked for in reverse order
    if ordered and not concurrent:
        return _sequence_difference(expected, actual, tokens)
    if ordered:
        return _multiset_difference(_linked(expected), _linked(actual), tokens)
    return _partial_difference(expected, actual, tokens)


def _sequence_difference(
    expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], tokens: Sequence[str]
) -> str | None:
    for left, right in zip(expected, actual, strict=False):
        if found := difference(left, right, tokens):
            return f"event {left['id']} {left['type']}: {found}"
    if len(expected) != len(actual):
        more, which = (expected, "missing") if len(expected) > len(actual) else (actual, "too much")
        return f"event {more[min(len(expected), len(actual))]} is {which}"
    return None


def _linked(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events without ids, each with the event it follows, so that the order within a branch still counts."""
    by_id = {event["id"]: _bare(event) for event in events}
    return [
        _bare(event) | ({} if event["type"] in UNLINKED else {"after": by_id.get(event["prev"])})
        for event in events
    ]


def _bare(event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key not in ("id", "prev")}


def _partial_difference(
    expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], tokens: Sequence[str]
) -> str | None:
    """Recorded events with an id by that id; the others as a multiset.

    The ends of the fan-outs themselves (`ParallelStateSucceeded`) were dropped where the others were sorted.
    """
    by_id = {event["id"]: event for event in actual}
    for event in expected:
        if "id" not in event:
            continue
        found = by_id.pop(event["id"], None)
        if found is None:
            return f"event {event['id']} {event['type']} is missing"
        left, right = (
            (dict(event), dict(found)) if event["type"] not in JOINS else (_bare(event), _bare(found))
        )
        if problem := difference(left, right, tokens):
            return f"event {event['id']} {event['type']}: {problem}"
    unnamed = [event for event in expected if "id" not in event]
    recorded_types = {event["type"] for event in unnamed}
    rest = [_bare(e) for e in by_id.values() if e["type"] not in JOINS or e["type"] in recorded_types]
    return _multiset_difference([_bare(event) for event in unnamed], rest, tokens)


def _multiset_difference(
    expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], tokens: Sequence[str]
) -> str | None:
    """Whether the two can be paired off, wildcards and all: a maximum matching by augmenting paths."""
    fits = [[j for j, right in enumerate(actual) if matches(left, right, tokens)] for left in expected]
    partner: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for j in fits[index]:
            if j not in seen:
                seen.add(j)
                if j not in partner or place(partner[j], seen):
                    partner[j] = index
                    return True
        return False

    for index, event in enumerate(expected):
        if not place(index, set()):
            return f"no event like {json.dumps(event, ensure_ascii=False)[:500]}"
    rest = [right for j, right in enumerate(actual) if j not in partner]
    return (
        f"{len(rest)} events too many, first {json.dumps(rest[0], ensure_ascii=False)[:500]}"
        if rest
        else None
    )
