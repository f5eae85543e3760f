"""The checker against other judges: what it accepts they accept, and what only it refuses AWS's text refuses.

The judges are moto's parser and, from npm, asl-validator and AWS's own language service; those two are installed into
the user's cache when they are first asked, from the lock file in `judges/`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from fanfold.compiler.check import check_definition
from fanfold.compiler.rules import RULES
from fanfold.deploy.cdk_cli import cache_folder, node_environment
from fanfold.testing.cases import Case
from fanfold.testing.strategies import map_workflows, remember, state_machines, workflow_case

VALUES = [
    None, True, -1, 0, 7, 1.5, "", "nowhere", "$.a", "$.a[", "$x", "$$.State.Name", "{% 1 %}", "{% ( %}",
    "{% $states.input", [], {}, ["States.ALL"], ["Boom", "States.ALL"], {"a.$": "$.b"}, {"a.$": "b"},
    "2030-01-01T00:00:00Z", "DISTRIBUTED", "arn:aws:states:::sqs:sendMessage",
    {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}},
]  # fmt: skip
FIELDS = [
    "Type", "Next", "End", "StartAt", "States", "QueryLanguage", "Comment", "Version", "TimeoutSeconds",
    "Resource", "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result",
    "Arguments", "Output", "Assign", "Retry", "Catch", "ErrorEquals", "IntervalSeconds", "MaxAttempts",
    "BackoffRate", "HeartbeatSeconds", "Seconds", "Timestamp", "SecondsPath", "Choices", "Default",
    "Condition", "Variable", "IsPresent", "StringEquals", "And", "Not", "Items", "ItemsPath",
    "ItemSelector", "ItemProcessor", "Iterator", "MaxConcurrency", "ToleratedFailureCount", "ItemBatcher",
    "ItemReader", "ResultWriter", "Label", "Branches", "Error", "Cause", "ErrorPath", "Bogus",
]  # fmt: skip
TEXTS = ("https://docs.aws.amazon.com/", "https://states-language.net/", "https://docs.jsonata.org/")
"""Where the languages are laid down."""


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object that has members, from the outside in."""
    if isinstance(value, dict):
        if value:
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """A machine with one member of one object taken away, added, or given another value."""
    definition: dict[str, Any] = json.loads(
        json.dumps(draw(state_machines(depth=1, max_states=3, timeouts=True)))
    )
    place = draw(st.sampled_from(list(objects(definition))))
    way = draw(st.sampled_from(["take", "change", "add"]))
    if way == "take":
        del place[draw(st.sampled_from(sorted(place)))]
    else:
        name = draw(st.sampled_from(FIELDS if way == "add" else sorted(place)))
        place[name] = deepcopy(draw(st.sampled_from(VALUES)))
    return definition


def moto_accepts(definition: dict[str, Any]) -> bool:
    """What CreateStateMachine does there before it stores anything."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    from fanfold.testing.backends.embedded import _forget_query_languages

    _forget_query_languages()
    try:
        AmazonStateLanguageParser.parse(json.dumps(definition))
    except Exception:  # noqa: BLE001 - its parser refuses with whatever exception it happens on
        return False
    return True


def errors_of(definition: dict[str, Any]) -> set[str]:
    """The rules that refuse the definition."""
    return {finding.rule for finding in check_definition(definition) if finding.severity == "error"}


@dataclass(frozen=True)
class FalseAlarm:
    """What a judge refuses and AWS accepts, by the text at `source`; `definition` shows it."""

    judge: str
    title: str
    source: str
    definition: dict[str, Any]
    applies: Callable[[dict[str, Any]], bool]


def machine(state: dict[str, Any], name: str = "Only", **fields: Any) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {**state, "End": True}}, **fields}


DATA = ("Parameters", "Arguments", "Output", "Assign", "Result", "ResultSelector", "ItemSelector")
"""Fields whose value is the author's own data."""


def data(definition: dict[str, Any], *fields: str) -> list[Any]:
    """The values of these fields, wherever they stand."""
    return [place[name] for place in objects(definition) for name in fields if name in place]


def names_in(value: Any) -> set[str]:
    return {name for place in objects(value) for name in place}


