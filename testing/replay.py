"""Run a saved case again: `python -m fanfold.testing.replay FILE [--backend virtual --backend moto] [--source]`.

A property that fails saves its smallest case and prints this command.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .cases import Case

__all__ = ["describe_case", "main", "run_case"]


def run_case(case: Case, backend: Any = None) -> Any:
    """The case's `Outcome` on an open backend, with the case's objects in its S3; on the engine where it is None."""
    if backend is not None:
        _put(case, backend)
        return backend.start_execution(case.definition, case.input, case.fresh())
    from fanfold.engine import run

    from .backends import Outcome
    from .functions import FunctionTasks
    from .objects import MemoryObjectStore

    done = run(
        case.definition,
        case.input,
        tasks=FunctionTasks(case.fresh()),
        objects=MemoryObjectStore(case.objects),
    )
    return Outcome(done.status, done.output, done.error, done.cause, list(done.history))


def _put(case: Case, backend: Any) -> None:
    for bucket, objects in case.objects.items():
        client = backend.client("s3")
        client.create_bucket(Bucket=bucket)
        for key, body in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=body)


def describe_case(case: Case, file: Path | None = None) -> str:
    """The case for people: as fanfold source, as ASL, its input and functions, and how to run it again."""
    from fanfold.compiler import CompileError, import_definition

    try:
        source = import_definition(case.definition, name="failing", origin=str(file or "a failing case"))
    except CompileError as error:
        source = f"(no source: {error})"
    parts = [
        f"as fanfold source:\n\n{source}",
        f"as Amazon States Language:\n\n{json.dumps(case.definition, indent=2, ensure_ascii=False)}",
        f"input: {json.dumps(case.input, ensure_ascii=False)}",
        *(f"function {name}: {behaviour}" for name, behaviour in case.functions.items()),
    ]
    if file is not None:
        parts.append(f"run it again: python -m fanfold.testing.replay {file}")
    return "\n".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    """0 if every backend gives the same status, output and error, or refuses; 1 if not; 2 if one cannot be asked."""
    parser = argparse.ArgumentParser(prog="python -m fanfold.testing.replay", description=__doc__)
    parser.add_argument("file", type=Path, help="a case that a failing property saved")
    parser.add_argument("--backend", action="append", help="virtual, moto, local or aws; repeatable")
    parser.add_argument("--source", action="store_true", help="print the case, as source and as ASL, first")
    parser.add_argument("--events", action="store_true", help="print the history too")
    given = parser.parse_args(argv)
    from fanfold.engine import InvalidDefinition

    try:
        case = Case.load(given.file)
    except OSError as problem:
        print(f"{given.file}: {problem.strerror}", file=sys.stderr)
        return 2
    except ValueError as problem:
        print(f"{given.file}: {problem}", file=sys.stderr)
        return 2
    if given.source:
        print(describe_case(case))
    results: list[tuple[Any, ...]] = []
    left_out = False
    for name, outcome in _outcomes(case, given.backend or ["virtual"]):
        if isinstance(outcome, Exception):
            refused = isinstance(outcome, InvalidDefinition)
            print(f"{name}: {'refused' if refused else 'not run'}: {outcome}")
            results += [("refused",)] * refused
            left_out |= not refused
            continue
        status, output, error = outcome.result
        print(f"{name}: {status} output={json.dumps(output, ensure_ascii=False)} error={error}")
        if given.events:
            for event in outcome.events:
                print("  " + json.dumps(event, default=str, ensure_ascii=False))
        results.append(outcome.result)
    return 2 if left_out else int(any(result != results[0] for result in results))


def _outcomes(case: Case, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Each backend's outcome, or why there is none."""
    from fanfold.engine import InvalidDefinition

    from .backends import UnsupportedError, open_backend
    from .functions import UnknownFunctionError

    for name in names:
        try:
            if name == "virtual":
                yield name, run_case(case)
            else:
                with open_backend(name) as backend:
                    yield name, run_case(case, backend)
        except (
            InvalidDefinition,
            UnsupportedError,
            UnknownFunctionError,
            TimeoutError,
            ValueError,
        ) as reason:
            yield name, reason


if __name__ == "__main__":
    raise SystemExit(main())
