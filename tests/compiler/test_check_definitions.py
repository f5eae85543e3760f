"""The checker against real definitions, the same broken on purpose, and definitions AWS has run.

`python tests/compiler/test_check_definitions.py` prints the table of fault classes.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from fanfold.compiler.check import check_definition

SHARED = Path(__file__).parents[3] / "shared"
VALID = SHARED / "definitions" / "valid.jsonl"
INVALID = SHARED / "definitions" / "invalid.jsonl"
RECORDED = SHARED / "conformance" / "open"

HIDDEN = ("activity_arn",)  # what the recording puts for the ARN of an activity, without saying so

needs_shared = pytest.mark.skipif(not VALID.exists(), reason="../shared/definitions is not there")


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def errors(definition, kind="STANDARD"):
    return [f for f in check_definition(definition, state_machine_type=kind) if f.severity == "error"]


def caught(case):
    """Whether a finding of the severity the tier asks for names the state and, where it is known, the field."""
    findings = check_definition(case["definition"])
    if case["tier"] == "refused":
        findings = [finding for finding in findings if finding.severity == "error"]
    state = case["where"].rstrip("/").rsplit("/", 1)[-1]
    field = (
        case["variant"].split("=")[0].split("->")[-1]
        if "=" in case["variant"] or "->" in case["variant"]
        else ""
    )
    return any(
        state in finding.path + finding.message and field in finding.path + finding.message
        for finding in findings
    )


@needs_shared
@pytest.mark.parametrize("form", ["definition", "resolved"])
def test_no_error_in_real_definitions(form):
    found = {case["source"]: [f.message for f in errors(case[form])] for case in lines(VALID)}
    assert {source: messages for source, messages in found.items() if messages} == {}


@needs_shared
def test_every_broken_definition_is_caught():
    assert [
        (case["fault"], case["where"], case["variant"]) for case in lines(INVALID) if not caught(case)
    ] == []


@pytest.mark.skipif(not RECORDED.exists(), reason="../shared/conformance is not there")
@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_no_error_in_definitions_aws_has_run(path):
    for case in lines(path):
        if case["kind"] != "execution":
            continue
        text = json.dumps(case["definition"])
        for name in [*case["bound_placeholders"].values(), *case["nondeterministic"], *HIDDEN]:
            text = text.replace(f'"{name}"', '"${Hidden}"')  # a name the recording hides is no fault
        assert errors(json.loads(text), case.get("state_machine_type", "STANDARD")) == [], case["id"]


def table():
    """Caught and all cases of each fault class."""
    total, found = Counter(), Counter()
    for case in lines(INVALID):
        key = (case["tier"], case["fault"])
        total[key] += 1
        found[key] += caught(case)
    false = defaultdict(int)
    for case in lines(VALID):
        for form in ("definition", "resolved"):
            false[form] += bool(errors(case[form]))
    rows = [
        f"{tier:9} {fault:26} {found[tier, fault]:3} of {total[tier, fault]}" for tier, fault in sorted(total)
    ]
    return "\n".join([*rows, f"false alarms: {false['definition']} raw, {false['resolved']} resolved"])


if __name__ == "__main__":
    print(table())
