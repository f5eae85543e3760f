"""States one by one: the way of data through them, variables, errors, and the events they leave."""

from __future__ import annotations

from typing import Any

import pytest

from fanfold.engine import (
    Execution,
    InvalidDefinition,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskHang,
    TaskSuccess,
    run,
)


def echo(call: TaskCall) -> TaskAnswer:
    return TaskSuccess(call.input)


def line(*states: dict[str, Any], **top: Any) -> dict[str, Any]:
    """A machine of states A, B, C, ... one after the other."""
    names = [chr(ord("A") + index) for index in range(len(states))]
    linked = {}
    for name, following, state in zip(names, [*names[1:], None], states, strict=True):
        ends = state["Type"] in ("Choice", "Succeed", "Fail")
        linked[name] = state | ({} if ends else {"Next": following} if following else {"End": True})
    return {"StartAt": "A", "States": linked, **top}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", **fields}


def types(execution: Execution) -> list[str]:
    return [event["type"] for event in execution.history]


def detail(execution: Execution, event_type: str) -> dict[str, Any]:
    event = next(event for event in execution.history if event["type"] == event_type)
    found: dict[str, Any] = next(value for key, value in event.items() if key.endswith("Details"))
    return found


def test_every_jsonpath_field_of_a_task_in_its_order() -> None:
    definition = line(
        task(
            InputPath="$.in",
            Parameters={"sent.$": "$.x", "whole.$": "$$.Execution.Input.in"},
            ResultSelector={"picked.$": "$.sent"},
            ResultPath="$.out.here",
            OutputPath="$.out",
            Assign={"raw.$": "$.whole.x"},
        ),
        {"Type": "Pass", "Parameters": {"variable.$": "$raw", "rest.$": "$"}},
    )
    execution = run(definition, {"in": {"x": 7}}, tasks=echo)
    assert execution.output == {"variable": 7, "rest": {"here": {"picked": 7}}}
    assert detail(execution, "TaskStateExited")["assignedVariables"] == {"raw": "7"}


def test_jsonata_fields_see_input_result_context_and_variables() -> None:
    definition = line(
        {"Type": "Pass", "Assign": {"v": "{% $states.input.n + 1 %}"}, "Output": {"n": 1}},
        task(
            Arguments={
                "n": "{% $states.input.n %}",
                "v": "{% $v %}",
                "by": "{% $states.context.State.Name %}",
            },
            Output="{% $merge([$states.result, {'old': $states.input}]) %}",
        ),
        QueryLanguage="JSONata",
    )
    execution = run(definition, {"n": 41}, tasks=echo)
    assert execution.output == {"n": 1, "v": 42, "by": "B", "old": {"n": 1}}


@pytest.mark.parametrize(
    "fan_out",
    [
        {"Type": "Map", "Items": [1], "ItemProcessor": ...},
        {"Type": "Parallel", "Branches": [...]},
    ],
)
def test_states_within_a_fan_out_speak_the_language_of_the_state_machine(fan_out: dict[str, Any]) -> None:
    """Not that of the state they are in: as AWS validates definitions, and the language's specification has it."""
    inner = {
        "StartAt": "I",
        "States": {"I": {"Type": "Pass", "Parameters": {"at.$": "$$.State.Name"}, "End": True}},
    }
    filled = {
        name: inner if value is ... else [inner] if value == [...] else value
        for name, value in fan_out.items()
    }
    state = {**filled, "QueryLanguage": "JSONata", "Output": "{% $states.result.at %}"}
    assert run(line(state), {}, tasks=echo).output == "I"


