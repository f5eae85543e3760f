"""What is shown while an execution is watched, and who is asked before anything goes."""

from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from fanfold.cli.progress import ProgressLine, progress_text
from fanfold.deploy.operations import Progress

if TYPE_CHECKING:
    from tests.cli.conftest import Fanfold

LOOKS = [
    Progress(),
    Progress(total=4),
    Progress(total=4, started=2),
    Progress(total=4, started=2),
    Progress(total=4, started=4, succeeded=2, failed=1),
    Progress(total=4, started=4, succeeded=3, failed=1),
]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (LOOKS[1], "[........................] 0 of 4 done, 0 running"),
        (LOOKS[2], "[........................] 0 of 4 done, 2 running"),
        (LOOKS[4], "[##################......] 3 of 4 done, 1 running, 1 failed"),
        (LOOKS[5], "[########################] 4 of 4 done, 0 running, 1 failed"),
    ],
)
def test_progress_reads_well(progress: Progress, text: str) -> None:
    assert progress_text(progress) == text


def test_in_a_file_every_news_is_a_line() -> None:
    stream = StringIO()
    with ProgressLine(stream) as line:
        for look in LOOKS:
            line.show(look)
    assert stream.getvalue().splitlines() == [
        progress_text(look) for look in (LOOKS[1], LOOKS[2], *LOOKS[4:])
    ]


def test_on_a_terminal_one_line_is_written_over() -> None:
    stream = Terminal()
    with ProgressLine(stream) as line:
        for look in LOOKS:
            line.show(look)
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert written.endswith("\n")
    assert written.split("\r")[1:] == [
        f"{progress_text(look)}\x1b[K" for look in (LOOKS[1], LOOKS[2], LOOKS[4])
    ] + [f"{progress_text(LOOKS[5])}\x1b[K\n"]


def test_nothing_is_shown_of_what_has_no_iterations() -> None:
    stream = Terminal()
    with ProgressLine(stream) as line:
        line.show(Progress())
    assert stream.getvalue() == ""


class Somebody(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "maybe\n"])
def test_destroy_takes_nothing_but_yes_for_a_yes(
    fanfold: Fanfold, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    import boto3
    from moto import mock_aws

    monkeypatch.setattr(sys, "stdin", Somebody(answer))
    with mock_aws():
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="fanfold-demo", TemplateBody='{"Resources": {}}')
        done = fanfold("destroy", "workflows/demo.py")
        assert len(cloudformation.describe_stacks()["Stacks"]) == 1
    assert (done.code, done.out) == (1, "")
    assert (
        done.err
        == "Remove stack fanfold-demo in us-east-1, with its table and logs? [y/N] nothing was removed\n"
    )
