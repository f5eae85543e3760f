"""One state by itself, as TestState runs it, with the workflow's own handlers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any

from fanfold.engine import TaskAnswer, TaskCall, TaskRunner, inspect_state
from fanfold.engine.test_state_request import STATE_NAME, find_state

from .api_models import result_problem
from .aws import ACCOUNT, EmbeddedAws
from .errors import LocalError
from .functions import Function, Functions, Invocation
from .run import LogLine, log_lines
from .runner import LocalTasks, called_function
from .supply import region_of

__all__ = ["run_state"]

_MOCK = 'give its answer with --mock \'{"result": ...}\' or \'{"errorOutput": {"error": ...}}\''
_WAITS = re.compile(r"\.(sync(:2)?|waitForTaskToken)$|:activity:")
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/fanfold-test-state"
"""TestState wants one for a Task; here it only shows in the context object."""


def run_state(
    definition: Mapping[str, Any],
    request: Mapping[str, Any],
    *,
    functions: Sequence[Function] = (),
    seed: int = 0,
    start: float | None = None,
    on_log: Callable[[LogLine], None] | None = None,
) -> dict[str, Any]:
    """TestState's response to `request`, whose `definition` is the one given: a state machine, of which
    `stateName` says the state, or a state.

    A Task that calls one of `functions` really calls it, if the request has no mock; `on_log` gets the lines
    of its log. `start` is the virtual moment in seconds since the epoch, now if None. The engine says more:
    `fanfold.engine.inspect_state`. Raises `StateRequestError` for what TestState refuses and `LocalError` for
    a state that needs a mock.
    """
    name = request.get("stateName")
    state = definition if name is None else find_state(definition, name) or {}
    full = {**request, "definition": definition}
    if state.get("Type") == "Task":
        full.setdefault("roleArn", _ROLE)
    if not request.get("mock"):
        _require_mock(name or STATE_NAME, state)
    moment = float(int(time.time())) if start is None else start
    region = region_of(definition) or "us-east-1"
    with ExitStack() as stack:
        runner = _handlers(stack, name or STATE_NAME, functions, region, seed, on_log)
        return inspect_state(
            full, tasks=runner, validate_result=result_problem, start=moment, seed=seed, region=region
        )


def _require_mock(name: str, state: Mapping[str, Any]) -> None:
    """TestState runs none of these, and says so in words that name no way out."""
    kind, resource = state.get("Type"), state.get("Resource")
    if kind in ("Map", "Parallel"):
        raise LocalError(f"state {name!r} is a {kind} state: {_MOCK}")
    if kind == "Task" and isinstance(resource, str) and _WAITS.search(resource):
        raise LocalError(f"state {name!r} waits for {resource}: {_MOCK}")


def _handlers(
    stack: ExitStack,
    name: str,
    functions: Sequence[Function],
    region: str,
    seed: int,
    on_log: Callable[[LogLine], None] | None,
) -> TaskRunner:
    """Answers calls of `functions`, and of nothing else. What it opens, `stack` closes."""
    aws = EmbeddedAws(region, seed=seed)
    stack.callback(aws.close)
    pool = stack.enter_context(
        Functions(functions, seed=seed, region=region, environment=aws.environment() if functions else {})
    )

    def told(invocation: Invocation) -> None:
        if on_log is not None:
            for line in log_lines(invocation):
                on_log(line)

    tasks = LocalTasks(functions=pool, aws=aws, seed=seed, on_invocation=told)
    stack.callback(tasks.close)

    def run(call: TaskCall) -> TaskAnswer | Future[TaskAnswer]:
        called = called_function(call)
        if called is None or pool.find(called) is None:
            what = called or call.resource
            raise LocalError(f"state {name!r} calls {what}, which no handler here answers: {_MOCK}")
        return tasks(call)

    return run
