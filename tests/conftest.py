"""How many examples a property gets: `dev` (100, the default), `ci` (2,000, where CI is true) or `nightly` (50,000).

FANFOLD_HYPOTHESIS_PROFILE picks one by name. CI draws the same examples each time, so that a change is what breaks it;
nightly runs draw others each night.
"""

import os

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

SLOW_TO_DRAW = [HealthCheck.too_slow, HealthCheck.data_too_large]
"""Machines are large examples, and a machine busy with other tests draws them slowly."""

settings.register_profile("dev", max_examples=100, deadline=None, suppress_health_check=SLOW_TO_DRAW)
settings.register_profile(
    "ci",
    max_examples=2000,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=SLOW_TO_DRAW,
)
settings.register_profile(
    "nightly", max_examples=50_000, deadline=None, print_blob=True, suppress_health_check=SLOW_TO_DRAW
)
settings.load_profile(
    os.environ.get("FANFOLD_HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev")
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A property is thousands of small tests: its limit is for the day it hangs, not for a busy machine.

    What takes long comes first, each kind in random order: no core waits at the end for the other one's last test.
    """
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.obj):
            item.add_marker(pytest.mark.timeout(1200))
    items.sort(key=lambda item: not takes_long(item))


def takes_long(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None or "properties" in item.path.parts
