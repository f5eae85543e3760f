"""Our engine on one machine, in a process of its own as the peers are. argv: definition.json input.json."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from fanfold.engine import NO_QUOTAS, TaskCall, TaskSuccess, run


def echo(call: TaskCall) -> TaskSuccess:
    return TaskSuccess(call.input)


def main() -> None:
    definition, given = (json.loads(Path(name).read_text()) for name in sys.argv[1:3])
    run(definition, given, tasks=echo, quotas=NO_QUOTAS)  # uncounted: late imports, as for every peer
    started = time.perf_counter()
    execution = run(definition, given, tasks=echo, quotas=NO_QUOTAS, history="full")
    seconds = time.perf_counter() - started
    if execution.status != "SUCCEEDED":
        raise SystemExit(f"fanfold: {execution.status} {execution.error} {execution.cause}")
    figures = {"seconds": seconds, "items": len(execution.output), "events": len(execution.history)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
