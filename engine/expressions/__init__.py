"""Expressions of the Amazon States Language, compiled once to closures `(value, scope) -> result`.

JSONPath, payload templates with intrinsic functions, reference paths, choice rules, JSONata; timestamps and
payload sizes. Running never parses. For the engine only; nothing outside this folder looks behind these
names.
"""

from .choice import compile_choice
from .jsonata_texts import compile_jsonata, unexpected_type
from .paths import compile_path
from .reference import write_reference_path
from .scope import (
    ABSENT,
    Expression,
    ExpressionError,
    ExpressionSyntaxError,
    Scope,
    SimpleScope,
)
from .templates import compile_jsonata_template, compile_template, compile_template_text, is_jsonata
from .timestamps import format_timestamp, parse_timestamp
from .values import java_json, payload_size, to_json

__all__ = [
    "ABSENT",
    "Expression",
    "ExpressionError",
    "ExpressionSyntaxError",
    "Scope",
    "SimpleScope",
    "compile_choice",
    "compile_jsonata",
    "compile_jsonata_template",
    "compile_path",
    "compile_template",
    "compile_template_text",
    "format_timestamp",
    "is_jsonata",
    "java_json",
    "parse_timestamp",
    "payload_size",
    "to_json",
    "unexpected_type",
    "write_reference_path",
]
