"""The Lambda functions a workflow's stack makes, and the name each worker calls its function by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fanfold.dsl import MapWorkflow
from fanfold.dsl.duration import seconds

from .errors import CompileError
from .handlers import FunctionResource, HandlerError, find_handler, logical_id
from .load import LoadedWorkflow

__all__ = ["compile_functions"]


def compile_functions(
    loaded: LoadedWorkflow, workflow: MapWorkflow
) -> tuple[tuple[FunctionResource, ...], dict[int, str]]:
    """The functions to make, and the FunctionName of each worker by its id. Raises `CompileError`."""
    made: dict[str, FunctionResource] = {}
    names: dict[int, str] = {}
    problems = []
    for worker in _workers(workflow.worker):
        if worker.handler is None:
            names[id(worker)] = worker.function
            continue
        try:
            resource = _resource(loaded, worker, made)
        except HandlerError as error:
            place = loaded.locations.find(worker, "handler")
            problems.append(f"{place}: {error}" if place else str(error))
        else:
            made[resource.logical_id] = resource
            names[id(worker)] = f"${{{resource.substitution}}}"
    if problems:
        raise CompileError(problems)
    return tuple(made.values()), names


def _workers(worker: Any) -> Iterator[Any]:
    if type(worker).__name__ == "LambdaFunction":
        yield worker
    elif type(worker).__name__ == "ForEach":
        yield from _workers(worker.worker)
    elif type(worker).__name__ == "Steps":
        for step in worker.steps.values():
            yield from _workers(step)


def _resource(loaded: LoadedWorkflow, worker: Any, made: dict[str, FunctionResource]) -> FunctionResource:
    """One function per handler and configuration, named after its folder where that tells it apart."""
    file, function = find_handler(loaded.root, worker.handler)

    def resource(*words: str) -> FunctionResource:
        identity = logical_id(*words, "Function")
        return FunctionResource(
            name="-".join(words),
            logical_id=identity,
            substitution=f"{identity}Arn",
            handler_file=file,
            handler_function=function,
            folder=file.parent,
            runtime=worker.runtime,
            memory=worker.memory,
            timeout=seconds(worker.timeout),
            environment=dict(worker.environment),
        )

    names: list[tuple[str, ...]] = [
        (file.parent.name,),
        (file.parent.name, file.stem),
        (file.parent.name, file.stem, function),
    ]
    names += [(file.parent.name, file.stem, function, str(count)) for count in range(2, 1000)]
    for words in names:
        candidate = resource(*words)
        if made.get(candidate.logical_id, candidate) == candidate:
            return candidate
    raise HandlerError(f"too many functions are made from {worker.handler}")
