"""Replays behaviour recorded on AWS and says where fanfold differs.

    python -m fanfold.testing.conformance FOLDER-OR-FILES [--json] [--show PART-OF-AN-ID]
        [--baseline FILE | --renew-baseline FILE]

Reads `.jsonl` files of one case a line and `.json` files of one case. A case of kind `execution` is run by
the engine, `test_state` by `fanfold.engine.test_state`, `validation` by `fanfold.compiler.validation`. For
each group it prints how many cases there are; in how many the outcome is right (status, output and error; of
a TestState call the whole answer, of a validation the verdict); of how many recorded histories every event is
right; of how many recorded causes and messages the text is right; and the ids of the misses. An exception is
a miss, and is shown. Where no recording holds what a service answered, the case's own outcome may show it; such
cases test little, and are listed.

With `--baseline` the counts are held against those in a file, which `--renew-baseline` writes. Exits with 1 when an
outcome is wrong or, with a baseline, when a group's count is lower than there; with 2 when the cases cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ._conformance_cases import Borrowed, Case, RecordedTasks, object_store, read_cases, started_at
from ._conformance_events import events_difference, project
from ._conformance_match import difference

__all__ = ["Score", "Verdict", "main", "regressions", "replay", "scores", "write_baseline"]

ACCOUNT = "111111111111"
"""The account of the recordings."""

SHOWN = 300
"""Characters of a disagreement in the list of misses."""

STOPPED_AFTER = 1.0
"""Virtual seconds until a recorded `StopExecution`: long after the states that take no time, before any wait ends."""


@dataclass(frozen=True)
class Verdict:
    """What the replay of one case gave. Each text is the first disagreement, None where there is none."""

    case: Case
    outcome: str | None = None
    events: str | None = None
    cause: str | None = None
    crash: str | None = None
    shown: bool = False
    """Whether a service's answer was taken from the recorded outcome."""

    @property
    def has_events(self) -> bool:
        return bool(self.case.get("events"))

    @property
    def has_cause(self) -> bool:
        return _recorded_cause(self.case) is not None


@dataclass
class Score:
    """A group's counts: right answers, beside how many there could be.

    `events` is out of `with_events`, the cases with a recorded history. `cause` is out of all cases, for having no
    cause can be right or wrong too; `with_cause_right` is out of `with_cause`, the cases with a recorded text.
    """

    cases: int = 0
    outcome: int = 0
    events: int = 0
    cause: int = 0
    with_events: int = 0
    with_cause: int = 0
    with_cause_right: int = 0
    missed: list[str] = field(default_factory=list)
    """Ids of the cases of which anything is wrong; the lists that follow say what."""
    missed_outcome: list[str] = field(default_factory=list)
    missed_events: list[str] = field(default_factory=list)
    missed_cause: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """Ids of the cases that were given an answer which only their own outcome shows."""

    def add(self, verdict: Verdict) -> None:
        """Count one case."""
        self.cases += 1
        self.outcome += verdict.outcome is None
        self.with_events += verdict.has_events
        self.events += verdict.has_events and verdict.events is None
        self.cause += verdict.cause is None
        self.with_cause += verdict.has_cause
        self.with_cause_right += verdict.has_cause and verdict.cause is None
        name = verdict.case["id"]
        problems = (
            (self.missed_outcome, verdict.outcome),
            (self.missed_events, verdict.events if verdict.has_events else None),
            (self.missed_cause, verdict.cause),
        )
        for missed, problem in problems:
            if problem is not None:
                missed.append(name)
        if any(problem is not None for _, problem in problems):
            self.missed.append(name)
        if verdict.shown:
            self.shown.append(name)

    def worse_than(self, baseline: dict[str, int]) -> list[str]:
        """The counts that are lower than in a baseline, as `events 24 instead of 25`."""
        counts = {name: getattr(self, name) for name in COUNTS}
        return [
            f"{name} {count} instead of {baseline[name]}"
            for name, count in counts.items()
            if count < baseline[name]
        ]


COUNTS = ("cases", "outcome", "events", "cause", "with_events", "with_cause", "with_cause_right")


def replay(cases: Sequence[Case], *, borrow_from: Sequence[Case] | None = None) -> list[Verdict]:
    """Replay every case; a case that makes fanfold raise is a miss with its traceback.

    Answers of functions that a case does not record are taken from `borrow_from`, by default from the cases.
    """
    borrowed = Borrowed.of(cases if borrow_from is None else borrow_from)
    verdicts = [_replay_one(case, borrowed) for case in cases]
    return [replace(verdict, shown=verdict.case["id"] in borrowed.shown) for verdict in verdicts]


def scores(verdicts: Iterable[Verdict]) -> dict[str, Score]:
    """The verdicts counted by group, in the order of the groups' names."""
    groups: dict[str, Score] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.case["group"], Score()).add(verdict)
    return dict(sorted(groups.items()))


