"""Inline or distributed: which kind of Map a mapping gets, and why."""

from __future__ import annotations

import json
from typing import Any

from fanfold.dsl.model import kind_of

from .quotas import EVENTS, ITERATION_EVENTS, MAX_EVENTS, MAX_INLINE_CONCURRENCY, MAX_PAYLOAD_BYTES

__all__ = ["choose_mode", "events_per_item"]

_EVENTS_AROUND = 20
"""Events of the execution itself and of the states around the Map, generously."""


def choose_mode(mapping: Any, iteration: dict[str, Any]) -> tuple[str, list[str]]:
    """The mode of the Map and the reasons for it."""
    if mapping.mode != "auto":
        return mapping.mode, [f"mode='{mapping.mode}' says so"]
    reasons = mapping.needs_distributed()
    concurrency = mapping.max_concurrency
    if isinstance(concurrency, int) and concurrency > MAX_INLINE_CONCURRENCY:
        reasons.append(
            f"max_concurrency={concurrency} is over the {MAX_INLINE_CONCURRENCY} an inline map can do"
        )
    reasons += _too_much(mapping, iteration)
    if kind_of(mapping.source) in ("DynamoDBQuery", "DynamoDBScan") and mapping.expected_items is None:
        reasons.append(
            f"nobody says how many items {kind_of(mapping.source)} finds, and all their events would be in "
            "one history; expected_items= can say"
        )
    if reasons:
        return "distributed", reasons
    items = _item_count(mapping)
    known = "the number of items is not known" if items is None else f"{items:,} items fit into one history"
    return "inline", [f"nothing needs child executions and {known}"]


def events_per_item(iteration: dict[str, Any]) -> int:
    """History events of one iteration without retries: its own two, and those of its states."""
    return ITERATION_EVENTS + sum(
        EVENTS[state["Type"]] for state in iteration.values() if not _only_on_failure(state, iteration)
    )


def _only_on_failure(state: dict[str, Any], iteration: dict[str, Any]) -> bool:
    name = next(name for name, other in iteration.items() if other is state)
    return any(name == rule["Next"] for other in iteration.values() for rule in other.get("Catch", ()))


def _item_count(mapping: Any) -> int | None:
    items = getattr(mapping.source, "items", None)
    return len(items) if isinstance(items, list) else mapping.expected_items


def _too_much(mapping: Any, iteration: dict[str, Any]) -> list[str]:
    count = _item_count(mapping)
    if count is None:
        return []
    reasons = []
    each = events_per_item(iteration)
    events = count * each + _EVENTS_AROUND
    if events > MAX_EVENTS:
        reasons.append(
            f"{count:,} items x {each} events are about {events:,} history events, over the quota of {MAX_EVENTS:,}"
        )
    items = getattr(mapping.source, "items", None)
    if isinstance(items, list):
        size = len(json.dumps(items, ensure_ascii=False).encode())
        if size > MAX_PAYLOAD_BYTES:
            reasons.append(f"the items are {size:,} bytes, over the payload quota of {MAX_PAYLOAD_BYTES:,}")
    return reasons
