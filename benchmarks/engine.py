"""The engine against moto, sfnx and aws-local-stepfunctions: 10,000 items inline, a million CSV rows."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

from .measure import PEERS, Sample, figures, interleave, ratio, report, reported
from .peers import node, peer_python
from .workloads import execution_input, machine

COUNT = 10_000


class Files:
    """Definitions and inputs as files, since every contestant is a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, value: object) -> str:
        path = self.folder / name
        path.write_text(json.dumps(value))
        return str(path)

    def arguments(self, workload: str, language: str, *, from_input: bool, count: int = COUNT) -> list[str]:
        stem = f"{workload}-{language}-{count}-{from_input}"
        definition = machine(workload, count, language, from_input=from_input)
        given = execution_input(count, from_input=from_input)
        return [self.write(f"{stem}.json", definition), self.write(f"{stem}-input.json", given)]


def ours(arguments: list[str]) -> float:
    return reported([sys.executable, "-m", "benchmarks.ours", *arguments])


def sfnx(arguments: list[str]) -> float:
    return reported([peer_python(), str(PEERS / "sfnx_peer.py"), *arguments])


def moto(arguments: list[str]) -> float:
    return reported([sys.executable, str(PEERS / "moto_peer.py"), *arguments])


def asl_local(arguments: list[str]) -> float:
    return reported([node(), str(PEERS / "asl_local.mjs"), *arguments])


def inline_maps(files: Files) -> None:
    jsonpath = partial(files.arguments, language="JSONPath")
    jsonata = partial(files.arguments, language="JSONata")

    passing = jsonpath("pass", from_input=False)
    samples = interleave(
        {
            "fanfold, full history": partial(ours, passing),
            "aws-local-stepfunctions": partial(asl_local, passing),
            "moto": partial(moto, passing),
        },
        runs=3,
        warmup=0,
    )
    mine, node_peer, moto_peer = samples.values()
    lines = [
        f"moto / fanfold: {ratio(moto_peer, mine)}   (reach: 40)",
        f"aws-local-stepfunctions / fanfold: {ratio(node_peer, mine)}   (reach: 3)",
    ]
    report(f"(a) inline Map of {COUNT:,} items, Pass, JSONPath", samples, lines)

    for title, workload, reach in (
        ("(b) Wait 2 s + Task, JSONata", "wait-task", "2.5"),
        ("(c) Pass with one JSONata expression", "expression", "30"),
    ):
        made, given = (jsonata(workload, from_input=flag) for flag in (False, True))
        samples = interleave(
            {
                "fanfold": partial(ours, made),
                "sfnx": partial(sfnx, made),
                "fanfold, items from the execution input": partial(ours, given),
                "sfnx, items from the execution input": partial(sfnx, given),
            },
            runs=5,
        )
        mine, peer, mine_given, peer_given = samples.values()
        lines = [
            f"sfnx / fanfold: {ratio(peer, mine)}   (reach: {reach})",
            f"sfnx / fanfold, items from the input: {ratio(peer_given, mine_given)}",
            f"(d) fanfold, from the input / made: {ratio(mine_given, mine)}   (reach: within 10 %)",
        ]
        report(title, samples, lines)

    made, given = (jsonpath("pass", from_input=flag) for flag in (False, True))
    samples = interleave(
        {"Pass, items made": partial(ours, made), "Pass, items from the input": partial(ours, given)}, runs=9
    )
    first, second = samples.values()
    report(
        "(d) Pass, items from the execution input",
        samples,
        [f"input / made: {ratio(second, first)}   (reach: within 10 %)"],
    )


def cost_per_item(files: Files) -> None:
    counts = (1_000, 10_000, 100_000)
    contestants = {
        f"{count:,} items": partial(ours, files.arguments("pass", "JSONPath", from_input=True, count=count))
        for count in counts
    }
    samples = interleave(contestants, runs=5)
    each = [sample.median / count * 1e6 for sample, count in zip(samples.values(), counts, strict=True)]
    spread = max(each) / min(each) - 1
    costs = ", ".join(f"{cost:.1f}" for cost in each)
    report(
        "Cost per item, Pass, full history",
        samples,
        [f"microseconds an item: {costs}; spread {spread:.0%}   (reach: within 15 %)"],
    )


def million_rows(folder: Path, rows: int = 1_000_000) -> None:
    path = folder / "rows.csv"
    with path.open("w") as file:
        file.write("id,name,amount,currency,created\n")
        file.writelines(
            f"{number},customer {number % 9973},{number % 10007 / 100},EUR,2026-01-{number % 28 + 1:02}\n"
            for number in range(rows)
        )
    peaks: list[int] = []

    def once(which: str) -> float:
        command = [sys.executable, "-m", "benchmarks.ours_csv", which, str(path)]
        told = figures(command)
        if told["rows"] != rows:
            raise SystemExit(f"{which} saw {told['rows']} rows, not {rows}")
        if which == "map":
            peaks.append(told["peak_mb"])
        return float(told["seconds"])

    samples: dict[str, Sample] = interleave(
        {
            "fanfold distributed Map, batches of 1,000": partial(once, "map"),
            "csv.DictReader + json.dumps": partial(once, "floor"),
        },
        runs=3,
        warmup=0,
    )
    mine, plain = samples.values()
    report(
        f"(e) distributed Map over {rows:,} CSV rows, history summary",
        samples,
        [
            f"fanfold / plain pass: {ratio(mine, plain)}   (reach: at most 8)",
            f"peak memory: {statistics.median(peaks):.0f} MB   (reach: at most 600)",
        ],
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = Files(Path(folder))
        inline_maps(files)
        cost_per_item(files)
        million_rows(Path(folder))


if __name__ == "__main__":
    main()
