"""The distributed Map: each item or batch is a child execution with a history of its own.

Items are read as children are started, results are handed on as children end: what a Map Run holds at a time
is bounded by its concurrency, not by its data set.
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import StateFailure
from .expressions.values import to_json
from .fields import Closure, Fields
from .interpreter import Identity, Run, World
from .limits import Percentage, WholeNumber
from .machine import whole_number
from .readers import ItemStream, ReaderError, batches, open_items
from .writer import ChildResult, ResultWriter, WriterError

if TYPE_CHECKING:
    from .fanout import MapState
    from .interpreter import Branch

__all__ = ["Distributed", "MapRun", "Members"]

Source = Generator[tuple[Any, int], None, None]
"""Inputs of child executions, each with the number of items in it."""
_EXIT_FOLLOWS_START = 1_725_148_800.0
"""Between June and November 2024 AWS began to let MapStateExited follow MapRunStarted, not MapRunSucceeded.
"""
_ITERATES_OBJECTS = 1_757_548_800.0
"""On 11 September 2025 AWS began to take a JSON object as a data set, of its members."""
_COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}


_FAILED = object()
"""Stands for the result of a child that failed within what is tolerated: the Map's result leaves it out."""


def _no_counts() -> dict[str, int]:
    names = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten")
    return dict.fromkeys((*names, "failuresNotRedrivable", "pendingRedrive"), 0)


@dataclass(slots=True)
class MapRun:
    """One run of a distributed Map state. Times are virtual, in seconds since the Unix epoch."""

    arn: str
    execution_arn: str
    state: str
    start: float
    max_concurrency: int
    tolerated_failure_count: int
    tolerated_failure_percentage: float
    stop: float | None = None
    status: str = "RUNNING"
    error: str | None = None
    cause: str | None = None
    items: dict[str, int] = field(default_factory=_no_counts)
    """Items by what became of them: the `itemCounts` of DescribeMapRun."""
    children: dict[str, int] = field(default_factory=_no_counts)
    """Child executions likewise: `executionCounts`."""
    executions: list[Run] = field(default_factory=list)
    """The child executions in the order of their start; empty with `history="summary"`."""

    def end(self, time: float, status: str, error: str | None = None, cause: str | None = None) -> None:
        """The run is over; what was under way is aborted."""
        self.stop, self.status, self.error, self.cause = time, status, error, cause
        for counts in (self.items, self.children):
            counts["aborted"] += counts["running"]
            counts["running"] = 0

    def describe(self) -> dict[str, Any]:
        """What DescribeMapRun answers.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html
        """
        described: dict[str, Any] = {
            "mapRunArn": self.arn,
            "executionArn": self.execution_arn,
            "status": self.status,
            "startDate": self.start,
            "maxConcurrency": self.max_concurrency,
            "toleratedFailureCount": self.tolerated_failure_count,
            "toleratedFailurePercentage": self.tolerated_failure_percentage,
            "itemCounts": dict(self.items),
            "executionCounts": dict(self.children),
            "redriveCount": 0,
        }
        if self.stop is not None:
            described["stopDate"] = self.stop
        return described


