"""Map states."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..model import Model
from .machine import States
from .task import Working

__all__ = ["ItemProcessor", "Map", "ProcessorConfig"]


class ProcessorConfig(Model):
    """How iterations run. https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html"""

    mode: Literal["INLINE", "DISTRIBUTED"] | None = Field(
        None, alias="Mode", description="INLINE or DISTRIBUTED"
    )
    execution_type: Literal["STANDARD", "EXPRESS"] | None = Field(
        None, alias="ExecutionType", description="type of the child executions of a DISTRIBUTED map"
    )


class ItemProcessor(States):
    """The states each item goes through."""

    processor_config: ProcessorConfig | None = Field(
        None, alias="ProcessorConfig", description="inline or distributed"
    )


class Map(Working):
    """Run states once per item of a list. https://states-language.net/#map-state"""

    items_path: str | None = Field(
        None, alias="ItemsPath", description="path of the list in the input (JSONPath)"
    )
    items: Any = Field(None, alias="Items", description="the list (JSONata)")
    item_selector: Any = Field(None, alias="ItemSelector", description="template of each iteration's input")
    max_concurrency: int | str | None = Field(
        None, alias="MaxConcurrency", description="iterations at once; 0: no limit"
    )
    item_processor: ItemProcessor | None = Field(
        None, alias="ItemProcessor", description="the states of an iteration"
    )