def test_an_assignment_holds_from_the_next_state_on() -> None:
    definition = line(
        {"Type": "Pass", "Assign": {"x": 1}},
        {"Type": "Pass", "Assign": {"x": 2, "y.$": "$x"}, "Parameters": {"now.$": "$x"}},
        {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y", "before.$": "$.now"}},
    )
    assert run(definition, tasks=echo).output == {"x": 2, "y": 1, "before": 1}


def test_inner_scopes_read_outer_variables_and_keep_their_own() -> None:
    inner = line(
        {"Type": "Pass", "Assign": {"mine.$": "$outer"}}, {"Type": "Pass", "Parameters": {"m.$": "$mine"}}
    )
    definition = line(
        {"Type": "Pass", "Assign": {"outer": 5}, "Result": [1, 2]},
        {"Type": "Map", "ItemProcessor": inner},
        {"Type": "Parallel", "Branches": [inner, inner]},
        {"Type": "Pass", "Parameters": {"lost.$": "$mine"}},
    )
    execution = run(definition, tasks=echo)
    assert execution.error == "States.Runtime"
    assert detail(execution, "ParallelStateExited")["output"] == '[{"m":5},{"m":5}]'
    assert execution.cause is not None
    assert "$mine" in execution.cause


def test_a_caught_error_in_each_language() -> None:
    boom = lambda call: TaskFailure("Boom", "why")  # noqa: E731
    states = {
        "A": task(
            End=True,
            Catch=[{"ErrorEquals": ["Boom"], "Next": "B", "ResultPath": "$.e", "Assign": {"c.$": "$.Cause"}}],
        ),
        "B": {"Type": "Pass", "Parameters": {"c.$": "$c", "e.$": "$.e.Error", "kept.$": "$.k"}, "End": True},
    }
    assert run({"StartAt": "A", "States": states}, {"k": 1}, tasks=boom).output == {
        "c": "why",
        "e": "Boom",
        "kept": 1,
    }
    states = {
        "A": task(
            End=True,
            Catch=[
                {
                    "ErrorEquals": ["States.ALL"],
                    "Next": "B",
                    "Assign": {"e": "{% $states.errorOutput %}"},
                    "Output": {"in": "{% $states.input.k %}"},
                }
            ],
        ),
        "B": {"Type": "Pass", "Output": {"e": "{% $e.Error %}", "in": "{% $states.input.in %}"}, "End": True},
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": states}
    assert run(definition, {"k": 1}, tasks=boom).output == {"e": "Boom", "in": 1}


@pytest.mark.parametrize("names", [["States.ALL"], ["States.Runtime"], ["States.TaskFailed"]])
def test_a_runtime_error_is_never_caught(names: list[str]) -> None:
    definition = line(task(OutputPath="$.nothing", Catch=[{"ErrorEquals": names, "Next": "A"}]))
    execution = run(definition, {"x": 1}, tasks=echo)
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert types(execution)[-2:] == ["TaskSucceeded", "ExecutionFailed"]


def test_a_runtime_error_within_fan_outs_ends_the_execution_at_once() -> None:
    broken = line({"Type": "Pass", "Parameters": {"x.$": "$.nothing"}})
    definition = line({"Type": "Parallel", "Branches": [broken, line({"Type": "Wait", "Seconds": 5})]})
    execution = run(definition, tasks=echo)
    assert types(execution) == [
        "ExecutionStarted",
        "ParallelStateEntered",
        "ParallelStateStarted",
        "PassStateEntered",
        "ExecutionFailed",
    ]
    assert execution.cause is not None
    assert execution.cause.startswith(
        "An error occurred while executing the state 'A' (entered at the event id #4)."
    )
    assert execution.duration == 0


def test_a_choice_without_a_match() -> None:
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.x", "NumericEquals": 1, "Next": "B"}]}
    definition = line(choice, {"Type": "Succeed"})
    assert run(definition, {"x": 1}, tasks=echo).status == "SUCCEEDED"
    execution = run(definition, {"x": 2}, tasks=echo)
    assert execution.error == "States.Runtime"
    assert execution.cause == (
        "An error occurred while executing the state 'A' (entered at the event id #2). Failed to transition out of "
        "the state. The state does not point to a next state."
    )


def test_the_first_choice_that_holds_decides_with_its_own_assignments() -> None:
    choice = {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $states.input > 5 %}", "Next": "B", "Assign": {"size": "big"}},
            {
                "Condition": "{% $states.input > 2 %}",
                "Next": "B",
                "Assign": {"size": "middle"},
                "Output": "{% 'o' %}",
            },
        ],
        "Assign": {"size": "small"},
        "Default": "B",
    }
    definition = line(
        choice, {"Type": "Pass", "Output": ["{% $size %}", "{% $states.input %}"]}, QueryLanguage="JSONata"
    )
    outputs = [run(definition, value, tasks=echo).output for value in (9, 3, 1)]
    assert outputs == [["big", 9], ["middle", "o"], ["small", 1]]


@pytest.mark.parametrize(
    ("resource", "scheduled"),
    [
        ("arn:aws:states:::lambda:invoke", "TaskScheduled"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "TaskScheduled"),
        ("arn:aws:states:::states:startExecution.sync:2", "TaskScheduled"),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", "LambdaFunctionScheduled"),
        ("arn:aws:states:us-east-1:123456789012:activity:a", "ActivityScheduled"),
    ],
)
def test_events_of_a_task_by_its_resource(resource: str, scheduled: str) -> None:
    execution = run(line(task(Resource=resource)), tasks=lambda call: TaskSuccess(1, submitted={"s": 1}))
    family = scheduled.removesuffix("Scheduled")
    middle = [name for name in types(execution) if name.startswith(family) and "State" not in name]
    assert middle[0] == scheduled
    assert middle[-1] == f"{family}Succeeded"
    if family == "Task":
        label = resource.partition(":::")[2]
        found = detail(execution, "TaskStarted")
        assert f"{found['resourceType']}:{found['resource']}" == label


