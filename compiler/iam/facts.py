"""What AWS's service authorization reference says: see `generate`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Action", "find_action", "iam_prefix"]

_FILE = Path(__file__).with_name("facts.jsonl")

# API operations that IAM knows by another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_RENAMED = {
    "dynamodb:ExecuteStatement": ("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"),
    "dynamodb:TransactGetItems": ("GetItem",),
    "dynamodb:TransactWriteItems": ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"),
    "lambda:Invoke": ("InvokeFunction",),
    "lambda:InvokeAsync": ("InvokeFunction",),
    "s3:CompleteMultipartUpload": ("PutObject",),
    "s3:CopyObject": ("GetObject", "PutObject"),
    "s3:CreateMultipartUpload": ("PutObject",),
    "s3:DeleteObjects": ("DeleteObject",),
    "s3:HeadBucket": ("ListBucket",),
    "s3:HeadObject": ("GetObject",),
    "s3:ListBuckets": ("ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("ListBucketMultipartUploads",),
    "s3:ListObjects": ("ListBucket",),
    "s3:ListObjectsV2": ("ListBucket",),
    "s3:ListObjectVersions": ("ListBucketVersions",),
    "s3:ListParts": ("ListMultipartUploadParts",),
    "s3:SelectObjectContent": ("GetObject",),
    "s3:UploadPart": ("PutObject",),
    "bedrock:Converse": ("InvokeModel",),
}


class Action(NamedTuple):
    """An IAM action and the ARN formats of its resources."""

    name: str
    """With its prefix: `dynamodb:GetItem`."""
    known: bool
    """Whether the reference has it."""
    needed: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()


def iam_prefix(service: str) -> str:
    """The IAM prefix of a service as Step Functions names it in `aws-sdk:` and in its own integrations."""
    names: dict[str, str] = _line("") or {}
    return names.get(service, service)


def find_action(prefix: str, operation: str) -> list[Action]:
    """The IAM actions an API operation needs, mostly one of the same name."""
    names = _RENAMED.get(f"{prefix}:{operation}", (operation,))
    service = _line(prefix)
    found = []
    for name in names:
        entry = service["actions"].get(name) if service is not None else None
        if service is None or entry is None:
            found.append(Action(f"{prefix}:{name}", known=False))
            continue
        formats = service["arns"]
        possible = entry[-1] if entry and isinstance(entry[-1], list) else []
        needed = [index for index in entry if isinstance(index, int)]
        found.append(
            Action(
                f"{prefix}:{name}",
                known=True,
                needed=tuple(formats[index] for index in needed),
                possible=tuple(formats[index] for index in possible),
            )
        )
    return found


@cache
def _content() -> bytes:
    return b"\n" + _FILE.read_bytes()


@cache
def _line(prefix: str) -> dict | None:  # type: ignore[type-arg]
    """One line of the file, found without reading the others."""
    content = _content()
    start = content.find(b"\n" + prefix.encode() + b" ")
    if start < 0:
        return None
    start += len(prefix) + 2
    made: dict[str, object] = json.loads(content[start : content.index(b"\n", start)])
    return made
