"""What a workflow finds here: rows in its table, queues and topics by name, one S3 for everybody."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanfold.compiler import Compiled, compile_workflow, load_workflow
from fanfold.local import EmbeddedAws, LocalError, LocalRun, run_compiled, supply_items

ECHO = "def handler(event, context): return event"
SCAN = "DynamoDBScan(table='orders', page_size=2)"
WORKER = "worker=LambdaFunction(handler='lambda/work/handler.py:handler')"

Make = Callable[..., Compiled]


@pytest.fixture
def workflow(tmp_path: Path) -> Make:
    """Compile a workflow from the arguments of `MapWorkflow`."""

    def make(arguments: str, handler: str = ECHO) -> Compiled:
        (tmp_path / "lambda" / "work").mkdir(parents=True, exist_ok=True)
        (tmp_path / "lambda" / "work" / "handler.py").write_text(textwrap.dedent(handler))
        (tmp_path / "pyproject.toml").touch()
        (tmp_path / "flow.py").write_text(
            f"from fanfold.dsl import *\nflow = MapWorkflow(name='flow', timeout=300, {arguments})\n"
        )
        return compile_workflow(load_workflow(tmp_path / "flow.py"))

    return make


def printed(done: LocalRun) -> list[Any]:
    """What handlers printed as JSON."""
    return [json.loads(line.message) for line in done.logs if line.message.startswith(("{", "["))]


PRINTS = "import json\ndef handler(event, context): print(json.dumps(event))"


# -- rows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["JSONPath", "JSONata"])
def test_a_scan_reads_every_row_page_by_page(workflow: Make, language: str) -> None:
    compiled = workflow(f"source={SCAN}, {WORKER}, query_language='{language}'", PRINTS)
    rows = [{"id": f"o-{number}", "lines": [number, None, True, {"x": 0.5}]} for number in range(5)]
    done = run_compiled(compiled, items=rows, durations=0.0)
    assert done.succeeded, done.execution.cause
    seen = sorted(printed(done), key=lambda row: str(row["id"]))
    assert [row["id"] for row in seen] == [{"S": f"o-{number}"} for number in range(5)]
    assert seen[3]["lines"] == {"L": [{"N": "3"}, {"NULL": True}, {"BOOL": True}, {"M": {"x": {"N": "0.5"}}}]}


def test_rows_may_be_written_as_dynamodb_writes_them(workflow: Make) -> None:
    rows = [{"id": {"S": "a"}, "n": {"N": "1"}}, {"id": {"S": "b"}, "n": {"N": "2"}}]
    done = run_compiled(workflow(f"source={SCAN}, {WORKER}", PRINTS), items=rows, durations=0.0)
    assert sorted(printed(done), key=lambda row: str(row["id"])) == rows


def test_no_rows_is_an_empty_table(workflow: Make) -> None:
    assert run_compiled(workflow(f"source={SCAN}, {WORKER}"), items=[]).succeeded


@pytest.mark.parametrize("index", ["", ", index='by-day'"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("customer = :c", ["a1", "a2", "a3"]),
        ("#c = :c AND #d > :d", ["a2", "a3"]),
        ("customer = :c and begins_with(#d, :d)", ["a1"]),
        ("begins_with(#d, :d) AND #c = :c", ["a1"]),
        ("#c = :c AND #d BETWEEN :d AND :d", ["a1"]),
    ],
)
def test_a_query_picks_by_its_key(workflow: Make, condition: str, expected: list[str], index: str) -> None:
    values = {":c": {"S": "A"}, ":d": {"S": "2026-01"}}
    values = {name: value for name, value in values.items() if name in condition}
    names = {name: plain for name, plain in (("#c", "customer"), ("#d", "day")) if name in condition}
    source = f"DynamoDBQuery(table='orders', key_condition={condition!r}, values={values}"
    source += f", names={names}" * bool(names) + index + ")"
    rows = [
        {"customer": name[0].upper(), "day": f"2026-0{name[1]}", "id": name}
        for name in ("a1", "a2", "a3", "b1")
    ]
    done = run_compiled(workflow(f"source={source}, {WORKER}", PRINTS), items=rows, durations=0.0)
    assert done.succeeded, done.execution.cause
    assert sorted(row["id"]["S"] for row in printed(done)) == expected


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (None, "table orders is empty here: give its rows with --items FILE.json"),
        (["a"], 'item 0 for table orders: a row must be an object, not "a"'),
        ([{"id": 1}, {"id": 1}], "table orders needs a key: one or two attributes"),
        ([{"id": "a"}, {"id": 1}], "table orders needs a key"),
        ([{"id": int("1" * 40)}], "item 0 for table orders: /id: number of more than"),
        ([{"id": "x" * 500_000}], "a DynamoDB item holds at most"),
    ],
)
def test_rows_that_cannot_be_a_table(workflow: Make, rows: Any, said: str) -> None:
    with pytest.raises(LocalError) as caught:
        run_compiled(workflow(f"source={SCAN}, {WORKER}"), items=rows)
    assert said in str(caught.value)


ATTRIBUTES = st.text("abc", min_size=1, max_size=3) | st.integers(-3, 3) | st.none() | st.lists(st.booleans())


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from("pqr"), ATTRIBUTES), max_size=5))
def test_any_rows_are_told_apart_in_the_table(workflow: Make, rows: list[dict[str, Any]]) -> None:
    rows = [{**row, "id": number} for number, row in enumerate(rows)]
    compiled = COMPILED.setdefault(SCAN, workflow(f"source={SCAN}, {WORKER}"))
    aws = EmbeddedAws()
    try:
        supply_items(compiled.source, rows, None, aws, compiled.definition)
        found = aws.client("dynamodb").scan(TableName="orders")["Items"]
    finally:
        aws.close()
    assert sorted(int(row["id"]["N"]) for row in found) == list(range(len(rows)))
    assert all(row.keys() == rows[int(row["id"]["N"])].keys() for row in found)


COMPILED: dict[str, Compiled] = {}


# -- queues and topics ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "worker",
    [
        "SqsMessage(queue_url='https://sqs.eu-west-1.amazonaws.com/123456789012/orders')",
        "SnsMessage(topic_arn='arn:aws:sns:eu-west-1:123456789012:orders')",
    ],
)
def test_queues_and_topics_that_the_definition_names_are_there(workflow: Make, worker: str) -> None:
    done = run_compiled(workflow(f"source=Items([1, 2]), worker={worker}"))
    assert done.succeeded, done.execution.cause
    assert len({answer["MessageId"] for answer in done.execution.output}) == 2


# -- S3 ---------------------------------------------------------------------------------------------------

COPIES = """
    import boto3

    def handler(event, context):
        s3 = boto3.client("s3")
        body = s3.get_object(Bucket="things", Key=event["Key"])["Body"].read()
        s3.put_object(Bucket="things", Key=event["Key"].replace("in/", "out/"), Body=body.upper())
        s3.delete_object(Bucket="things", Key="old")
        return {"key": event["Key"]}
