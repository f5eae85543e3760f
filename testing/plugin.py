"""The pytest plugin: fixtures that run workflows, on any backend, and the coverage of their states.

pytest loads it where fanfold is installed; it imports the rest of fanfold when a test asks for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fanfold.compiler import Compiled

    from .backends import Backend
    from .coverage import WorkflowCoverage
    from .runs import Runner, WorkflowRun

__all__ = ["history_snapshot", "run", "sfn_backend", "workflow"]

BACKENDS = ("virtual", "moto", "local", "aws")
_COVERAGE = pytest.StashKey["dict[str, WorkflowCoverage]"]()
_SENT = "fanfold_coverage"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `pytest` that are fanfold's."""
    group = parser.getgroup("fanfold", "Step Functions workflows (fanfold)")
    group.addoption(
        "--sfn-backend",
        action="append",
        choices=BACKENDS,
        help="run workflows on this implementation of Step Functions (default: virtual); may be given again",
    )
    group.addoption(
        "--sfn-coverage", action="store_true", help="report which states and transitions were visited"
    )
    group.addoption(
        "--sfn-coverage-dir", metavar="DIR", help="the same, and a picture of each workflow in this folder"
    )
    group.addoption("--update-histories", action="store_true", help="renew the files of history_snapshot")


# -- fixtures ---------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a backend runs once on each that was chosen."""
    names = _chosen(metafunc.config)
    if "sfn_backend" in metafunc.fixturenames and len(names) > 1:
        metafunc.parametrize("sfn_backend", names, indirect=True, scope="module")


def _chosen(config: pytest.Config) -> list[str]:
    return list(dict.fromkeys(config.getoption("--sfn-backend") or ["virtual"]))


@pytest.fixture(scope="module")
def sfn_backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """The backend picked by --sfn-backend; a test is skipped with the reason where it is not to be had."""
    from .backends import BackendUnavailableError, open_backend

    name = getattr(request, "param", None) or _chosen(request.config)[0]
    with ExitStack() as stack:
        try:
            backend = stack.enter_context(open_backend(name))
        except BackendUnavailableError as reason:
            pytest.skip(str(reason))
        yield backend


@pytest.fixture(scope="session")
def workflow(request: pytest.FixtureRequest) -> Callable[..., Compiled]:
    """Compiles: `workflow("workflows/demo.py", max_concurrency=3)`, the path from the root of the tests."""
    from .runs import load

    compiled: dict[str, Compiled] = {}

    def compile(path: str, **overrides: Any) -> Compiled:
        key = json.dumps([path, overrides], sort_keys=True)
        if key not in compiled:
            compiled[key] = load(request.config.rootpath, path, overrides)
        return compiled[key]

    return compile


@pytest.fixture(scope="module")
def run(
    request: pytest.FixtureRequest, sfn_backend: Backend, workflow: Callable[..., Compiled]
) -> Iterator[Callable[..., WorkflowRun]]:
    """Runs: `run("workflows/demo.py", items=["a", "b"], max_concurrency=3)`.

    `items`, `input`, `functions`, `mocks`, `objects`, `durations`, `substitutions` and `seed` are those of
    `fanfold.testing.Runner`; every other argument replaces a field of the workflow. The workflow's handlers stay
    warm for the length of a module, as on Lambda. It may be used in a property test of hypothesis.
    """
    from .runs import Runner

    warm: dict[str, Runner] = {}
    with ExitStack() as stack:

        def start(
            path: str,
            *,
            items: Sequence[Any] | None = None,
            input: Any = None,
            functions: Mapping[str, Any] | None = None,
            mocks: Mapping[str, Any] | None = None,
            objects: Any = None,
            durations: float | Mapping[str, float] = 0.0,
            substitutions: Mapping[str, str] | None = None,
            seed: int = 0,
            **overrides: Any,
        ) -> WorkflowRun:
            compiled = workflow(path, **overrides)
            given: dict[str, Any] = {"functions": functions, "mocks": mocks, "objects": objects}
            plain: dict[str, Any] = {"durations": durations, "substitutions": substitutions, "seed": seed}
            if any(value is not None for value in given.values()):
                with Runner(compiled, backend=sfn_backend, **given, **plain) as runner:
                    done = runner.run(items=items, input=input)
            else:
                key = json.dumps([path, overrides, plain], sort_keys=True)
                if key not in warm:
                    warm[key] = stack.enter_context(Runner(compiled, backend=sfn_backend, **plain))
                done = warm[key].run(items=items, input=input)
            _cover(request.config, compiled, done)
            return done

        yield start


