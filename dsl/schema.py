"""JSON Schema of the models, for editors and for workflows written as YAML or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Family, Model

__all__ = ["json_schema", "member_schema", "reference"]

_REFERENCE = "x-model"


def json_schema() -> dict[str, Any]:
    """The schema of a workflow file: a `MapWorkflow`, or a state machine in Amazon States Language.

    Field names are the models' own for a MapWorkflow and ASL's for states. Draft 2020-12.
    """
    import fanfold.dsl

    from .model import Asl, Family, Model

    definitions: dict[str, Any] = {}
    exported = [getattr(fanfold.dsl, name) for name in fanfold.dsl.__all__]
    for model in exported:
        if not isinstance(model, type) or not issubclass(model, Model):
            continue
        if issubclass(model, Family) and "family" in vars(model):
            definitions[model.__name__] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in model.members]}
            continue
        # Only the schema of what is written has the names of ASL, which documents spell its models by.
        made = model.model_json_schema(mode="serialization" if issubclass(model, Asl) else "validation")
        definitions |= made.pop("$defs", {})
        if "$ref" not in made:
            definitions[model.__name__] = made
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A fanfold workflow",
        "anyOf": [{"$ref": "#/$defs/MapWorkflow"}, {"$ref": "#/$defs/StateMachine"}],
        "$defs": {name: _linked(definitions[name]) for name in sorted(definitions)},
    }


def reference(model: type[Model] | str) -> dict[str, Any]:
    """Stands for the schema of a model that pydantic does not see, until `json_schema` links it."""
    return {_REFERENCE: model if isinstance(model, str) else model.__name__}


def member_schema(member: type[Family], schema: Any, handler: Any) -> dict[str, Any]:
    """A member's fields, and the tag that names it."""
    made: dict[str, Any] = handler(schema)
    fields = handler.resolve_ref_schema(made)
    fields["properties"] = {member.tag: {"const": member.__name__}, **fields.get("properties", {})}
    fields["required"] = [member.tag, *fields.get("required", [])]
    return made


def _linked(value: Any) -> Any:
    if isinstance(value, list):
        return [_linked(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _linked(item) for key, item in value.items() if key != _REFERENCE}
    if _REFERENCE in value:
        made["$ref"] = f"#/$defs/{value[_REFERENCE]}"
    return made
