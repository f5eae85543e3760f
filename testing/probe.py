"""Looking for the smallest list of items that breaks a workflow: what `fanfold test` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .runs import Runner, WorkflowRun

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from fanfold.compiler import Compiled

__all__ = ["SOURCES", "Probe", "items_like", "probe"]

SOURCES = ("DynamoDBList", "ExecutionInput")
"""Sources whose items can be made."""
_LONGEST = 40
"""Items of a list: enough to meet a timeout, and the concurrency of an inline Map."""


@dataclass(frozen=True)
class Probe:
    """What was found: `items` and `run` are the smallest that fail, None where nothing did."""

    executions: int
    items: list[Any] | None = None
    run: WorkflowRun | None = None


class _BrokenError(Exception):
    """An execution that did not succeed."""


def probe(
    compiled: Compiled,
    *,
    like: Sequence[Any] | None = None,
    examples: int = 100,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Probe:
    """Run the workflow with generated lists of items, and shrink what does not succeed.

    Items are shaped like the samples in `like`, or JSON values of every kind without any. `examples` is how many lists
    are tried; finding the smallest takes more executions. The same `seed` tries the same lists. Raises `LocalError`
    for what keeps the workflow from running here.
    """
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity
    from hypothesis import strategies as st

    from .strategies import json_values

    if compiled.source.kind not in SOURCES:
        raise ValueError(f"items can be made for {' and '.join(SOURCES)}, not for {compiled.source.kind}")
    shape = items_like(like) if like else json_values()
    executions = 0
    smallest: tuple[list[Any], WorkflowRun] | None = None
    with Runner(compiled) as runner:

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            verbosity=Verbosity.quiet,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(st.lists(shape, max_size=_LONGEST))
        def attempt(items: list[Any]) -> None:
            nonlocal executions, smallest
            executions += 1
            if progress is not None:
                progress(executions)
            run = runner.run(items=items)
            if run.status != "SUCCEEDED":
                smallest = items, run
                raise _BrokenError

        try:
            attempt()
        except _BrokenError:  # the last failure that hypothesis shows is the smallest
            assert smallest is not None
            return Probe(executions, *smallest)
    return Probe(executions)


def items_like(samples: Sequence[Any]) -> SearchStrategy[Any]:
    """Values with the shape of the samples: the same members, of the same kinds, with any values.

    Members that only some objects have are optional. Values are any of their kind, everyday ones more often, or one
    of the samples'.
    """
    from hypothesis import strategies as st

    kinds: dict[str, list[Any]] = {}
    for sample in samples:
        kinds.setdefault(_kind(sample), []).append(sample)
    return st.one_of([_of_kind(kind, found) for kind, found in kinds.items()])


def _kind(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "text", list: "list", dict: "object"}
    return names.get(type(value), "null")


def _of_kind(kind: str, samples: list[Any]) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    match kind:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(-100, 1000) | st.integers(-(2**53), 2**53) | st.sampled_from(samples)
        case "number":
            numbers = st.floats(-100, 1000) | st.floats(-1e9, 1e9)
            return numbers.map(lambda number: round(number, 6) + 0.0) | st.sampled_from(samples)
        case "text":
            return st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(samples)
        case "list":
            inner = [item for sample in samples for item in sample]
            return st.lists(items_like(inner), max_size=5) if inner else st.just([])
        case "object":
            names = list(dict.fromkeys(name for sample in samples for name in sample))
            members = {name: items_like([one[name] for one in samples if name in one]) for name in names}
            needed = {name for name in names if all(name in one for one in samples)}
            return st.fixed_dictionaries(
                {name: members[name] for name in names if name in needed},
                optional={name: members[name] for name in names if name not in needed},
            )
    return st.none()