def _replay_one(case: Case, borrowed: Borrowed) -> Verdict:
    try:
        if case["kind"] == "execution":
            return _replay_execution(case, borrowed)
        if case["kind"] == "test_state":
            return _replay_test_state(case, borrowed)
        if case["kind"] == "validation":
            return _replay_validation(case)
    except Exception as error:  # noqa: BLE001 - the replay goes on, and the exception is the case's result
        line = f"{type(error).__name__}: {error}"
        return Verdict(case, outcome=line, events=line, cause=line, crash=traceback.format_exc())
    return Verdict(case, outcome=f"unknown kind of case {case['kind']!r}")


def _replay_execution(case: Case, borrowed: Borrowed) -> Verdict:
    from fanfold.engine import run

    execution = run(
        case["definition"],
        case.get("input"),
        tasks=RecordedTasks(case, borrowed),
        objects=object_store(case),
        start=started_at(case),
        state_machine_type=case.get("state_machine_type", "STANDARD"),
        as_of=started_at(case) or None,
        synchronous=case.get("source", {}).get("mode") == "sync",
        account=ACCOUNT,
        **_stop(case),
    )
    tokens = case.get("nondeterministic") or ()
    actual = {"status": execution.status}
    # Of an execution that ran out of time, DescribeExecution gives no error: only its history does.
    described = case.get("source", {}).get("mode") == "describe" and execution.status == "TIMED_OUT"
    for key in () if described else ("output", "error", "cause"):
        value = getattr(execution, key)
        if value is not None or (key == "output" and execution.status == "SUCCEEDED"):
            actual[key] = value
    events = None
    if case.get("events"):
        events = events_difference(
            case["events"],
            [project(event) for event in execution.history],
            tokens,
            ordered=case.get("events_ordered", True),
            concurrent=case.get("concurrent", False),
        )
    return _verdict(case, actual, events)


def _stop(case: Case) -> dict[str, Any]:
    """A `StopExecution` made while the execution ran; AWS refuses it for an express one."""
    stops = [a for a in case.get("external_actions") or () if a["op"] == "stop_execution"]
    if not stops or case.get("state_machine_type") == "EXPRESS":
        return {}
    params = stops[0].get("params", {})
    return {
        "stop_at": started_at(case) + STOPPED_AFTER,
        "stop_error": params.get("error"),
        "stop_cause": params.get("cause"),
    }


def _replay_test_state(case: Case, borrowed: Borrowed) -> Verdict:
    from fanfold.engine.test_state import StateRequestError, inspect_state
    from fanfold.local.api_models import result_problem

    request = dict(case.get("params") or {}, definition=json.dumps(case["definition"]))
    if case.get("input") is not None:
        request["input"] = json.dumps(case["input"])
    if _role_given(case):
        request["roleArn"] = f"arn:aws:iam::{ACCOUNT}:role/conformance"
    try:
        response = inspect_state(
            request,
            tasks=RecordedTasks(case, borrowed),
            validate_result=result_problem,
            validate_definition=_definition_problem,
            start=started_at(case),
            account=ACCOUNT,
        )
    except StateRequestError as error:
        return _verdict(case, {"exception": {"code": error.code, "message": error.message}})
    return _verdict(case, _with_parsed_texts(response))


def _role_given(case: Case) -> bool:
    """Whether the call had a role, which recordings do not keep: its answer shows it, and where a call was refused,
    the function that it was to call.
    """
    shown = list(_values_of("RoleArn", case["expected"]))
    if "exception" in case["expected"]:
        return bool(case.get("lambdas"))
    return any(shown) if shown else True


