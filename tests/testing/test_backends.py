"""Every backend that is to be had runs the same definition with the same functions to the same end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from fanfold.engine import InvalidDefinition, TaskFailure, TaskHang
from fanfold.testing.backends import (
    NAMES,
    Backend,
    BackendUnavailableError,
    Outcome,
    UnsupportedError,
    open_backend,
)
from fanfold.testing.backends.client import run_through_api
from fanfold.testing.backends.embedded import MotoBackend
from fanfold.testing.backends.in_process import InvokeClient
from fanfold.testing.functions import FunctionError, UnknownFunctionError, function_name
from fanfold.testing.lambda_endpoint import LambdaEndpoint
from fanfold.testing.plugin import BACKENDS


@pytest.fixture(scope="module", params=["virtual", "moto", pytest.param("local", marks=pytest.mark.slow)])
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    try:
        with open_backend(request.param) as found:
            yield found
    except BackendUnavailableError as reason:
        pytest.skip(str(reason))


def machine(state: dict[str, Any], name: str = "Only", **fields: Any) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {**state, "End": True}}, **fields}


ARN = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:work"}
INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "work", "Payload.$": "$"},
    "OutputPath": "$.Payload",
}


def work(payload: Any) -> Any:
    if payload == 13:
        raise FunctionError("Unlucky", "thirteen")
    if payload == 14:
        raise ValueError("fourteen")
    return {"seen": [payload]}


def over(task: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return machine({"Type": "Map", "ItemProcessor": machine(task, "Work"), **fields}, "All")


CASES = {
    "order": (over(INVOKE), list(range(6)), ("SUCCEEDED", [{"seen": [n]} for n in range(6)], None)),
    "arn": (over(ARN, MaxConcurrency=1), ["é", 2.5], ("SUCCEEDED", [{"seen": ["é"]}, {"seen": [2.5]}], None)),
    "function error": (over(INVOKE), [1, 13], ("FAILED", None, "Unlucky")),
    "exception": (machine(ARN), 14, ("FAILED", None, "ValueError")),
    "catch": (
        {
            "StartAt": "Try",
            "States": {
                "Try": {**ARN, "Catch": [{"ErrorEquals": ["Unlucky"], "Next": "Caught"}], "End": True},
                "Caught": {"Type": "Pass", "End": True},
            },
        },
        13,
        (
            "SUCCEEDED",
            {"Error": "Unlucky", "Cause": '{"errorMessage":"thirteen","errorType":"Unlucky"}'},
            None,
        ),
    ),
    "item selector": (
        over({"Type": "Pass"}, ItemSelector={"index.$": "$$.Map.Item.Index"}),
        ["a", "b"],
        ("SUCCEEDED", [{"index": 0}, {"index": 1}], None),
    ),
    "wait": (machine({"Type": "Wait", "Seconds": 1}), {}, ("SUCCEEDED", {}, None)),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_end_everywhere(backend: Backend, case: str) -> None:
    definition, value, expected = CASES[case]
    outcome = backend.start_execution(definition, value, {"work": work})
    assert outcome.result == expected
    assert outcome.events[0]["type"] == "ExecutionStarted"
    # Not always the last: in moto iterations still under way go on after it.
    assert "Execution" + outcome.status.title() in [event["type"] for event in outcome.events]


def test_a_flaky_function_is_asked_again(backend: Backend) -> None:
    answers = iter([TaskFailure("Busy"), 7])
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    outcome = backend.start_execution(
        machine({**INVOKE, "Retry": retry}), 1, {"work": lambda _: next(answers)}
    )
    assert outcome.result == ("SUCCEEDED", 7, None)


def test_services_are_the_same_as_the_client_sees(backend: Backend) -> None:
    table = f"items-{backend.name}"
    client = backend.client("dynamodb")
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    client.put_item(TableName=table, Item={"k": {"S": "a"}, "v": {"N": "5"}})
    get = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": {"TableName": table, "Key": {"k": {"S": "a"}}},
        "OutputPath": "$.Item.v.N",
    }
    assert backend.start_execution(machine(get), {}, {}).result == ("SUCCEEDED", "5", None)


def test_a_refused_definition_says_so(backend: Backend) -> None:
    if backend.name == "virtual":
        pytest.skip("the engine refuses only what it cannot make sense of")
    with pytest.raises(InvalidDefinition):
        backend.start_execution(machine({"Type": "Pass", "Nonsense": 1}), {}, {})


def test_a_function_that_is_not_there_is_the_test_s_mistake(backend: Backend) -> None:
    with pytest.raises(UnknownFunctionError, match="no function named 'work'; there are"):
        backend.start_execution(machine(INVOKE), {}, {"other": work})


def test_a_hang_needs_a_virtual_clock(backend: Backend) -> None:
    hanging = machine({**INVOKE, "TimeoutSeconds": 3})
    if backend.name == "virtual":
        outcome = backend.start_execution(hanging, {}, {"work": lambda _: TaskHang()})
        assert outcome.result == ("FAILED", None, "States.Timeout")
    else:
        with pytest.raises(UnknownFunctionError, match="virtual clock"):
            backend.start_execution(hanging, {}, {"work": lambda _: TaskHang()})


@pytest.mark.parametrize("case", CASES)
def test_moto_without_a_wire_says_what_it_says_over_one(case: str) -> None:
    definition, value, _ = CASES[case]
    with open_backend("moto") as moto:
        short = moto.start_execution(definition, value, {"work": work})
        assert isinstance(moto, MotoBackend)
        with moto.endpoint.answering({"work": work}):
            long = run_through_api(
                moto.client("stepfunctions"), definition, value, name="over-a-wire", role_arn=ROLE
            )
    assert (short.result, short.cause) == (long.result, long.cause)
    if short.status == "SUCCEEDED":
        # What else was under way when an iteration failed is a matter of the moment.
        assert timeless(short) == timeless(long)


ROLE = "arn:aws:iam::123456789012:role/fanfold-test"


def timeless(outcome: Outcome) -> list[dict[str, Any]]:
    """The events in no order, which is that of concurrent iterations, without what differs from run to run."""
    events = [
        {key: value for key, value in event.items() if key not in ("timestamp", "id", "previousEventId")}
        for event in outcome.events
    ]
    return sorted(events, key=lambda event: json.dumps(event, sort_keys=True))


@pytest.mark.parametrize("payload", [7, 13, 14, None, {"a": ["é"]}])
def test_invoking_without_a_wire_says_what_it_says_over_one(payload: Any) -> None:
    import boto3

    with LambdaEndpoint() as endpoint, endpoint.answering({"work": work}):
        wired = boto3.client(
            "lambda",
            endpoint_url=endpoint.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        answers = [
            client.invoke(FunctionName="work", Payload=json.dumps(payload).encode())
            for client in (InvokeClient(endpoint), wired)
        ]
    for answer in answers:
        answer.pop("ResponseMetadata", None)
        answer["Payload"] = answer["Payload"].read()
    assert answers[0] == answers[1]


def test_a_branch_of_moto_that_begins_too_late_dies_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda died: told.append(str(died.exc_value)))

    def die(error: Exception) -> None:
        raise error

    with open_backend("moto"):
        for error in (RuntimeError("Could not set NextState value when in state"), RuntimeError("Else")):
            thread = threading.Thread(target=die, args=(error,))
            thread.start()
            thread.join()
    assert told == ["Else"]


def test_clients_of_moto_know_no_other_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step Functions Local has one at AWS_ENDPOINT_URL_SFN."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", "http://127.0.0.1:9")
    with open_backend("moto") as moto:
        assert moto.client("stepfunctions").list_state_machines()["stateMachines"] == []


def test_nobody_keeps_a_connection_to_an_endpoint_that_has_ended() -> None:
    """They would not hear of the next one at its port, and there is one as often as a test opens a backend."""
    port = 0
    for number in (1, 2):
        with LambdaEndpoint(port=port) as endpoint, endpoint.answering({"work": lambda _, n=number: n}):
            if not port:
                port, kept = endpoint.port, HTTPConnection(endpoint.host, endpoint.port)
            kept.request("POST", "/2015-03-31/functions/work/invocations", b"{}")
            assert kept.getresponse().read() == str(number).encode()
    kept.close()


def test_what_moto_cannot_run_is_refused_with_the_reason() -> None:
    with open_backend("moto") as moto:
        with pytest.raises(UnsupportedError, match="moto really sleeps"):
            moto.start_execution(machine({"Type": "Wait", "Seconds": 60}), {}, {})


def test_branches_that_outlive_an_execution_are_not_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded

    late = RuntimeError(f"Could not set NextState value when in state '{ProgramEnded}'.")
    other = ValueError("another")
    told: list[BaseException | None] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: told.append(failure.exc_value))
    with open_backend("moto"):
        for error in (late, other):
            thread = threading.Thread(target=_raise, args=(error,))
            thread.start()
            thread.join()
    assert told == [other]


def _raise(error: Exception) -> None:
    raise error


def test_the_account_is_opt_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FANFOLD_TEST_PROFILE", raising=False)
    with pytest.raises(BackendUnavailableError, match="set FANFOLD_TEST_PROFILE"), open_backend("aws"):
        pass


def test_the_plugin_offers_every_backend() -> None:
    assert BACKENDS == NAMES
    with (
        pytest.raises(ValueError, match="no backend named 'nowhere'; there are virtual"),
        open_backend("nowhere"),
    ):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "work",
        "work:live",
        "123456789012:function:work",
        "arn:aws:lambda:us-east-1:123456789012:function:work",
        "arn:aws:lambda:us-east-1:123456789012:function:work:$LATEST",
    ],
)
def test_functions_go_by_their_bare_name(name: str) -> None:
    assert function_name(name) == "work"


def test_events_are_json_but_for_their_timestamps(backend: Backend) -> None:
    outcome = backend.start_execution(machine({"Type": "Pass"}), {"a": 1}, {})
    assert [event["id"] for event in outcome.events] == [1, 2, 3, 4]
    json.dumps(outcome.events, default=str)
