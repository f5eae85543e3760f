"""What the command line itself refuses, and how the errors of every room leave it."""

__all__ = ["UsageError", "exit_code"]


class UsageError(Exception):
    """The command was called in a way that means nothing: one line, exit code 2."""

    exit_code = 2


def exit_code(error: BaseException) -> int | None:
    """The exit code of an error that is meant for the user, None for one that is a bug.

    Errors meant for the user are fanfold's own exceptions that carry an `exit_code`; asking for the attribute
    spares importing every room that has one.
    """
    code = getattr(error, "exit_code", None)
    ours = any(base.__module__.partition(".")[0] == "fanfold" for base in type(error).__mro__)
    return code if ours and isinstance(code, int) else None