class _FailedError(Exception):
    """The Map Run has failed: the error and cause of `MapRunFailed`."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


class Members(list[Any]):
    """The members of an object as items."""


class Distributed:
    """The fields of a Map state that only a distributed one has, and how it runs."""

    __slots__ = ("batcher", "express", "label", "percentage", "reader", "state", "tolerated", "writer")

    def __init__(self, state: MapState, fields: Fields, config: Fields) -> None:
        self.state = state
        kind = config.get("ExecutionType", str, "STANDARD")
        if kind not in ("STANDARD", "EXPRESS"):
            raise config.invalid("ExecutionType", f"ExecutionType must be STANDARD or EXPRESS, not {kind!r}")
        self.express = kind == "EXPRESS"
        self.label = fields.get("Label", str)
        self.reader = _Reader(fields.object("ItemReader")) if "ItemReader" in fields else None
        self.batcher = _Batcher(fields.object("ItemBatcher")) if "ItemBatcher" in fields else None
        self.writer = _Writer(fields.object("ResultWriter")) if "ResultWriter" in fields else None
        self.tolerated = WholeNumber(fields, "ToleratedFailureCount")
        self.percentage = Percentage(fields, "ToleratedFailurePercentage")

    def attempt(self, branch: Branch, effective: Any) -> Generator[None, Any, tuple[Any, int]]:
        """Run the Map; its result, and the id of the event that the state's exit follows."""
        members = not branch.run.world.before(_ITERATES_OBJECTS)
        items = None if self.reader is not None else self.state.find_items(branch, effective, objects=members)
        limit = self.state.concurrency.evaluate(branch, effective)
        branch.record_last("MapStateStarted", len(items) if items is not None else 0)
        map_run = self._begin(branch, effective, limit)
        started = branch.last
        export: ResultWriter | None = None
        source = self._source(branch, effective, items)
        try:
            export = self.writer.open(branch, effective, map_run) if self.writer is not None else None
            total = len(items) if items is not None and self.batcher is None else None
            result = yield from self._iterate(branch, map_run, source, total, export)
            map_run.end(branch.run.clock.now, "SUCCEEDED")
        except (_FailedError, ReaderError, WriterError) as failure:
            self._abort_children(branch, map_run, export)
            map_run.end(branch.run.clock.now, "FAILED", failure.error, failure.cause)
            if isinstance(failure, _FailedError):
                self._take_pending(map_run, source, export)
            branch.record_last("MapRunFailed", failure.error, failure.cause)
            raise StateFailure(failure.error, failure.cause) from None
        finally:
            if map_run.status == "RUNNING":
                map_run.end(branch.run.clock.now, "ABORTED")
            source.close()
            if export is not None:
                export.close()
        branch.record_last("MapRunSucceeded")
        last = branch.last if branch.run.world.before(_EXIT_FOLLOWS_START) else started
        branch.record_last("MapStateSucceeded")
        return result, last

    # -- beginning and end --------------------------------------------------------------------------------

    def _begin(self, branch: Branch, effective: Any, limit: int) -> MapRun:
        run = branch.run
        identity = run.identity
        tolerated = self.tolerated.evaluate(branch, effective)
        percentage = self.percentage.evaluate(branch, effective)
        unique = run.unique("map-run", run.next_serial())
        label = self.label or unique[:8]
        map_run = MapRun(
            arn=f"arn:{identity.partition}:states:{identity.region}:{identity.account}:mapRun:"
            f"{identity.state_machine_name}/{label}:{_uuid(unique)}",
            execution_arn=identity.execution_arn,
            state=self.state.name,
            start=run.clock.now,
            max_concurrency=limit,
            tolerated_failure_count=tolerated,
            tolerated_failure_percentage=float(percentage),
        )
        run.map_runs.append(map_run)
        branch.record_last("MapRunStarted", map_run.arn)
        return map_run

    @staticmethod
    def _abort_children(branch: Branch, map_run: MapRun, export: ResultWriter | None) -> None:
        for index, child in branch.children.items():
            child.abort(branch.last)
            if export is not None:
                export.add(index, _result(child))  # type: ignore[arg-type]
        branch.drop_children()

    @staticmethod
    def _take_pending(map_run: MapRun, source: Source, export: ResultWriter | None) -> None:
        """Count the children that a failed Map Run never started; what it has is still exported, they included."""
        try:
            for index, (item, size) in enumerate(source, map_run.children["total"]):
                if export is not None:
                    export.add(index, ChildResult("PENDING", item))
                for counts, step in ((map_run.items, size), (map_run.children, 1)):
                    counts["pending"] += step
                    counts["total"] += step
            if export is not None:
                export.finish()
        except (ReaderError, WriterError) as failure:
            raise StateFailure(failure.error, failure.cause) from None

    # -- items --------------------------------------------------------------------------------------------

    def _source(self, branch: Branch, effective: Any, items: list[Any] | None) -> Source:
        """Inputs of the child executions, each with the number of items in it."""
        stream = self.reader.open(branch, effective) if self.reader is not None else items or ()
        selected = stream if self.state.selector is None else self._selected(branch, effective, stream)
        if self.batcher is None:
            for item in selected:
                yield item, 1
        else:
            for batch in self.batcher.batches(branch, effective, selected):
                yield batch, len(batch["Items"])

    def _selected(self, branch: Branch, effective: Any, stream: Iterable[Any]) -> Iterator[Any]:
        select = self.state.selector
        assert select is not None
        outer = branch.item
        members = isinstance(stream, Members)
        for index, item in enumerate(stream):
            entry: dict[str, Any] = {"Index": index, "Value": item}
            if isinstance(stream, ItemStream):
                entry["Source"] = stream.source
                members = stream.keyed
            else:
                entry["Source"] = "STATE_DATA"
            if members:
                entry["Key"], entry["Value"] = item["Key"], item["Value"]
            branch.item = entry
            try:
                yield select(effective, branch)
            finally:
                branch.item = outer

    # -- children -----------------------------------------------------------------------------------------

    def _iterate(
        self,
        branch: Branch,
        map_run: MapRun,
        source: Source,
        total: int | None,
        export: ResultWriter | None,
    ) -> Generator[None, Any, Any]:
        quota = branch.run.world.quotas.distributed_map_concurrency
        limit = map_run.max_concurrency or quota
        if quota is not None and limit is not None:
            limit = min(limit, quota)
        results: list[Any] = []
        running = branch.children = dict[int, "Branch | Run"]()
        world = branch.run.world.for_children()
        while True:
            while limit is not None and len(running) >= limit:
                self._ended((yield), branch, map_run, results, export, total)
            item, size = next(source, (None, 0))
            if not size:
                break
            index = map_run.children["total"]
            child = self._child(branch, world, map_run, item, index, size)
            if export is None:
                results.append(_FAILED)
            running[index] = child
            child.begin()
            if child.ended:
                self._ended(child, branch, map_run, results, export, total)
            else:
                child.on_end = branch.wake
        while running:
            self._ended((yield), branch, map_run, results, export, total)
        self._check_percentage(map_run, map_run.items["total"])
        if export is None:
            return [result for result in results if result is not _FAILED]
        result = export.finish()
        if self.writer is not None and self.writer.resource is not None:
            for counts in (map_run.items, map_run.children):
                counts["resultsWritten"] = counts["total"]
        return result

    def _child(self, branch: Branch, world: World, map_run: MapRun, item: Any, index: int, size: int) -> Run:
        run = branch.run
        parent = run.identity
        name = _uuid(run.unique(map_run.arn, index))
        owner = f"{parent.state_machine_name}/{map_run.arn.rpartition('/')[2].partition(':')[0]}"
        kind = "express" if self.express else "execution"
        prefix = f"arn:{parent.partition}:states:{parent.region}:{parent.account}:{kind}"
        identity = Identity(
            partition=parent.partition,
            region=parent.region,
            account=parent.account,
            state_machine_name=owner,
            name=name,
            role_arn=parent.role_arn,
            express=self.express,
            execution_arn=f"{prefix}:{owner}:{name}",
        )
        child = Run(world, self.state.processor, identity, item)
        child.index, child.items = index, size
        _count(map_run, child, 1, "total")
        _count(map_run, child, 1, "running")
        if world.keep_history:
            map_run.executions.append(child)
        return child

    def _ended(
        self,
        child: Run,
        branch: Branch,
        map_run: MapRun,
        results: list[Any],
        export: ResultWriter | None,
        total: int | None,
    ) -> None:
        """Take in a child execution that has ended. Raises _FailedError past the tolerated failures."""
        del branch.children[child.index]
        _count(map_run, child, -1, "running")
        _count(map_run, child, 1, _COUNTED[child.status])
        if export is not None:
            export.add(child.index, _result(child))
        elif child.status == "SUCCEEDED":
            results[child.index] = child.output
        if child.status != "SUCCEEDED":
            self._check_failures(branch, map_run, total)

    def _check_failures(self, branch: Branch, map_run: MapRun, total: int | None) -> None:
        failed = map_run.items["failed"] + map_run.items["timedOut"]
        if self.tolerated.given and failed > map_run.tolerated_failure_count:
            raise _exceeded()
        if not self.tolerated.given and not self.percentage.given:
            raise _exceeded()
        if total is not None:
            self._check_percentage(map_run, total)

    def _check_percentage(self, map_run: MapRun, total: int) -> None:
        failed = map_run.items["failed"] + map_run.items["timedOut"]
        if self.percentage.given and failed * 100 > map_run.tolerated_failure_percentage * total:
            raise _exceeded()


