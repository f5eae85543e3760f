"""What Step Functions Local cannot run here is skipped with the reason, as in tests of authors."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from fanfold.testing.backends import UnsupportedError


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    backend = pyfuncitem.funcargs.get("backend") or pyfuncitem.funcargs.get("local")
    try:
        return (yield)
    except UnsupportedError as reason:
        if getattr(backend, "name", None) == "local":
            pytest.skip(str(reason))
        raise
