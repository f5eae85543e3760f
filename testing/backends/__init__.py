"""One way to run an execution, on many implementations of Step Functions. Used by authors' tests and our own.

`open_backend(name)` gives a context manager; its `start_execution(definition, input, functions)` runs to the end.
"""

from .base import NAMES, Backend, BackendUnavailableError, Outcome, UnsupportedError, open_backend
from .faults import fails_on_null, known_faults

__all__ = [
    "NAMES",
    "Backend",
    "BackendUnavailableError",
    "Outcome",
    "UnsupportedError",
    "fails_on_null",
    "known_faults",
    "open_backend",
]
