"""What the tests of all workflows share: the query languages."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LANGUAGES = ("JSONPath", "JSONata")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each query language in turn, for the `query_language` of a run."""
    return str(request.param)
