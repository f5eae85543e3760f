"""The role of a state machine, derived from its definition: what its tasks do, on what, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["derive_policy"]

_ACCOUNT = "${AWS::Region}:${AWS::AccountId}"


def derive_policy(definition: dict[str, Any]) -> dict[str, Any]:
    """An IAM policy document whose statements cover the tasks of `definition`, without a wildcard.

    Raises `ValueError` for an integration it does not know.
    """
    grants: dict[tuple[str, ...], list[str]] = {}
    for task in _tasks(definition):
        for actions, resource in _task_grants(task):
            resources = grants.setdefault(actions, [])
            if resource not in resources:
                resources.append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": resources}
        for actions, resources in grants.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _tasks(graph: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in graph["States"].values():
        if state["Type"] == "Task":
            yield state
        for inner in ("ItemProcessor", "Iterator"):
            if inner in state:
                yield from _tasks(state[inner])
        for branch in state.get("Branches", ()):
            yield from _tasks(branch)


def _task_grants(task: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    arguments = task.get("Parameters", task.get("Arguments", {}))
    match task["Resource"].split(":")[5:]:
        case ["dynamodb", "getItem"]:
            table = f"arn:${{AWS::Partition}}:dynamodb:{_ACCOUNT}:table/{arguments['TableName']}"
            yield ("dynamodb:GetItem",), table
        case ["lambda", "invoke"]:
            yield ("lambda:InvokeFunction",), _function_arn(arguments["FunctionName"])
        case _:
            raise ValueError(f"no policy is known for {task['Resource']}")


def _function_arn(function: str) -> str:
    """The ARN a function name, partial ARN, ARN or substitution stands for."""
    if function.startswith(("arn:", "${")):
        return function
    account, separator, name = function.partition(":function:")
    if separator:
        return f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:{account}:function:{name}"
    return f"arn:${{AWS::Partition}}:lambda:{_ACCOUNT}:function:{function}"
