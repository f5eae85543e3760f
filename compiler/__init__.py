"""Workflow to ASL: load, lower, check, emit. Plain functions in one visible order.

Imports `fanfold.dsl`. The engine never imports it. Names are imported on first use: checking a plain ASL file needs
no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fanfold.dsl.exports import lazy_exports

if TYPE_CHECKING:
    __all__: list[str]
    from .build import build_files as build_files
    from .build import check_build as check_build
    from .build import write_build as write_build
    from .compile import Compiled as Compiled
    from .compile import SourceInfo as SourceInfo
    from .compile import TableResource as TableResource
    from .compile import compile_workflow as compile_workflow
    from .errors import CompileError as CompileError
    from .handlers import FunctionResource as FunctionResource
    from .iam.policy import derive_policy as derive_policy
    from .importer import import_definition as import_definition
    from .load import LoadedWorkflow as LoadedWorkflow
    from .load import load_workflow as load_workflow
    from .load import load_workflows as load_workflows
else:
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "build": ("build_files", "check_build", "write_build"),
            "compile": ("Compiled", "SourceInfo", "TableResource", "compile_workflow"),
            "errors": ("CompileError",),
            "handlers": ("FunctionResource",),
            "importer": ("import_definition",),
            "load": ("LoadedWorkflow", "load_workflow", "load_workflows"),
            "iam.policy": ("derive_policy",),
        },
    )
