"""Repeated, interleaved measuring: A B A B ..., so that a drifting machine slows both sides alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"


@dataclass(frozen=True)
class Sample:
    """Seconds of several runs of one thing, in the order they ran."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.name:<44} {self.median:8.3f} s   ({low:.3f} to {high:.3f}, {len(self.seconds)} runs)"


# As on a user's machine: bytecode caches are written by the warm-up and used after it.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def whole_process(command: Sequence[str], environment: dict[str, str] | None = None) -> float:
    """Wall-clock seconds of one run of `command` from start to exit; its failure is an error."""
    started = time.perf_counter()
    _run(command, environment)
    return time.perf_counter() - started


def figures(command: Sequence[str]) -> dict[str, Any]:
    """What `command` measured itself: the JSON object on its last line."""
    found: dict[str, Any] = json.loads(_run(command).splitlines()[-1])
    return found


def reported(command: Sequence[str]) -> float:
    """Seconds that `command` measured itself."""
    return float(figures(command)["seconds"])


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**ENVIRONMENT, **(environment or {})}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"benchmark command failed: {' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def interleave(contestants: dict[str, Callable[[], float]], runs: int, warmup: int = 1) -> dict[str, Sample]:
    """Run every contestant `warmup` times uncounted, then all of them in turn, `runs` times."""
    for _ in range(warmup):
        for contest in contestants.values():
            contest()
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, contest in contestants.items():
            seconds[name].append(contest())
    return {name: Sample(name, tuple(taken)) for name, taken in seconds.items()}


def ratio(over: Sample, under: Sample) -> str:
    """`over / under`, pair by pair: median, and the smallest and largest."""
    pairs = [a / b for a, b in zip(over.seconds, under.seconds, strict=True)]
    return f"{statistics.median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})"


def report(title: str, samples: dict[str, Sample], lines: Sequence[str]) -> None:
    print(f"\n## {title}")
    for sample in samples.values():
        print(f"  {sample}")
    for line in lines:
        print(f"  -> {line}")
