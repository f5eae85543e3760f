"""Warm milliseconds per definition of cfn-lint's state machine rule. argv: definitions.jsonl ROUNDS."""

import json
import statistics
import sys
import time
from pathlib import Path

from cfnlint.api import lint
from cfnlint.config import ManualArgs

lines = Path(sys.argv[1]).read_text().splitlines()


def template(definition: object) -> str:
    role = "arn:aws:iam::123456789012:role/bench"
    properties = {"RoleArn": role, "Definition": definition}
    return json.dumps(
        {"Resources": {"M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}}
    )


templates = [template(json.loads(line)["resolved"]) for line in lines]
config = ManualArgs(regions=["us-east-1"])
lint(templates[0], config=config)
medians = []
for text in templates:
    taken = []
    for _ in range(int(sys.argv[2])):
        started = time.perf_counter()
        lint(text, config=config)
        taken.append((time.perf_counter() - started) * 1000)
    medians.append(statistics.median(taken))
print(json.dumps({"milliseconds": medians}))
