"""The words in which Step Functions refuses a definition: one table, by the id of the rule that finds the fault.

A rule with several faults has an entry for each: its id, a dot and a name. Facts of the fault stand for `{}`.
The words are those of AWS's recorded answers or of answers that others measured and published, and where these say
nothing those of AWS Step Functions Local, which has the same validator; a fault without an entry is reported in the
checker's own words.
Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

_ONE_OF: Final = "There should only be one of the following fields: [{}]"
_NONE_OF: Final = "This object should have only one of the following fields: [{}]"
_REQUIRED: Final = "These fields are required: [{}]"
_MISSING: Final = "The field '{}' is required but was missing"
_TARGET: Final = "Missing 'Next' target: {}"
_ALL: Final = "States.ALL must appear alone and at end of list"
_TEMPLATE: Final = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"
_ARGUMENT: Final = 'The field "{}" is not supported by Step Functions'
_RESOURCE: Final = "The resource provided {} is not recognized."
_REFERENCE: Final = "Value is not a Reference Path: "

WORDS: Final[dict[str, str]] = {
    "FF103": "Definition must be a valid JSON object",
    "FF110": "Field '{}' is not supported",
    "FF111": _REQUIRED,
    "FF111.type": "The field 'Type' is required",
    "FF112": "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage",
    "FF113": "Expected value of type {}",
    "FF113.number": "Expected numeric value",
    "FF114": "Value cannot be empty",
    "FF115.low": "Minimum value is {}",
    "FF115.high": "Maximum value is {}",
    "FF116": "Value should be one of the following: [{}]",
    "FF117": "String does not match RFC3339 timestamp",
    "FF118": "The field 'Type' should have one of these values: [{}]",
    "FF201": _TARGET,
    "FF203": _NONE_OF,
    "FF204": _TARGET,
    "FF205": _ONE_OF,
    "FF206": 'State "{}" is not reachable.',
    "FF208": "Workflow has no terminal state",
    "FF210": "Duplicate State name: {}",
    "FF211": "Invalid State name: State '{}' exceeds the {}-character limit allowed by the service",
    "FF214": "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    "FF301": "Value must be a valid JSONPath.",
    "FF302.root": _REFERENCE + "Initial '$' must be followed by '.' or '['",
    "FF302.step": _REFERENCE + "'[' must be followed by ' or '['",
    "FF302": _REFERENCE + "{}",
    "FF303": "Value is not a valid JSONPath or intrinsic function call",
    "FF304": _TEMPLATE,
    "FF304.type": "The value for the field '{}' must be a STRING that contains a JSONPath but was a {}",
    "FF305": _TEMPLATE,
    "FF315": "Field '$states.{}' does not exist.",
    "FF323": "Reference to '$$' is not supported.",
    "FF401": _ALL,
    "FF402": _ALL,
    "FF408": _ONE_OF,
    "FF409": _ONE_OF,
    "FF409.none": _NONE_OF,
    "FF410": _MISSING,
    "FF501": _NONE_OF,
    "FF502": _ONE_OF,
    "FF504": _REQUIRED,
    "FF601": _REQUIRED,
    "FF601.both": _ONE_OF,
    "FF604": "Label exceeds {} characters",
    "FF604.character": "Invalid label name",
    "FF605": "Duplicate label name: {}",
    "FF608": _MISSING,
    "FF609": _ONE_OF,
    "FF610": _MISSING,
    "FF615": _ARGUMENT,
    "FF701": "Value is not a valid resource ARN",
    "FF702": _RESOURCE,
    "FF703": _RESOURCE,
    "FF704": _RESOURCE,
    "FF705": _RESOURCE,
    "FF706": _ARGUMENT,
    "FF707": _MISSING,
    "FF807": "Express state machine does not support '{}' service integration ",
    "FF807.activity": "Express state machine does not support Activity ARN",
    "FF808": "Express state machine does not support Distributed Map",
}
"""A rule's id -> AWS's words."""

_TYPES: Final = {
    "array": "[ARRAY]", "array or object": "[ARRAY, OBJECT]", "boolean": "[BOOLEAN]", "integer": "Integer",
    "object": "[OBJECT]", "objects": "[ARRAY]", "strings": "[ARRAY]",
}  # fmt: skip
"""Kind of a field -> the type AWS says it expects; those not here are texts."""


def words(key: str, *facts: object) -> str:
    """AWS's words for a fault: `key` is its entry in the table; a list of names is one fact."""
    return WORDS[key].format(*(fact if isinstance(fact, str) else _joined(fact) for fact in facts))


def _joined(fact: Any) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, Iterable) else str(fact)


def expected(kind: str) -> str:
    """AWS's words for a value that is not of the kind (fields.py) its field holds."""
    return words("FF113.number") if kind == "number" else words("FF113", _TYPES.get(kind, "[STRING]"))


def json_type(value: Any) -> str:
    """A JSON value's type, as AWS calls it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, str):
        return "STRING"
    return "NUMBER" if isinstance(value, int | float) else "ARRAY" if isinstance(value, list) else "OBJECT"
