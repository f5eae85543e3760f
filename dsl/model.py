"""The base of every model: frozen, strict about names, cheap to import, and dumped to ASL without serializers.

Schemas are built on first use (`defer_build`) and a field that takes "any source" or "any state" checks the family
(`Family`) rather than holding a union of all its members, so that a module pays only for the models it names.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError, core_schema

__all__ = ["Family", "Model", "observe"]

Observer = Callable[["Model", FrameType, "ValidationError | None"], None]
_observer: Observer | None = None


@contextmanager
def observe(observer: Observer) -> Iterator[None]:
    """Tell `observer` of every model constructed in the block: the instance, its caller's frame, the error or None.

    With an observer a model whose values are wrong does not raise: its maker gets an incomplete instance and goes on,
    so that one pass over a module finds the mistakes of every call in it. Such an instance must never be used.
    """
    global _observer
    previous, _observer = _observer, observer
    try:
        yield
    finally:
        _observer = previous


class Model(BaseModel):
    """A frozen model that refuses unknown fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        validate_by_name=True,
        validate_by_alias=True,
        loc_by_alias=False,
        use_attribute_docstrings=False,
    )

    def __init__(self, /, **data: Any) -> None:
        """Validate `data`; raises pydantic's `ValidationError` with every mistake."""
        __tracebackhide__ = True
        observer = _observer
        if observer is None:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
            return
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError as error:
            for name, value in (("__dict__", {}), ("__pydantic_fields_set__", set())):
                object.__setattr__(self, name, value)
            object.__setattr__(self, "__pydantic_extra__", None)
            object.__setattr__(self, "__pydantic_private__", None)
            observer(self, sys._getframe(1), error)
        else:
            observer(self, sys._getframe(1), None)

    # pydantic: nothing but validation happens here, so a nested dict need not pass through this function.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    def to_asl(self) -> dict[str, Any]:
        """The fields that were set, under their ASL names, as JSON values."""
        given = self.model_fields_set
        return {
            field.alias or name: _plain(getattr(self, name))
            for name, field in type(self).model_fields.items()
            if name in given
        }


class Family(Model):
    """A base class whose fields accept any of its members: an instance, or a mapping that names its member.

    A family sets `family` (what to call it in messages), `tag` (the key that names the member) and `members`
    (tag value -> name in `fanfold.dsl`). Members are imported when a mapping asks for them.
    """

    family: ClassVar[str] = ""
    tag: ClassVar[str] = "type"
    members: ClassVar[dict[str, str]] = {}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Members validate as models; the family itself by isinstance or by tag."""
        if "family" not in cls.__dict__:
            schema: core_schema.CoreSchema = handler(source)
            return schema
        return core_schema.no_info_plain_validator_function(cls._accept)

    @classmethod
    def _accept(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        known = ", ".join(cls.members.values())
        if not isinstance(value, dict):
            raise PydanticCustomError(
                "family", "expected {family} ({known})", {"family": cls.family, "known": known}
            )
        tag = value.get(cls.tag)
        if not isinstance(tag, str) or tag not in cls.members:
            raise PydanticCustomError(
                "family_tag",
                "expected {family} with '{tag}' one of {known}",
                {"family": cls.family, "tag": cls.tag, "known": ", ".join(cls.members)},
            )
        import fanfold.dsl

        member = getattr(fanfold.dsl, cls.members[tag])
        return member.model_validate({key: item for key, item in value.items() if key != cls.tag})  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_asl()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
