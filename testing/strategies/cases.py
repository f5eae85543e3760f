"""Whole cases, and how a failing one is shown."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st

from fanfold.compiler import LoadedWorkflow, compile_workflow
from fanfold.compiler.locations import Locations
from fanfold.dsl import MapWorkflow, StateMachine

from ..cases import Behaviour, Case
from ..replay import describe_case
from .behaviours import task_behaviours
from .machines import FUNCTIONS, machine_inputs, state_machines

__all__ = ["machine_cases", "remember", "workflow_case"]

_FOLDER = "FANFOLD_CASES"


def machine_cases(
    definitions: st.SearchStrategy[dict[str, Any]] | None = None,
    *,
    inputs: st.SearchStrategy[Any] | None = None,
    behaviours: st.SearchStrategy[Behaviour] | None = None,
) -> st.SearchStrategy[Case]:
    """A generated state machine with an input and the behaviour of each of `FUNCTIONS`."""
    behaviour = behaviours if behaviours is not None else task_behaviours()
    return st.builds(
        Case,
        definitions if definitions is not None else state_machines(),
        inputs if inputs is not None else machine_inputs(),
        st.fixed_dictionaries(dict.fromkeys(FUNCTIONS, behaviour)),
    )


def workflow_case(
    workflow: MapWorkflow | StateMachine,
    input: Any = None,
    functions: Mapping[str, Behaviour] | None = None,
    objects: Mapping[str, Mapping[str, bytes]] | None = None,
) -> Case:
    """The case of a workflow made in memory: it is compiled as one in a module is. Raises CompileError."""
    here = Path.cwd()
    name = getattr(workflow, "name", "generated")
    loaded = LoadedWorkflow(name, workflow, here / "generated.py", here, Locations(here))
    return Case(compile_workflow(loaded).definition, input, dict(functions or {}), dict(objects or {}))


def remember(case: Case) -> None:
    """Have hypothesis show the case, as fanfold source and as ASL, if the test fails with it; it is saved then too.

    Cases are saved in the folder that the variable FANFOLD_CASES names, `.hypothesis/fanfold` by default.
    """
    note(_Shown(case))  # type: ignore[arg-type, unused-ignore]


class _Shown:
    """Described only when hypothesis prints it: describing costs more than most tests."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def __repr__(self) -> str:
        text = json.dumps(self._case.to_json(), sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        file = Path(os.environ.get(_FOLDER) or Path(".hypothesis") / "fanfold") / f"{digest}.json"
        self._case.save(file)
        return describe_case(self._case, file)
