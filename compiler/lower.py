"""A `MapWorkflow` to the ASL model: one function per source, one per worker, in the order an item meets them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from fanfold.dsl import LAMBDA_RETRY, MapWorkflow
from fanfold.dsl.duration import seconds
from fanfold.dsl.model import Model
from fanfold.dsl.states.machine import StateMachine
from fanfold.dsl.states.map import ItemProcessor, Map, ProcessorConfig
from fanfold.dsl.states.task import Task

__all__ = ["Lowered", "lower"]

Step = tuple[str, Any]
"""A state's name and the state, before it knows what follows."""


@dataclass(slots=True)
class Lowered:
    """The machine, and for each model in it the author's model it came from: id -> (model, ASL field -> field)."""

    machine: StateMachine
    origins: dict[int, tuple[Model, dict[str, str]]] = field(default_factory=dict)


class _Builder:
    """Makes states and remembers where they came from. Values are right by construction, so none is validated."""

    def __init__(self) -> None:
        self.origins: dict[int, tuple[Model, dict[str, str]]] = {}

    def make(
        self, kind: type[Model], origin: Model, places: dict[str, str] | None = None, **fields: Any
    ) -> Any:
        """A model of `kind` with the fields that are not None; `places` maps ASL fields to fields of `origin`."""
        made = kind.model_construct(**{name: value for name, value in fields.items() if value is not None})
        self.origins[id(made)] = (origin, places or {})
        return made


def lower(workflow: MapWorkflow, function_names: dict[int, str]) -> Lowered:
    """The state machine of `workflow`; `function_names` gives each worker's FunctionName by id."""
    build = _Builder()
    steps = _worker_steps(build, workflow, function_names)
    if seconds(workflow.wait):
        from fanfold.dsl.states.wait import Wait

        wait = build.make(Wait, workflow, {"": "wait", "Seconds": "wait"}, seconds=seconds(workflow.wait))
        steps.insert(0, ("Wait", wait))
    first, inner = _chain(steps)
    processor = build.make(
        ItemProcessor,
        workflow,
        processor_config=ProcessorConfig.model_construct(mode="INLINE"),
        start_at=first,
        states=inner,
    )
    before, items_path = _source_steps(build, workflow)
    fan_out = build.make(
        Map,
        workflow,
        {"": "source", "ItemsPath": "source", "MaxConcurrency": "max_concurrency"},
        items_path=None if items_path == "$" else items_path,
        max_concurrency=workflow.max_concurrency,
        item_processor=processor,
        end=True,
    )
    states = {**dict(before), "For each item": fan_out}
    machine = build.make(
        StateMachine,
        workflow,
        {"Comment": "comment", "TimeoutSeconds": "timeout"},
        comment=workflow.comment,
        start_at=next(iter(states)),
        timeout_seconds=None if workflow.timeout is None else seconds(workflow.timeout),
        states=states,
    )
    return Lowered(machine, build.origins)


def _chain(steps: list[Step]) -> tuple[str, dict[str, Any]]:
    """Join steps in order: each goes to the next, the last ends."""
    names = [name for name, _ in steps]
    for (_, state), follower in zip(steps, [*names[1:], None], strict=True):
        change = {"next": follower} if follower else {"end": True}
        state.__dict__.update(change)
        state.model_fields_set.update(change)
    return names[0], dict(steps)


def _source_steps(build: _Builder, workflow: MapWorkflow) -> tuple[list[Step], str]:
    """The states that fetch the items, and the path of the list in their output."""
    source = workflow.source
    match type(source).__name__:
        case "DynamoDBList":
            return _dynamodb_list(build, source)
        case "ExecutionInput":
            return [], source.path  # type: ignore[attr-defined]
        case "Items":
            from fanfold.dsl.states.passing import Pass

            items = build.make(Pass, source, {"Result": "items"}, result=source.items, next="For each item")  # type: ignore[attr-defined]
            return [("Items", items)], "$"
    raise TypeError(f"no lowering for {type(source).__name__}")


def _dynamodb_list(build: _Builder, source: Any) -> tuple[list[Step], str]:
    """Get the row, then go on only if the list is there: a missing one fails by name, not as a JSONPath riddle."""
    from fanfold.dsl.states.choice import Choice, ChoiceRule
    from fanfold.dsl.states.fail import Fail

    [(key, value)] = source.key.items()
    path = f"$.Item{_member(source.attribute)}.L"
    get = build.make(
        Task,
        source,
        {"Parameters": "table"},
        resource="arn:aws:states:::dynamodb:getItem",
        parameters={"TableName": source.table, "Key": {key: {"S": value}}},
        next="List found?",
    )
    rule = build.make(
        ChoiceRule, source, {"": "attribute"}, variable=path, is_present=True, next="For each item"
    )
    check = build.make(Choice, source, {"": "attribute"}, choices=[rule], default="List not found")
    fail = build.make(
        Fail,
        source,
        {"": "attribute"},
        error="ListNotFound",
        cause=f"Table {source.table} has no row with {key} = {value!r}, or the row has no list in '{source.attribute}'.",
    )
    return [("Get list", get), ("List found?", check), ("List not found", fail)], path


def _worker_steps(build: _Builder, workflow: MapWorkflow, function_names: dict[int, str]) -> list[Step]:
    worker: Any = workflow.worker
    match type(worker).__name__:
        case "LambdaFunction":
            retry = list(LAMBDA_RETRY) if worker.retry is None else worker.retry
            invoke = build.make(
                Task,
                worker,
                {"Parameters": "handler" if worker.handler else "function", "Retry": "retry"},
                resource="arn:aws:states:::lambda:invoke",
                parameters={"FunctionName": function_names[id(worker)], "Payload.$": "$"},
                output_path="$.Payload",
                retry=retry or None,
            )
            return [(f"Invoke {_function_label(worker)}", invoke)]
    raise TypeError(f"no lowering for {type(worker).__name__}")


def _function_label(worker: Any) -> str:
    """`topics` for lambda/topics/handler.py:handler, the function's name for an ARN."""
    if worker.handler is None:
        parts = worker.function.split(":")
        return str(parts[6] if len(parts) > 6 else parts[-1])[:60]
    return (
        str(worker.handler).rpartition(":")[0].replace("\\", "/").split("/")[-2:][0].removesuffix(".py")[:60]
    )


def _member(name: str) -> str:
    """A member of a JSONPath, bracketed where a plain name will not do."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f".{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"
