"""`fanfold test`: the smallest list of items that breaks a workflow."""

import json
from pathlib import Path

from .conftest import Fanfold

WORKFLOW = """\
from fanfold.dsl import ExecutionInput, LambdaFunction, MapWorkflow

orders = MapWorkflow(
    name="orders",
    source=ExecutionInput("$.orders"),
    worker=LambdaFunction(handler="lambda/topics/handler.py:handler"),
)
"""
HANDLER = "def handler(event, context):\n    return 1 / (event['amount'] // 7 - 3)\n"


def arrange(repository: Path) -> None:
    (repository / "workflows" / "orders.py").write_text(WORKFLOW)
    (repository / "lambda" / "topics" / "handler.py").write_text(HANDLER)


def test_the_list_that_does_not_fit_the_timeout(fanfold: Fanfold) -> None:
    done = fanfold("test", "workflows/demo.py", "--save", "found.json")
    assert done.code == 1
    assert done.out.startswith("broken by 10 items (the smallest of ")
    assert "TIMED_OUT after 20.000 s" in done.out
    assert "at: workflows/demo.py:13:" in done.out
    assert json.loads(Path("found.json").read_text()) == [""] * 10
    assert fanfold("run", "workflows/demo.py", "--items", "found.json").code == 1


def test_the_value_that_a_handler_does_not_expect(fanfold: Fanfold, repository: Path) -> None:
    arrange(repository)
    Path("like.json").write_text('[{"amount": 1, "note": "a"}, {"amount": 2}]')
    done = fanfold("test", "workflows/orders.py", "--like", "like.json", "--examples", "500")
    assert done.code == 1
    assert '\n[{"amount": 21}]\n' in done.out
    assert "error: ZeroDivisionError" in done.out
    assert "run it: fanfold run workflows/orders.py --items FILE" in done.out


def test_nothing_breaks_it(fanfold: Fanfold) -> None:
    done = fanfold("test", "workflows/demo.py", "--set", "timeout=300", "--examples", "5", "--seed", "3")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("nothing breaks it: 5 executions with items like those of ")
    assert done.out.endswith("seed 3\n")


def test_the_same_seed_finds_the_same(fanfold: Fanfold) -> None:
    first, second = (fanfold("test", "workflows/demo.py", "--seed", "7") for _ in range(2))
    assert first == second


def test_parameters_are_those_of_a_deployment(fanfold: Fanfold, repository: Path) -> None:
    arrange(repository)
    source = WORKFLOW.replace(
        'handler.py:handler")', 'handler.py:handler", payload={"amount": "${amount}", "of": Ref("$.amount")})'
    )
    module = repository / "workflows" / "orders.py"
    module.write_text(source.replace("MapWorkflow\n", "MapWorkflow, Ref\n", 1))
    Path("like.json").write_text('[{"amount": 1}]')
    words = ("test", "workflows/orders.py", "--like", "like.json", "--examples", "20")
    done = fanfold(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: workflow orders needs values that a deployment would have: amount ")
    done = fanfold(*words, "--parameter", "amount=a b")
    assert "error: TypeError" in done.out  # a text divided by seven
    assert "run it: fanfold run workflows/orders.py --parameter 'amount=a b' --items FILE" in done.out


def test_wrong_usage(fanfold: Fanfold) -> None:
    Path("empty.json").write_text("[]")
    for words, said in (
        (["workflows/csv_import.py"], "makes items for DynamoDBList and ExecutionInput, not for S3Csv"),
        (["workflows/demo.py", "--like", "empty.json"], "empty.json: the list is empty"),
        (["workflows/demo.py", "--like", "none.json"], "none.json: no such file"),
        (["workflows/demo.py", "--examples", "0"], "--examples: at least 1"),
    ):
        done = fanfold("test", *words)
        assert (done.code, done.out) == (2, "")
        assert said in done.err
        assert done.err.count("\n") == 1
