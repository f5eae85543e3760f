"""What a workflow finds when it starts here: its items, and the tables, queues and topics its definition names."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from .aws import ACCOUNT, Aws, EmbeddedAws
from .errors import LocalError

if TYPE_CHECKING:
    from fanfold.compiler import SourceInfo
    from fanfold.compiler.dynamodb import AttributeValue

__all__ = ["region_of", "supply_channels", "supply_items"]

_READS = re.compile(r"arn:[\w-]+:states:::aws-sdk:dynamodb:(scan|query)")
_REGION = re.compile(r"(?:arn:[\w-]+:sns:|https://sqs\.)([a-z]{2,}(?:-[a-z]+)+-\d+)\b")
_QUEUE_URL = re.compile(r"https://[^/]+/\d{12}/([\w-]{1,80}(?:\.fifo)?)")
_TOPIC_ARN = re.compile(r"arn:[\w-]+:sns:([\w-]+):(\d{12}):([\w-]{1,256}(?:\.fifo)?)")
_EQUALS = re.compile(r"(#?\w[\w.-]*)\s*=\s*:\w+")
_COMPARED = re.compile(r"(?:begins_with\s*\(\s*)?(#?\w[\w.-]*)\s*(?:[<>]=?|,|\bbetween\b|=)", re.I)


def supply_items(
    source: SourceInfo,
    items: Sequence[Any] | None,
    input: Any,
    aws: Aws,
    definition: Mapping[str, Any] | None = None,
) -> Any:
    """Put the items where the workflow looks for them; the execution's input comes back.

    Items of a `DynamoDBScan` or `DynamoDBQuery` are rows: objects, of plain JSON values or as DynamoDB writes
    them (`{"id": {"S": "a"}}`).
    """
    reads = source.kind in ("DynamoDBScan", "DynamoDBQuery")
    if reads or source.kind == "DynamoDBList":
        table = _read(definition or {})["TableName"] if reads else source.table
        if aws.embedded:
            if items is None:
                raise LocalError(
                    f"table {table} is empty here: give {'its rows' if reads else 'the list'} with --items FILE.json, "
                    "or put it beside the workflow as <workflow>.items.json"
                )
            _fill_with_rows(_read(definition or {}), items, aws) if reads else _fill_with_list(
                source, items, aws
            )
        elif items is not None:
            raise LocalError(f"table {table} is not embedded in this run: its rows are those it has")
        return input
    if items is None:
        return input
    if source.kind == "ExecutionInput" and source.path is not None:
        return _insert({} if input is None else copy.deepcopy(input), source.path, list(items))
    raise LocalError(f"the source of this workflow, {source.kind}, takes no list of items")


# -- a list in one row ------------------------------------------------------------------------------------


def _fill_with_list(source: SourceInfo, items: Sequence[Any], aws: Aws) -> None:
    from fanfold.compiler.dynamodb import UnstorableError, list_item

    assert source.key is not None
    assert source.attribute is not None
    try:
        row = list_item(source.key, source.attribute, list(items))
    except UnstorableError as error:
        raise LocalError(f"table {source.table} cannot hold this list: {error}") from None
    client = aws.client("dynamodb")
    client.create_table(
        TableName=source.table, BillingMode="PAY_PER_REQUEST", **_key_schema(list(source.key), row.item)
    )
    client.put_item(TableName=source.table, Item=row.item)


# -- rows -------------------------------------------------------------------------------------------------

Row = Mapping[str, "AttributeValue"]


def _read(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the state that reads the first page."""
    for state in _tasks(definition):
        if _READS.fullmatch(state["Resource"]):
            return dict(_arguments(state))
    raise LocalError("this workflow has no state that reads its table")


def _fill_with_rows(read: Mapping[str, Any], items: Sequence[Any], aws: Aws) -> None:
    table = read["TableName"]
    rows = [_row(item, f"item {number} for table {table}") for number, item in enumerate(items)]
    index = read.get("IndexName")
    queried = _key_of_query(read)
    keys = _key(rows, [] if index else queried, table)
    schema = _key_schema(keys, *rows)
    if index is not None:
        of_index = _key_schema(queried or keys, *rows)
        known = {
            one["AttributeName"]: one
            for one in (*schema["AttributeDefinitions"], *of_index["AttributeDefinitions"])
        }
        schema["AttributeDefinitions"] = list(known.values())
        schema["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": of_index["KeySchema"], "Projection": {"ProjectionType": "ALL"}}
        ]
    client = aws.client("dynamodb")
    client.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **schema)
    for row in rows:
        client.put_item(TableName=table, Item=row)


def _row(item: Any, where: str) -> dict[str, AttributeValue]:
    from fanfold.compiler.dynamodb import UnstorableError, attribute_value, check_item

    if not isinstance(item, dict):
        raise LocalError(f"{where}: a row must be an object, not {json.dumps(item, ensure_ascii=False)[:40]}")
    typed = bool(item) and all(_is_typed(value) for value in item.values())
    try:
        row = dict(item) if typed else attribute_value(item)["M"]
        check_item(row)
    except UnstorableError as error:
        raise LocalError(f"{where}: {error}") from None
    return row


