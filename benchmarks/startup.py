"""Cold starts: `fanfold compile` and `fanfold run` as a user meets them, whole processes."""

from __future__ import annotations

import sys
import sysconfig
import tempfile
from functools import partial
from pathlib import Path

from .measure import interleave, ratio, report, whole_process

FANFOLD = str(Path(sysconfig.get_path("scripts")) / "fanfold")

# What any embedded-DynamoDB run has to do at the least: the floor of `fanfold run workflows/demo.py`.
MOTO_FLOOR = """
import boto3
from moto import mock_aws
with mock_aws():
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("dynamodb", region_name="us-east-1", **keys)
    client.create_table(
        TableName="T", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
    )
    client.put_item(TableName="T", Item={"k": {"S": "a"}, "values": {"L": [{"S": "Economics"}]}})
    assert client.get_item(TableName="T", Key={"k": {"S": "a"}})["Item"]
"""


def main(runs: int = 11) -> None:
    with tempfile.TemporaryDirectory() as folder:
        compile_demo = [FANFOLD, "compile", "workflows/demo.py", "--out", folder]
        whole_process(compile_demo)
        cdk = {"CDK_OUTDIR": str(Path(folder) / "cdk.out")}
        samples = interleave(
            {
                "python -c 'import pydantic'": partial(
                    whole_process, [sys.executable, "-c", "import pydantic"]
                ),
                "python -c 'from pydantic import BaseModel'": partial(
                    whole_process, [sys.executable, "-c", "from pydantic import BaseModel"]
                ),
                "fanfold compile workflows/demo.py": partial(whole_process, compile_demo),
            },
            runs,
        )
        bare, model, ours = samples.values()
        synth = interleave(
            {
                "fanfold compile workflows/demo.py": partial(whole_process, compile_demo),
                "CDK's Python synth of the same machine": partial(
                    whole_process, [sys.executable, str(Path(folder) / "demo" / "app.py")], cdk
                ),
            },
            5,
        )
        again, cdk_synth = synth.values()
        report(
            "Cold fanfold compile",
            samples | {"CDK's Python synth of the same machine": cdk_synth},
            [
                f"compile / import pydantic: {ratio(ours, bare)}   (reach: at most 2.5)",
                f"compile / from pydantic import BaseModel: {ratio(ours, model)}",
                f"CDK synth / compile: {ratio(cdk_synth, again)}   (reach: at least 12)",
            ],
        )
    samples = interleave(
        {
            "boto3 + moto: create table, put, get": partial(
                whole_process, [sys.executable, "-c", MOTO_FLOOR]
            ),
            "fanfold run workflows/demo.py": partial(whole_process, [FANFOLD, "run", "workflows/demo.py"]),
        },
        runs,
    )
    floor, ours = samples.values()
    report(
        "Cold fanfold run of the demo (6 virtual seconds)",
        samples,
        [f"run / floor: {ratio(ours, floor)}   (reach: at most 1.5)"],
    )


if __name__ == "__main__":
    main()
