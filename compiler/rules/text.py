"""Rules on the text of a file, before there is a definition to judge."""

from __future__ import annotations

from collections.abc import Iterable

from .aws_words import words
from .registry import GUIDE, Problem, rule

_PAGE = GUIDE + "concepts-amazon-states-language.html"
_GOOD = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'


@rule(
    "FF101",
    "Not JSON or YAML",
    source=_PAGE,
    bad='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true},}}',
    good=_GOOD,
    aws_code="INVALID_JSON_DESCRIPTION",
)
def not_readable(message: str) -> Iterable[Problem]:
    """The text cannot be read as JSON (or, for .yaml and .yml files, as YAML)."""
    yield Problem("", message)


@rule(
    "FF102",
    "Name given twice in an object",
    source="https://www.rfc-editor.org/rfc/rfc8259#section-4",
    bad='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true, "End": true}}}',
    good=_GOOD,
    aws_code="INVALID_JSON_DESCRIPTION",
)
def duplicate_key(path: str, name: str) -> Iterable[Problem]:
    """An object holds the same name twice: two states of one name, or a field given again. Only the last counts."""
    yield Problem(
        path, f"has the name '{name}' twice in one object", "drop one of them, or rename it", key=True
    )


@rule(
    "FF103",
    "Not a definition",
    source=_PAGE,
    bad='["StartAt"]',
    good=_GOOD,
)
def not_a_definition(what: str) -> Iterable[Problem]:
    """A definition is an object with `StartAt` and `States`."""
    yield Problem("", f"{what}: a definition is an object with StartAt and States", "", words("FF103"))


@rule(
    "FF104",
    "Definition not there",
    source="https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"
    "sam-resource-statemachine.html#sam-statemachine-definitionuri",
    severity="warning",
    bad='{"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties":'
    ' {"DefinitionUri": "misspelt.asl.json"}}}}',
    good='{"Resources": {"M": {"Type": "AWS::Serverless::StateMachine", "Properties":'
    ' {"DefinitionUri": "s3://bucket/m.asl.json"}}}}',
)
def no_file(path: str, name: str) -> Iterable[Problem]:
    """A template names the file of a definition, by its path from the template, and there is no such file.

    A file that is there is judged, as Standard or Express, whichever the template says.
    """
    yield Problem(path, f"names the definition '{name}', which is not there", "it was not judged")