@pytest.mark.parametrize(
    ("phase", "events"),
    [
        ("run", ["TaskScheduled", "TaskStarted", "TaskFailed"]),
        ("start", ["TaskScheduled", "TaskStartFailed"]),
        ("submit", ["TaskScheduled", "TaskStarted", "TaskSubmitFailed"]),
        ("schedule", []),
    ],
)
def test_where_a_task_fails_decides_its_events(phase: Any, events: list[str]) -> None:
    execution = run(line(task()), tasks=lambda call: TaskFailure("E", "c", phase=phase))
    assert types(execution) == ["ExecutionStarted", "TaskStateEntered", *events, "ExecutionFailed"]
    assert (execution.error, execution.cause) == ("E", "c")


def test_the_task_token_is_there_for_callbacks_only_and_is_the_same_in_every_run() -> None:
    tokens = []

    def tasks(call: TaskCall) -> TaskAnswer:
        tokens.append((call.token, call.input))
        return TaskSuccess({})

    sends = task(
        Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken", Parameters={"t.$": "$$.Task.Token"}
    )
    for _ in range(2):
        assert run(line(sends, task(Parameters={"c.$": "$$"})), tasks=tasks).status == "SUCCEEDED"
    assert tokens[0] == tokens[2]
    assert tokens[0][0] == tokens[0][1]["t"]
    assert tokens[1][0] is None
    assert "Task" not in tokens[1][1]["c"]


def test_credentials_and_parameters_of_a_wrong_form() -> None:
    execution = run(line(task(Credentials={"RoleArn.$": "$.role"})), {"role": "r"}, tasks=echo)
    assert detail(execution, "TaskScheduled")["taskCredentials"] == {"roleArn": "r"}
    gateway = task(Resource="arn:aws:states:::apigateway:invoke", Parameters={"Headers": {"h": "text"}})
    execution = run(line(gateway), tasks=echo)
    assert execution.error == "States.Runtime"
    assert execution.cause is not None
    assert "[The value of the field 'Headers' has an invalid format]" in execution.cause


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (
            {"Payload": {"t.$.$": "$.text"}},
            "'t.$' must be a valid JSONPath or a valid intrinsic function call",
        ),
        (
            {"Payload": [{"t.$.$": "$.list"}]},
            "'t.$' must be a STRING that contains a JSONPath but was a ARRAY",
        ),
        ({"Payload": {"t.$.$": "$.path"}}, None),
    ],
)
def test_parameters_under_names_for_paths_once_more(parameters: dict[str, Any], problem: str | None) -> None:
    """As in the history of an execution on AWS that a CDK user published (andybalham/blog-task-tokens)."""
    value = {"text": "AQC/=", "list": [], "path": "$.x"}
    execution = run(
        line(task(Resource="arn:aws:states:::lambda:invoke", Parameters=parameters)), value, tasks=echo
    )
    if problem is None:
        assert execution.status == "SUCCEEDED"
        return
    assert execution.error == "States.Runtime"
    assert (execution.cause or "").endswith(
        f" could not be used to start the Task: [The value for the field {problem}]"
    )
    function = task(Resource="arn:aws:lambda:us-east-1:123456789012:function:f", Parameters=parameters)
    assert run(line(function), value, tasks=echo).status == "SUCCEEDED"


def test_fail_takes_error_and_cause_in_all_forms() -> None:
    forms: list[tuple[dict[str, Any], str | None]] = [
        ({"Error": "E"}, None),
        ({"ErrorPath": "$.e"}, None),
        ({"ErrorPath": "States.Format('{}', $.e)"}, None),
        ({"Error": "{% $states.input.e %}"}, "JSONata"),
    ]
    for form, language in forms:
        definition = line({"Type": "Fail", **form}, **({"QueryLanguage": language} if language else {}))
        assert run(definition, {"e": "E"}, tasks=echo).error == "E"


