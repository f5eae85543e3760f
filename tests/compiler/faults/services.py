"""Faults of Map states and of calls of services."""

from typing import Any

from faults.mutator import DOUBTFUL, FUNCTION, GONE, GUIDE, PASS, WARN, Site, kind


def _maps() -> None:
    reader, config = "ItemReader", "ItemReader/ReaderConfig"
    page = GUIDE + "input-output-itemreader.html"
    kind(
        "both processors",
        "Map",
        "Iterator",
        [{"StartAt": "Zz", "States": {"Zz": dict(PASS)}}],
        needs="ItemProcessor",
    )
    kind(
        "ItemSelector and Parameters",
        "Map",
        "Parameters",
        [{"a": 1}],
        needs="ItemSelector",
        language="JSONPath",
    )
    kind(
        "reader's resource",
        "Map",
        f"{reader}/Resource",
        [
            "arn:aws:states:::s3:listObjects",
            "s3:getObject",
            "",
            "arn:aws:states:::aws-sdk:s3:getObject",
            FUNCTION,
            "arn:aws:states:::dynamodb:getItem",
            "arn:aws:states:::s3:putObject",
            "arn:aws:states:::s3:getobject",
        ],
        source=page,
    )
    kind("reader's resource", "Map", f"{reader}/Resource", [GONE], source=page)
    kind(
        "writer's resource",
        "Map",
        "ResultWriter/Resource",
        ["arn:aws:states:::s3:getObject", "s3:putObject", "", "arn:aws:states:::s3:PutObject", GONE],
        source=page,
    )
    for field, language in (("Parameters", "JSONPath"), ("Arguments", "JSONata")):
        kind("no Bucket", "Map", f"{reader}/{field}/Bucket", [GONE], source=page)
        kind("no Key", "Map", f"{reader}/{field}/Key", [GONE], source=page)
        kind("no Key", "Map", f"{reader}/{field}/Key.$", [GONE], source=page, field="Key")
        kind("no place", "Map", f"{reader}/{field}", [GONE, {}], source=page, language=language, needs=reader)
        kind("no Bucket", "Map", f"ResultWriter/{field}/Bucket", [GONE], source=page)
        kind("unknown argument of the reader", "Map", f"{reader}/{field}/Foo", [1], source=page)
        kind("unknown argument of the reader", "Map", f"{reader}/{field}/bucket", ["b"], source=page)
        kind("unknown argument of the writer", "Map", f"ResultWriter/{field}/Foo", [1], source=page)
        for holder in (reader, "ResultWriter"):
            values = [7, True, "b", ["b"]]
            kind(
                "place that is no object",
                "Map",
                f"{holder}/{field}",
                values,
                source=page,
                needs=f"{holder}/{field}",
            )
        kind("type of Bucket", "Map", f"{reader}/{field}/Bucket", [1, ["b"], {}, None, ""], tier=DOUBTFUL)
    given = f"{config}/CSVHeaderLocation"
    kind("no InputType", "Map", f"{config}/InputType", [GONE], source=page)
    kind(
        "no ReaderConfig",
        "Map",
        f"{reader}/ReaderConfig",
        [GONE, {}],
        needs=f"{config}/InputType",
        source=page,
        field="ItemReader",
    )
    kind("no CSVHeaderLocation", "Map", given, [GONE], source=page)
    kind("no CSVHeaders", "Map", f"{config}/CSVHeaders", [GONE, [], [1], [""]], source=page)
    kind("headers twice", "Map", given, ["FIRST_ROW"], needs=f"{config}/CSVHeaders", source=page)
    kind(
        "CSV option for JSON",
        "Map",
        f"{config}/InputType",
        ["JSON", "JSONL", "PARQUET"],
        source=page,
        needs=f"{config}/CSVHeaders",
        field="CSV",
    )
    kind(
        "ItemsPointer for CSV",
        "Map",
        f"{config}/ItemsPointer",
        ["/a"],
        needs=f"{config}/CSVHeaders",
        source=page,
    )
    kind(
        "bad ItemsPointer",
        "Map",
        f"{config}/ItemsPointer",
        ["a/b", "$.a", "a", "/a~2b"],
        source=page,
        needs=f"{config}/ItemsPointer",
    )
    kind(
        "InputType for a listing",
        "Map",
        f"{config}/InputType",
        ["CSV", "JSON"],
        needs=f"{config}/MaxItemsPath",
        source=page,
    )
    kind(
        "Transformation of a file",
        "Map",
        f"{config}/Transformation",
        ["LOAD_AND_FLATTEN"],
        needs=f"{config}/InputType",
        source=page,
    )
    kind(
        "Transformation without InputType",
        "Map",
        f"{config}/Transformation",
        ["LOAD_AND_FLATTEN"],
        needs=f"{config}/MaxItemsPath !{config}/InputType",
        source=page,
    )
    kind(
        "ManifestType and InputType",
        "Map",
        f"{config}/ManifestType",
        ["S3_INVENTORY"],
        needs=f"{config}/InputType",
        source=page,
        field="InputType",
    )
    kind(
        "InputType MANIFEST with CSV options",
        "Map",
        f"{config}",
        [{"InputType": "MANIFEST", "ItemsPointer": "/a"}],
        needs=f"{config}/InputType",
        field="ItemsPointer",
    )
    kind("no batch size", "Map", "ItemBatcher", [{"BatchInput": {"a": 1}}], needs="ItemBatcher")
    kind("empty batcher", "Map", "ItemBatcher", [{}], needs="ItemBatcher", tier=DOUBTFUL)
    kind("empty writer", "Map", "ResultWriter", [{}], needs="ResultWriter", tier=DOUBTFUL)
    kind("empty WriterConfig", "Map", "ResultWriter/WriterConfig", [{}], needs="ResultWriter", tier=DOUBTFUL)
    for path, value in [
        ("ItemReader", {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "b"}}),
        ("ItemBatcher", {"MaxItemsPerBatch": 1}),
        ("Label", "x"),
        ("ToleratedFailureCount", 1),
        ("ToleratedFailurePercentage", 1),
        ("ResultWriter", {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}),
    ]:
        kind(
            f"{path} in an inline Map",
            "Map",
            path,
            [value],
            needs="!ItemReader !Label !ItemBatcher",
            language="JSONPath",
            tier=DOUBTFUL,
        )
    processor = "ItemProcessor/ProcessorConfig"
    kind(
        "ExecutionType of an inline Map",
        "Map",
        f"{processor}/Mode",
        ["INLINE"],
        tier=DOUBTFUL,
        needs=f"{processor}/ExecutionType",
        field="ExecutionType",
    )
    kind("no ExecutionType", "Map", f"{processor}/ExecutionType", [GONE], tier=DOUBTFUL)
    kind(
        "ExecutionType without Mode",
        "Map",
        f"{processor}/Mode",
        [GONE],
        tier=DOUBTFUL,
        needs=f"{processor}/ExecutionType",
        field="ExecutionType",
    )
    kind(
        "bad Label",
        "Map",
        "Label",
        [
            "my rows",
            "x" * 41,
            "a*",
            "a?b",
            "a<b",
            "a{b",
            "a:b",
            "a;b",
            "a,b",
            "a|b",
            "a^b",
            "a~b",
            "a$b",
            "a#b",
            "a%b",
            "a&b",
            "a`b",
            'a"b',
            "a\\b",
            "a[b",
            "a\tb",
        ],
        needs="ItemReader",
    )
    kind(
        "ItemsPath beside a reader",
        "Map",
        "ItemsPath",
        ["$.a"],
        needs="ItemReader !ItemsPath",
        language="JSONPath",
        tier=DOUBTFUL,
    )
    kind(
        "Items beside a reader", "Map", "Items", [[1]], needs="ItemReader", language="JSONata", tier=DOUBTFUL
    )


