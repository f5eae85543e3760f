"""What CreateStateMachine and ValidateStateMachineDefinition answer to a definition, in their words where known.

The findings are those of check.py; only the errors count. AWS asks not to rely on the number, order and wording of its
diagnostics; where its words are not known the finding's own are used.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

from typing import Any, Final, Literal

from .asl_positions import read_json
from .rules import RULES, Located, run
from .rules.aws_words import words
from .rules.registry import NOWHERE

SCHEMA: Final = "SCHEMA_VALIDATION_FAILED"
"""Code of whatever is wrong with a field; other codes are of the states' order and names, and of some warnings."""
NO_END: Final = "MISSING_END_STATE"
NO_JSON: Final = "INVALID_JSON_DESCRIPTION"
MAX_DIAGNOSTICS: Final = 100
"""Diagnostics in one answer; `truncated` says that there were more."""


def validate(definition: str, state_machine_type: str = "STANDARD") -> dict[str, Any]:
    """Whether CreateStateMachine would take a definition.

    `definition` is the text sent; `state_machine_type` "STANDARD" or "EXPRESS". Gives `{"valid": True}`, or
    `{"valid": False, "error": "InvalidDefinition", "message": ...}`.
    """
    found = diagnose(definition, state_machine_type)
    if found["valid"]:
        return {"valid": True}
    texts = []
    for diagnostic in found["diagnostics"]:
        where = "" if diagnostic["code"] == NO_JSON else f" at {diagnostic.get('location', 'null')}"
        texts.append(f"'{diagnostic['code']}: {diagnostic['message']}{where}'")
    message = f"Invalid State Machine Definition: {', '.join(texts)}"
    return {"valid": False, "error": "InvalidDefinition", "message": message}


def diagnose(
    definition: str, state_machine_type: str = "STANDARD", *, severity: Literal["ERROR", "WARNING"] = "ERROR"
) -> dict[str, Any]:
    """What ValidateStateMachineDefinition answers: `{"valid": bool, "diagnostics": [...]}`.

    Each diagnostic has `severity`, `code`, `message` and, where it is about a place, `location`. With
    `severity="WARNING"` the warnings Step Functions has are in it too.
    """
    document = read_json(definition)
    if document.error and definition.strip():
        return _answer([{"severity": "ERROR", "code": NO_JSON, "message": _sentence(document.error)}])
    if type(document.data) is not dict:
        code = RULES["FF103"].aws_code
        return _answer([{"severity": "ERROR", "code": code, "message": words("FF103")}])
    located = run(document.data, state_machine_type == "EXPRESS", len(definition.encode()))
    endless = any(item.rule.aws_code == NO_END and not _nested(item) for item in located)
    located = [item for item in located if not _overlooked(item, endless)]
    located.sort(key=lambda item: (_rank(item), document.positions.find(_place(item) or "") or (0, 0)))
    diagnostics = [_diagnostic(item, document.data) for item in located if _counts(item, severity)]
    return _answer(list({tuple(entry.items()): entry for entry in diagnostics}.values()))


def _overlooked(item: Located, endless: bool) -> bool:
    """What Step Functions does not look for: branches without an end, and states not reached where nothing ends."""
    if item.rule.aws_code == NO_END:
        return _nested(item)
    return endless and item.rule.id == "FF206"


def _nested(item: Located) -> bool:
    return item.problem.path != "/States"


def _rank(item: Located) -> int:
    """Step Functions says what is wrong with the fields before what is wrong with the states' order and names."""
    return {SCHEMA: 0, NO_END: 2}.get(item.rule.aws_code, 1)


def _place(item: Located) -> str | None:
    """The JSON pointer of where Step Functions says it is; None where it names no place."""
    place = item.problem.path if item.problem.aws_path is None else item.problem.aws_path
    return None if place == NOWHERE else place


def _answer(diagnostics: list[dict[str, str]]) -> dict[str, Any]:
    valid = not any(entry["severity"] == "ERROR" for entry in diagnostics)
    answer: dict[str, Any] = {"valid": valid, "diagnostics": diagnostics[:MAX_DIAGNOSTICS]}
    if len(diagnostics) > MAX_DIAGNOSTICS:
        answer["truncated"] = True
    return answer


def _counts(item: Located, severity: str) -> bool:
    """Of the warnings, only those with a code of their own are Step Functions'."""
    if item.rule.severity == "error":
        return True
    return severity == "WARNING" and item.rule.aws_code != SCHEMA


def _diagnostic(item: Located, definition: dict[str, Any]) -> dict[str, str]:
    problem = item.problem
    text = problem.aws or _sentence(f"{item.subject} {problem.message}".strip())
    severity = "ERROR" if item.rule.severity == "error" else "WARNING"
    diagnostic = {"severity": severity, "code": item.rule.aws_code, "message": text}
    where = _place(item)
    return diagnostic if where is None else diagnostic | {"location": _location(where, definition)}


def _location(pointer: str, definition: dict[str, Any]) -> str:
    """A JSON pointer as AWS writes it: /States/A/Retry[0], names as they are."""
    location = ""
    here: Any = definition
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if type(here) is list and name.isdecimal():
            location += f"[{name}]"
            here = here[int(name)] if int(name) < len(here) else None
        else:
            location += f"/{name}"
            here = here.get(name) if type(here) is dict else None
    return location or "/"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