@pytest.mark.parametrize(
    ("definition", "path"),
    [
        ("not json", ""),
        ("[]", ""),
        ({"States": {"A": {"Type": "Succeed"}}}, ""),
        ({"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}, "/StartAt"),
        (line({"Type": "Pass"}) | {"TimeoutSeconds": -1}, "/TimeoutSeconds"),
        ({"StartAt": "A", "States": {"A": {"Type": "Oops"}}}, "/States/A/Type"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}, "/States/A/Next"),
        ({"StartAt": "A", "States": {"A": {"Type": "Pass"}}}, "/States/A"),
        (line({"Type": "Pass", "InputPath": "$["}), "/States/A/InputPath"),
        (line({"Type": "Pass", "Assign": []}), "/States/A/Assign"),
        (line({"Type": "Wait"}), "/States/A"),
        (line(task(Retry=[{"ErrorEquals": []}])), "/States/A/Retry/0/ErrorEquals"),
        (line(task(Catch=[{"ErrorEquals": ["x"], "Next": "Z"}])), "/States/A/Catch/0/Next"),
        (line({"Type": "Map"}), "/States/A"),
        (line({"Type": "Pass", "Output": "{% ( %}", "QueryLanguage": "JSONata"}), "/States/A/Output"),
    ],
)
def test_what_makes_no_sense_is_an_invalid_definition_with_its_place(definition: Any, path: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        run(definition, tasks=echo)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)


def test_an_activity_that_no_worker_takes_up_never_starts() -> None:
    activity = task(Resource="arn:aws:states:us-east-1:123456789012:activity:a", TimeoutSeconds=5)
    execution = run(line(activity), tasks=lambda call: TaskHang(started=False))
    assert types(execution)[2:] == ["ActivityScheduled", "ActivityTimedOut", "ExecutionFailed"]


def test_an_expression_that_fails_once_per_attempt_is_recorded_each_time() -> None:
    broken = task(
        Output="{% $nothing %}", Retry=[{"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 1}]
    )
    execution = run(line(broken, QueryLanguage="JSONata"), tasks=echo)
    assert execution.error == "States.QueryEvaluationError"
    failed = [event for event in execution.history if event["type"] == "EvaluationFailed"]
    assert [event["evaluationFailedEventDetails"]["location"] for event in failed] == ["Output", "Output"]
    assert [execution.history[e["previousEventId"] - 1]["type"] for e in failed] == ["TaskSucceeded"] * 2


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Output": "{% $nothing %}"},
        {"Type": "Wait", "Seconds": "{% $nothing %}"},
        {"Type": "Wait", "Timestamp": "{% 'today' %}"},
        {"Type": "Map", "Items": "{% $nothing %}", "ItemProcessor": line({"Type": "Pass"})},
    ],
)
def test_what_cannot_be_evaluated_as_a_state_is_entered_follows_that(state: dict[str, Any]) -> None:
    """Until December 2024 it followed what the state's entry did."""
    definition = line(state, QueryLanguage="JSONata")
    for as_of, previous in ((None, 2), (1_732_000_000.0, 0)):
        execution = run(definition, tasks=echo, as_of=as_of)
        [failed] = [event for event in execution.history if event["type"] == "EvaluationFailed"]
        assert failed["previousEventId"] == previous


@pytest.mark.parametrize(
    ("fields", "fails"),
    [
        ({"Parameters": {"a": 1}}, False),
        ({"Parameters": {"a": [{"b.$": "$$.State.Name"}]}}, False),
        ({"Parameters": {"a.$": "$"}}, True),
        ({"Parameters": {"a": [{"b.$": "$..c"}]}}, True),
        ({"Parameters": {"a.$": "States.Format('{}', $)"}}, True),
        ({"Parameters": {"a": 1}, "ResultPath": None, "Assign": {"b.$": "$$.State.Name"}}, False),
        ({"InputPath": "$.a"}, True),
        ({"OutputPath": "$.a", "ResultPath": None}, True),
        ({}, False),
    ],
)
@pytest.mark.parametrize(
    "kind", [{"Type": "Pass"}, {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}]
)
def test_paths_into_null(kind: dict[str, Any], fields: dict[str, Any], fails: bool) -> None:
    """As Step Functions Local 1.4.0, and executions on AWS of which authors wrote, have it."""
    states = {
        "Null": {"Type": "Pass", "InputPath": "$.null", "Next": "S"},
        "S": {**kind, **fields, "End": True},
    }
    execution = run({"StartAt": "Null", "States": states}, {"null": None}, tasks=lambda call: TaskSuccess(1))
    assert (execution.error == "States.Runtime") is fails
    if fails:
        assert (execution.cause or "").endswith("Unable to apply Path transformation to null or empty input.")


@pytest.mark.parametrize(
    "rule",
    [
        {"Variable": "$", "IsString": True},
        {"Variable": "$", "IsNull": True},
        {"Variable": "$.a", "IsPresent": True},
        {"Variable": "$$.State.Name", "StringEqualsPath": "$"},
    ],
    ids=str,
)
def test_choices_about_null(rule: dict[str, Any]) -> None:
    """As Step Functions Local 1.4.0 has it, and AWS: its support calls it intended, says awslabs/states-language#29."""
    states = {
        "Null": {"Type": "Pass", "InputPath": "$.null", "Next": "S"},
        "S": {"Type": "Choice", "Choices": [{**rule, "Next": "End"}], "Default": "End"},
        "End": {"Type": "Succeed"},
    }
    execution = run({"StartAt": "Null", "States": states}, {"null": None}, tasks=lambda call: TaskSuccess(1))
    assert (execution.error, execution.cause) == (
        "States.Runtime",
        "An error occurred while executing the state 'S' (entered at the event id #4). "
        "Unable to apply Path transformation to null or empty input.",
    )
