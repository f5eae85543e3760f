"""Recorded cases: reading them, and answering an execution's tasks as AWS's services answered the recorded one."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fanfold.engine.task import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess
from fanfold.engine.test_state_request import find_state

from ._conformance_match import matches
from .objects import MemoryObjectStore

__all__ = ["Borrowed", "Case", "NoAnswerError", "RecordedTasks", "object_store", "read_cases", "started_at"]

Case = dict[str, Any]

ANSWERED_AFTER = 0.1
"""Virtual seconds until a recorded answer arrives: the recordings dropped their timestamps."""

SERVICES = "arn:aws:states:::"
"""What the resources of service integrations begin with."""

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
    created = any(step["op"] == "create_activity" for step in case.get("setup") or ())
    names = {r for r in _resources(case["definition"]) if created and not r.startswith("arn:")}
    if not names:
        return case
    arns = {name: f"arn:aws:states:us-east-1:111111111111:activity:{name}" for name in names}
    replaced: Case = _replace_texts(case, arns)
    return replaced


def _resources(value: Any) -> Iterator[str]:
    """The `Resource` of every Task state."""
    if isinstance(value, dict):
        if value.get("Type") == "Task" and isinstance(value.get("Resource"), str):
            yield value["Resource"]
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from _resources(element)


def _replace_texts(value: Any, replacements: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, replacement in replacements.items():
            value = value.replace(name, replacement)
        return value
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
    """The S3 objects that were there before the run, and the buckets the case names."""
    store = MemoryObjectStore(modified=started_at(case))
    for bucket in _buckets([case["definition"], case.get("input")]):
        store.objects.setdefault(bucket, {})
    for step in case.get("setup") or ():
        if step["service"] == "s3" and step["op"] == "put_object":
            params = step["params"]
            body = params.get("Body", "")
            content = base64.b64decode(body["base64"]) if isinstance(body, dict) else body.encode()
            store.objects.setdefault(params["Bucket"], {})[params["Key"]] = content
    return store


def _buckets(value: Any) -> Iterator[str]:
    """The texts that stand under a name with `Bucket` in it."""
    if isinstance(value, dict):
        yield from (text for name, text in value.items() if "Bucket" in name and isinstance(text, str))
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from _buckets(element)


@dataclass
class Borrowed:
    """Recorded answers of the functions of all cases, by handler; those of other services by "".

    An express execution keeps no history, nor does a recording hold that of child executions or of a
    TestState call: what a function answered there is taken from another case that called the same handler.
    """

    answers: dict[str, list[Case]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    """Ids of the cases that were answered by what their own outcome shows: that they agree says little."""

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Borrowed:
        """The answers of cases that have one function, and those that TestState shows."""
        borrowed = cls()
        for case in cases:
            handler = _only_handler(case)
            answers = (case.get("task_mocks") if handler else None) or _inspected_answers(case)
            borrowed.answers.setdefault(handler or "", []).extend(answers)
        return borrowed

    def find(self, case: Case, call: TaskCall) -> Case | None:
        """An answer to the same input; else what a function that does not look at its input, or that gives it
        back, would answer."""
        handler = _only_handler(case) or ""
        candidates = [m for m in self.answers.get(handler, ()) if _resource(m) == call.resource]
        for mock in candidates:
            if mock.get("parameters") == call.input:
                return mock
        if not handler:
            return None
        if candidates and (all(map(_has_failed, candidates)) or _are_alike(candidates)):
            return candidates[0]
        if candidates and all(map(_gives_back, candidates)):
            return _giving_back(candidates[0], call.input)
        return None


def _inspected_answers(case: Case) -> list[Case]:
    """The raw result a TestState call shows, as the answer to what it was called with."""
    data = case["expected"].get("inspectionData") or {}
    if case["kind"] != "test_state" or "result" not in data or "mock" in case.get("params", {}):
        return []
    resource = str(_state_under_test(case).get("Resource", ""))
    integration, _, action = resource.removeprefix(SERVICES).rpartition(":")
    called = {"kind": "LambdaFunction", "resource": resource}
    if resource.startswith(SERVICES):
        called = {"kind": "Task", "resourceType": integration, "resource": action}
    parameters = data.get("afterParameters", data.get("afterArguments"))
    return [called | {"parameters": parameters, "outcome": "succeeded", "output": data["result"]}]


def _state_under_test(case: Case) -> Mapping[str, Any]:
    name = case.get("params", {}).get("stateName")
    definition: Mapping[str, Any] = case["definition"]
    return (find_state(definition, name) or {}) if name is not None else definition


_PROCESSING = frozenset({"ResultSelector", "ResultPath", "OutputPath", "Output"})
_ERROR_OUTPUT = frozenset({"Error", "Cause"})


def _shown_answer(case: Case) -> Case | None:
    """What a service answered where nothing recorded it, as the outcome of the only call shows it.

    An error that is none of Step Functions' own came from there, also one that was caught; so did the result of a
    TestState call that shows it, or whose state does nothing to its result.
    """
    expected = case["expected"]
    output = expected.get("output")
    caught = output if isinstance(output, dict) and output.keys() == _ERROR_OUTPUT else {}
    error, cause = expected.get("error", caught.get("Error")), expected.get("cause", caught.get("Cause"))
    if error is not None:
        if str(error).startswith("States."):
            return None
        text = cause if isinstance(cause, (str, type(None))) else json.dumps(cause)
        return {"outcome": "failed", "error": error, "cause": text}
    if case["kind"] != "test_state":
        return None
    data = expected.get("inspectionData") or {}
    if "result" in data:
        return {"outcome": "succeeded", "output": data["result"]}
    if "output" in expected and not _PROCESSING & _state_under_test(case).keys():
        return {"outcome": "succeeded", "output": output}
    return None


def _only_handler(case: Case) -> str | None:
    functions: list[Case] = case.get("lambdas") or []
    return functions[0]["handler_file"] if len(functions) == 1 else None


def _has_failed(mock: Case) -> bool:
    return bool(mock["outcome"] == "failed")


def _are_alike(mocks: list[Case]) -> bool:
    first = mocks[0]
    inputs = {json.dumps(mock.get("parameters"), sort_keys=True) for mock in mocks}
    same = all(m["outcome"] == "succeeded" and m.get("output") == first.get("output") for m in mocks)
    return len(inputs) > 1 and same


def _gives_back(mock: Case) -> bool:
    if mock["outcome"] != "succeeded":
        return False
    if mock["kind"] == "LambdaFunction":
        return bool(mock["output"] == mock["parameters"])
    return bool(mock["output"].get("Payload") == _payload(mock["parameters"]))


def _payload(parameters: Mapping[str, Any]) -> Any:
    """What `lambda:invoke` gives the function: a text is JSON, and nothing is an empty object."""
    payload = parameters.get("Payload")
    return json.loads(payload) if isinstance(payload, str) else {} if payload is None else payload


def _giving_back(mock: Case, parameters: Any) -> Case:
    if mock["kind"] == "LambdaFunction":
        return mock | {"output": parameters}
    payload = _payload(parameters)
    length = str(len(json.dumps(payload)))
    output = json.loads(json.dumps(mock["output"])) | {"Payload": payload}
    headers = output["SdkHttpMetadata"]
    headers["HttpHeaders"]["Content-Length"] = length
    headers["AllHttpHeaders"]["Content-Length"] = [length]
    return mock | {"output": output}


def _resource(mock: Case) -> str:
    if mock["kind"] == "Task":
        return f"{SERVICES}{mock['resourceType']}:{mock['resource']}"
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
        if mock is None and not (self._case.get("mocks_complete") and self._case.get("events")):
            mock = self._borrowed.find(self._case, call) or self._shown()
        if mock is None and ":activity:" in call.resource:
            # Every activity that was there has an answer or a timeout on record.
            return TaskFailure(
                "States.Runtime", f"The activity {call.resource} does not exist.", phase="schedule"
            )
        if mock is None:
            raise NoAnswerError(
                f"no recorded answer for state {call.state!r}, {call.resource}, input {call.input!r}"
            )
        return _answer(mock, started=self._was_started(mock))

    def _shown(self) -> Case | None:
        answer = _shown_answer(self._case)
        if answer is not None:
            self._borrowed.shown.add(self._case["id"])
        return answer

    def _was_started(self, mock: Case) -> bool:
        """False for an activity that no worker took: where a history was recorded, it says so."""
        events = self._case.get("events") or ()
        if mock.get("kind") != "Activity" or not events:
            return True
        return any(event["type"] == "ActivityStarted" for event in events)

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


def _answer(mock: Case, *, started: bool) -> TaskAnswer:
    submitted = mock.get("submitted")
    if mock["outcome"] == "succeeded":
        return TaskSuccess(mock.get("output"), ANSWERED_AFTER, submitted)
    if mock["outcome"] == "failed":
        phase = PHASES.get(mock.get("event", ""), "run")
        return TaskFailure(mock.get("error", ""), mock.get("cause"), ANSWERED_AFTER, submitted, phase)
    return TaskHang(submitted, started=started)
