"""The texts of a state that are, or look as if they were, evaluated."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from .machine import State, escape


class Text(NamedTuple):
    """A text of a state that is, or looks as if it were, evaluated."""

    path: str
    key: str
    value: Any
    field: str
    """The state's own field it is in or below."""

    @property
    def place(self) -> str:
        """Words for where it stands."""
        return f"field '{self.key}'" if self.key else "an array"


SKIPPED: Final = frozenset(
    {"ItemProcessor", "Iterator", "Branches", "Comment", "Type", "Next", "QueryLanguage"}
)
TEMPLATES: Final = frozenset(
    {"Parameters", "ResultSelector", "ItemSelector", "Assign", "BatchInput", "Arguments", "Output"}
)
LOOKS_EVALUATED = re.compile(r"\$\$?[.\[]|States\.[A-Z]\w+\s*\(.*\)\s*\Z")


def texts(state: State) -> list[Text]:
    """The texts of a state that a rule may want to see, its children left out, in the order they are written."""
    found: list[Text] = []
    for field, value in state.data.items():
        if field in SKIPPED:
            continue
        if type(value) is str:
            if "$" in value or "{%" in value or "%}" in value or "States." in value:
                found.append(Text("/" + field, field, value, field))
        elif type(value) is dict or type(value) is list:
            _collect(value, "/" + escape(field), field, found)
    return found


def _collect(value: Any, path: str, field: str, found: list[Text]) -> None:
    todo: list[tuple[Any, str]] = [(value, path)]
    while todo:
        container, path = todo.pop()
        items = container.items() if type(container) is dict else enumerate(container)
        nested = []
        for key, item in items:
            kind = type(item)
            if kind is dict or kind is list:
                nested.append((item, f"{path}/{escape(key) if type(key) is str else key}"))
                if type(key) is str and key.endswith(".$"):
                    found.append(Text(nested[-1][1], key, item, field))
            elif type(key) is str and key.endswith(".$"):
                found.append(Text(f"{path}/{escape(key)}", key, item, field))
            elif kind is str and ("$" in item or "{%" in item or "States." in item or "%}" in item):
                where = escape(key) if type(key) is str else key
                found.append(Text(f"{path}/{where}", key if type(key) is str else "", item, field))
        if nested:
            todo += reversed(nested)


def in_template(text: Text) -> bool:
    """Whether the text stands in a payload template."""
    if text.field in TEMPLATES:
        return True
    return text.field not in ("Result", "Choices", "Retry") and any(
        part in TEMPLATES for part in text.path.split("/")[2:]
    )