def is_narrow(value: Any) -> bool:
    """Whether asl-validator takes it for a template: a list of lists is none, a text has a character and one line."""
    if isinstance(value, dict):
        return all(map(is_narrow, value.values()))
    if isinstance(value, list):
        return all(is_narrow(inner) and not isinstance(inner, list) for inner in value)
    return not isinstance(value, str) or re.fullmatch(r"(?!\{% ).+(?! %\})|\{% .+ %\}", value) is not None


def is_template(value: Any) -> bool:
    """Whether asl-validator takes it for a whole template: an expression, or an object."""
    if isinstance(value, str):
        return re.fullmatch(r"\{% .+ %\}", value) is not None
    return isinstance(value, dict) and is_narrow(value)


def beyond_its_templates(definition: dict[str, Any]) -> bool:
    return "JSONata" in json.dumps(definition) and not all(map(is_template, data(definition, *DATA)))


def has_words_of_states(definition: dict[str, Any]) -> bool:
    words = {"States", "StartAt", "Next", "Default", "Branches", "Iterator", "ItemProcessor"}
    return any(names_in(value) & words for value in data(definition, *DATA))


def has_boolean_condition(definition: dict[str, Any]) -> bool:
    return any(isinstance(value, bool) for value in data(definition, "Condition"))


def has_words_in_data(definition: dict[str, Any]) -> bool:
    return any(names_in(value) & {*FIELDS} for value in data(definition, *DATA))


def has_empty_comment(definition: dict[str, Any]) -> bool:
    return "" in data(definition, "Comment")


def has_other_parameters(definition: dict[str, Any]) -> bool:
    """Parameters of a state, or ItemSelector, as those of a Map are called, that are no object."""
    return not all(isinstance(value, dict) for value in data(definition, "Parameters", "ItemSelector"))


def fails_with_an_expression(definition: dict[str, Any]) -> bool:
    return any(
        isinstance(value, str) and value.startswith("{%") for value in data(definition, "Error", "Cause")
    )


def has_empty_processor_config(definition: dict[str, Any]) -> bool:
    return any(place.get("ProcessorConfig") == {} for place in objects(definition))


FALSE_ALARMS = [
    *(
        FalseAlarm(
            judge,
            "Parameters are an object",
            "https://github.com/aws/amazon-states-language-service/pull/83",
            machine({"Type": "Pass", "Parameters": None}),
            has_other_parameters,
        )
        for judge in ("moto", "asl-validator")
    ),
    FalseAlarm(
        "moto",
        "The Error of a Fail state is an expression in JSONPath too, if it looks like one",
        "https://states-language.net/spec.html#fail-state",
        {"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "{% 1 %}"}}},
        fails_with_an_expression,
    ),
    FalseAlarm(
        "moto",
        "Data that is called as a field is that field",
        "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html",
        machine({"Type": "Pass", "Assign": {"ErrorPath": "$.a["}}),
        has_words_in_data,
    ),
    *(
        FalseAlarm(
            judge,
            "ProcessorConfig has a member, although all have defaults",
            "https://states-language.net/spec.html#map-state",
            machine(
                {
                    "Type": "Map",
                    "ItemProcessor": {"ProcessorConfig": {}, **machine({"Type": "Pass"}, name="In")},
                }
            ),
            has_empty_processor_config,
        )
        for judge in ("moto", "asl-validator")
    ),
    FalseAlarm(
        "language-service",
        "A comment has a character",
        "https://states-language.net/spec.html#toplevelfields",
        machine({"Type": "Pass"}, Comment=""),
        has_empty_comment,
    ),
    FalseAlarm(
        "asl-validator",
        "Condition is a text",
        "https://github.com/aws/amazon-states-language-service",
        {
            "QueryLanguage": "JSONata",
            "StartAt": "A",
            "States": {
                "A": {"Type": "Choice", "Choices": [{"Condition": True, "Next": "B"}]},
                "B": {"Type": "Succeed"},
            },
        },
        has_boolean_condition,
    ),
    FalseAlarm(
        "asl-validator",
        "A template in JSONata is an expression or an object with members of a few kinds",
        "https://states-language.net/spec.html#using-jsonata-expressions",
        machine({"Type": "Pass", "Output": [[""]]}, QueryLanguage="JSONata"),
        beyond_its_templates,
    ),
    FalseAlarm(
        "asl-validator",
        "It takes the author's data for states where its members are called as theirs",
        "https://states-language.net/spec.html#pass-state",
        machine({"Type": "Pass", "Result": {"Branches": 1, "Next": "nowhere"}}),
        has_words_of_states,
    ),
]


def wrong_about(definition: dict[str, Any]) -> set[str]:
    """The judges that are known to be wrong about such a definition."""
    return {alarm.judge for alarm in FALSE_ALARMS if alarm.applies(definition)}


@given(broken())
def test_what_check_accepts_moto_accepts(moto: Any, definition: dict[str, Any]) -> None:
    remember(Case(definition))
    if not errors_of(definition):
        assert moto_accepts(definition) or "moto" in wrong_about(definition)


# -- the judges from npm ------------------------------------------------------------------------------------

HERE = Path(__file__).parent / "judges"
Verdict = dict[str, list[str]]
"""What each judge finds wrong, by its name."""
Judge = Callable[[dict[str, Any]], Verdict]


def installed(environment: dict[str, str]) -> Path:
    """The folder that the judges are in: named after their lock file, and there whole or not at all."""
    lock = (HERE / "package-lock.json").read_bytes()
    home = cache_folder(environment) / f"judges-{sha256(lock).hexdigest()[:16]}"
    if home.is_dir():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix="judges-", dir=home.parent))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(HERE / name, stage / name)
        npm = Path(environment["JSII_NODE"]).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
        words = ["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        done = subprocess.run(
            [environment["JSII_NODE"], str(npm), *words], cwd=stage, env=environment, capture_output=True
        )
        if done.returncode:
            pytest.skip("npm cannot install the judges: it needs its registry once")
        try:
            stage.rename(home)
        except OSError:  # Another worker was faster.
            assert home.is_dir()
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return home


