"""The whole loop with the real CDK CLI against the emulated AWS: from an account never used to nothing left."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanfold.compiler import Compiled, compile_workflow, load_workflow, write_build
from fanfold.compiler.cdk_app import stack_parameters
from fanfold.deploy import operations
from fanfold.deploy.aws import Aws, connect
from fanfold.deploy.errors import DeployError
from fanfold.deploy.logs import execution_logs
from fanfold.deploy.operations import History, Progress, StackMissingError

SUBJECTS = ["Computer Science", "Economics", "Mathematics"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def resources(aws: Aws) -> dict[str, list[str]]:
    """Everything in the account that the stack could make."""
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    return {
        "stacks": [stack["StackName"] for stack in stacks],
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "functions": [f["FunctionName"] for f in aws.client("lambda").list_functions()["Functions"]],
        "machines": [m["name"] for m in aws.client("stepfunctions").list_state_machines()["stateMachines"]],
        "log groups": [g["logGroupName"] for g in aws.client("logs").describe_log_groups()["logGroups"]],
        "roles": [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]],
    }


def load(aws: Aws, compiled: Compiled, values: list[Any]) -> None:
    source = compiled.source
    assert source.table is not None
    assert source.key is not None
    assert source.attribute is not None
    row = operations.plan_load(source.table, source.key, source.attribute, values)
    operations.load(aws, source.table, source.attribute, row)


def run(aws: Aws, state_machine: str) -> tuple[operations.Execution, list[dict[str, Any]], list[Progress]]:
    arn = operations.start(aws, state_machine)
    looks: list[Progress] = []
    done = operations.watch(
        aws, arn, lambda p: looks.append(Progress(p.total, p.started, p.succeeded, p.failed)), interval=0.2
    )
    return done, list(History(aws, arn).read()), looks


def moments(events: list[dict[str, Any]], kind: str) -> list[float]:
    return [event["timestamp"] for event in events if event["type"] == kind]


def test_from_bootstrap_to_nothing_left(
    emulated: dict[str, str], compile_demo: Callable[..., tuple[Compiled, Path]]
) -> None:
    aws = connect(region="eu-west-1")  # the emulator prepares its own region only
    compiled, build = compile_demo()
    before = resources(aws)

    with pytest.raises(StackMissingError, match="stack fanfold-demo is not deployed in eu-west-1"):
        operations.find_stack(aws, "demo")
    with pytest.raises(DeployError, match="aws://123456789012/eu-west-1 is not prepared for CDK"):
        operations.deploy(aws, "demo", build)

    lines: list[str] = []
    stack = operations.deploy(aws, "demo", build, bootstrap=True, on_line=lines.append)
    assert stack.name == "fanfold-demo"
    assert stack.outputs == {
        "StateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:demo",
        "StateMachineName": "demo",
        "StepFunctionsProjectDDBTableTableName": "StepFunctionsProjectDDBTable",
        "TopicsFunctionName": "fanfold-demo-topics",
    }
    assert any("Environment aws://123456789012/eu-west-1 bootstrapped" in line for line in lines)
    assert_least_privilege(aws, build, stack.state_machine)
    [group] = aws.client("logs").describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/aws/lambda/fanfold-demo-topics", 1)
    with pytest.raises(DeployError, match="nothing was started yet"):
        operations.latest_execution(aws, stack.state_machine)

    load(aws, compiled, SUBJECTS)
    row = aws.client("dynamodb").get_item(
        TableName="StepFunctionsProjectDDBTable", Key={"mapstatelist": {"S": "mapitems"}}
    )
    assert row["Item"]["values"] == {"L": [{"S": subject} for subject in SUBJECTS]}

    # One at a time, two seconds apart.
    done, events, looks = run(aws, stack.state_machine)
    assert (done.status, json.loads(done.output or "")) == ("SUCCEEDED", [{"S": s} for s in SUBJECTS])
    assert looks[-1] == Progress(total=3, started=3, succeeded=3)
    assert looks[0].succeeded < 3
    began = moments(events, "MapIterationStarted")
    assert began[1] - began[0] >= 2
    assert began[2] - began[1] >= 2
    assert operations.latest_execution(aws, stack.state_machine) == done.arn
    assert operations.describe(aws, done.arn) == done

    # The deployed code ran, and its lines are this execution's alone.
    other, _, _ = run(aws, stack.state_machine)
    logged = execution_logs(aws, done.arn)
    texts = [line.text for line in logged.lines]
    assert [text for text in texts if text.startswith("{")] == [str({"S": s}) for s in SUBJECTS]
    assert sum(text.startswith("START RequestId: ") for text in texts) == 3
    assert sum(text.startswith("REPORT RequestId: ") for text in texts) == 3
    requests = {line.request_id for line in logged.lines}
    assert not requests & {line.request_id for line in execution_logs(aws, other.arn).lines}

    # The second lesson: three at once, and items that are maps.
    _, build = compile_demo(max_concurrency="3")
    change = operations.diff(aws, build)
    assert '-      "MaxConcurrency": 1,\n+      "MaxConcurrency": 3,\n' in change
    assert "AWS::StepFunctions::StateMachine" in change
    stack = operations.deploy(aws, "demo", build)
    load(aws, compiled, [{"topic": "econ", "name": "Economics"}, 1.5, None])
    done, events, _ = run(aws, stack.state_machine)
    assert json.loads(done.output or "") == [
        {"M": {"topic": {"S": "econ"}, "name": {"S": "Economics"}}},
        {"N": "1.5"},
        {"NULL": True},
    ]
    assert max(moments(events, "MapIterationStarted")) < min(moments(events, "MapIterationSucceeded"))

    operations.destroy(aws, "demo", build)
    # Nothing is left but what the bootstrap made.
    left = {kind: set(names) - set(before[kind]) for kind, names in resources(aws).items()}
    assert left.pop("stacks") == {"CDKToolkit"}
    assert {role for role in left.pop("roles") if not role.startswith("cdk-hnb659fds-")} == set()
    assert left == {"tables": set(), "functions": set(), "machines": set(), "log groups": set()}
    with pytest.raises(StackMissingError):
        operations.destroy(aws, "demo", build)
    with pytest.raises(DeployError, match="there is no table StepFunctionsProjectDDBTable in eu-west-1"):
        load(aws, compiled, SUBJECTS)


def test_values_of_parameters_reach_the_stack_and_stay(emulated: dict[str, str], tmp_path: Path) -> None:
    module = tmp_path / "open.py"
    module.write_text(
        "from fanfold.dsl import *\n"
        'opened = StateMachine(start_at="A", states={"A": Pass(result="${queue_url}", end=True)})\n'
    )
    compiled = compile_workflow(load_workflow(module))
    build = write_build(compiled, tmp_path / "build")
    aws = connect()
    parameters = stack_parameters(compiled)
    assert parameters == {"queue_url": "QueueUrl"}

    def deployed(**values: str) -> Any:
        stack = operations.deploy(aws, "opened", build, parameters=parameters, values=values)
        machine = aws.client("stepfunctions").describe_state_machine(stateMachineArn=stack.state_machine)
        return json.loads(machine["definition"])["States"]["A"]["Result"]

    with pytest.raises(DeployError, match="needs values: add --parameter queue_url=VALUE"):
        deployed()
    assert deployed(queue_url="https://a?b=c") == "https://a?b=c"
    same = operations.diff(aws, build, parameters=parameters, values={"queue_url": "https://a?b=c"})
    change = operations.diff(aws, build, parameters=parameters, values={"queue_url": "x y"})
    assert "queue_url" not in same
    assert "There were no differences" in same
    assert change.startswith("Parameter QueueUrl: https://a?b=c -> x y\n")
    assert '-      "Result": "https://a?b=c",\n+      "Result": "x y",\n' in change
    assert deployed() == "https://a?b=c"  # as it was
    assert deployed(queue_url="x y") == "x y"
    operations.destroy(aws, "opened", build)


def assert_least_privilege(aws: Aws, build: Path, state_machine: str) -> None:
    """The state machine's role has the statements of policy.json and nothing else."""
    iam = aws.client("iam")
    machine = aws.client("stepfunctions").describe_state_machine(stateMachineArn=state_machine)
    role = machine["roleArn"].rpartition("/")[2]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    # moto gives what CloudFormation wrote as Python text.
    granted = (ast.literal_eval(document) if isinstance(document, str) else document)["Statement"]
    text = (build / "policy.json").read_text()
    for placeholder, value in {
        "${AWS::Partition}": "aws",
        "${AWS::Region}": "eu-west-1",
        "${AWS::AccountId}": "123456789012",
        "${TopicsFunctionArn}": "arn:aws:lambda:eu-west-1:123456789012:function:fanfold-demo-topics",
    }.items():
        text = text.replace(placeholder, value)

    def pairs(statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
        def many(value: Any) -> list[str]:
            return [value] if isinstance(value, str) else value

        return {(a, r) for one in statements for a in many(one["Action"]) for r in many(one["Resource"])}

    assert pairs(granted) == pairs(json.loads(text)["Statement"])
    assert not any("*" in word for pair in pairs(granted) for word in pair)
