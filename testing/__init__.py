"""For authors' tests: strategies, pytest plugin, Step Functions backends, conformance replay.

Imports `fanfold.dsl`, `compiler`, `engine` and `local`. Only `cli` may import it. Names are imported on first use,
since pytest loads the plugin into every session. `docs/testing.md` is the page for authors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fanfold.dsl.exports import lazy_exports

if TYPE_CHECKING:
    __all__: list[str]
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
else:
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
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
        },
    )
