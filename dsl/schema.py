"""JSON Schema of the models, for editors and for workflows written as YAML or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Family

__all__ = ["family_schema", "json_schema"]


def json_schema() -> dict[str, Any]:
    """The schema of a workflow file: a `MapWorkflow`, or a state machine in Amazon States Language.

    Field names are the models' own for a MapWorkflow and ASL's for states. Draft 2020-12.
    """
    from pydantic.json_schema import models_json_schema

    from .states.machine import StateMachine
    from .workflow import MapWorkflow

    _, made = models_json_schema(
        [(MapWorkflow, "validation"), (StateMachine, "validation")], title="A fanfold workflow"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "anyOf": [{"$ref": "#/$defs/MapWorkflow"}, {"$ref": "#/$defs/StateMachine"}],
    }


def family_schema(family: type[Family], handler: Any) -> dict[str, Any]:
    """Any member of a family, each with its tag."""
    import fanfold.dsl

    options = []
    for name in family.members:
        member = getattr(fanfold.dsl, name)
        member.model_rebuild()
        options.append({"title": name, "$ref": handler(member.__pydantic_core_schema__)["$ref"]})
    return {"oneOf": options}
