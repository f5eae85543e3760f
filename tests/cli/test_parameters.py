"""The fast path: whatever it takes upon itself, it reads exactly as Typer does."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanfold.cli.app import run
from fanfold.cli.catalogue import GROUPS, command
from fanfold.cli.errors import UsageError
from fanfold.cli.main import FAST, main
from fanfold.cli.parameters import Argument, Command, Option, parameters, parse


def typer_reads(words: list[str]) -> tuple[Command, dict[str, Any]] | None:
    """What Typer calls, and with what; None where it calls nothing."""
    called: list[tuple[Command, dict[str, Any]]] = []

    def call(function: Command, arguments: dict[str, Any]) -> int:
        called.append((function, arguments))
        return 0

    try:
        run(words, call)
    except UsageError:
        assert called == []
    return called[0] if called else None


def words_for(name: str) -> st.SearchStrategy[list[str]]:
    """Command lines of a command: mostly sensible, with every kind of oddity in between."""
    flags = [
        flag
        for one in parameters(command(name))
        if isinstance(one.described, Option)
        for flag in one.described.flags
    ]
    usual = (
        "workflows/demo.py",
        "build",
        "a=b",
        "wait=25",
        "3",
        "0",
        "007",
        "json",
        "text",
        "sarif",
        "x.json",
    )
    odd = (
        "",
        "-",
        "--",
        "-x",
        "-1",
        "--no-such",
        "=",
        "@input.json",
        '{"a": 1}',
        " ",
        "ü",
        "1_000",
        "+3",
        "NaN",
    )
    values = st.sampled_from((*usual, *odd))
    flag = st.sampled_from([*flags, *(flag[:-1] for flag in flags), "--help", "-h", "--"])
    piece = st.one_of(
        values.map(lambda value: [value]),
        flag.map(lambda one: [one]),
        st.tuples(flag, values).map(list),
        st.tuples(flag, values).map(lambda pair: ["=".join(pair)]),
    )
    return st.lists(piece, max_size=6).map(lambda pieces: [word for piece in pieces for word in piece])


@pytest.mark.parametrize("name", sorted(FAST))
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_what_is_parsed_is_what_typer_parses(name: str, data: st.DataObject) -> None:
    words = data.draw(words_for(name))
    found = parse(command(name), words)
    if found is not None:
        assert typer_reads([name, *words]) == (command(name), found)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["check", "compile", "explain", "graph", "import", "load", "schema"])
@given(data=st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_command_line_ends_in_a_traceback(name: str, data: st.DataObject) -> None:
    """What is a bug is raised by `main`; all else is an exit code."""
    assert main([name, *data.draw(words_for(name))]) in (0, 1, 2)


@pytest.mark.parametrize(
    "line",
    [
        "compile workflows/demo.py",
        "compile workflows/demo.py --out build --set max_concurrency=3 --set wait=25",
        "compile --check workflows/demo.py --out=elsewhere",
        "run workflows/demo.py",
        "run workflows/demo.py --items list.json --format json",
        "graph workflows/demo.py --out demo.svg",
        "check workflows/demo.py machine.asl.json",
        "check --format sarif machine.asl.json",
    ],
)
def test_everyday_calls_take_the_fast_path(line: str) -> None:
    name, *words = line.split()
    assert name in FAST
    found = parse(command(name), words)
    assert found is not None
    assert typer_reads([name, *words]) == (command(name), found)


def sample(
    place: Annotated[Path, Argument("PLACE", "a place")],
    more: Annotated[list[str] | None, Argument("MORE", "more places")] = None,
    word: Annotated[str, Option("--word", metavar="WORD", help="a word")] = "w",
    number: Annotated[int, Option("--number", metavar="N", help="a number")] = 1,
    form: Annotated[Literal["a", "b"], Option("--form", metavar="a|b", help="a form")] = "a",
    many: Annotated[list[str] | None, Option("--many", metavar="M", help="many")] = None,
    flag: Annotated[bool, Option("--flag", help="a flag")] = False,
) -> int:
    return 0


DEFAULTS = {"more": None, "word": "w", "number": 1, "form": "a", "many": None, "flag": False}


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ("here", {}),
        ("here b c", {"more": ["b", "c"]}),
        ("here --number 3 --form b --flag", {"number": 3, "form": "b", "flag": True}),
        ("--many x here --many=y=z", {"many": ["x", "y=z"]}),
        ("--word=-", None),
        ("here --word -", None),
        ("here --word --flag", None),
        ("here --word", None),
        ("here --word a --word b", None),
        ("here --form c", None),
        ("here --number three", None),
        ("here --flag=true", None),
        ("here --wor x", None),
        ("here -h", None),
        ("here -- b", None),
        ("", None),
    ],
)
def test_what_can_be_read_in_one_way_only_is_read(line: str, changes: dict[str, Any] | None) -> None:
    expected = None if changes is None else {"place": Path("here"), **DEFAULTS, **changes}
    assert parse(sample, line.split()) == expected


def test_every_command_is_described() -> None:
    for name in (name for names in GROUPS.values() for name in names):
        function = command(name)
        summary = (function.__doc__ or "").partition("\n\n")[0]
        assert summary.endswith(".")
        assert "\n" not in summary
        for one in parameters(function):
            assert one.described.help, (name, one.name)
            assert not one.described.help.endswith("."), (name, one.name)
            if isinstance(one.described, Option) and one.type is not bool:
                assert one.described.metavar, (name, one.name)
