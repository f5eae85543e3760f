"""What the properties share: the judge that a generated definition is fit, and moto without its sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="session")
def moto() -> Iterator[Any]:
    """moto's Step Functions, one session for all examples; it retries at once instead of sleeping."""
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

    from fanfold.testing.backends import open_backend

    patch = pytest.MonkeyPatch()
    patch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))
    with open_backend("moto") as backend:
        yield backend
    patch.undo()
