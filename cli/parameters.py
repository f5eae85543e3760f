"""What a command's parameters say of themselves: one description, read by Typer and by the fast path.

A command is a plain function whose annotations carry an `Argument` or an `Option`, as they would Typer's own.
Typer costs as much to import as the rest of a compile together, so the well-formed call of an everyday
command is parsed here, exactly, and everything else (help, mistakes, completion) is Typer's.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

__all__ = [
    "Argument",
    "Command",
    "Endpoint",
    "Form",
    "Name",
    "Option",
    "Overrides",
    "Parameter",
    "Profile",
    "Region",
    "Values",
    "Workflow",
    "parameters",
    "parse",
]

Command = Callable[..., int]


class Argument:
    """A positional value. `metavar` is how the help names it."""

    __slots__ = ("help", "metavar")

    def __init__(self, metavar: str, help: str) -> None:
        self.metavar = metavar
        self.help = help


class Option:
    """A named value, or for a `bool` a flag. `metavar` is how the help names the value."""

    __slots__ = ("flags", "help", "metavar")

    def __init__(self, *flags: str, help: str, metavar: str | None = None) -> None:
        self.flags = flags
        self.help = help
        self.metavar = metavar


class Parameter:
    """One parameter of a command: its name, type, default (`...` if required) and description."""

    __slots__ = ("default", "described", "many", "name", "type")

    def __init__(self, name: str, annotation: Any, default: Any) -> None:
        self.name = name
        kind, self.described = get_args(annotation)
        self.default = default
        optional = [one for one in get_args(kind) if one is not type(None)]
        if type(None) in get_args(kind):
            kind = optional[0]
        self.many = get_origin(kind) is list
        self.type: Any = get_args(kind)[0] if self.many else kind
        """`str`, `Path`, `int`, `bool` or a `Literal` of strings; where several may be given, of each."""

    @property
    def annotation(self) -> Any:
        """The type a value or its absence has."""
        kind = list[self.type] if self.many else self.type  # type: ignore[name-defined]
        return kind | None if self.default is None else kind


def parameters(command: Command) -> Iterator[Parameter]:
    """The parameters of a command in order, from its annotations (without `inspect`, slow to import)."""
    code = command.__code__
    names = code.co_varnames[: code.co_argcount]
    defaults = command.__defaults__ or ()
    required = len(names) - len(defaults)
    for position, name in enumerate(names):
        default = ... if position < required else defaults[position - required]
        yield Parameter(name, command.__annotations__[name], default)


def parse(command: Command, words: Sequence[str]) -> dict[str, Any] | None:
    """The keyword arguments that `words` give, exactly as Typer reads them, or None: let Typer judge.

    It declines rather than guesses: an unknown or abbreviated option, a short one, a repeated one, an empty
    value or one that looks like an option, `--`, a value that does not fit its type, an argument too many or
    missing.
    """
    known = list(parameters(command))
    options = {
        flag: one for one in known if isinstance(one.described, Option) for flag in one.described.flags
    }
    places = iter([one for one in known if isinstance(one.described, Argument)])
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            parameter = next(places, None)
            text: str | None = word
            if parameter is not None and parameter.many:
                places = iter([parameter])
        else:
            flag, equals, text = word.partition("=")
            parameter = options.get(flag) if flag.startswith("--") else None
            if parameter is None or (parameter.type is bool and equals):
                return None
            if not equals:
                text = "" if parameter.type is bool else next(rest, None)
        if parameter is None or text is None or not _take(parameter, text, found):
            return None
    for parameter in known:
        if parameter.name not in found:
            if parameter.default is ...:
                return None
            found[parameter.name] = parameter.default
    return found


def _take(parameter: Parameter, text: str, found: dict[str, Any]) -> bool:
    """Add the value to what was found; False where it is not one that is read in only one way."""
    value: Any
    if parameter.type is bool:
        value = True
    elif not text or text.startswith("-"):
        return False
    elif parameter.type is str:
        value = text
    elif parameter.type is Path:
        value = Path(text)
    elif parameter.type is int and text.isascii() and text.isdigit() and len(text) < 10:
        value = int(text)
    elif get_origin(parameter.type) is Literal and text in get_args(parameter.type):
        value = text
    else:
        return False
    if parameter.many:
        found.setdefault(parameter.name, []).append(value)
    elif parameter.name in found:
        return False
    else:
        found[parameter.name] = value
    return True


# Parameters that several commands share.
Workflow = Annotated[
    Path,
    Argument(
        "WORKFLOW",
        "file of the workflow (Python, YAML or JSON), such as workflows/demo.py; FILE::NAME picks one of several",
    ),
]
Name = Annotated[
    str | None, Option("--name", metavar="NAME", help="which workflow, if the file holds several")
]
Overrides = Annotated[
    list[str] | None,
    Option("--set", metavar="FIELD=VALUE", help="replace a field of the workflow; may be given again"),
]
Values = Annotated[
    list[str] | None,
    Option(
        "--parameter",
        metavar="NAME=VALUE",
        help="what ${NAME} stands for, where a deployment says so; may be given again",
    ),
]
Profile = Annotated[str | None, Option("--profile", metavar="NAME", help="profile of the AWS configuration")]
Region = Annotated[str | None, Option("--region", metavar="REGION", help="AWS region, such as eu-west-1")]
Endpoint = Annotated[
    str | None, Option("--endpoint-url", metavar="URL", help="call this endpoint in place of AWS's own")
]
Form = Annotated[
    Literal["text", "json"], Option("--format", metavar="text|json", help="for people, or for programs")
]
