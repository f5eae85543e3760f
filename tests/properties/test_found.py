"""What the properties have found, in its smallest form."""

from __future__ import annotations

from typing import Any

import pytest

from fanfold.engine import run


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (r'"\ud83d\ude42"', "🙂"),
        (r'{"\uD83D\uDE42": 1}', {"🙂": 1}),
        (r'"\\ud83d\ude42"', "\\ud83d\ude42"),
        (r'"\\\ud83d\ude42"', "\\🙂"),
        (r'"\ud83d"', "\ud83d"),
        (r'"\u00e9"', "é"),
    ],
)
def test_two_escapes_of_a_jsonata_literal_make_one_character(expression: str, value: Any) -> None:
    """The engine made two of them, which no service could have written down."""
    state = {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}
    assert run(definition, tasks=lambda call: pytest.fail("no task")).output == value
