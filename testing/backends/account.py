"""Step Functions in a real account, opt-in: what every other backend is measured by.

Nothing is created beyond state machines named `fanfold-test-...`, which are deleted with their executions' end.
Lambda tasks cannot be answered by Python functions there, so a definition with tasks is skipped; a single state
may be tried with its answers mocked, by `test_state`.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fanfold.compiler.walk import walk

from ..functions import Functions
from .base import BackendUnavailableError, Outcome, UnsupportedError
from .client import run_through_api

__all__ = ["AccountBackend", "account_backend"]

PREFIX = "fanfold-test-"
"""Of every state machine made here: what is left behind by a killed test bears it."""


class AccountBackend:
    """Runs executions in the account of `session`, under the role `role_arn`."""

    name = "aws"
    keeps_time = True

    def __init__(self, session: Any, role_arn: str) -> None:
        self._session = session
        self._role_arn = role_arn
        self._client = session.client("stepfunctions")

    def start_execution(
        self,
        definition: Mapping[str, Any],
        input: Any,
        functions: Functions,
        *,
        state_machine_type: str = "STANDARD",
    ) -> Outcome:
        tasks = [placed.name for placed in walk(definition) if placed.state.get("Type") == "Task"]
        if tasks:
            raise UnsupportedError(
                f"aws calls real services: state {tasks[0]!r} cannot be answered by a Python function"
            )
        if state_machine_type != "STANDARD":
            raise UnsupportedError("aws keeps no history of express executions")
        return run_through_api(
            self._client,
            definition,
            input,
            name=PREFIX + uuid.uuid4().hex,
            role_arn=self._role_arn,
            poll=0.5,
        )

    def test_state(self, state: Mapping[str, Any], input: Any, *, result: Any = None) -> Outcome:
        """One state by the TestState API, a Task's answer mocked with `result`.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
        """
        mock = {} if result is None else {"mock": {"result": json.dumps(result)}}
        answer = self._client.test_state(
            definition=json.dumps(state), roleArn=self._role_arn, input=json.dumps(input), **mock
        )
        output = json.loads(answer["output"]) if "output" in answer else None
        return Outcome(answer["status"], output, answer.get("error"), answer.get("cause"))

    def client(self, service: str) -> Any:
        return self._session.client(service)


@contextmanager
def account_backend() -> Iterator[AccountBackend]:
    """The account of the profile named by `FANFOLD_TEST_PROFILE`, its state machines under `FANFOLD_TEST_ROLE`."""
    profile, role = (os.environ.get(name) for name in ("FANFOLD_TEST_PROFILE", "FANFOLD_TEST_ROLE"))
    if not profile or not role:
        raise BackendUnavailableError(
            "no account to test in: set FANFOLD_TEST_PROFILE to a profile of the AWS configuration and "
            "FANFOLD_TEST_ROLE to the ARN of a role that Step Functions may take"
        )
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        yield AccountBackend(boto3.Session(profile_name=profile), role)
    except BotoCoreError as error:
        raise BackendUnavailableError(f"profile {profile}: {error}") from None
