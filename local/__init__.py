"""The local surroundings of a run: handlers as Lambda functions, embedded AWS services, S3 as a folder.

`run_compiled` is what `fanfold run` does; the rest are its parts, for tests that arrange a run of their own.
Imports `fanfold.engine` and `fanfold.compiler`; `cli` and `testing` may import it. Needs the extra
`fanfold[local]`, and that only once a run calls an AWS service.
"""

from .aws import Aws, EmbeddedAws, RemoteAws
from .errors import LocalError
from .functions import Function, Functions, Invocation
from .mocks import parse_mocks
from .objects import FolderObjects, S3Objects
from .one_state import run_state
from .run import LocalRun, LogLine, fill_definition, functions_of, run_compiled
from .runner import LocalTasks
from .supply import supply_items

__all__ = [
    "Aws",
    "EmbeddedAws",
    "FolderObjects",
    "Function",
    "Functions",
    "Invocation",
    "LocalError",
    "LocalRun",
    "LocalTasks",
    "LogLine",
    "RemoteAws",
    "S3Objects",
    "fill_definition",
    "functions_of",
    "parse_mocks",
    "run_compiled",
    "run_state",
    "supply_items",
]
