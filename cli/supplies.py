"""What a run is given: by its options, else from the files beside the workflow."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import UsageError
from .files import items_file, json_argument, json_file

if TYPE_CHECKING:
    from fanfold.compiler import Compiled

__all__ = ["Supplies", "take"]

_OF_ROWS = ("DynamoDBList", "DynamoDBScan", "DynamoDBQuery")


class Supplies(NamedTuple):
    """Arguments for `run_compiled`, and the lines that say where they come from."""

    arguments: dict[str, Any]
    told: list[str]


def take(
    compiled: "Compiled",
    workflow: Path | None,
    *,
    items: Path | None,
    input: str | None,
    s3: Path | None,
    mocks: Path | None,
    test_case: str | None,
    stack: ExitStack,
) -> Supplies:
    """Read what is given, and what is not from beside `workflow` (None: from nowhere).

    A folder beside the workflow plays S3 as a copy, so that a run leaves the samples as they are; `stack`
    removes it. Raises `UsageError` for a file that cannot be what it is given as, `LocalError` for mocks that
    do not fit the workflow.
    """

    def beside(kind: str) -> Path | None:
        found = None if workflow is None else workflow.with_suffix(kind)
        return found if found is not None and found.exists() else None

    kind = compiled.source.kind
    told = []
    arguments: dict[str, Any] = {}
    if items is None and (kind in _OF_ROWS or (kind == "ExecutionInput" and input is None)):
        items = beside(".items.json")
    if items is not None:
        arguments["items"] = items_file(items)
        told.append(f"{_items(len(arguments['items']))} from {items}")
    if input is not None:
        arguments["input"] = json_argument(input, "--input")
    elif (sample := beside(".input.json")) is not None:
        arguments["input"] = json_file(sample)
        told.append(f"input from {sample}")
    else:
        arguments["input"] = {}
    if s3 is not None:
        if not s3.is_dir():
            raise UsageError(f"--s3 {s3}: no such folder")
        arguments["objects"] = s3
    elif (sample := beside(".s3")) is not None and sample.is_dir():
        arguments["objects"] = _copy(sample, stack)
        told.append(f"S3 from a copy of {sample}")
    if mocks is None and test_case is not None and beside(".mocks.json") is None:
        raise UsageError("--test-case picks from the mock file of --mocks, and there is none")
    mocks = mocks or beside(".mocks.json")
    if mocks is not None:
        from fanfold.local import LocalError, parse_mocks

        try:
            arguments["mocks"] = parse_mocks(
                json_file(mocks), compiled.definition, name=compiled.name, test_case=test_case
            )
        except LocalError as error:
            raise LocalError(f"{mocks}: {error}") from None
        told.append(f"mocks from {mocks}")
    return Supplies(arguments, told)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _copy(folder: Path, stack: ExitStack) -> Path:
    import shutil
    import tempfile

    target = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fanfold-s3-"))) / folder.name
    shutil.copytree(folder, target)
    return target
