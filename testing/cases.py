"""A test case as data: a definition, its input, and how its functions behave. It can be saved and run again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from fanfold.engine import TaskAnswer, TaskFailure, TaskHang, TaskSuccess

__all__ = ["Answer", "Behaviour", "Case"]


_Kind = Literal["return", "echo", "fail", "hang"]


@dataclass(frozen=True)
class Answer:
    """One answer of a function. `seconds` is how long it takes, on backends with a virtual clock."""

    kind: _Kind
    """`return` gives `value`; `echo` gives back what it was asked; `fail` raises `error`; `hang` never answers."""
    value: Any = None
    error: str = ""
    seconds: float = 0.0

    def task_answer(self, payload: Any) -> TaskAnswer:
        """What the engine, and every backend's Lambda endpoint, is told."""
        if self.kind == "hang":
            return TaskHang()
        if self.kind == "fail":
            cause = json.dumps({"errorMessage": "", "errorType": self.error})
            return TaskFailure(self.error, cause, self.seconds)
        return TaskSuccess(payload if self.kind == "echo" else self.value, self.seconds)

    def to_json(self) -> dict[str, Any]:
        """Without what is left at its default."""
        return {
            "kind": self.kind,
            **({} if self.value is None else {"value": self.value}),
            **({"error": self.error} if self.error else {}),
            **({"seconds": self.seconds} if self.seconds else {}),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Answer:
        """Raises TypeError or ValueError for what `to_json` does not give."""
        answer = cls(**value)
        if answer.kind not in get_args(_Kind):
            raise ValueError(f"no answer is a {answer.kind!r}")
        return answer


class Behaviour:
    """A function that gives one answer after the other, and its last one from then on.

    Which answer it gives depends on how often this payload was seen; where the payload is an object with a number
    `attempt`, such as a state's `$$.State.RetryCount`, on that alone: then the order of concurrent calls changes
    nothing.
    """

    def __init__(self, *answers: Answer) -> None:
        if not answers:
            raise ValueError("a behaviour has one answer or more")
        self.answers = answers
        self._seen: Counter[str] = Counter()

    def __call__(self, payload: Any) -> TaskAnswer:
        attempt = payload.get("attempt") if isinstance(payload, dict) else None
        if not isinstance(attempt, int):
            key = json.dumps(payload, sort_keys=True)
            attempt = self._seen[key]
            self._seen[key] += 1
        return self.answers[min(attempt, len(self.answers) - 1)].task_answer(payload)

    def again(self) -> Behaviour:
        """The same behaviour, that has seen nothing yet."""
        return Behaviour(*self.answers)

    def __repr__(self) -> str:
        return f"Behaviour({', '.join(map(repr, self.answers))})"


@dataclass(frozen=True)
class Case:
    """All that an execution depends on."""

    definition: dict[str, Any]
    input: Any = None
    functions: Mapping[str, Behaviour] = field(default_factory=dict)
    """Behaviour of each Lambda function, by its name."""
    objects: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    """Content of S3: bucket, key, bytes."""

    def fresh(self) -> dict[str, Behaviour]:
        """The functions, as at the start of an execution."""
        return {name: behaviour.again() for name, behaviour in self.functions.items()}

    def to_json(self) -> dict[str, Any]:
        """As `save` writes it."""
        return {
            "definition": self.definition,
            "input": self.input,
            "functions": {
                name: [answer.to_json() for answer in behaviour.answers]
                for name, behaviour in self.functions.items()
            },
            "objects": {
                bucket: {key: body.decode("latin-1") for key, body in keys.items()}
                for bucket, keys in self.objects.items()
            },
        }

    @classmethod
    def from_json(cls, value: Any) -> Case:
        """Raises ValueError, one line, for what `to_json` does not give."""
        if not isinstance(value, dict):
            raise ValueError("not a saved case: it is no object")
        for name in ("definition", "input"):
            if name not in value:
                raise ValueError(f"not a saved case: it has no {name}")
        if not isinstance(value["definition"], dict):
            raise ValueError("not a saved case: its definition is no object")
        return cls(
            value["definition"],
            value["input"],
            _read("functions", value, _functions),
            _read("objects", value, _objects),
        )

    def save(self, path: Path) -> None:
        """Write the case to `path`, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", "utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path) -> Case:
        """Raises OSError, or ValueError for a file that is not a saved case."""
        try:
            return cls.from_json(json.loads(path.read_text("utf-8")))
        except UnicodeDecodeError:
            raise ValueError("not a saved case: it is no UTF-8") from None
        except json.JSONDecodeError as error:
            raise ValueError(f"not a saved case: no JSON: {error}") from None


def _read(name: str, saved: Mapping[str, Any], convert: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    try:
        return convert(saved.get(name, {}))
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a saved case: {name}: {error}") from None


def _functions(saved: Any) -> dict[str, Behaviour]:
    return {name: Behaviour(*map(Answer.from_json, answers)) for name, answers in saved.items()}


def _objects(saved: Any) -> dict[str, dict[str, bytes]]:
    return {
        bucket: {key: body.encode("latin-1") for key, body in keys.items()} for bucket, keys in saved.items()
    }
