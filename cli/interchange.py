"""`fanfold import` and `fanfold schema`: from a definition to models, and from the models to a JSON Schema."""

import json
from pathlib import Path
from typing import Annotated

from .errors import UsageError
from .files import print_or_write
from .parameters import Argument, Option

__all__ = ["import_definition", "schema"]


def import_definition(
    file: Annotated[Path, Argument("FILE", "definition, or a template that holds some (.json, .yaml)")],
    name: Annotated[
        str | None,
        Option(
            "--name",
            metavar="NAME",
            help="name of the state machine, and which one of a template; default: its own there, or the file's",
        ),
    ] = None,
    out: Annotated[
        Path | None, Option("--out", metavar="FILE", help="write the module here; default: print it")
    ] = None,
) -> int:
    """Turn a definition into a Python module of models.

    The module compiles back to the same definition, key order aside; ${Substitutions} stay as they are.
    """
    from fanfold.compiler.documents import read_document
    from fanfold.compiler.importer import find_definition, import_definition
    from fanfold.compiler.load import no_such_file

    if not file.is_file():
        raise UsageError(no_such_file(file))
    if out is not None and out.exists():
        raise UsageError(f"{out} exists already; nothing was written")
    own, definition = find_definition(read_document(file, str(file)), name, str(file))
    chosen = name or own or file.name.partition(".")[0]
    text = import_definition(definition, name=chosen, origin=file.name)
    print_or_write(text, out)
    return 0


def schema(
    out: Annotated[
        Path | None, Option("--out", metavar="FILE", help="write the schema here; default: print it")
    ] = None,
) -> int:
    """Print the JSON Schema of workflows, for editors.

    A workflow may be written as YAML or JSON; with this schema an editor completes and checks it.
    """
    from fanfold.dsl.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    print_or_write(text, out)
    return 0
