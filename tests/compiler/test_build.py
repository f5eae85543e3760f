"""The build folder: the same bytes, nothing half-written, nothing lost that is not ours."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fanfold.compiler import CompileError, check_build, compile_workflow, load_workflow, write_build

TEXT = """\
from fanfold.dsl import Items, LambdaFunction, MapWorkflow

w = MapWorkflow(name="w", source=Items([1]), worker=LambdaFunction(handler="lambda/echo/handler.py:handler"))
"""


@pytest.fixture
def workflow(project: Path) -> Path:
    file = project / "workflows/w.py"
    file.write_text(TEXT)
    return file


def build(file: Path, out: Path, **overrides: str) -> Path:
    return write_build(compile_workflow(load_workflow(file, overrides=overrides)), out)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_holds_all_a_deployment_needs(workflow: Path, tmp_path: Path) -> None:
    (workflow.parent.parent / "lambda/echo/__pycache__").mkdir()
    (workflow.parent.parent / "lambda/echo/__pycache__/handler.pyc").write_text("")
    (workflow.parent.parent / "lambda/echo/data").mkdir()
    (workflow.parent.parent / "lambda/echo/data/words.txt").write_text("w")
    folder = build(workflow, tmp_path / "out")
    assert folder == tmp_path / "out/w"
    assert sorted(contents(folder)) == [
        ".fanfold-build.json",
        "app.py",
        "cdk.json",
        "definition.asl.json",
        "functions/echo/data/words.txt",
        "functions/echo/handler.py",
        "policy.json",
        "source-map.json",
    ]
    compile((folder / "app.py").read_text(), "app.py", "exec")
    assert json.loads((folder / "definition.asl.json").read_text())["StartAt"] == "Items"


def test_the_same_workflow_gives_the_same_bytes(workflow: Path, tmp_path: Path) -> None:
    assert contents(build(workflow, tmp_path / "a")) == contents(build(workflow, tmp_path / "b"))


def test_a_build_that_has_not_changed_is_not_written(workflow: Path, tmp_path: Path) -> None:
    folder = build(workflow, tmp_path)
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    build(workflow, tmp_path)
    assert {path.stat().st_mtime for path in folder.rglob("*") if path.is_file()} == {1}


def test_a_new_build_removes_what_it_no_longer_makes_and_nothing_else(workflow: Path, tmp_path: Path) -> None:
    folder = build(workflow, tmp_path)
    (folder / "cdk.out").mkdir()
    (folder / "cdk.out/tree.json").write_text("{}")
    (folder / "functions/notes.txt").write_text("mine")
    build(workflow, tmp_path, worker='{"type": "LambdaFunction", "function": "f"}')
    assert not (folder / "functions/echo").exists()
    assert (folder / "functions/notes.txt").read_text() == "mine"
    assert (folder / "cdk.out/tree.json").exists()


def test_check_tells_every_difference(workflow: Path, tmp_path: Path) -> None:
    compiled = compile_workflow(load_workflow(workflow))
    assert f"{tmp_path / 'w' / 'app.py'}: missing" in check_build(compiled, tmp_path)
    folder = build(workflow, tmp_path)
    assert check_build(compiled, tmp_path) == []
    changed = compile_workflow(load_workflow(workflow, overrides={"max_concurrency": "3"}))
    assert check_build(changed, tmp_path) == [f"{folder / 'definition.asl.json'}: differs"]
    without = load_workflow(workflow, overrides={"worker": '{"type": "LambdaFunction", "function": "f"}'})
    assert f"{folder / 'functions/echo/handler.py'}: no longer made" in check_build(
        compile_workflow(without), tmp_path
    )


def test_an_output_folder_that_cannot_be_is_one_line_and_leaves_all_as_it_was(
    workflow: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CompileError, match=r"cannot write .*file.*: Not a directory") as caught:
        build(workflow, tmp_path / "file")
    assert caught.value.exit_code == 2
    assert (tmp_path / "file").read_text() == "mine"


def test_a_failure_halfway_leaves_the_earlier_build(workflow: Path, tmp_path: Path) -> None:
    folder = build(workflow, tmp_path)
    before = contents(folder)
    (folder / f".stage-{os.getpid()}").write_text("in the way")
    with pytest.raises(CompileError, match="cannot write"):
        build(workflow, tmp_path, max_concurrency="3")
    (folder / f".stage-{os.getpid()}").unlink()
    assert contents(folder) == before


def test_a_list_of_owned_files_cannot_reach_outside(workflow: Path, tmp_path: Path) -> None:
    folder = build(workflow, tmp_path)
    (tmp_path / "precious").write_text("mine")
    (folder / ".fanfold-build.json").write_text(
        json.dumps({"files": ["../precious", str(tmp_path / "precious"), 3]})
    )
    build(workflow, tmp_path)
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_file_no_build_wrote_is_not_written_over(workflow: Path, tmp_path: Path) -> None:
    (tmp_path / "out/w").mkdir(parents=True)
    (tmp_path / "out/w/app.py").write_text("mine")
    with pytest.raises(
        CompileError, match=r"app\.py exists and no build wrote it; nothing was written"
    ) as caught:
        build(workflow, tmp_path / "out")
    assert caught.value.exit_code == 2
    assert contents(tmp_path / "out") == {"w/app.py": b"mine"}


def test_a_build_killed_between_any_two_files_is_finished_by_the_next(
    workflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(allowed: int) -> Callable[[Path, Path], Path]:
        def replace(source: Path, target: Path) -> Path:
            nonlocal allowed
            allowed -= 1
            if allowed < 0:
                raise KeyboardInterrupt
            return source.rename(target)

        return replace

    whole = contents(build(workflow, tmp_path / "whole", max_concurrency="3"))
    for renames in range(len(whole)):
        out = tmp_path / str(renames)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", killed(renames))
            with pytest.raises(KeyboardInterrupt):
                build(workflow, out)
        assert contents(build(workflow, out, max_concurrency="3")) == whole


def test_what_a_killed_build_staged_is_taken_away_in_time(workflow: Path, tmp_path: Path) -> None:
    folder = build(workflow, tmp_path)
    for name in (".stage-1", ".stage-2"):
        (folder / name).mkdir()
        (folder / name / "app.py").write_text("half")
    os.utime(folder / ".stage-1", (1, 1))
    build(workflow, tmp_path)
    assert not (folder / ".stage-1").exists()
    assert (folder / ".stage-2/app.py").exists()


def test_a_linked_folder_is_deployed_and_a_loop_of_links_ends(workflow: Path, tmp_path: Path) -> None:
    handler = workflow.parent.parent / "lambda/echo"
    (tmp_path / "common").mkdir()
    (tmp_path / "common/words.py").write_text("WORDS = 1")
    (handler / "common").symlink_to(tmp_path / "common")
    (handler / "loop").symlink_to(handler)
    folder = build(workflow, tmp_path / "out")
    assert sorted(contents(folder / "functions/echo")) == ["common/words.py", "handler.py"]
