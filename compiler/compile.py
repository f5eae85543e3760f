"""Workflow to everything a deployment needs, as plain data: the passes, in order."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from fanfold.dsl import MapWorkflow
from fanfold.dsl.duration import seconds
from fanfold.dsl.model import Model

from .errors import CompileError
from .handlers import FunctionResource, HandlerError, find_handler, logical_id
from .load import LoadedWorkflow
from .locations import Locations
from .lower import Lowered, lower
from .policy import derive_policy

__all__ = ["Compiled", "SourceInfo", "TableResource", "compile_workflow"]


@dataclass(frozen=True, slots=True)
class TableResource:
    """A DynamoDB table the stack makes: on-demand, one string partition key."""

    logical_id: str
    name: str
    partition_key: str


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Where the items come from, for whoever has to put some there."""

    kind: str
    """Name of the source's model, such as DynamoDBList."""
    table: str | None = None
    key: dict[str, str] | None = None
    """Partition key's name and value."""
    attribute: str | None = None
    path: str | None = None
    """Reference path of the list in the execution input, for ExecutionInput."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled workflow. The same workflow gives the same values, and the same bytes when written."""

    name: str
    definition: dict[str, Any]
    definition_text: str
    policy: dict[str, Any]
    source_map: dict[str, str]
    """JSON pointer into the definition -> `file:line:column` of the author's module."""
    functions: tuple[FunctionResource, ...]
    tables: tuple[TableResource, ...]
    source: SourceInfo
    substitutions: tuple[str, ...]
    """Names of the `${...}` in the definition that a deployment fills."""
    timeout: int | None
    """Seconds the execution may take."""
    comment: str | None = None


def compile_workflow(loaded: LoadedWorkflow) -> Compiled:
    """Lower, derive and emit. Raises `CompileError` with every problem found."""
    workflow = loaded.workflow
    functions, names = _functions(loaded)
    lowered = lower(workflow, names)
    definition = lowered.machine.to_asl()
    text = json.dumps(definition, indent=2, ensure_ascii=False) + "\n"
    return Compiled(
        name=workflow.name,
        definition=definition,
        definition_text=text,
        policy=derive_policy(definition),
        source_map=_source_map(lowered, loaded.locations),
        functions=functions,
        tables=_tables(workflow),
        source=_source_info(workflow),
        substitutions=tuple(dict.fromkeys(re.findall(r"\$\{([A-Za-z0-9]+)\}", text))),
        timeout=None if workflow.timeout is None else seconds(workflow.timeout),
        comment=workflow.comment,
    )


def _functions(loaded: LoadedWorkflow) -> tuple[tuple[FunctionResource, ...], dict[int, str]]:
    """The functions to make, and for each worker what its FunctionName is."""
    worker: Any = loaded.workflow.worker
    if type(worker).__name__ != "LambdaFunction":
        return (), {}
    if worker.handler is None:
        return (), {id(worker): worker.function}
    try:
        file, function = find_handler(loaded.root, worker.handler)
    except HandlerError as error:
        place = loaded.locations.find(worker, "handler")
        raise CompileError(f"{place}: {error}" if place else str(error)) from None
    folder = file.parent
    name = folder.name
    identity = logical_id(name, "Function")
    resource = FunctionResource(
        name=name,
        logical_id=identity,
        substitution=f"{identity}Arn",
        handler_file=file,
        handler_function=function,
        folder=folder,
        runtime=worker.runtime,
        memory=worker.memory,
        timeout=seconds(worker.timeout),
        environment=dict(worker.environment),
    )
    return (resource,), {id(worker): f"${{{resource.substitution}}}"}


def _tables(workflow: MapWorkflow) -> tuple[TableResource, ...]:
    source: Any = workflow.source
    if type(source).__name__ != "DynamoDBList" or source.existing:
        return ()
    [key] = source.key
    return (TableResource(logical_id(source.table, "Table"), source.table, key),)


def _source_info(workflow: MapWorkflow) -> SourceInfo:
    source: Any = workflow.source
    kind = type(source).__name__
    match kind:
        case "DynamoDBList":
            return SourceInfo(kind, table=source.table, key=dict(source.key), attribute=source.attribute)
        case "ExecutionInput":
            return SourceInfo(kind, path=source.path)
    return SourceInfo(kind)


def _source_map(lowered: Lowered, locations: Locations) -> dict[str, str]:
    """Places of every state and every field of one that the author wrote, in the order of the definition."""
    places: dict[str, str] = {}

    def walk(value: Any, pointer: str) -> None:
        if isinstance(value, Model):
            origin, fields = lowered.origins.get(id(value), (value, {}))
            whole = locations.find(origin, *([fields[""]] if "" in fields else []))
            if whole is not None:
                places[pointer] = str(whole)
            for name, field in type(value).model_fields.items():
                if name not in value.model_fields_set:
                    continue
                asl = field.alias or name
                inner = f"{pointer}/{asl}"
                own = name if origin is value else fields.get(asl)
                place = locations.find(origin, own) if own is not None else None
                if place is not None:
                    places[inner] = str(place)
                walk(getattr(value, name), inner)
        elif isinstance(value, dict):
            for key, item in value.items():
                walk(item, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, f"{pointer}/{index}")

    walk(lowered.machine, "")
    return places
