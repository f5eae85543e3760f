"""What an author writes: pydantic models of workflows, sources, workers, states and policies. No I/O.

Imports pydantic only. Everything may import it. Names are imported on first use, so that a workflow pays at start-up
for the models it names and no others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .duration import Duration as Duration
    from .policies import LAMBDA_RETRY as LAMBDA_RETRY
    from .policies import Catcher as Catcher
    from .policies import Retrier as Retrier
    from .sources.base import Source as Source
    from .sources.dynamodb import DynamoDBList as DynamoDBList
    from .sources.inline import ExecutionInput as ExecutionInput
    from .sources.inline import Items as Items
    from .states.base import State as State
    from .states.choice import Choice as Choice
    from .states.choice import ChoiceRule as ChoiceRule
    from .states.fail import Fail as Fail
    from .states.machine import StateMachine as StateMachine
    from .states.map import ItemProcessor as ItemProcessor
    from .states.map import Map as Map
    from .states.map import ProcessorConfig as ProcessorConfig
    from .states.passing import Pass as Pass
    from .states.task import Task as Task
    from .states.wait import Wait as Wait
    from .workers.base import Worker as Worker
    from .workers.function import LambdaFunction as LambdaFunction
    from .workflow import MapWorkflow as MapWorkflow

_MODULES = {
    "duration": ("Duration",),
    "policies": ("LAMBDA_RETRY", "Catcher", "Retrier"),
    "sources.base": ("Source",),
    "sources.dynamodb": ("DynamoDBList",),
    "sources.inline": ("ExecutionInput", "Items"),
    "states.base": ("State",),
    "states.choice": ("Choice", "ChoiceRule"),
    "states.fail": ("Fail",),
    "states.machine": ("StateMachine",),
    "states.map": ("ItemProcessor", "Map", "ProcessorConfig"),
    "states.passing": ("Pass",),
    "states.task": ("Task",),
    "states.wait": ("Wait",),
    "workers.base": ("Worker",),
    "workers.function": ("LambdaFunction",),
    "workflow": ("MapWorkflow",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import the module that defines `name`."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
