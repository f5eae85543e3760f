"""Map workflows, as authors write them, and what to start them with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from fanfold.dsl import (
    DynamoDBList,
    ExecutionInput,
    ForEach,
    Items,
    LambdaFunction,
    MapWorkflow,
    Ref,
    Retrier,
    Source,
    StateMachine,
    Steps,
    Worker,
)

from .behaviours import ERRORS
from .machines import FUNCTIONS
from .values import items, json_values

__all__ = ["TABLE", "inputs_for", "map_workflows"]

TABLE = DynamoDBList(table="fanfold-test", key={"id": "list"}, attribute="values", existing=True)
"""The table of generated workflows: one row, whose attribute holds the list."""

_PATHS = ("$", "$.list", "$.a['b c']")


def map_workflows(
    *,
    sources: st.SearchStrategy[Source] | None = None,
    values: st.SearchStrategy[Any] | None = None,
    max_seconds: int = 5,
    timeouts: Sequence[int | None] = (None, 3, 60),
    modes: Sequence[str] = ("auto", "inline", "distributed"),
    languages: Sequence[str] = ("JSONPath", "JSONata"),
    retries: bool = True,
) -> st.SearchStrategy[MapWorkflow]:
    """Workflows over `sources` (default: `Items`, `ExecutionInput` and the list in `TABLE`) that call `FUNCTIONS`.

    `values` are the items of an `Items` source; waits are up to `max_seconds`.
    """
    if sources is None:
        sources = (
            st.sampled_from(_PATHS).map(ExecutionInput)
            | items(values, max_size=4).map(Items)
            | st.just(TABLE)
        )
    return st.builds(
        MapWorkflow,
        name=st.just("generated"),
        source=sources,
        worker=_workers(retries),
        item_selector=st.sampled_from([None, _SELECTOR]),
        wait=st.integers(0, max_seconds) if max_seconds else st.just(0),
        max_concurrency=st.integers(0, 4),
        timeout=st.sampled_from(timeouts),
        mode=st.sampled_from(modes),
        results=st.sampled_from(["keep", "discard"]),
        query_language=st.sampled_from(languages),
    )


_SELECTOR = {"value": Ref("$$.Map.Item.Value"), "index": Ref("$$.Map.Item.Index"), "fixed": [1, {"a": None}]}


def _workers(retries: bool) -> st.SearchStrategy[Worker]:
    rule = st.builds(
        Retrier,
        error_equals=st.sampled_from([["States.ALL"], *([error] for error in ERRORS)]),
        interval_seconds=st.integers(1, 3),
        max_attempts=st.integers(0, 3),
        backoff_rate=st.sampled_from([1, 1.5, 2]),
    )
    function = st.builds(
        LambdaFunction,
        function=st.sampled_from(FUNCTIONS),
        payload=st.sampled_from([None, _PAYLOAD]),
        retry=st.none() | st.lists(rule, max_size=1) if retries else st.just([]),
    )
    return st.one_of(
        function,
        st.builds(lambda first, second: Steps({"First": first, "Second": second}), function, function),
        st.builds(
            ForEach,
            source=items(json_values(2), max_size=3).map(Items),
            worker=function,
            max_concurrency=st.integers(0, 2),
        ),
    )


_PAYLOAD = {"item": Ref("$"), "attempt": Ref("$$.State.RetryCount")}


def inputs_for(
    workflow: MapWorkflow | StateMachine, values: st.SearchStrategy[Any] | None = None, *, max_size: int = 5
) -> st.SearchStrategy[Any]:
    """Inputs to start `workflow` with: the list of an `ExecutionInput` source is where the source looks for it.

    The items are of `values`, by default JSON values of every kind. Other sources take no notice of the input.
    """
    source = getattr(workflow, "source", None)
    if not isinstance(source, ExecutionInput):
        return st.dictionaries(st.sampled_from("abc"), json_values(2), max_size=2)
    parts = Ref(source.path).parts
    wrong = [part for part in parts if isinstance(part, int)]
    if wrong:
        raise ValueError(
            f"{source.path}: no inputs can be made for a path with indexes; write a strategy for it"
        )

    def around(found: list[Any]) -> Any:
        made: Any = found
        for part in reversed(parts):
            made = {part: made}
        return made

    return items(values, max_size=max_size).map(around)
