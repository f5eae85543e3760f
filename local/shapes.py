"""Values as Step Functions writes them, to and from what botocore takes and gives.

A definition spells every member of an API's structures with a capital first letter (`StateMachineArn`),
writes JSON where the API wants JSON text or bytes, and reads timestamps as ISO 8601. The API's own model says
where each applies, so that the names inside a map (a DynamoDB item's attributes) are left alone.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from email.utils import formatdate
from typing import Any

from fanfold.engine.expressions import format_timestamp, to_json

__all__ = ["ParameterError", "http_date", "iso", "millis", "to_request", "to_result"]

_LAST_DATE = 253_402_300_799


class ParameterError(ValueError):
    """Parameters that Step Functions cannot make a request of; the message is Step Functions' own bracket text."""


def to_request(value: Any, shape: Any) -> Any:
    """`value` (JSON) as botocore takes it for `shape`, a `botocore.model.Shape`. Raises `ParameterError`."""
    kind = shape.type_name
    if kind == "structure":
        return _structure(value, shape) if isinstance(value, dict) and not shape.is_document_type else value
    if kind == "list" and isinstance(value, list):
        return [to_request(member, shape.member) for member in value]
    if kind == "map" and isinstance(value, dict):
        return {name: to_request(member, shape.value) for name, member in value.items()}
    if kind == "string" and not isinstance(value, str):
        return to_json(value)
    if kind == "blob":
        return _to_blob(value, shape)
    return value


def _structure(value: dict[str, Any], shape: Any) -> dict[str, Any]:
    members = {_capital(name): name for name in shape.members}
    request = {}
    for name, content in value.items():
        member = members.get(name)
        if member is None:
            raise ParameterError(f'The field "{name}" is not supported by Step Functions')
        if content is not None:
            request[member] = to_request(content, shape.members[member])
    missing = [_capital(name) for name in shape.required_members if name not in request]
    if missing:
        raise ParameterError(f"The field '{missing[0]}' is required but was missing")
    return request


def _to_blob(value: Any, shape: Any) -> bytes:
    text = value if isinstance(value, str) else to_json(value)
    if shape.name == "BinaryAttributeValue":  # DynamoDB's `B`, base64 wherever it is written as JSON
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise ParameterError("The value of the field 'B' has an invalid format") from None
    return text.encode()


def to_result(value: Any, shape: Any, date: Callable[[float], Any]) -> Any:
    """A parsed response as JSON, with members' first letters capital and null members left out.

    `date` writes times: `iso` in SDK integrations, `millis` in the optimised ones.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict) and not shape.is_document_type:
        return {
            _capital(name): to_result(value[name], member, date)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [to_result(member, shape.member, date) for member in value]
    if kind == "map":
        return {name: to_result(member, shape.value, date) for name, member in value.items()}
    if isinstance(value, datetime):
        return date(value.timestamp())
    if kind == "blob":
        return _from_blob(value if isinstance(value, bytes) else value.read(), shape)
    return value


def _from_blob(data: bytes, shape: Any) -> str:
    if shape.name != "BinaryAttributeValue":
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    return base64.b64encode(data).decode()


def iso(moment: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, with milliseconds where there are some."""
    return format_timestamp(moment).replace(".000Z", "Z")


def millis(moment: float) -> int:
    """Seconds since the epoch as the milliseconds that version 1 of the SDK for Java writes."""
    return round(moment * 1000)


def http_date(moment: float) -> str:
    """The `Date` header of an answer at that moment, which cannot be later than the year 9999."""
    return formatdate(min(moment, _LAST_DATE), usegmt=True)


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
