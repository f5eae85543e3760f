"""Hypothesis strategies for workflows, state machines, their inputs and how their tasks behave.

Imports hypothesis, so it comes with `fanfold[testing]`. Everything shrinks towards few, plain states and small values.
"""

# Raises the recursion limit when it is first imported, which hypothesis warns of if that is within a test.
import jsonata  # type: ignore[import-untyped]  # noqa: F401

from .behaviours import task_behaviours
from .cases import machine_cases, remember, workflow_case
from .datasets import Dataset, s3_datasets
from .machines import machine_inputs, machine_plans, state_machines
from .plans import Plan, render
from .values import items, json_values
from .workflows import inputs_for, map_workflows

__all__ = [
    "Dataset",
    "Plan",
    "inputs_for",
    "items",
    "json_values",
    "machine_cases",
    "machine_inputs",
    "machine_plans",
    "map_workflows",
    "remember",
    "render",
    "s3_datasets",
    "state_machines",
    "task_behaviours",
    "workflow_case",
]
