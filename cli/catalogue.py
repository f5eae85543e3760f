"""Every command and where it lives, in the order and under the headings of `fanfold --help`."""

from importlib import import_module

from .parameters import Command

__all__ = ["GROUPS", "command"]

GROUPS = {
    "Author": ("new", "check", "compile", "graph", "import", "schema", "explain"),
    "Run here": ("run", "test", "test-state", "emulator"),
    "Run on AWS": ("deploy", "load", "start", "status", "logs", "diff", "destroy"),
}

_HOMES = {
    "new": "new:new",
    "check": "check:check",
    "compile": "compile:compile",
    "graph": "graph:graph",
    "import": "interchange:import_definition",
    "schema": "interchange:schema",
    "explain": "check:explain",
    "run": "run:run",
    "test": "probe:probe_workflow",
    "test-state": "one_state:one_state",
    "emulator": "emulator:emulator",
    "deploy": "aws:deploy",
    "load": "aws:load",
    "start": "aws:start",
    "status": "aws:status",
    "logs": "aws:logs",
    "diff": "aws:diff",
    "destroy": "aws:destroy",
}


def command(name: str) -> Command:
    """The function of a command; raises `KeyError` for a name that is none."""
    module, function = _HOMES[name].split(":")
    found: Command = getattr(import_module(f"fanfold.cli.{module}"), function)
    return found
