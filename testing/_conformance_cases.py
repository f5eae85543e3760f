"""Recorded cases: reading them, and answering an execution's tasks as AWS's services answered the recorded
one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fanfold.engine.task import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess

from ._conformance_match import matches
from .objects import MemoryObjectStore

__all__ = ["Borrowed", "Case", "NoAnswerError", "RecordedTasks", "object_store", "read_cases", "started_at"]

Case = dict[str, Any]

ANSWERED_AFTER = 0.1
"""Virtual seconds until a recorded answer arrives: the recordings dropped their timestamps."""

PHASES: dict[str, Literal["schedule", "start", "submit", "run"]] = {
    "ActivityScheduleFailed": "schedule",
    "LambdaFunctionScheduleFailed": "schedule",
    "LambdaFunctionStartFailed": "start",
    "TaskStartFailed": "start",
    "TaskSubmitFailed": "submit",
}


class NoAnswerError(Exception):
    """A task for which nothing was recorded."""


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """The cases of files and folders: `.jsonl` holds one a line, `.json` one. Raises ValueError, OSError."""
    return [case for path in paths for file in _files(path) for case in _read_file(file)]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*.json*") if file.suffix in (".json", ".jsonl"))
    return [path]


def _read_file(file: Path) -> Iterator[Case]:
    text = file.read_text(encoding="utf-8")
    texts = text.splitlines() if file.suffix == ".jsonl" else [text]
    for number, line in enumerate(texts, 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except ValueError as error:
            raise ValueError(f"{file}:{number}: not JSON: {error}") from None
        if not isinstance(case, dict) or not {"id", "kind", "group", "definition", "expected"} <= case.keys():
            raise ValueError(
                f"{file}:{number}: not a case: id, kind, group, definition and expected are needed"
            )
        yield _with_activity_arns(case)


def _with_activity_arns(case: Case) -> Case:
    """Recordings write `activity_arn` where an activity's ARN stood: put one there, throughout the case."""
    mocks = case.get("task_mocks") or ()
    names = {m["resource"] for m in mocks if m["kind"] == "Activity" and not m["resource"].startswith("arn:")}
    if not names:
        return case
    arns = {name: f"arn:aws:states:us-east-1:111111111111:activity:{name}" for name in names}
    replaced: Case = _replace_texts(case, arns)
    return replaced


def _replace_texts(value: Any, replacements: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return replacements.get(value, value)
    if isinstance(value, list):
        return [_replace_texts(element, replacements) for element in value]
    if isinstance(value, dict):
        return {key: _replace_texts(element, replacements) for key, element in value.items()}
    return value


def started_at(case: Case) -> float:
    """When the case was recorded, in seconds since the Unix epoch."""
    recorded = case.get("source", {}).get("recorded")
    if not recorded:
        return 0.0
    return datetime.strptime(recorded, "%d-%m-%Y, %H:%M:%S").replace(tzinfo=UTC).timestamp()


def object_store(case: Case) -> MemoryObjectStore:
    """The S3 objects that were there before the run."""
    store = MemoryObjectStore(modified=started_at(case))
    for step in case.get("setup") or ():
        params = step["params"]
        if step["service"] == "s3" and step["op"] == "create_bucket":
            store.objects.setdefault(params["Bucket"], {})
        elif step["service"] == "s3" and step["op"] == "put_object":
            body = params.get("Body", "")
            content = base64.b64decode(body["base64"]) if isinstance(body, dict) else body.encode()
            store.objects.setdefault(params["Bucket"], {})[params["Key"]] = content
    return store


@dataclass
class Borrowed:
    """Recorded answers of the functions of all cases, by handler.

    An express execution keeps no history, nor does a recording hold that of child executions: what a function
    answered there is taken from another case that called the same handler with the same parameters.
    """

    answers: dict[str, list[Case]] = field(default_factory=dict)

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Borrowed:
        borrowed = cls()
        for case in cases:
            handler = _only_handler(case)
            if handler:
                borrowed.answers.setdefault(handler, []).extend(case.get("task_mocks") or ())
        return borrowed

    def find(self, case: Case, call: TaskCall) -> Case | None:
        candidates = [
            m for m in self.answers.get(_only_handler(case) or "", ()) if _resource(m) == call.resource
        ]
        exact = [mock for mock in candidates if mock.get("parameters") == call.input]
        failing = [mock for mock in candidates if mock["outcome"] == "failed"]
        # A function that only ever fails does not look at its input.
        same = exact or (candidates if candidates and len(failing) == len(candidates) else [])
        return same[0] if same else None


def _only_handler(case: Case) -> str | None:
    functions: list[Case] = case.get("lambdas") or []
    return functions[0]["handler_file"] if len(functions) == 1 else None


def _resource(mock: Case) -> str:
    if mock["kind"] == "Task":
        return f"arn:aws:states:::{mock['resourceType']}:{mock['resource']}"
    return str(mock["resource"])


class RecordedTasks:
    """A `TaskRunner` that gives each task the answer its recording has, each answer once.

    Among the answers left for a state, those of the call's Map iteration come first, then those whose
    recorded parameters agree with the call's, then the earliest scheduled.
    """

    def __init__(self, case: Case, borrowed: Borrowed | None = None) -> None:
        self._case = case
        self._tokens = case.get("nondeterministic") or ()
        self._left: list[Case] = list(case.get("task_mocks") or ())
        self._borrowed = borrowed or Borrowed()

    def __call__(self, call: TaskCall) -> TaskAnswer:
        mock = self._take(call)
        if mock is None and not self._case.get("mocks_complete", True):
            mock = self._borrowed.find(self._case, call)
        if mock is None:
            raise NoAnswerError(
                f"no recorded answer for state {call.state!r}, {call.resource}, input {call.input!r}"
            )
        return _answer(mock)

    def _take(self, call: TaskCall) -> Case | None:
        candidates = [mock for mock in self._left if mock["state"] == call.state]
        if not candidates:
            return None
        mock: Case = max(candidates, key=lambda m: (_same_iteration(m, call), self._same_parameters(m, call)))
        self._left.remove(mock)
        return mock

    def _same_parameters(self, mock: Case, call: TaskCall) -> bool:
        return "parameters" in mock and matches(mock["parameters"], call.input, self._tokens)


def _same_iteration(mock: Case, call: TaskCall) -> bool:
    iteration = mock.get("iteration")
    innermost = {"map": call.iteration[-1][0], "index": call.iteration[-1][1]} if call.iteration else None
    return bool(iteration == innermost)


def _answer(mock: Case) -> TaskAnswer:
    submitted = mock.get("submitted")
    if mock["outcome"] == "succeeded":
        return TaskSuccess(mock.get("output"), ANSWERED_AFTER, submitted)
    if mock["outcome"] == "failed":
        phase = PHASES.get(mock.get("event", ""), "run")
        return TaskFailure(mock.get("error", ""), mock.get("cause"), ANSWERED_AFTER, submitted, phase)
    return TaskHang(submitted)