def _result(child: Run) -> ChildResult:
    return ChildResult(
        status=child.status,  # type: ignore[arg-type]
        input=child.input,
        name=child.identity.name,
        execution_arn=child.identity.execution_arn,
        state_machine_arn=child.identity.state_machine_arn,
        output=child.output,
        error=child.error,
        cause=child.cause,
        start=child.start,
        stop=child.stop,
    )


def _exceeded() -> _FailedError:
    return _FailedError(
        "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
    )


def _count(map_run: MapRun, child: Run, step: int, what: str) -> None:
    map_run.children[what] += step
    map_run.items[what] += step * child.items


def _uuid(unique: str) -> str:
    return f"{unique[:8]}-{unique[8:12]}-{unique[12:16]}-{unique[16:20]}-{unique[20:32]}"


def _arguments(fields: Fields) -> Closure | None:
    """`Arguments`, or `Parameters`, of an item reader or result writer."""
    if fields.jsonata:
        return fields.expression("Arguments")
    fields.get("Parameters", dict)
    return fields.template("Parameters")


class _Reader:
    """`ItemReader`."""

    __slots__ = ("arguments", "config", "maximum", "resource")

    def __init__(self, fields: Fields) -> None:
        self.resource = fields.required("Resource", str)
        self.arguments = _arguments(fields)
        config = fields.object("ReaderConfig") if "ReaderConfig" in fields else None
        self.config = dict(config.raw) if config is not None else {}
        self.maximum: Any = None
        if config is not None and config.jsonata and isinstance(config.raw.get("MaxItems"), str):
            self.maximum = config.typed_expression("MaxItems", "number")
        elif config is not None and "MaxItemsPath" in config:
            self.maximum = config.strict_path("MaxItemsPath")

    def open(self, branch: Branch, effective: Any) -> Iterable[Any]:
        config = dict(self.config)
        if self.maximum is not None:
            found = self.maximum(effective, branch)
            whole = None if isinstance(found, float) and "MaxItemsPath" in config else whole_number(found)
            config["MaxItems"] = found if whole is None else whole
        arguments = self.arguments(effective, branch) if self.arguments is not None else {}
        if not isinstance(arguments, dict):
            raise ReaderError(
                f"The Arguments of the ItemReader must be an object, but were: {to_json(arguments)}"
            )
        objects = branch.run.world.objects
        if objects is None:
            raise ReaderError(f"{self.resource} needs an object store, and this run has none")
        reader = {"Resource": self.resource, "Arguments": arguments, "ReaderConfig": config}
        return open_items(reader, objects, members=not branch.run.world.before(_ITERATES_OBJECTS))


