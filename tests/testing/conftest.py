"""What Step Functions Local cannot run here is skipped with the reason, as in tests of authors."""

from __future__ import annotations

import pkgutil
from collections.abc import Generator
from importlib import import_module

import pytest

from fanfold.testing.backends import UnsupportedError

PACKAGES = ("dsl", "compiler", "engine", "local", "testing")


@pytest.fixture(scope="session", autouse=True)
def all_imported() -> None:
    """pytester forgets what a run of its own imported; a class that others hold by then would be there twice."""
    for package in PACKAGES:
        folder = import_module(f"fanfold.{package}")
        for module in pkgutil.walk_packages(folder.__path__, f"fanfold.{package}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    backend = pyfuncitem.funcargs.get("backend") or pyfuncitem.funcargs.get("local")
    try:
        return (yield)
    except UnsupportedError as reason:
        if getattr(backend, "name", None) == "local":
            pytest.skip(str(reason))
        raise
