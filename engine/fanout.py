"""Fan-outs within one execution: `Parallel` and the inline `Map`.

Iterations and branches run one after the other up to their first sleep, in the order of their index; from
then on the clock decides. The first failure ends the rest.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .distributed import Distributed, Members
from .errors import InvalidDefinition, StateFailure
from .expressions.scope import ExpressionError
from .expressions.values import java_json
from .fields import Closure, Fields, join
from .limits import WholeNumber
from .machine import Machine, compile_states
from .tasks import GuardedState

if TYPE_CHECKING:
    from .interpreter import Branch, Run

__all__ = ["MapState", "ParallelState"]


class ParallelState(GuardedState):
    type = "Parallel"
    aborted_event = "ParallelStateAborted"
    __slots__ = ("branches",)

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        super().__init__(name, fields, depth)
        self.branches = [compile_states(entry, depth=depth + 1) for entry in fields.objects("Branches")]
        if not self.branches:
            raise fields.invalid("Branches", "a Parallel state needs at least one branch")

    def attempt(self, branch: Branch, value: Any) -> Generator[None, Any, Any]:
        payload = self.enter(branch, value)
        if self.arguments is not None and branch.run.too_large(payload):
            raise branch.size_failure()
        branch.record_last("ParallelStateStarted")
        children = [branch.fork(index) for index in range(len(self.branches))]
        branch.children = dict(enumerate(children))
        try:
            running = 0
            for child, machine in zip(children, self.branches, strict=True):
                child.start(machine.start, payload)
                if child.coroutine is not None:
                    running += 1
                elif child.failure is not None:
                    raise self._failed(branch, child)
                else:
                    branch.last = child.last
            while running:
                child = yield
                running -= 1
                if child.failure is not None:
                    raise self._failed(branch, child)
                branch.last = child.last
        finally:
            branch.drop_children()
        result = [child.output for child in children]
        last = branch.last
        branch.record_last("ParallelStateSucceeded")
        branch.result = result
        step = self.leave(branch, value, result)
        branch.last = last
        return step

    def _failed(self, branch: Branch, child: Branch) -> StateFailure:
        branch.last = child.last
        if child.state.type == "Task":
            child.record_last("TaskStateAborted")
        for sibling in branch.children.values():
            sibling.abort(branch.last)
        assert child.failure is not None
        return child.failure

    def gave_up(self, branch: Branch) -> None:
        branch.record_last("ParallelStateFailed")


class MapState(GuardedState):
    """`Map`. An inline one runs its iterations here; a distributed one hands them to `distributed`."""

    type = "Map"
    is_map = True
    aborted_event = "MapStateAborted"
    __slots__ = ("concurrency", "distributed", "items", "items_path", "processor", "selector")

    def __init__(self, name: str, fields: Fields, depth: int) -> None:
        legacy = "Iterator" in fields and "ItemProcessor" not in fields
        key = "Iterator" if legacy else "ItemProcessor"
        if key not in fields:
            raise InvalidDefinition("a Map state needs an ItemProcessor", fields.path)
        super().__init__(name, fields, depth)
        processor = fields.object(key)
        config = processor.object("ProcessorConfig") if "ProcessorConfig" in processor else None
        mode = config.get("Mode", str, "INLINE") if config is not None else "INLINE"
        if mode not in ("INLINE", "DISTRIBUTED"):
            raise InvalidDefinition(
                f"Mode must be INLINE or DISTRIBUTED, not {mode!r}",
                join(processor.path, "ProcessorConfig/Mode"),
            )
        self.processor: Machine = compile_states(processor, depth=depth + 1)
        # Before ItemSelector existed, Parameters had its meaning in a Map.
        self.selector = fields.dynamic("ItemSelector")
        if not fields.jsonata and self.selector is None:
            self.selector = self.arguments
        self.arguments = None
        # AWS names a path into the context object by its one dollar sign.
        self.items_path = fields.get("ItemsPath", str, "$").replace("$$", "$", 1)
        self.items = self._items(fields, inline=mode == "INLINE")
        self.concurrency = WholeNumber(fields, "MaxConcurrency")
        self.distributed = None
        if mode == "DISTRIBUTED" and config is not None:
            self.distributed = Distributed(self, fields, config)

    @staticmethod
    def _items(fields: Fields, *, inline: bool) -> Any:
        if not fields.jsonata:
            return fields.reference_path("ItemsPath")
        if inline and isinstance(fields.raw.get("Items"), str):
            return fields.typed_expression("Items", "array")
        return fields.expression("Items")

    def attempt(self, branch: Branch, value: Any) -> Generator[None, Any, Any]:
        effective = self.input_path(value, branch) if self.input_path is not None else value
        if self.distributed is not None:
            result, last = yield from self.distributed.attempt(branch, effective)
        else:
            items = self.find_items(branch, effective)
            limit = self.concurrency.evaluate(branch, effective)
            branch.record_last("MapStateStarted", len(items))
            # A visit uses up more of the bound on endless loops than other states do, for what it sets off.
            branch.steps += min(len(items), 500)
            result = yield from self._iterate(branch, effective, items, limit)
            last = branch.last
            branch.record_last("MapStateSucceeded")
        branch.result = result
        step = self.leave(branch, value, result)
        branch.last = last
        return step

    def find_items(self, branch: Branch, effective: Any, *, objects: bool = False) -> list[Any]:
        """The array to iterate over. With `objects` an object counts as the array of its members."""
        items = self.items(effective, branch) if self.items is not None else effective
        if isinstance(items, list):
            return items
        if objects and isinstance(items, dict):
            return Members({"Key": key, "Value": value} for key, value in items.items())
        if self.jsonata:
            raise ExpressionError(
                "States.QueryEvaluationError", f"Map state input must be an array but was: {java_json(items)}"
            )
        raise branch.stop("States.Runtime", f'Reference path "{self.items_path}" must point to array.')

    def _iterate(
        self, branch: Branch, effective: Any, items: list[Any], limit: int
    ) -> Generator[None, Any, list[Any]]:
        quota = branch.run.world.quotas.inline_map_concurrency
        if quota is not None:
            limit = min(limit, quota) if limit else quota
        elif not limit:
            limit = len(items)
        results: list[Any] = [None] * len(items)
        record = branch.record_last
        name = self.name
        children = branch.children = dict[int, "Branch | Run"]()
        started = freed = branch.last
        try:
            for index in range(len(items)):
                while len(children) >= limit:
                    child = yield
                    freed = self._ended(branch, child, results)
                child = branch.fork(index)
                # What starts at once follows the start of the Map, what had to wait the end of what it waited for.
                branch.last = started if index < limit else freed
                item = items[index]
                child.item = {"Index": index, "Value": item}
                if self.selector is not None:
                    item = self._select(self.selector, branch, effective, child)
                record("MapIterationStarted", name, index)
                child.last = branch.last
                child.start(self.processor.start, item)
                if child.coroutine is not None:
                    children[index] = child
                else:
                    freed = self._ended(branch, child, results)
            while children:
                child = yield
                self._ended(branch, child, results)
        finally:
            branch.drop_children()
        return results

    def _select(self, selector: Closure, branch: Branch, effective: Any, child: Branch) -> Any:
        """The input of an iteration. Where it cannot be had the iteration never starts, and ends the others."""
        try:
            return selector(effective, child)
        except ExpressionError as error:
            if error.error == "States.QueryEvaluationError":
                self._cut(branch, branch.last)
            raise

    def _cut(self, branch: Branch, last: int) -> None:
        """End the iterations under way, because of what happened in the event `last`."""
        for index, child in branch.children.items():
            branch.last = last
            branch.record_last("MapIterationAborted", self.name, index)
            child.abort(last)
        branch.last = last

    def _ended(self, branch: Branch, child: Branch, results: list[Any]) -> int:
        """Take in an iteration that has ended; the id of its last event, which the next one's first follows."""
        last = child.last
        branch.last = last
        branch.children.pop(child.index, None)
        if child.failure is None:
            branch.record_last("MapIterationSucceeded", self.name, child.index)
            results[child.index] = child.output
            return last
        self._cut(branch, last)
        branch.record_last("MapIterationFailed", self.name, child.index)
        branch.last = last
        raise child.failure

    def gave_up(self, branch: Branch) -> None:
        branch.record_last("MapStateFailed")
