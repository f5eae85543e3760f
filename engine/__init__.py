"""Runs an Amazon States Language definition on one machine, in virtual time.

Knows ASL, not the DSL; knows no AWS SDK; imports no other package of fanfold. Anyone may import it, through
the names below only.
"""

from .distributed import MapRun
from .errors import InvalidDefinition
from .execution import CompiledDefinition, Execution, compile_definition, run
from .quotas import AWS_QUOTAS, NO_QUOTAS, Quotas
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

__all__ = [
    "AWS_QUOTAS",
    "NO_QUOTAS",
    "CompiledDefinition",
    "Execution",
    "InvalidDefinition",
    "MapRun",
    "ObjectStore",
    "ObjectStoreError",
    "Quotas",
    "TaskAnswer",
    "TaskCall",
    "TaskFailure",
    "TaskHang",
    "TaskRunner",
    "TaskSuccess",
    "compile_definition",
    "run",
]
