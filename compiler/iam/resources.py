"""The ARNs an action is limited to, named from the arguments of the call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .arguments import at_run_time, find_values, literal
from .facts import Action
from .grants import Grant

__all__ = ["name_resources"]

_FIXED = {"Partition": "${AWS::Partition}", "Region": "${AWS::Region}", "Account": "${AWS::AccountId}"}
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

# Parameters that name a resource under another name than the reference gives it.
_PARAMETERS = {
    "BucketName": ("Bucket",),
    "ObjectName": ("Key",),
    "QueueName": ("QueueUrl",),
    "TopicName": ("TopicArn", "TargetArn"),
    "ParameterNameWithoutLeadingSlash": ("Name",),
    "TaskDefinitionFamilyName": ("TaskDefinition",),
    "JobDefinitionName": ("JobDefinition",),
    "JobQueueName": ("JobQueue",),
    "SecretId": ("SecretId",),
    "ProjectName": ("ProjectName",),
    "WorkGroupName": ("WorkGroup",),
    "ModelId": ("ModelId",),
}
_DEFAULTS = {"EventBusName": "default", "WorkGroupName": "primary"}
# Parts of an ARN that a call need not give: anything matches there.
_OPEN = {"TaskDefinitionRevisionNumber", "Revision", "ExecutionId", "TaskId"}


def name_resources(action: Action, arguments: dict[str, Any], touched: Sequence[str] = ()) -> list[Grant]:
    """`action` on the resources in `touched`, else on every one the call names."""
    if touched and (not action.known or action.needed or action.possible):
        return [Grant(action.name, resource) for resource in touched]
    if not action.known:
        return [Grant(action.name, "*", "NotInTheAuthorizationReference")]
    if not action.needed and not action.possible:
        return [Grant(action.name, "*", "OnlyStarIsSupported")]
    found: dict[str, bool] = {}
    for arn in action.needed:
        found |= _fill(arn, arguments)
    for arn in _touched(action.possible, arguments):
        found |= _fill(arn, arguments)
    if not found:
        # It may be limited to resources that this call does not touch: what it does touch has no ARN.
        return [Grant(action.name, "*", "NoResourceToName")]
    return [
        Grant(action.name, resource, "" if whole else "KnownOnlyAtRunTime")
        for resource, whole in found.items()
    ]


def _touched(arns: tuple[str, ...], arguments: dict[str, Any]) -> list[str]:
    """The formats the call is about: those it names whole, else those it names most of."""
    named = {arn: [bool(_values(arguments, name)) for name in _names(arn)] for arn in arns}
    whole = [arn for arn, parts in named.items() if all(parts)]
    most = max(map(sum, named.values()), default=0)
    return whole or [arn for arn, parts in named.items() if most and sum(parts) == most]


def _names(arn: str) -> list[str]:
    return [name for name in _PLACEHOLDER.findall(arn) if name not in _FIXED]


def _fill(arn: str, arguments: dict[str, Any]) -> dict[str, bool]:
    """ARNs of one format -> whether they are whole; a part that nothing names is `*`."""
    names = _names(arn)
    if names:
        given = [value for value in _values(arguments, names[-1]) if _is_arn(value, arn)]
        if given:
            return dict.fromkeys(given, True)
    made = {_fixed(arn, arguments): True}
    for name in names:
        options = [part for value in _values(arguments, name) if (part := _part(value)) is not None]
        options = list(dict.fromkeys(options)) or ["*"]
        made = {
            text.replace(f"${{{name}}}", option): whole and (option != "*" or name in _OPEN)
            for text, whole in made.items()
            for option in options
        }
    return made


def _values(arguments: dict[str, Any], name: str) -> list[Any]:
    """Values of the parameters that name the part `name` of an ARN."""
    keys = [name, *_PARAMETERS.get(name, ()), f"{name}Arn"]
    if name.endswith(("Name", "Id")):
        stem = name.removesuffix("Name").removesuffix("Id")
        keys += [stem, f"{stem}Arn", f"{stem}ARN", f"{stem}Name"]
    pattern = re.compile("|".join(map(re.escape, keys)))
    found = list(find_values(arguments, pattern))
    if name == "TableName" and isinstance(arguments.get("RequestItems"), dict):
        found += arguments["RequestItems"]
    if not found and name.endswith("Name") and "Name" in arguments:
        found = [arguments["Name"]]
    if not found and name in _DEFAULTS:
        found = [_DEFAULTS[name]]
    return found


def _is_arn(value: Any, arn: str) -> bool:
    """Whether `value` is an ARN of the service of `arn`, or a substitution that stands for one."""
    text = literal(value)
    if text is None:
        return False
    if re.fullmatch(r"\$\{[^}]*A(rn|RN)\}", text):
        return True
    return text.startswith("arn:") and text.split(":")[2:3] == arn.split(":")[2:3]


def _part(value: Any) -> str | None:
    """What a parameter's value is as part of an ARN: the name in an ARN or URL, else the value."""
    if at_run_time(value):
        return "*"
    text = literal(value)
    if text is None:
        return None
    if text.startswith("https://"):
        return text.rstrip("/").rpartition("/")[2]
    if re.fullmatch(r"\$\{[^}]*U(rl|RL|RI|ri)\}", text):
        return "*"
    if text.startswith("arn:"):
        return re.split(r"[:/]", text)[-1]
    return text.lstrip("/")


def _fixed(arn: str, arguments: dict[str, Any]) -> str:
    """The format with partition, Region and account: this deployment's, or those a queue's URL names."""
    fixed = dict(_FIXED)
    url = re.fullmatch(
        r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com[.cn]*/(\d{12})/.+", str(arguments.get("QueueUrl"))
    )
    if url is not None:
        fixed["Region"], fixed["Account"] = url.groups()
    return re.sub(r"\$\{(Partition|Region|Account)\}", lambda match: fixed[match[1]], arn)
