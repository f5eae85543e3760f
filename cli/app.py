"""The Typer application, made from the command functions: help, completion, and what wrong usage is told."""

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .catalogue import GROUPS, command
from .errors import UsageError
from .parameters import Argument, Command, Parameter, parameters

__all__ = ["run"]

Call = Callable[[Command, dict[str, Any]], int]
Take = Callable[[Command, dict[str, Any]], None]


def run(words: Sequence[str], call: Call) -> int:
    """Parse `words` and hand the command and its arguments to `call`; raises `UsageError` on wrong usage.

    The command runs once Typer is done, which would end the process in ways of its own at an interrupt or a
    closed pipe.
    """
    taken: list[tuple[Command, dict[str, Any]]] = []
    application = _application(lambda command, values: taken.append((command, values)))
    try:
        status = application(args=list(words), prog_name="fanfold", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        raise UsageError(_message(error, words)) from None
    if taken:
        return call(*taken[0])
    return status if isinstance(status, int) else 0


def _message(error: typer.TyperException, words: Sequence[str]) -> str:
    """Typer's words in one line, and where the right ones are."""
    text = error.format_message().removesuffix(".").replace("Value error, ", "")
    text = re.sub(r" \(Possible options: ([^)]*)\)", r"; did you mean \1?", text)
    known = words[:1] if words and any(words[0] in names for names in GROUPS.values()) else []
    return f"{text[:1].lower()}{text[1:]} (see {' '.join(['fanfold', *known, '--help'])})"


class _Grouped(TyperGroup):
    """Lists the commands under the headings of the catalogue."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for heading, names in GROUPS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(66)) for name in names])


def _application(take: Take) -> typer.Typer:
    app = typer.Typer(
        cls=_Grouped,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        epilog="Exit status: 0 done, 1 the workflow or the run failed, 2 wrong usage.",
    )

    @app.callback(invoke_without_command=True)
    def fanfold(
        context: typer.Context,
        version: Annotated[
            bool, typer.Option("--version", help="Show the version and exit.", metavar="")
        ] = False,
    ) -> None:
        """Step Functions map pipelines: author in Python, check, run here, prove, deploy."""
        if version:
            from importlib.metadata import version as version_of

            print(f"fanfold {version_of('fanfold')}")
            raise typer.Exit
        if context.invoked_subcommand is None:
            print(context.get_help())
            raise typer.Exit

    for name in (name for names in GROUPS.values() for name in names):
        app.command(name)(_wrapped(command(name), take))
    return app


def _wrapped(function: Command, take: Take) -> Callable[..., None]:
    """`function` as Typer wants it: the same parameters, described by Typer's own classes."""

    def wrapper(**values: Any) -> None:
        take(function, values)

    known = list(parameters(function))
    wrapper.__doc__ = function.__doc__
    wrapper.__annotations__ = {one.name: _annotation(one) for one in known}
    wrapper.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                one.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if one.default is ... else one.default,
                annotation=wrapper.__annotations__[one.name],
            )
            for one in known
        ]
    )
    return wrapper


def _annotation(parameter: Parameter) -> Any:
    described = parameter.described
    text = described.help[:1].upper() + described.help[1:] + "."
    if isinstance(described, Argument):
        return Annotated[parameter.annotation, typer.Argument(metavar=described.metavar, help=text)]
    metavar = "" if parameter.type is bool else described.metavar
    shown = parameter.type is not bool
    return Annotated[
        parameter.annotation, typer.Option(*described.flags, metavar=metavar, help=text, show_default=shown)
    ]
