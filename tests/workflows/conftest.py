"""A world for the workflows of this repository: their real handlers, an S3 in memory, and fakes of the services."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fanfold.compiler import Compiled, compile_workflow, load_workflow
from fanfold.engine import Execution, run
from fanfold.engine.task import TaskAnswer, TaskCall, TaskFailure, TaskHang, TaskSuccess
from fanfold.testing.objects import MemoryObjectStore

ROOT = Path(__file__).parents[2]
LANGUAGES = ("JSONPath", "JSONata")
Service = Callable[[Any, TaskCall], Any]


class ServiceError(Exception):
    """What a fake raises to fail its task."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


@dataclass
class World:
    """Runs a workflow in one query language and remembers the calls."""

    language: str
    objects: MemoryObjectStore = field(default_factory=MemoryObjectStore)
    services: dict[str, Service] = field(default_factory=dict)
    """`sqs:sendMessage` and the like -> function of the payload."""
    calls: list[TaskCall] = field(default_factory=list)
    compiled: Compiled | None = None

    def run(self, workflow: str, input: Any = None, **overrides: str) -> Execution:
        """Compile `workflows/<workflow>.py` in this world's language and run it from the epoch."""
        overrides = {"query_language": self.language, **overrides}
        self.compiled = compile_workflow(
            load_workflow(ROOT / f"workflows/{workflow}.py", overrides=overrides)
        )
        return run(self.compiled.definition_text, input, tasks=self.answer, objects=self.objects)

    def sent(self, resource: str) -> list[Any]:
        """Payloads of the calls to `resource`, in order."""
        return [call.input for call in self.calls if call.resource.split(":::")[1].startswith(resource)]

    def answer(self, call: TaskCall) -> TaskAnswer:
        """A TaskRunner: handlers for functions, fakes for services."""
        self.calls.append(call)
        name = call.resource.split(":::")[1]
        try:
            if name.startswith("lambda:invoke") and name not in self.services:
                return TaskSuccess({"StatusCode": 200, "Payload": self._invoke(call.input)})
            answer = self.services[name](call.input, call)
        except ServiceError as error:
            return TaskFailure(error.error, error.cause)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            return TaskFailure(type(error).__name__, json.dumps({"errorMessage": str(error)}))
        return answer if isinstance(answer, TaskSuccess | TaskFailure | TaskHang) else TaskSuccess(answer)

    def _invoke(self, payload: dict[str, Any]) -> Any:
        assert self.compiled is not None
        [function] = [
            one for one in self.compiled.functions if f"${{{one.substitution}}}" == payload["FunctionName"]
        ]
        module = load_handler(function.handler_file)
        event = json.loads(json.dumps(payload["Payload"]))
        return json.loads(json.dumps(getattr(module, function.handler_function)(event, None)))


def load_handler(file: Path) -> ModuleType:
    """A handler's module, with its folder on the path as Lambda has it."""
    sys.path.insert(0, str(file.parent))
    try:
        spec = importlib.util.spec_from_file_location(f"handler_of_{file.parent.name}", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(file.parent))


class FakeS3:
    """The two calls of an S3 client that handlers make, on an S3 in memory."""

    def __init__(self, objects: MemoryObjectStore) -> None:
        self._objects = objects

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        return {"Body": self._objects.get_object(Bucket, Key)}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str = "") -> None:  # noqa: N803
        self._objects.put_object(Bucket, Key, Body)


@pytest.fixture(params=LANGUAGES)
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    """One world per query language; `boto3` in a handler is its S3."""
    made = World(request.param)
    fake = ModuleType("boto3")
    fake.__dict__["client"] = lambda service: FakeS3(made.objects)
    monkeypatch.setitem(sys.modules, "boto3", fake)
    return made
