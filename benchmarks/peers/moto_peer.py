"""moto's Step Functions: prints the seconds from start to end. argv: definition.json input.json."""

import json
import sys
import time
from pathlib import Path

import boto3
from moto import mock_aws

definition, given = (Path(name).read_text() for name in sys.argv[1:3])
options = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
    client = boto3.client("stepfunctions", **options)
    arn = client.create_state_machine(
        name="bench", definition=definition, roleArn="arn:aws:iam::123456789012:role/bench"
    )["stateMachineArn"]
    started = time.perf_counter()
    execution = client.start_execution(stateMachineArn=arn, input=given)["executionArn"]
    while (state := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.005)
    seconds = time.perf_counter() - started
if state["status"] != "SUCCEEDED":
    raise SystemExit(f"moto: {state['status']} {state.get('error')} {state.get('cause')}")
print(json.dumps({"seconds": seconds, "items": len(json.loads(state["output"]))}))
