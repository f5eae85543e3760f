"""What `fanfold new` writes: a workflow, its handler and sample items, commented for a first reader."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from .errors import CompileError

__all__ = ["scaffold", "write_scaffold"]

_WORKFLOW = '''"""{title}: a list of items, each handed to a function.

    fanfold run workflows/{module}.py       run it here, now, in virtual time
    fanfold compile workflows/{module}.py   write its definition, policy and CDK app to build/{name}
    fanfold graph workflows/{module}.py     draw it
"""

from fanfold.dsl import DynamoDBList, LambdaFunction, MapWorkflow

{module} = MapWorkflow(
    # Names the build folder, the state machine and the CloudFormation stack.
    name="{name}",
    # Where the items come from: one row of a DynamoDB table, made by the stack, whose attribute holds the
    # list. `fanfold run` takes them from workflows/{module}.items.json, or from the file that --items names.
    # Items([...]) lists them here; ExecutionInput("$.items") takes them from the input of the execution.
    source=DynamoDBList(table="{name}-items", key={{"id": "items"}}, attribute="values"),
    # What handles an item: a function in this repository, or LambdaFunction(function="name or ARN") for
    # another.
    worker=LambdaFunction(handler="lambda/{module}/handler.py:handler", memory=128, timeout=30),
    # Seconds (or a timedelta, or ISO 8601 such as "PT2S") to wait before each item: a simple throttle.
    wait=0,
    # How many items at once; 0 is as many as Step Functions can, about 40.
    max_concurrency=5,
    # Seconds after which the whole execution fails with States.Timeout.
    timeout=300,
)
'''

_HANDLER = '''"""The function of {module}: it is called once for every item."""

from typing import Any


def handler(event: Any, context: Any) -> Any:
    """Handle one item; what is returned becomes the item's result in the execution's output.

    `event` is the item as DynamoDB writes it, with its type: {{"S": "text"}}, {{"N": "1"}}, {{"M": {{...}}}}.
    Raising an exception fails the item, and with it the execution.
    """
    item = event["M"]["name"]["S"]
    print(f"handling {{item}}")
    return {{"name": item, "done": True}}
'''

_ITEMS = """[
  {"name": "first"},
  {"name": "second"},
  {"name": "third"}
]
"""


def scaffold(name: str) -> dict[Path, str]:
    """The files of a new workflow, by their path in the repository.

    Raises `CompileError` (exit code 2) for a name that neither a workflow nor a Python module could have.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", name):
        raise CompileError(
            f"'{name}' cannot name a workflow: a letter, then up to 62 of a-z A-Z 0-9 _ -",
            exit_code=2,
        )
    module = name.replace("-", "_").lower()
    if keyword.iskeyword(module) or keyword.issoftkeyword(module):
        raise CompileError(f"'{name}' is a word of Python and cannot name a module", exit_code=2)
    title = name.replace("-", " ").replace("_", " ").capitalize()
    texts = {
        Path("workflows", f"{module}.py"): _WORKFLOW,
        Path("workflows", f"{module}.items.json"): None,
        Path("lambda", module, "handler.py"): _HANDLER,
    }
    return {
        path: _ITEMS if text is None else text.format(name=name, module=module, title=title)
        for path, text in texts.items()
    }


def write_scaffold(name: str, root: Path) -> list[Path]:
    """Write the files of a new workflow below `root` and return their paths in order.

    Raises `CompileError` (exit code 2) where one of them exists, before any is written, or where one cannot
    be written; what was written until then is taken back.
    """
    files = scaffold(name)
    if existing := [path for path in files if (root / path).exists()]:
        raise CompileError(f"{root / existing[0]} exists already; nothing was written", exit_code=2)
    written: list[Path] = []
    try:
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            with (root / path).open("x", encoding="utf-8") as stream:
                written.append(root / path)
                stream.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise CompileError(f"cannot write {error.filename}: {error.strerror}", exit_code=2) from None
    return written
