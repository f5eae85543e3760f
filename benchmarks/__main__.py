"""`python -m benchmarks [startup|engine|check ...]`: all of them, or those named."""

import sys

from . import check, engine, startup

BENCHMARKS = {"startup": startup.main, "engine": engine.main, "check": check.main}

chosen = sys.argv[1:] or list(BENCHMARKS)
unknown = [name for name in chosen if name not in BENCHMARKS]
if unknown:
    raise SystemExit(f"no benchmark named {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
for name in chosen:
    BENCHMARKS[name]()
