"""What the properties share: moto without its sleeps, and the table that generated workflows read."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture(scope="module")
def moto() -> Iterator[Any]:
    """moto's Step Functions, one session for a module's examples; it retries at once instead of sleeping.

    Not for longer: moto is one for a whole process, and other tests want theirs empty.
    """
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

    from fanfold.testing.backends import open_backend
    from fanfold.testing.strategies.workflows import TABLE

    patch = pytest.MonkeyPatch()
    patch.setattr(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: None))
    with open_backend("moto") as backend:
        backend.client("dynamodb").create_table(
            TableName=TABLE.table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": "HASH"} for name in TABLE.key],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in TABLE.key],
        )
        yield backend
    patch.undo()
