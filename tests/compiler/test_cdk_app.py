"""The build folder's CDK app: a program of its own, right for every workflow."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanfold.compiler import Compiled, compile_workflow, load_workflow
from fanfold.compiler.cdk_app import function_name, render_app, stack_name, stack_parameters

ROOT = Path(__file__).parents[2]

workflow_names = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_-]{0,62}\Z")
folder_names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=80
)


@pytest.fixture(scope="module")
def demo() -> Compiled:
    return compile_workflow(load_workflow(ROOT / "workflows" / "demo.py"))


@given(workflow_names)
def test_stack_names_are_cloudformation_s(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", stack_name(name))


@given(workflow_names, folder_names)
def test_function_names_are_lambda_s(workflow: str, folder: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", function_name(workflow, folder))


@given(workflow_names, st.lists(st.from_regex(r"\A[a-z0-9-]{1,80}\Z"), min_size=2, max_size=5, unique=True))
def test_functions_of_a_workflow_keep_their_own_names(workflow: str, folders: list[str]) -> None:
    assert len({function_name(workflow, folder) for folder in folders}) == len(folders)


def test_app_knows_nothing_of_fanfold(demo: Compiled) -> None:
    tree = ast.parse(render_app(demo)["app.py"])
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert modules == {"json", "re", "pathlib", "aws_cdk", "constructs"}


def test_cdk_json_runs_it(demo: Compiled) -> None:
    assert json.loads(render_app(demo)["cdk.json"])["app"] == "python3 app.py"


@settings(deadline=None, max_examples=30)
@given(
    environment=st.dictionaries(st.text(min_size=1), st.text(), max_size=3),
    table=st.text(min_size=1),
    comment=st.text(),
)
def test_text_of_the_author_stays_text(
    demo: Compiled, environment: dict[str, str], table: str, comment: str
) -> None:
    """Whatever stands in a name or a variable, the app holds it as a literal and is the same program else."""
    [function], [made] = demo.functions, demo.tables
    changed = replace(
        demo,
        functions=(function._replace(environment=environment),),
        tables=(made._replace(name=table),),
        comment=comment,
    )
    app = render_app(changed)
    assert app == render_app(changed)
    tree = ast.parse(app["app.py"])
    keywords = {
        word.arg: word.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
    }
    assert ast.literal_eval(keywords["environment"]) == environment
    assert ast.literal_eval(keywords["table_name"]) == table


def test_workflow_without_table_and_function_imports_neither(demo: Compiled) -> None:
    app = render_app(replace(demo, functions=(), tables=()))["app.py"]
    assert "dynamodb" not in app
    assert "lambda_" not in app
    assert 'cdk.CfnParameter(self, "TopicsFunctionArn"' in app  # nothing else fills it


def test_role_without_statements_has_no_policy(demo: Compiled) -> None:
    app = render_app(replace(demo, policy={"Version": "2012-10-17", "Statement": []}))["app.py"]
    assert "inline_policies" not in app


def test_what_only_the_policy_leaves_open_becomes_a_parameter(demo: Compiled) -> None:
    statement = {
        "Effect": "Allow",
        "Action": ["s3:ListBucket"],
        "Resource": ["${BucketArn}", "${AWS::Region}"],
    }
    changed = replace(demo, policy={"Version": "2012-10-17", "Statement": [statement]})
    assert stack_parameters(demo) == {}
    assert stack_parameters(changed) == {"BucketArn": "BucketArn"}
    assert 'values["BucketArn"] = cdk.CfnParameter(self, "BucketArn"' in render_app(changed)["app.py"]


def test_every_substitution_becomes_a_parameter_of_its_own(demo: Compiled) -> None:
    names = ("Topics", "topic_arn", "topic-arn", "queue.url", "StateMachine", "TopicsFunctionArn")
    app = render_app(replace(demo, substitutions=names))["app.py"]
    made = dict(re.findall(r'values\["(.+?)"\] = cdk.CfnParameter\(self, "(\w+)"', app))
    assert made.keys() == set(names) - {"TopicsFunctionArn"}
    assert made["Topics"] == "Topics"
    identities = re.findall(r'cdk.CfnParameter\(self, "(\w+)"', app)
    assert len({*identities}) == len(identities) == 5
    assert made["StateMachine"] != "StateMachine"
