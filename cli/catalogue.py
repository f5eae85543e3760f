"""Every command and where it lives, in the order and under the headings of `fanfold --help`."""

from importlib import import_module

from .parameters import Command

__all__ = ["GROUPS", "command"]

GROUPS = {
    "Author": ("new", "check", "compile", "graph", "explain"),
    "Run here": ("run", "emulator"),
    "Run on AWS": ("deploy", "load", "start", "status", "logs", "diff", "destroy"),
}

_MODULES = {
    "new": "new",
    "check": "check",
    "explain": "check",
    "compile": "compile",
    "graph": "graph",
    "run": "run",
    "emulator": "emulator",
    "deploy": "aws",
    "load": "aws",
    "start": "aws",
    "status": "aws",
    "logs": "aws",
    "diff": "aws",
    "destroy": "aws",
}


def command(name: str) -> Command:
    """The function of a command; raises `KeyError` for a name that is none."""
    module = import_module(f"fanfold.cli.{_MODULES[name]}")
    found: Command = getattr(module, name)
    return found