def _services() -> None:
    for value in [
        "not an arn",
        "arn:aws:lambda",
        "arn:aws:states:::",
        "lambda:invoke",
        "arn:aws:states:::lambda",
        "arn:aws:states:::aws-sdk:s3",
        "arn:aws:states:::aws-sdk:s3:",
        "arn:aws:states:::lambda:invokes",
        "arn:aws:states:::lambda:Invoke",
        "arn:aws:states:::Lambda:invoke",
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::dynamodb:GetItem",
        "arn:aws:states:::sqs:sendMessages",
        "arn:aws:states:::s3:getObject",
        "arn:aws:states:::s3:putObject",
        "arn:aws:states:::ssm:getParameter",
        "arn:aws:states:::ses:sendEmail",
        "arn:aws:states:::aws-sdk:dynamdb:getItem",
        "arn:aws:states:::aws-sdk:s3:getObjects",
        "arn:aws:states:::aws-sdk:s3:GetObject",
        "arn:aws:states:::aws-sdk:stepfunctions:startExecution",
        "arn:aws:states:::aws-sdk:S3:getObject",
        "arn:aws:states:::aws-sdk:lambda:invokes",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::sns:publish.sync",
        "arn:aws:states:::dynamodb:getItem.waitForTaskToken",
        "arn:aws:states:::http:invoke.waitForTaskToken",
        "arn:aws:states:::sqs:sendMessage.WaitForTaskToken",
        "arn:aws:states:::sqs:sendMessage.waitForToken",
        "arn:aws:states:::batch:submitJob.sync:2",
        "arn:aws:states:::states:startExecution.sync:3",
        "arn:aws:states:::aws-sdk:s3:getObject.sync",
        "arn:aws:states:::glue:startJobRun.Sync",
        "arn:aws:states:::events:putEvents.sync",
        "arn:aws:states:::ecs:runTasks",
        "arn:aws:s3:::bucket",
        "arn:aws:sqs:us-east-1:123456789012:queue",
        "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "arn:aws:iam::123456789012:role/r",
        "arn:aws:lambda:us-east-1:123456789012:layer:l",
        "arn:aws:states:::athena:startQueryExecution.waitForTaskToken",
        "arn:aws:states:::codebuild:startBuild.waitForTaskToken",
        "arn:aws:states:::aws-sdk:bedrockruntime:invokeModelWithResponseStream",
        " ",
        "arn:aws:states:::lambda:invoke ",
        "arn:aws:states::lambda:invoke",
        "aws:states:::lambda:invoke",
    ]:
        kind("bad Resource", "Task", "Resource", [value], source=GUIDE + "integrate-services.html")
    kind("expression as Resource", "Task", "Resource", ["{% $states.input.arn %}"], language="JSONata")
    kind("path as Resource", "Task", "Resource", ["$.arn"])
    for field, language in (("Parameters", "JSONPath"), ("Arguments", "JSONata")):
        for resource, good in {
            "lambda:invoke": {"FunctionName": "f"},
            "sqs:sendMessage": {"QueueUrl": "q", "MessageBody": "m"},
            "dynamodb:putItem": {"TableName": "t", "Item": {"id": {"S": "1"}}},
            "dynamodb:updateItem": {"TableName": "t", "Key": {"id": {"S": "1"}}},
            "ecs:runTask": {"TaskDefinition": "t"},
            "batch:submitJob": {"JobName": "j", "JobDefinition": "d", "JobQueue": "q"},
            "glue:startJobRun": {"JobName": "j"},
            "athena:startQueryExecution": {"QueryString": "q"},
            "states:startExecution": {"StateMachineArn": "a"},
            "events:putEvents": {"Entries": [{"Detail": {}, "DetailType": "d", "Source": "s"}]},
            "http:invoke": {
                "ApiEndpoint": "https://a",
                "Method": "GET",
                "Authentication": {"ConnectionArn": "a"},
            },
            "apigateway:invoke": {"ApiEndpoint": "a", "Method": "GET"},
            "aws-sdk:s3:getObject": {"Bucket": "b", "Key": "k"},
            "aws-sdk:sfn:startExecution": {"StateMachineArn": "a"},
            "aws-sdk:dynamodb:getItem": {"TableName": "t", "Key": {"id": {"S": "1"}}},
            "aws-sdk:ssm:getParameter": {"Name": "n"},
        }.items():
            state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "TimeoutSeconds": 9}

            def task(given: dict[str, Any], state: dict[str, Any] = state, field: str = field) -> Any:
                return lambda site: {**state, field: given, **_flow(site)}

            page = GUIDE + "integrate-optimized.html"
            common: dict[str, Any] = {"language": language, "source": page}
            kind("unknown argument", "Task", "*", [task({**good, "FooBar": 1})], field="FooBar", **common)
            for name in good:
                rest = {key: value for key, value in good.items() if key != name}
                if name != "Authentication":
                    kind("missing argument", "Task", "*", [task(rest)], field=name, **common)
                kind(
                    "argument in lower case",
                    "Task",
                    "*",
                    [task({**rest, name[0].lower() + name[1:]: good[name]})],
                    field=name[0].lower() + name[1:],
                    **common,
                )
                kind(
                    "misspelt argument",
                    "Task",
                    "*",
                    [task({**rest, name + "s": good[name]})],
                    field=name + "s",
                    **common,
                )
            kind(
                "arguments that are no object",
                "Task",
                "*",
                [task("x"), task(["x"]), task(7)],
                field=field,
                tier=DOUBTFUL,
                **common,
            )
    kind(
        "no token",
        "Task",
        "Parameters",
        [{"QueueUrl": "q", "MessageBody": "m"}],
        tier=WARN,
        language="JSONPath",
        needs="TimeoutSecondsPath",
    )
    kind(
        "no Arguments",
        "Task",
        "Parameters",
        [GONE],
        language="JSONPath",
        field="",
        needs="Parameters/FunctionName",
    )
    kind(
        "no Arguments",
        "Task",
        "Arguments",
        [GONE],
        language="JSONata",
        field="",
        needs="Arguments/FunctionName",
    )


