"""Recorded definitions, broken at random: each gives a result or an InvalidDefinition, in bounded time.

    python tests/engine/test_fuzz.py 50000

runs that many from one seed on; the slow tests run a few thousand.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

import pytest

from fanfold.engine import (
    InvalidDefinition,
    ObjectStoreError,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskHang,
    TaskSuccess,
    run,
)

RECORDED = Path(__file__).parents[3] / "shared" / "conformance" / "open"
LONGEST = 20.0
"""Seconds one case may take: an endless loop of states that take no time is ended after some two."""

ODD: list[Any] = [
    *[
        None,
        True,
        False,
        0,
        1,
        -1,
        1.5,
        10**30,
        1e308,
        float("inf"),
        "",
        "é" * 10,
        [],
        {},
        [[[]]],
        [1, 2, 3],
        {"a": 1},
    ],
    *[
        "$",
        "$$",
        "$.a",
        "$.a[*]",
        "$[0]",
        "$[",
        "$x",
        "$.a..b",
        "States.Format('{}',$.a)",
        "States.UUID()",
        "States.Array(",
    ],
    *[
        "{% $states.input %}",
        "{% 1/0 %}",
        "{% ( %}",
        "{% $states.result %}",
        "{%%}",
        {"a.$": "$.a"},
        {"a": "{% $x %}"},
    ],
    *[
        "Pass",
        "Map",
        "Task",
        "States.ALL",
        "DISTRIBUTED",
        "JSONata",
        "2020-01-01T00:00:00Z",
        {"Type": "Pass", "End": True},
    ],
]
FIELDS = [
    *[
        "Type",
        "Next",
        "End",
        "StartAt",
        "States",
        "QueryLanguage",
        "InputPath",
        "OutputPath",
        "ResultPath",
        "Parameters",
    ],
    *[
        "Arguments",
        "Output",
        "Assign",
        "ResultSelector",
        "Result",
        "Seconds",
        "SecondsPath",
        "Timestamp",
        "TimestampPath",
    ],
    *[
        "Items",
        "ItemsPath",
        "ItemSelector",
        "ItemProcessor",
        "Iterator",
        "ProcessorConfig",
        "ItemReader",
        "ItemBatcher",
    ],
    *[
        "ResultWriter",
        "Label",
        "MaxConcurrency",
        "MaxConcurrencyPath",
        "ToleratedFailureCount",
        "Branches",
        "Retry",
    ],
    *["ToleratedFailurePercentage", "Catch", "ErrorEquals", "MaxAttempts", "IntervalSeconds", "BackoffRate"],
    *[
        "MaxDelaySeconds",
        "JitterStrategy",
        "Choices",
        "Default",
        "Condition",
        "Variable",
        "Resource",
        "Credentials",
    ],
    *[
        "TimeoutSeconds",
        "TimeoutSecondsPath",
        "HeartbeatSeconds",
        "Error",
        "Cause",
        "ErrorPath",
        "CausePath",
        "Comment",
    ],
]
Place = tuple[str | int, ...]


def places(value: Any, place: Place = ()) -> Iterator[Place]:
    if place:
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*place, key))


def at(value: Any, place: Place) -> Any:
    for key in place:
        value = value[key]
    return value


def broken(chance: Random, value: Any) -> Any:
    """The value with one to three of its parts replaced, removed, added to, or put elsewhere."""
    value = deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        found = list(places(value))
        if not found:
            return value
        place = chance.choice(found)
        holder, key = at(value, place[:-1]), place[-1]
        match chance.choice(["replace", "remove", "add", "move", "spoil"]):
            case "replace":
                holder[key] = deepcopy(chance.choice(ODD))
            case "remove":
                del holder[key]
            case "add":
                objects = [p for p in [(), *found] if isinstance(at(value, p), dict)]
                if objects:
                    at(value, chance.choice(objects))[chance.choice(FIELDS)] = deepcopy(chance.choice(ODD))
            case "move":
                holder[key] = deepcopy(at(value, chance.choice(found)))
            case "spoil" if isinstance(holder[key], str):
                holder[key] += chance.choice(["[", "'", "%}", "..", "[*]", "$", " "])
    return value


def answer(call: TaskCall) -> TaskAnswer:
    chance = Random(f"{call.path}{call.attempt}")
    return chance.choice(
        [
            TaskSuccess({"a": 1, "Payload": [1, 2]}, chance.choice([0.0, 1.0, 5.5])),
            TaskSuccess("x" * chance.choice([1, 300_000])),
            TaskFailure("Boom", "cause", 1.0, phase=chance.choice(["schedule", "start", "submit", "run"])),
            TaskHang(),
        ]
    )


class Store:
    """An ObjectStore with nothing in some keys and a little JSON in the others."""

    def list_objects(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        return iter([{"Key": "k", "Size": 3, "ETag": "e"}])

    def get_object(self, bucket: str, key: str, version: str | None = None) -> BinaryIO:
        if len(key) % 2:
            raise ObjectStoreError("S3.NoSuchKeyException", "The specified key does not exist.")
        return io.BytesIO(b'[{"a": 1}, 2]')

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        pass


def recorded() -> list[tuple[Any, Any]]:
    lines = [
        line for file in sorted(RECORDED.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]
    cases = [json.loads(line) for line in lines]
    return [(case["definition"], case.get("input")) for case in cases if case["kind"] == "execution"]


def fuzz(cases: list[tuple[Any, Any]], seed: int, count: int) -> Counter[str]:
    """Run so many broken cases; how often each outcome came. What the engine raises passes through."""
    outcomes: Counter[str] = Counter()
    for number in range(count):
        chance = Random(f"{seed}/{number}")
        definition, given = chance.choice(cases)
        definition = broken(chance, definition)
        if chance.random() < 0.3:
            given = broken(chance, [given])
        started = time.perf_counter()
        try:
            execution = run(
                definition,
                given,
                tasks=answer,
                objects=Store(),
                state_machine_type=chance.choice(["STANDARD", "EXPRESS"]),
            )
            json.dumps(list(execution.history))
            outcome = execution.status
        except InvalidDefinition as error:
            outcome = "InvalidDefinition" if "\n" not in str(error) else f"more than a line: {error}"
        except Exception:
            print(f"seed {seed}, case {number}: {definition!r} {given!r}", file=sys.stderr)
            raise
        if time.perf_counter() - started > LONGEST:
            raise AssertionError(f"seed {seed}, case {number} took longer than {LONGEST} s: {definition!r}")
        outcomes[outcome] += 1
    return outcomes


@pytest.mark.slow
@pytest.mark.skipif(
    not RECORDED.is_dir(), reason=f"needs recorded definitions in {RECORDED.name} of ../shared"
)
@pytest.mark.parametrize("seed", range(6))
def test_broken_definitions_give_a_result_or_an_invalid_definition(seed: int) -> None:
    outcomes = fuzz(recorded(), seed, 500)
    assert set(outcomes) <= {"SUCCEEDED", "FAILED", "TIMED_OUT", "InvalidDefinition"}
    assert outcomes["InvalidDefinition"] > 0 < outcomes["SUCCEEDED"]


if __name__ == "__main__":
    print(dict(fuzz(recorded(), 0, int(sys.argv[1]))))
