"""The list of what backends cannot do and do wrongly is true: a fault that is mended fails its test here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fanfold.testing.backends import (
    NAMES,
    Backend,
    BackendUnavailableError,
    known_faults,
    open_backend,
)
from fanfold.testing.backends.faults import FAULTS, LIMITS, Fault

BACKENDS = ["moto", pytest.param("local", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    try:
        with open_backend(request.param) as found:
            yield found
    except BackendUnavailableError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_is_there_still(backend: Backend, fault: Fault) -> None:
    if fault.backend != backend.name:
        pytest.skip(f"a fault of {fault.backend}")
    outcome = backend.start_execution(fault.definition, fault.input, fault.functions)
    assert outcome.result != fault.right, f"{fault.id} is mended: take it off the list"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_fault_is_told_apart_by_the_engine(fault: Fault) -> None:
    with open_backend("virtual") as virtual:
        assert virtual.start_execution(fault.definition, fault.input, fault.functions).result == fault.right
    assert fault in known_faults(fault.backend, fault.definition)
    assert fault.source.startswith("https://")
    assert len(fault.title) > 20


def test_a_plain_definition_has_no_fault_and_no_limit() -> None:
    plain = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    assert [known_faults(name, plain) for name in NAMES] == [[]] * len(NAMES)
    assert not any(limit.applies(plain) for limit in LIMITS)


def test_ids_are_unique() -> None:
    assert len({fault.id for fault in FAULTS}) == len(FAULTS)