class _Batcher:
    """`ItemBatcher`."""

    __slots__ = ("constant", "max_bytes", "max_items")

    def __init__(self, fields: Fields) -> None:
        self.max_items = WholeNumber(fields, "MaxItemsPerBatch")
        self.max_bytes = WholeNumber(fields, "MaxInputBytesPerBatch")
        self.constant = fields.dynamic("BatchInput")
        if not (self.max_items.given or self.max_bytes.given):
            raise fields.invalid("", "ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch")

    def batches(self, branch: Branch, effective: Any, items: Iterable[Any]) -> Iterator[dict[str, Any]]:
        return batches(
            items,
            max_items=self.max_items.evaluate(branch, effective) or None,
            max_bytes=self.max_bytes.evaluate(branch, effective) or None,
            batch_input=self.constant(effective, branch) if self.constant is not None else None,
        )


class _Writer:
    """`ResultWriter`."""

    __slots__ = ("arguments", "config", "resource")

    def __init__(self, fields: Fields) -> None:
        self.resource = fields.get("Resource", str)
        self.arguments = _arguments(fields)
        self.config = fields.get("WriterConfig", dict, {})

    def open(self, branch: Branch, effective: Any, map_run: MapRun) -> ResultWriter:
        arguments = self.arguments(effective, branch) if self.arguments is not None else None
        if arguments is not None and not isinstance(arguments, dict):
            raise WriterError(
                f"The Arguments of the ResultWriter must be an object, but were: {to_json(arguments)}"
            )
        writer: dict[str, Any] = {"Arguments": arguments, "WriterConfig": self.config}
        if self.resource is not None:
            writer["Resource"] = self.resource
        return ResultWriter(writer, map_run_arn=map_run.arn, objects=branch.run.world.objects)