@pytest.fixture
def history_snapshot(request: pytest.FixtureRequest) -> Callable[[WorkflowRun], None]:
    """Holds a run's history against `histories/<module>.<test>.txt` beside the test file.

    `pytest --update-histories` writes it. A test may hold one history.
    """
    from .histories import history_lines

    node = request.node
    stem = re.sub(r"[^\w.-]+", "-", f"{node.path.stem}.{getattr(node, 'originalname', None) or node.name}")
    file: Path = node.path.parent / "histories" / f"{stem}.txt"

    def hold(run: WorkflowRun) -> None:
        __tracebackhide__ = True
        if run.backend != "virtual":
            from .backends import UnsupportedError

            raise UnsupportedError(
                f"{run.backend} orders and times its events as it will: no snapshot of them"
            )
        lines = history_lines(run.events)
        if request.config.getoption("--update-histories"):
            file.parent.mkdir(exist_ok=True)
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
            return
        if not file.is_file():
            raise AssertionError(f"no history at {file}: write it with pytest --update-histories")
        expected = file.read_text(encoding="utf-8").splitlines()
        if lines != expected:
            from .assertions import difference

            raise AssertionError(
                f"{run.workflow} has another history than {file.name} "
                f"(if it is right: pytest --update-histories)\n{difference(expected, lines)}"
            )

    return hold


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """What a backend cannot run is skipped with the reason, never passed."""
    try:
        return (yield)
    except Exception as error:
        if {"run", "sfn_backend"} & set(pyfuncitem.fixturenames):
            from .backends import UnsupportedError

            if isinstance(error, UnsupportedError):
                pytest.skip(str(error))
        raise


# -- coverage ---------------------------------------------------------------------------------------------


def _wanted(config: pytest.Config) -> bool:
    return bool(config.getoption("--sfn-coverage") or config.getoption("--sfn-coverage-dir"))


def _cover(config: pytest.Config, compiled: Compiled, run: WorkflowRun) -> None:
    if not _wanted(config):
        return
    covered = _covered(config, compiled.name, compiled.definition)
    for history in run.histories():
        covered.record(history)


def _covered(config: pytest.Config, name: str, definition: Mapping[str, Any]) -> WorkflowCoverage:
    """The coverage of a workflow: variants of it with the same states count as one."""
    from .coverage import WorkflowCoverage

    found = config.stash.setdefault(_COVERAGE, {})
    variants = [one for label, one in found.items() if label.split(" variant ")[0] == name]
    for one in variants:
        if one.same_graph(definition):
            return one
    label = f"{name} variant {len(variants) + 1}" if variants else name
    found[label] = WorkflowCoverage(label, definition)
    return found[label]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist sends what it covered to the one that reports."""
    sent = getattr(session.config, "workeroutput", None)
    if sent is not None and _wanted(session.config):
        sent[_SENT] = [one.to_json() for one in session.config.stash.get(_COVERAGE, {}).values()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a worker covered."""
    for one in getattr(node, "workeroutput", {}).get(_SENT, ()):
        name = one["name"].split(" variant ")[0]
        _covered(node.config, name, one["definition"]).add_json(one)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report what was visited, and draw it."""
    found = config.stash.get(_COVERAGE, {})
    if not found:
        return
    from .coverage import report_lines

    terminalreporter.section("workflow coverage")
    for line in report_lines(found.values()):
        terminalreporter.write_line(line)
    folder = config.getoption("--sfn-coverage-dir")
    if folder:
        for name, covered in found.items():
            file = Path(folder) / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', name).strip('-')}.svg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(covered.picture(), encoding="utf-8")
            terminalreporter.write_line(f"wrote {file}")