def _is_typed(value: Any) -> bool:
    """Whether it is a value as DynamoDB writes it, `{"S": "text"}`, all the way down."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    [(kind, content)] = value.items()
    match kind:
        case "S" | "N":
            return isinstance(content, str)
        case "BOOL" | "NULL":
            return isinstance(content, bool)
        case "L":
            return isinstance(content, list) and all(map(_is_typed, content))
        case "M":
            return isinstance(content, dict) and all(map(_is_typed, content.values()))
    return False


def _key_of_query(read: Mapping[str, Any]) -> list[str]:
    """Partition and sort key, as far as a key condition such as `#c = :c AND begins_with(day, :d)` tells them."""
    condition = read.get("KeyConditionExpression")
    if not isinstance(condition, str):
        return []
    names = read.get("ExpressionAttributeNames", {})
    parts = re.split(r"\s+and\s+", condition, maxsplit=1, flags=re.I)
    if not _EQUALS.search(parts[0]):
        parts.reverse()
    found = [match[1] for match in (_EQUALS.search(parts[0]), *map(_COMPARED.search, parts[1:])) if match]
    return [names.get(name, name) for name in found]


def _key(rows: Sequence[Row], start: Sequence[str], table: str) -> list[str]:
    """A primary key for the rows: what a query asks for, and an attribute more where that does not tell them apart.

    Nothing in a workflow says what the key of its table is, and no result depends on it.
    """
    first = rows[0] if rows else {}
    possible = [name for name, value in first.items() if not value.keys().isdisjoint(("S", "N"))]
    possible = [
        name for name in possible if all(row.get(name, {}).keys() == first[name].keys() for row in rows)
    ]
    if not rows:
        return list(start) or ["id"]
    pairs = [[one, other] for one in possible for other in possible if one != other]
    singles = [[one] for one in possible]
    for keys in chain([list(start)] if start else [], singles, pairs):
        fits = list(start) == keys[: len(start)] and set(keys) <= set(possible)
        if fits and len({json.dumps([row[name] for name in keys]) for row in rows}) == len(rows):
            return keys
    wanted = f" beginning with {', '.join(start)}" if start else ""
    raise LocalError(
        f"table {table} needs a key{wanted}: one or two attributes, texts or numbers, that every row has and "
        "that tell the rows apart"
    )


def _key_schema(keys: Sequence[str], *rows: Row) -> dict[str, Any]:
    kinds = {name: next((next(iter(row[name])) for row in rows if name in row), "S") for name in keys}
    return {
        "KeySchema": [
            {"AttributeName": name, "KeyType": role}
            for name, role in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()
        ],
    }


# -- items of the input -----------------------------------------------------------------------------------


def _insert(document: Any, path: str, items: list[Any]) -> Any:
    """`document` with `items` at a reference path of names, `$.a.b`."""
    names = re.findall(r"\.([\w-]+)|\['((?:[^'\\]|\\.)+)'\]", path)
    names = [plain or quoted for plain, quoted in names]
    if not names:
        return items
    if not isinstance(document, dict):
        raise LocalError(f"the input must be an object for the items to go to {path}")
    place = document
    for name in names[:-1]:
        place = place.setdefault(name, {})
        if not isinstance(place, dict):
            raise LocalError(f"the input has something else where the items of {path} should go, at {name!r}")
    place[names[-1]] = items
    return document


# -- queues and topics ------------------------------------------------------------------------------------


def supply_channels(definition: Mapping[str, Any], aws: EmbeddedAws) -> None:
    """Let an embedded AWS have the queues and topics that the definition names, where nobody else would make them.

    Only those named by a literal URL or ARN: others are for the run to miss, as it would on AWS.
    """
    named = [_arguments(state) for state in _tasks(definition)]
    queues = [_QUEUE_URL.fullmatch(str(given.get("QueueUrl", ""))) for given in named]
    topics = [_TOPIC_ARN.fullmatch(str(given.get("TopicArn", ""))) for given in named]

    def make_queues(sqs: Any) -> None:
        for queue in {found[1]: None for found in queues if found}:
            fifo = {"Attributes": {"FifoQueue": "true"}} if queue.endswith(".fifo") else {}
            sqs.create_queue(QueueName=queue, **fifo)

    def make_topics(sns: Any) -> None:
        here = [found[3] for found in topics if found and (found[1], found[2]) == (aws.region, ACCOUNT)]
        for topic in dict.fromkeys(here):
            fifo = {"Attributes": {"FifoTopic": "true"}} if topic.endswith(".fifo") else {}
            sns.create_topic(Name=topic, **fifo)

    if any(queues):
        aws.supply("sqs", make_queues)
    if any(topics):
        aws.supply("sns", make_topics)


def region_of(definition: Mapping[str, Any]) -> str | None:
    """The AWS region that the definition's queues and topics are in, None where they name none or several."""
    given = [
        str(_arguments(state).get(name, ""))
        for state in _tasks(definition)
        for name in ("QueueUrl", "TopicArn")
    ]
    regions = {found[1] for text in given if (found := _REGION.match(text))}
    return regions.pop() if len(regions) == 1 else None


def _arguments(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a Task is called with, as far as it is literal."""
    found = state.get("Arguments", state.get("Parameters", {}))
    return found if isinstance(found, Mapping) else {}


def _tasks(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    from fanfold.compiler.walk import walk

    return (placed.state for placed in walk(definition) if placed.state["Type"] == "Task")
