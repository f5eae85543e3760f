"""For authors' tests: strategies, pytest plugin, Step Functions backends, conformance replay.

Imports `fanfold.dsl`, `compiler`, `engine` and `local`. Only `cli` may import it. Names are imported on first use,
since pytest loads the plugin into every session. `docs/testing.md` is the page for authors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions import assert_failed as assert_failed
    from .assertions import assert_history as assert_history
    from .assertions import assert_invocations as assert_invocations
    from .assertions import assert_succeeded as assert_succeeded
    from .assertions import assert_timed_out as assert_timed_out
    from .backends import Outcome as Outcome
    from .backends import UnsupportedError as UnsupportedError
    from .backends import open_backend as open_backend
    from .functions import FunctionError as FunctionError
    from .histories import history_lines as history_lines
    from .objects import MemoryObjectStore as MemoryObjectStore
    from .runs import Invocation as Invocation
    from .runs import Runner as Runner
    from .runs import WorkflowRun as WorkflowRun

_MODULES = {
    "assertions": (
        "assert_failed",
        "assert_history",
        "assert_invocations",
        "assert_succeeded",
        "assert_timed_out",
    ),
    "backends": ("Outcome", "UnsupportedError", "open_backend"),
    "functions": ("FunctionError",),
    "histories": ("history_lines",),
    "objects": ("MemoryObjectStore",),
    "runs": ("Invocation", "Runner", "WorkflowRun"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)


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
