"""sfnx's local runner: prints the seconds of the run alone. argv: definition.json input.json."""

import json
import sys
import time
from pathlib import Path

from sfnx.testing import run

definition, given = (json.loads(Path(name).read_text()) for name in sys.argv[1:3])
run(definition, given, tasks=lambda call: call.arguments)  # uncounted: late imports
started = time.perf_counter()
execution = run(definition, given, tasks=lambda call: call.arguments)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "items": len(execution.output)}))
