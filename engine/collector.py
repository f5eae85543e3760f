"""Keeps Python's cyclic garbage collector from walking a growing history again and again.

A history is many small objects, none of them garbage before the run is over. Full collections walk them all
each time their number has grown by a quarter, which makes long runs dearer per item than short ones. While a
run lasts, young objects are still collected, in larger portions, and full collections wait.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["patient_collector"]

PATIENT = (500000, 20, 1_000)
_lock = Lock()
_users = 0
_usual = gc.get_threshold()


@contextmanager
def patient_collector() -> Iterator[None]:
    """Collect rarely within the block; the last block to end, in any thread, restores what was set before."""
    global _users, _usual
    with _lock:
        if _users == 0:
            _usual = gc.get_threshold()
            if _usual[0]:
                gc.set_threshold(*PATIENT)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                gc.set_threshold(*_usual)
