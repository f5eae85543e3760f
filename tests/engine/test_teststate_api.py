"""One state by itself, as the TestState API runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.engine import TaskCall, TaskFailure, TaskHang, TaskSuccess
from fanfold.engine.test_state import StateRequestError, inspect_state

INVOKE = "arn:aws:states:::lambda:invoke"
ROLE = "arn:aws:iam::123456789012:role/r"


def ask(definition: Any, input: Any = None, **rest: Any) -> dict[str, Any]:
    options = {k: rest.pop(k) for k in ("tasks", "validate_result", "validate_definition") if k in rest}
    request = {"definition": json.dumps(definition), "roleArn": ROLE, **rest}
    if input is not None:
        request["input"] = json.dumps(input)
    return inspect_state({k: v for k, v in request.items() if v is not None}, **options)


def refused(definition: Any, input: Any = None, **rest: Any) -> tuple[str, str]:
    with pytest.raises(StateRequestError) as caught:
        ask(definition, input, **rest)
    return caught.value.code, caught.value.message


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, "End": True, **fields}


def result(value: Any, **rest: Any) -> dict[str, Any]:
    return {"result": json.dumps(value), **rest}


FAILED = {"errorOutput": {"error": "Broken", "cause": "on purpose"}}


def test_the_way_of_data_through_a_task() -> None:
    state = task(
        InputPath="$.a",
        Parameters={"FunctionName": "f", "Payload.$": "$.b"},
        ResultSelector={"kept.$": "$.Payload"},
        ResultPath="$.a.r",
        OutputPath="$.a",
    )
    response = ask(state, {"a": {"b": 1}}, mock=result({"Payload": 2}), inspectionLevel="DEBUG")
    assert response["status"] == "SUCCEEDED"
    assert json.loads(response["output"]) == {"b": 1, "r": {"kept": 2}}
    assert {name: json.loads(text) for name, text in response["inspectionData"].items()} == {
        "input": {"a": {"b": 1}},
        "afterInputPath": {"b": 1},
        "afterParameters": {"FunctionName": "f", "Payload": 1},
        "result": {"Payload": 2},
        "afterResultSelector": {"kept": 2},
        "afterResultPath": {"a": {"b": 1, "r": {"kept": 2}}},
    }


def test_info_shows_no_data() -> None:
    assert ask({"Type": "Pass", "End": True}, 1) == {"output": "1", "status": "SUCCEEDED"}


def test_what_was_reached_before_a_failure_is_shown() -> None:
    state = task(InputPath="$.a", Parameters={"x.$": "$.missing"})
    response = ask(state, {"a": {}}, mock=result({}), inspectionLevel="TRACE")
    assert (response["status"], response["error"]) == ("FAILED", "States.Runtime")
    assert set(response["inspectionData"]) == {"input", "afterInputPath"}


def test_jsonata_shows_arguments_and_variables() -> None:
    state = task(
        QueryLanguage="JSONata",
        Arguments={"n": "{% $states.input.n + $one %}"},
        Assign={"two": "{% $one + 1 %}"},
        Output="{% $states.result.m %}",
    )
    response = ask(state, {"n": 1}, mock=result({"m": 3}), inspectionLevel="DEBUG", variables='{"one": 1}')
    data = response["inspectionData"]
    assert response["output"] == "3"
    assert json.loads(data["afterArguments"]) == {"n": 2}
    assert json.loads(data["variables"]) == {"one": 1, "two": 2}


@pytest.mark.parametrize(
    ("used", "status", "details"),
    [
        (0, "RETRIABLE", {"retryIndex": 1, "retryBackoffIntervalSeconds": 3}),
        (2, "RETRIABLE", {"retryIndex": 1, "retryBackoffIntervalSeconds": 12}),
        (3, "CAUGHT_ERROR", {"catchIndex": 0}),
    ],
)
def test_retry_then_catch(used: int, status: str, details: dict[str, int]) -> None:
    state = task(
        Retry=[
            {"ErrorEquals": ["Other"], "MaxAttempts": 9},
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 3},
        ],
        Catch=[{"ErrorEquals": ["Broken"], "Next": "Elsewhere", "ResultPath": "$.e"}],
    )
    configuration = {"retrierRetryCount": used}
    response = ask(state, {}, mock=FAILED, inspectionLevel="DEBUG", stateConfiguration=configuration)
    assert (response["status"], response["error"], response["cause"]) == (status, "Broken", "on purpose")
    assert response["inspectionData"]["errorDetails"] == details
    if status == "CAUGHT_ERROR":
        assert response["nextState"] == "Elsewhere"
        assert json.loads(response["output"]) == {"e": {"Error": "Broken", "Cause": "on purpose"}}


def test_tasks_answer_what_is_not_mocked() -> None:
    calls: list[TaskCall] = []

    def answer(call: TaskCall) -> TaskSuccess:
        calls.append(call)
        return TaskSuccess({"ok": True}, duration=4.0)

    assert json.loads(ask(task(), {"n": 1}, tasks=answer)["output"]) == {"ok": True}
    assert [(call.resource, call.input) for call in calls] == [(INVOKE, {"n": 1})]


@pytest.mark.parametrize(
    ("answer", "fields"),
    [(TaskHang(), {}), (TaskHang(), {"TimeoutSeconds": 5}), (TaskSuccess({}, 600.0), {})],
)
def test_time_ends_a_task(answer: Any, fields: dict[str, Any]) -> None:
    response = ask(task(**fields), {}, tasks=lambda call: answer)
    assert (response["status"], response["error"]) == ("FAILED", "States.Timeout")


def test_a_failing_task() -> None:
    response = ask(task(), {}, tasks=lambda call: TaskFailure("E", "why", 1.0))
    assert response == {"status": "FAILED", "error": "E", "cause": "why"}


@pytest.mark.parametrize(("seconds", "status"), [(0, "SUCCEEDED"), (299, "SUCCEEDED"), (301, "FAILED")])
def test_a_wait_takes_five_minutes_at_most(seconds: int, status: str) -> None:
    assert ask({"Type": "Wait", "Seconds": seconds, "End": True}, {})["status"] == status


def test_states_that_lead_elsewhere() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}],
        "Default": "Other",
    }
    assert ask(choice, {"n": 1})["nextState"] == "One"
    assert ask(choice, {"n": 2})["nextState"] == "Other"
    fail = {"Type": "Fail", "Error": "E", "Cause": "C"}
    assert ask(fail, {}) == {"status": "FAILED", "error": "E", "cause": "C"}


def nested() -> dict[str, Any]:
    inner = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "Result": 7, "End": True}}}
    return {
        "StartAt": "Outer",
        "States": {"Outer": {"Type": "Map", "ItemProcessor": inner, "End": True}},
    }


def test_a_state_of_a_machine_is_found_at_any_depth() -> None:
    assert ask(nested(), {}, stateName="Inner")["output"] == "7"
    assert refused(nested(), {}, stateName="None") == ("ValidationException", "State not found in definition")


def mapping(**fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Inner",
        "States": {"Inner": task()},
    }
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def test_the_way_of_data_through_a_map() -> None:
    state = mapping(
        ItemsPath="$.items",
        ItemSelector={"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
        ItemBatcher={"MaxItemsPerBatch": 2},
        MaxConcurrency=5,
        ToleratedFailurePercentage=40,
    )
    response = ask(state, {"items": ["a", "b", "c"]}, mock=result([1, 2]), inspectionLevel="DEBUG")
    data = response["inspectionData"]
    selected = [{"i": 0, "v": "a"}, {"i": 1, "v": "b"}, {"i": 2, "v": "c"}]
    assert json.loads(data["afterItemsPath"]) == ["a", "b", "c"]
    assert json.loads(data["afterItemSelector"]) == selected
    texts = [json.dumps(item, separators=(",", ":")) for item in selected]
    assert json.loads(data["afterItemBatcher"]) == [{"Items": texts[:2]}, {"Items": texts[2:]}]
    assert (data["maxConcurrency"], data["toleratedFailurePercentage"]) == (5, 40)
    assert response["output"] == "[1,2]"


def test_only_the_fields_a_map_has_are_shown() -> None:
    response = ask(mapping(), [1], mock=result([2]), inspectionLevel="DEBUG")
    assert set(response["inspectionData"]) == {
        "input",
        "afterInputPath",
        "afterResultSelector",
        "afterResultPath",
    }


@pytest.mark.parametrize(
    ("fields", "failures", "status"),
    [
        ({}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 2}, 2, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 1, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 2, "FAILED"),
    ],
)
def test_tolerated_failures(fields: dict[str, Any], failures: int, status: str) -> None:
    configuration = {"mapIterationFailureCount": failures}
    response = ask(mapping(**fields), [1, 2, 3], mock=result([]), stateConfiguration=configuration)
    assert response["status"] == status
    if status == "FAILED":
        assert response["error"] == "States.ExceedToleratedFailureThreshold"


def test_more_failures_than_items() -> None:
    refusal = refused(mapping(), [1], mock=result([]), stateConfiguration={"mapIterationFailureCount": 2})
    assert "must not exceed the number of items" in refusal[1]


def test_reader_data() -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "b", "Key.$": "$.key"},
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/rows"},
    }
    state = mapping(ItemReader=reader)
    configuration = {"mapItemReaderData": '{"rows": [1, 2]}'}
    response = ask(
        state, {"key": "k"}, mock=result([3]), stateConfiguration=configuration, inspectionLevel="DEBUG"
    )
    assert json.loads(response["inspectionData"]["afterItemsPointer"]) == [1, 2]
    assert refused(state, {"key": "k"}, mock=result([3]))[1].startswith("ItemReader data must be specified")


@pytest.mark.parametrize("configuration", [{}, {"errorCausedByState": "Inner"}])
def test_an_error_mocked_for_a_map_meets_the_maps_own_handlers(configuration: dict[str, str]) -> None:
    state = mapping(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Outside"}])
    states = state["ItemProcessor"]["States"] | {"Handled": {"Type": "Succeed"}}
    states["Inner"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Handled"}]
    state["ItemProcessor"]["States"] = states
    response = ask(state, [1], mock=FAILED, stateConfiguration=configuration)
    assert (response["status"], response["nextState"]) == ("CAUGHT_ERROR", "Outside")


def test_a_state_may_be_said_to_cause_its_own_error() -> None:
    machine = {"StartAt": "Outer", "States": {"Outer": mapping()}}
    configuration = {"errorCausedByState": "Inner"}
    response = ask(machine, {}, mock=FAILED, stateName="Inner", stateConfiguration=configuration)
    assert response["error"] == "Broken"


def test_a_state_an_error_comes_from_is_within_the_one_under_test() -> None:
    refusal = refused(mapping(), [1], mock=FAILED, stateConfiguration={"errorCausedByState": "Elsewhere"})
    assert refusal[0] == "ValidationException"
    assert "'Elsewhere'" in refusal[1]


def test_errors_go_on_to_the_states_around_the_one_under_test() -> None:
    machine = {"StartAt": "Outer", "States": {"Outer": mapping(), "Outside": {"Type": "Succeed"}}}
    outer: dict[str, Any] = machine["States"]["Outer"]  # type: ignore[index]
    assert ask(machine, {}, mock=FAILED, stateName="Inner")["status"] == "FAILED"
    outer["Catch"] = [{"ErrorEquals": ["Broken"], "Next": "Outside"}]
    assert ask(machine, {}, mock=FAILED, stateName="Inner")["nextState"] == "Outside"


def test_a_state_within_a_map_is_in_its_first_iteration() -> None:
    state = mapping()
    state["ItemProcessor"]["States"] = {
        "Inner": {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item"}, "End": True}
    }
    response = ask({"StartAt": "M", "States": {"M": state}}, {"n": 1}, stateName="Inner")
    assert json.loads(response["output"]) == {"i": {"Index": 0, "Value": {"n": 1}, "Source": "STATE_DATA"}}


CONTEXT = json.dumps({"Execution": {"Name": "e"}, "State": {"Name": "s"}})


def test_a_given_context_replaces_the_made_up_one() -> None:
    state = task(ResultSelector={"c.$": "$$"})
    assert json.loads(ask(state, {}, mock=result({}), context=CONTEXT)["output"]) == {
        "c": json.loads(CONTEXT)
    }


PASS = {"Type": "Pass", "End": True}
EXPORTING = mapping(
    ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
)
PARALLEL = {"Type": "Parallel", "Branches": [nested(), nested()], "End": True}


@pytest.mark.parametrize(
    ("definition", "rest", "code", "message"),
    [
        (PASS, {"mock": result(1)}, "ValidationException", "State type 'Pass' is not supported"),
        (task(), {"mock": {}, "roleArn": None}, "ValidationException", "RoleArn must be specified"),
        (PARALLEL, {}, "InvalidDefinition", "does not support Map or Parallel"),
        (PARALLEL, {"mock": result({})}, "ValidationException", "must be an array"),
        (PARALLEL, {"mock": result([1])}, "ValidationException", "same number of items"),
        (EXPORTING, {"mock": result([1])}, "ValidationException", "must be a JSON object"),
        (task(Resource="arn:aws:states:::ecs:runTask.sync"), {}, "InvalidDefinition", "'.sync'"),
        (
            task(Resource="arn:aws:states:us-east-1:123456789012:activity:a"),
            {},
            "InvalidDefinition",
            "Activity",
        ),
        (task(), {"mock": {"result": "{"}}, "ValidationException", "valid JSON"),
        (task(), {"mock": result({}, fieldValidationMode="LAX")}, "ValidationException", "[STRICT, PRESENT, NONE]"),
        (PASS, {"inspectionLevel": "debug"}, "ValidationException", "'debug' at 'inspectionLevel'"),
        (task(), {"mock": {**FAILED, **result(1)}}, "ValidationException", "only one of the following fields"),
        (task(), {"context": CONTEXT}, "ValidationException", "when a mock is specified"),
        (task(), {"mock": result({}), "context": '{"Map": {}}'}, "ValidationException", "'Map' field"),
        (task(), {"mock": result({}), "context": '{"State": {"x": 1}}'}, "ValidationException", "'x' is not allowed"),
        (task(), {"mock": result({}), "context": '{"State": {"Name": 1}}'}, "ValidationException", "must be a string"),
        (task(), {"mock": result({}), "context": '{"State": {"RetryCount": "1"}}'}, "ValidationException", "a number"),
        (task(), {"mock": result({}), "context": '{"Execution": "e"}'}, "ValidationException", "must be an object"),
        (task(), {"mock": result({}), "variables": "[]"}, "ValidationException", "Variables"),
        (task(), {"stateConfiguration": {"retrierRetryCount": 1}}, "ValidationException", "RetrierRetryCount"),
        ({"Type": "Choice", "Choices": []}, {}, "InvalidDefinition", "/States/StateName/Choices"),
        ({"Type": "Odd"}, {}, "InvalidDefinition", "Odd"),
        (7, {}, "InvalidDefinition", "JSON object"),
    ],
)  # fmt: skip
def test_refused(definition: Any, rest: dict[str, Any], code: str, message: str) -> None:
    found = refused(definition, **rest)
    assert found[0] == code
    assert message in found[1]


def test_checks_given_by_the_caller() -> None:
    modes: list[str] = []

    def check(resource: str, value: Any, mode: str) -> str | None:
        modes.append(mode)
        return "Field 'x' must be a string" if value == {"x": 1} else None

    refusal = refused(task(), mock=result({"x": 1}), validate_result=check)
    assert refusal[1] == "Mock result schema validation error: Field 'x' must be a string"
    none = result({"x": 1}, fieldValidationMode="NONE")
    assert ask(task(), mock=none, validate_result=check)["status"] == "SUCCEEDED"
    ask(task(), mock=result({}, fieldValidationMode="PRESENT"), validate_result=check)
    assert modes == ["STRICT", "PRESENT"]
    assert refused(PASS, validate_definition=lambda text: "no good") == ("InvalidDefinition", "no good")


def test_input_that_is_no_json() -> None:
    with pytest.raises(StateRequestError, match="InvalidExecutionInput"):
        inspect_state({"definition": json.dumps(PASS), "input": "{"})


junk = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["", "{", "{}", "[1]", "1", "Inner"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["Type", "x"]), inner)
    ),
    max_leaves=3,
)
machines = st.sampled_from([PASS, PARALLEL, task(), mapping(ToleratedFailureCount=1), nested()])
mocks = st.fixed_dictionaries(
    {}, optional={"result": junk, "errorOutput": st.one_of(junk, st.just(FAILED["errorOutput"]))}
)


@given(
    definition=st.one_of(machines.map(json.dumps), junk),
    members=st.fixed_dictionaries(
        {},
        optional={
            "roleArn": st.just(ROLE),
            "input": junk,
            "inspectionLevel": st.sampled_from(["INFO", "DEBUG", 1]),
            "variables": junk,
            "context": junk,
            "stateName": junk,
            "mock": st.one_of(mocks, junk),
            "stateConfiguration": st.fixed_dictionaries(
                {},
                optional=dict.fromkeys(
                    (
                        "retrierRetryCount",
                        "errorCausedByState",
                        "mapIterationFailureCount",
                        "mapItemReaderData",
                    ),
                    junk,
                ),
            ),
        },
    ),
)
@settings(deadline=None, max_examples=300)
def test_whatever_the_request_it_is_answered_or_refused(definition: Any, members: dict[str, Any]) -> None:
    try:
        response = inspect_state({"definition": definition, **members}, tasks=lambda call: TaskSuccess(1))
    except StateRequestError as error:
        response = {"status": "refused", "message": error.message}
    assert response["status"] in ("SUCCEEDED", "FAILED", "RETRIABLE", "CAUGHT_ERROR", "refused")
    assert "\n" not in json.dumps(response)
    assert "\n" not in response.get("message", "")