def _values_of(name: str, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if name in value:
            yield value[name]
        value = list(value.values())
    if isinstance(value, list):
        for element in value:
            yield from _values_of(name, element)


def _definition_problem(definition: str) -> str | None:
    from fanfold.compiler.validation import validate

    answer = validate(definition, "STANDARD")
    return None if answer["valid"] else answer["message"]


def _with_parsed_texts(response: dict[str, Any]) -> dict[str, Any]:
    """A TestState response with its JSON texts parsed, as recordings hold it."""
    parsed = dict(response)
    if "output" in parsed:
        parsed["output"] = json.loads(parsed["output"])
    if "inspectionData" in parsed:
        data = parsed["inspectionData"]
        parsed["inspectionData"] = {k: json.loads(v) if isinstance(v, str) else v for k, v in data.items()}
    return parsed


def _replay_validation(case: Case) -> Verdict:
    from fanfold.compiler.validation import diagnose, validate

    definition, machine_type = case["definition"], case.get("state_machine_type", "STANDARD")
    if case.get("source", {}).get("op") == "validate_state_machine_definition":
        return _verdict(case, diagnose(definition, machine_type))
    return _verdict(case, validate(definition, machine_type))


def _verdict(case: Case, actual: dict[str, Any], events: str | None = None) -> Verdict:
    """Compare the outcome without its text, and the text by itself."""
    tokens = case.get("nondeterministic") or ()
    expected = case["expected"]
    outcome = difference(_without_text(expected), _without_text(actual), tokens)
    cause = difference(_texts(expected), _texts(actual), tokens)
    return Verdict(case, outcome, events, cause)


def _without_text(answer: dict[str, Any]) -> dict[str, Any]:
    """A case's answer without the texts whose wording is as old as the recording."""
    kept = {key: value for key, value in answer.items() if key not in ("cause", "message")}
    if "exception" in kept:
        kept["exception"] = kept["exception"].get("code")
    if "diagnostics" in kept:
        kept["diagnostics"] = [{k: v for k, v in d.items() if k != "message"} for d in kept["diagnostics"]]
    return kept


def _texts(answer: dict[str, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = {key: answer[key] for key in ("cause", "message") if key in answer}
    if "exception" in answer:
        texts["message"] = answer["exception"].get("message")
    if answer.get("diagnostics"):
        texts["messages"] = [d.get("message") for d in answer["diagnostics"]]
    return texts


def _recorded_cause(case: Case) -> Any:
    texts = _texts(case["expected"])
    return next(iter(texts.values()), None)


def _table(groups: dict[str, Score]) -> str:
    total = Score()
    for score in groups.values():
        for name in COUNTS:
            setattr(total, name, getattr(total, name) + getattr(score, name))
    rows = [("group", "cases", "outcome", "events", "cause")]
    rows += [_row(name, score) for name, score in (groups | {"all": total}).items()]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _row(name: str, score: Score) -> tuple[str, str, str, str, str]:
    events = f"{score.events}/{score.with_events}"
    cause = f"{score.with_cause_right}/{score.with_cause}"
    return name, str(score.cases), f"{score.outcome}/{score.cases}", events, cause


def _report(verdicts: Sequence[Verdict], *, whole: bool) -> str:
    lines = [_table(scores(verdicts)), ""]
    for verdict in verdicts:
        if verdict.shown:
            lines.append(f"answered by its own outcome: {verdict.case['group']}: {verdict.case['id']}")
        problems = {"outcome": verdict.outcome, "events": verdict.events, "cause": verdict.cause}
        for part, problem in problems.items():
            if problem is not None:
                lines.append(f"{part}: {verdict.case['group']}: {verdict.case['id']}")
                lines.append(f"    {problem if whole else problem[:SHOWN]}")
        if whole:
            lines += [verdict.crash or "", json.dumps(verdict.case, indent=1, ensure_ascii=False)]
    return "\n".join(lines)


def _as_json(groups: dict[str, Score]) -> str:
    return json.dumps({"groups": {name: vars(score) for name, score in groups.items()}}, indent=1)


def regressions(groups: dict[str, Score], baseline: dict[str, Any]) -> list[str]:
    """The groups of a baseline, as `write_baseline` writes it, that have got worse, one line each."""
    lines = []
    for name, counts in baseline["groups"].items():
        worse = groups.get(name, Score()).worse_than(counts)
        if worse:
            lines.append(f"{name}: {', '.join(worse)}")
    return lines


def write_baseline(groups: dict[str, Score], file: Path) -> None:
    """Keep the counts, for `regressions`."""
    kept = {name: {count: getattr(score, count) for count in COUNTS} for name, score in groups.items()}
    new = file.with_name(file.name + ".new")
    new.write_text(json.dumps({"groups": kept}, indent=1) + "\n", encoding="utf-8")
    new.replace(file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fanfold.testing.conformance", description="Replay behaviour recorded on AWS."
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER-OR-FILE")
    parser.add_argument("--json", action="store_true", help="print the counts and misses as JSON")
    parser.add_argument("--show", metavar="PART-OF-AN-ID", help="replay only these cases and show them whole")
    baseline = parser.add_mutually_exclusive_group()
    baseline.add_argument(
        "--baseline", type=Path, metavar="FILE", help="fail when a count is lower than there"
    )
    baseline.add_argument("--renew-baseline", type=Path, metavar="FILE", help="write the counts there")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        cases = read_cases(options.paths)
        baseline = json.loads(options.baseline.read_text(encoding="utf-8")) if options.baseline else None
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    chosen = [case for case in cases if options.show is None or options.show in case["id"]]
    if not chosen:
        print("no case to replay", file=sys.stderr)
        return 2
    verdicts = replay(chosen, borrow_from=cases)
    groups = scores(verdicts)
    print(_as_json(groups) if options.json else _report(verdicts, whole=options.show is not None))
    if options.renew_baseline:
        write_baseline(groups, options.renew_baseline)
    if baseline is not None:
        worse = regressions(groups, baseline)
        for line in worse:
            print(f"worse than the baseline: {line}", file=sys.stderr)
        return 1 if worse else 0
    return 1 if any(verdict.outcome is not None for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
