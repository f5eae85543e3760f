"""A `MapWorkflow` to Amazon States Language, as plain data.

Sources (`lower_sources`) say what comes before the Map and how it finds its items; workers (`lower_workers`) give
the states of an iteration; a dialect says both in one of the query languages. Each state remembers the author's
model it came from, so that the source map can name the line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fanfold.dsl import MapWorkflow
from fanfold.dsl.model import Model
from fanfold.dsl.ref import Ref

from .dialects import DIALECTS, Dialect

__all__ = ["Builder", "Lowered", "Sourced", "lower"]

State = dict[str, Any]
Steps = dict[str, State]
MAP = "For each item"
_ENDED = ("Choice", "Succeed", "Fail")
"""Types of states that `chain` leaves alone: they have no Next."""


@dataclass(slots=True)
class Lowered:
    """A definition, and for each object in it the author's model it came from."""

    definition: State
    origins: dict[int, tuple[Model, dict[str, str]]]
    """id of a JSON object -> (model, ASL field -> the model's field; "" for the whole)."""
    mode: str
    """`inline` or `distributed`."""
    reasons: list[str]
    """Why the mode is what it is."""


@dataclass(slots=True)
class Sourced:
    """What a source adds to the machine."""

    before: Steps = field(default_factory=dict)
    """States ahead of the Map, the first of which starts the machine."""
    fields: State = field(default_factory=dict)
    """Fields of the Map that give it its items."""
    after: Steps = field(default_factory=dict)
    """States behind the Map, the first of which follows it."""
    places: dict[str, str] = field(default_factory=dict)
    """Fields of the Map -> fields of the source."""


class Builder:
    """Makes states in one query language and remembers where they came from."""

    def __init__(self, dialect: Dialect, function_names: dict[int, str]) -> None:
        self.dialect = dialect
        self.function_names = function_names
        """FunctionName of each LambdaFunction worker, by id."""
        self.origins: dict[int, tuple[Model, dict[str, str]]] = {}

    def state(
        self, kind: str, origin: Model, places: dict[str, str] | None = None, /, **fields: Any
    ) -> State:
        """A state of type `kind` without the fields that are None, except ResultPath."""
        made = {
            "Type": kind,
            **{name: value for name, value in fields.items() if value is not None or name == "ResultPath"},
        }
        self.note(made, origin, places)
        return made

    def note(self, made: State, origin: Model, places: dict[str, str] | None = None) -> None:
        """Remember that `made` came from `origin`."""
        self.origins[id(made)] = (origin, places or {})


def lower(workflow: MapWorkflow, function_names: dict[int, str]) -> Lowered:
    """The state machine of `workflow`. Raises `TemplateError` for what its query language cannot say."""
    from .lower_sources import lower_source
    from .lower_workers import lower_iteration
    from .modes import choose_mode

    build = Builder(DIALECTS[workflow.query_language], function_names)
    iteration = lower_iteration(build, workflow)
    mode, reasons = choose_mode(workflow, iteration)
    sourced = lower_source(build, workflow.source)
    states: Steps = dict(sourced.before)
    states[MAP] = _map(build, workflow, sourced, iteration, mode)
    states.update(sourced.after)
    if sourced.before:
        [*_, last] = [state for state in sourced.before.values() if "End" not in state]
        if last["Type"] not in _ENDED:
            last.setdefault("Next", MAP)
    definition: State = {}
    if workflow.comment is not None:
        definition["Comment"] = workflow.comment
    if workflow.query_language != "JSONPath":
        definition["QueryLanguage"] = workflow.query_language
    definition["StartAt"] = next(iter(states))
    if workflow.timeout is not None:
        definition["TimeoutSeconds"] = workflow.timeout
    definition["States"] = states
    build.note(definition, workflow, {"Comment": "comment", "TimeoutSeconds": "timeout"})
    return Lowered(definition, build.origins, mode, reasons)


def chain(steps: Steps) -> Steps:
    """Join states in order: each that does not say where it goes goes to the next, the last ends."""
    names = list(steps)
    for name, follower in zip(names, [*names[1:], None], strict=True):
        state = steps[name]
        if state["Type"] not in _ENDED and "Next" not in state and "End" not in state:
            state.update({"Next": follower} if follower else {"End": True})
    return steps


def _map(build: Builder, workflow: MapWorkflow, sourced: Sourced, iteration: Steps, mode: str) -> State:
    dialect = build.dialect
    distributed = mode == "distributed"
    config = {"Mode": mode.upper()} | ({"ExecutionType": workflow.execution_type} if distributed else {})
    processor = {"ProcessorConfig": config, "StartAt": next(iter(iteration)), "States": iteration}
    build.note(processor, workflow, {"": "worker", "ProcessorConfig": "mode"})
    made = build.state(
        "Map",
        workflow,
        {
            "": "source",
            "MaxConcurrency": "max_concurrency",
            "MaxConcurrencyPath": "max_concurrency",
            "ItemSelector": "item_selector",
            "ItemBatcher": "batch",
            "ToleratedFailureCount": "tolerated_failures",
            "ToleratedFailurePercentage": "tolerated_failure_percentage",
            "ResultWriter": "results",
            "ItemReader": "source",
            "ItemsPath": "source",
            "Items": "source",
        },
        **sourced.fields,
        ItemSelector=None if workflow.item_selector is None else dialect.template(workflow.item_selector),
        ItemBatcher=_batcher(dialect, workflow),
        **dialect.field("MaxConcurrency", workflow.max_concurrency),
        ToleratedFailureCount=workflow.tolerated_failures,
        ToleratedFailurePercentage=workflow.tolerated_failure_percentage,
        ItemProcessor=processor,
        ResultWriter=_writer(dialect, workflow),
    )
    if sourced.after or workflow.results == "discard":
        made.update(dialect.keep_input())
    follower = next(iter(sourced.after), None)
    made.update({"Next": follower} if follower else {"End": True})
    return made


def _batcher(dialect: Dialect, workflow: MapWorkflow) -> State | None:
    batch = workflow.batch
    if batch is None:
        return None
    made: State = {}
    if batch.items is not None:
        made.update(dialect.field("MaxItemsPerBatch", batch.items))
    if batch.bytes is not None:
        made.update(dialect.field("MaxInputBytesPerBatch", batch.bytes))
    if batch.input is not None:
        made["BatchInput"] = dialect.template(batch.input)
    return made


def _writer(dialect: Dialect, workflow: MapWorkflow) -> State | None:
    results = workflow.results
    if isinstance(results, str):
        return None
    return {
        "Resource": "arn:aws:states:::s3:putObject",
        dialect.arguments: dialect.template({"Bucket": results.bucket, "Prefix": results.prefix}),
        "WriterConfig": {"Transformation": results.transformation, "OutputType": results.format},
    }


def item() -> Ref:
    """The worker's input: its item, or its batch."""
    return Ref("$")
