"""For authors' tests: strategies, pytest plugin, Step Functions backends, conformance replay.

Imports `fanfold.dsl`, `compiler`, `engine` and `local`. Only `cli` may import it.
"""

from .objects import MemoryObjectStore

__all__ = ["MemoryObjectStore"]
