"""Running one execution through the Step Functions API, whoever answers it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from fanfold.engine import InvalidDefinition

from .base import Outcome

__all__ = ["run_through_api"]

_REFUSED = {"InvalidDefinition", "ValidationException", ""}
"""Codes of a refused definition; moto gives none for what its parser cannot read."""
_LONGEST_SECONDS = 60.0


def run_through_api(
    client: Any,
    definition: Mapping[str, Any],
    input: Any,
    *,
    name: str,
    role_arn: str,
    state_machine_type: str = "STANDARD",
    poll: float = 0.005,
) -> Outcome:
    """Create a state machine called `name`, start an execution, wait for its end, and delete the state machine.

    `poll` is in seconds. Raises `fanfold.engine.InvalidDefinition` for a definition that is refused, and
    `TimeoutError` when the execution does not end within a minute (it is stopped first).
    """
    from botocore.exceptions import ClientError

    extra = {} if state_machine_type == "STANDARD" else {"type": state_machine_type}
    try:
        made = client.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role_arn, **extra
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in _REFUSED:
            raise InvalidDefinition(error.response["Error"]["Message"]) from None
        raise
    machine = made["stateMachineArn"]
    try:
        started = client.start_execution(
            stateMachineArn=machine, input=json.dumps({} if input is None else input)
        )
        return _outcome(client, started["executionArn"], poll)
    finally:
        client.delete_state_machine(stateMachineArn=machine)


def _outcome(client: Any, execution: str, poll: float) -> Outcome:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (state := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            client.stop_execution(executionArn=execution, error="Fanfold.TestTimeout")
            raise TimeoutError(f"the execution did not end within {_LONGEST_SECONDS:.0f} seconds")
        time.sleep(poll)
    events = _events(client, execution)
    details = _end_details(events)
    # The history's own text of the output: moto describes an output that is text without its quotes, and for a
    # moment describes a success that has no output yet.
    text = details.get("output", state.get("output")) if state["status"] == "SUCCEEDED" else None
    output = None if text is None else json.loads(text)
    error, cause = (state.get(key) or details.get(key) for key in ("error", "cause"))
    return Outcome(state["status"], output, error, cause, events)


def _end_details(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Output, error and cause of the execution's end: older implementations leave them out of DescribeExecution.

    It is not always the last event: in moto iterations still under way go on after it.
    """
    ends = [event for event in events[1:] if event["type"].startswith("Execution")]
    details = (value for key, value in (ends[-1] if ends else {}).items() if key.endswith("EventDetails"))
    return next(iter(details), {})


def _events(client: Any, execution: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        page = client.get_execution_history(executionArn=execution, maxResults=1000, **token)
        events += page["events"]
        if not page.get("nextToken"):
            return events
        token = {"nextToken": page["nextToken"]}
