"""Runs an Amazon States Language definition on one machine, in virtual time.

Knows ASL, not the DSL; knows no AWS SDK; imports no other package of fanfold. Anyone may import it, through
the names below only.
"""

from .distributed import MapRun
from .errors import InvalidDefinition
from .execution import CompiledDefinition, Execution, compile_definition, run
from .mocks import ByIteration, Mock, MockError, MockFile, MockFileError, Mocks
from .quotas import AWS_QUOTAS, NO_QUOTAS, Quotas
from .readers_formats import MissingExtraError
from .steps import Step, StepReader
from .task import (
    ObjectStore,
    ObjectStoreError,
    TaskAnswer,
    TaskCall,
    TaskFailure,
    TaskHang,
    TaskRunner,
    TaskSuccess,
)
from .test_state import StateRequestError, inspect_state

__all__ = [
    "AWS_QUOTAS",
    "NO_QUOTAS",
    "ByIteration",
    "CompiledDefinition",
    "Execution",
    "InvalidDefinition",
    "MapRun",
    "MissingExtraError",
    "Mock",
    "MockError",
    "MockFile",
    "MockFileError",
    "Mocks",
    "ObjectStore",
    "ObjectStoreError",
    "Quotas",
    "StateRequestError",
    "Step",
    "StepReader",
    "TaskAnswer",
    "TaskCall",
    "TaskFailure",
    "TaskHang",
    "TaskRunner",
    "TaskSuccess",
    "compile_definition",
    "inspect_state",
    "run",
]