@pytest.fixture(scope="module")
def judges() -> Iterator[Judge]:
    """Asks asl-validator and the language service, in one process for all examples."""
    environment = node_environment()
    command = [environment["JSII_NODE"], str(HERE / "judge.mjs"), str(installed(environment))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, answered = process.stdin, process.stdout

        def judge(definition: dict[str, Any]) -> Verdict:
            asked.write(json.dumps(definition) + "\n")
            asked.flush()
            verdict: Verdict = json.loads(answered.readline())
            return verdict

        yield judge
        asked.close()


ALONE = {
    "FF112": "which fields JSONata has",
    "FF304": "what a name that ends in .$ needs",
    "FF330": "names of variables",
    "FF505": "what conditions within conditions have",
    "FF706": "arguments that an API does not have",
    "FF707": "arguments that an API requires",
}
"""The rules that have refused what none of the judges does, with what it is that they know more of. The page of each
has the address of AWS's text."""


def ask(judges: Judge, definition: dict[str, Any]) -> Verdict:
    return judges(definition) | ({} if moto_accepts(definition) else {"moto": ["it cannot parse it"]})


@pytest.mark.slow
@given(
    broken()
    | state_machines(timeouts=True)
    | map_workflows().map(lambda made: workflow_case(made).definition)
)
def test_what_check_accepts_every_judge_accepts_and_what_it_refuses_one_of_them_refuses(
    moto: Any, judges: Judge, definition: dict[str, Any]
) -> None:
    remember(Case(definition))
    verdict = ask(judges, definition)
    against = sorted(name for name, found in verdict.items() if found)
    refused_by = errors_of(definition)
    if refused_by:
        event(f"refused, and by {', '.join(against) or 'no other'}")
        assert against or refused_by <= ALONE.keys()
    else:
        event("accepted")
        assert set(against) <= wrong_about(definition), verdict


@pytest.mark.slow
@pytest.mark.parametrize("alarm", FALSE_ALARMS, ids=lambda alarm: f"{alarm.judge}: {alarm.title}")
def test_a_false_alarm_is_there_still(moto: Any, judges: Judge, alarm: FalseAlarm) -> None:
    assert alarm.applies(alarm.definition)
    assert not errors_of(alarm.definition)
    assert ask(judges, alarm.definition).get(alarm.judge), f"{alarm.judge} is mended: take it off the list"
    assert alarm.source.startswith((*TEXTS, "https://github.com/aws/"))


@pytest.mark.parametrize("rule", ALONE)
def test_what_only_check_refuses_a_text_refuses(rule: str) -> None:
    assert RULES[rule].severity == "error"
    assert RULES[rule].source.startswith(TEXTS)
    assert len(RULES[rule].page) > 40