def _words() -> None:
    for resource, argument, word in [
        ("http:invoke", "Method", "FETCH"),
        ("http:invoke", "Method", "get"),
        ("apigateway:invoke", "AuthType", "IAM"),
        ("lambda:invoke", "InvocationType", "Async"),
        ("ecs:runTask", "LaunchType", "fargate"),
        ("dynamodb:updateItem", "ReturnValues", "ALL"),
        ("aws-sdk:s3:putObject", "StorageClass", "CHEAP"),
    ]:
        for field, language in (("Parameters", "JSONPath"), ("Arguments", "JSONata")):
            state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", field: {argument: word}}
            kind(
                "word the API does not know",
                "Task",
                "*",
                [lambda site, state=state: {**state, **_flow(site)}],
                field=argument,
                tier=WARN,
                language=language,
            )


def _flow(site: Site) -> dict[str, Any]:
    return {key: site.state[key] for key in ("Next", "End", "Catch") if key in site.state}


def _express() -> None:
    common: dict[str, Any] = {"express": True, "source": GUIDE + "choosing-workflow-type.html"}
    kind(
        "callback in Express",
        "Task",
        "Resource",
        ["arn:aws:states:::sqs:sendMessage.waitForTaskToken"],
        **common,
    )
    kind(
        "job in Express",
        "Task",
        "Resource",
        ["arn:aws:states:::glue:startJobRun.sync", "arn:aws:states:::states:startExecution.sync:2"],
        **common,
    )
    kind(
        "activity in Express",
        "Task",
        "Resource",
        ["arn:aws:states:us-east-1:123456789012:activity:a"],
        **common,
    )


_maps()
_services()
_express()
_words()