"""


def test_handlers_and_readers_see_one_s3_and_the_folder_keeps_it(workflow: Make, tmp_path: Path) -> None:
    bucket = tmp_path / "s3" / "things"
    (bucket / "in").mkdir(parents=True)
    (bucket / "in" / "ä b.txt").write_text("hello")
    (bucket / "old").touch()
    results = "results=S3Results(bucket='things', prefix='run')"
    arguments = f"source=S3Objects(bucket='things', prefix='in/'), {WORKER}, {results}"
    done = run_compiled(workflow(arguments, COPIES), objects=tmp_path / "s3")
    assert done.succeeded, done.execution.cause
    assert (bucket / "out" / "ä b.txt").read_text() == "HELLO"
    assert not (bucket / "old").exists()
    assert (bucket / done.execution.output["ResultWriterDetails"]["Key"]).is_file()


def test_an_aws_that_is_given_is_filled_each_time(workflow: Make, tmp_path: Path) -> None:
    (tmp_path / "s3" / "things" / "in").mkdir(parents=True)
    queue = "SqsMessage(queue_url='https://sqs.us-east-1.amazonaws.com/123456789012/orders')"
    aws = EmbeddedAws()
    try:
        for number in range(2):
            (tmp_path / "s3" / "things" / "in" / f"{number}.txt").write_text("hello")
            (tmp_path / "s3" / "things" / "old").touch()
            copies = workflow(f"source=S3Objects(bucket='things', prefix='in/'), {WORKER}", COPIES)
            assert run_compiled(copies, objects=tmp_path / "s3", aws=aws).succeeded
            assert (tmp_path / "s3" / "things" / "out" / f"{number}.txt").read_text() == "HELLO"
            aws.client("sqs")
            assert run_compiled(workflow(f"source=Items([1]), worker={queue}"), aws=aws).succeeded
    finally:
        aws.close()


def test_a_folder_that_cannot_be_a_bucket(workflow: Make, tmp_path: Path) -> None:
    (tmp_path / "s3" / "Not_A_Bucket").mkdir(parents=True)
    with pytest.raises(LocalError, match="'Not_A_Bucket' cannot be the name of a bucket"):
        run_compiled(workflow(f"source=Items([1]), {WORKER}"), objects=tmp_path / "s3")


# -- hints ------------------------------------------------------------------------------------------------


def test_a_token_that_nobody_answers_is_named(workflow: Make) -> None:
    worker = "worker=LambdaFunction(handler='lambda/work/handler.py:handler', callback=True, task_timeout=60)"
    done = run_compiled(workflow(f"source=Items([1, 2]), {worker}"), durations=0.0)
    assert done.execution.error == "States.Timeout"
    [hint] = done.hints
    assert hint.startswith("nobody answers task tokens here: 'Invoke work' waited in vain 2 times; --mocks")


@pytest.mark.parametrize(
    "source", ["S3Objects(bucket='things', prefix='in/')", "S3Csv(bucket='things', key='in/')"]
)
def test_an_s3_that_has_nothing_is_explained(workflow: Make, tmp_path: Path, source: str) -> None:
    compiled = workflow(f"source={source}, {WORKER}")
    [hint] = run_compiled(compiled).hints
    assert (
        hint == "S3 is empty here, and things/in/ was looked for: --s3 FOLDER plays it, FOLDER/<bucket>/<key>"
    )
    (tmp_path / "s3").mkdir()
    assert run_compiled(compiled, objects=tmp_path / "s3").hints == (
        "S3 is the folder s3 here, and things/in/ was not found in it",
    )


def test_an_input_that_was_not_given_is_asked_for(workflow: Make) -> None:
    [hint] = run_compiled(workflow(f"source=ExecutionInput('$.orders'), {WORKER}")).hints
    assert hint == "the items come from $.orders of the input: give --items FILE.json or --input"


def test_a_run_that_lacks_nothing_has_no_hints(workflow: Make) -> None:
    assert run_compiled(workflow(f"source=Items([1]), {WORKER}")).hints == ()
    assert run_compiled(workflow(f"source=Items([1]), {WORKER}", "def handler(e, c): 1/0")).hints == ()
