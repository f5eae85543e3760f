"""What the command line itself refuses, and how the errors of every room leave it."""

__all__ = ["RefusedError", "UsageError", "error_lines", "exit_code"]


class UsageError(Exception):
    """The command was called in a way that means nothing: one line, exit code 2."""

    exit_code = 2


class RefusedError(Exception):
    """The checker found what Step Functions would refuse: the findings as they are shown, exit code 1."""

    exit_code = 1


def error_lines(error: BaseException) -> list[str]:
    """An error as it is printed: one line, or for a `CompileError` one for each problem."""
    if isinstance(error, RefusedError):
        return [str(error)]
    return [f"error: {line}" for line in getattr(error, "problems", (str(error),))]


def exit_code(error: BaseException) -> int | None:
    """The exit code of an error that is meant for the user, None for one that is a bug.

    Errors meant for the user are fanfold's own exceptions that carry an `exit_code`; asking for the attribute
    spares importing every room that has one.
    """
    code = getattr(error, "exit_code", None)
    ours = any(base.__module__.partition(".")[0] == "fanfold" for base in type(error).__mro__)
    return code if ours and isinstance(code, int) else None
