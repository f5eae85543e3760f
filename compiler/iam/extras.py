"""What an integration takes beside its own action: waiting for jobs, handing over roles, maps and their datasets.

https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .arguments import at_run_time, find_values, literal, merged_payload
from .grants import Grant
from .operations import Part
from .resources import name_resources

__all__ = ["extra_grants", "map_grants"]

_RUN_TIME = "KnownOnlyAtRunTime"
_PREFIX = "arn:${AWS::Partition}"
_HERE = "${AWS::Region}:${AWS::AccountId}"
_MACHINE = f"{_PREFIX}:states:{_HERE}:stateMachine:${{StateMachineName}}"

# Actions with which Step Functions follows a job (.sync) and stops it.
_FOLLOW = {
    ("athena", "startQueryExecution"): ("athena:GetQueryExecution", "athena:StopQueryExecution"),
    ("batch", "submitJob"): ("batch:DescribeJobs", "batch:TerminateJob"),
    ("codebuild", "startBuild"): ("codebuild:BatchGetBuilds", "codebuild:StopBuild"),
    ("databrew", "startJobRun"): ("databrew:ListJobRuns", "databrew:StopJobRun"),
    ("ecs", "runTask"): ("ecs:DescribeTasks", "ecs:StopTask"),
    ("elasticmapreduce", "addStep"): ("elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"),
    ("elasticmapreduce", "createCluster"): (
        "elasticmapreduce:DescribeCluster",
        "elasticmapreduce:TerminateJobFlows",
    ),
    ("elasticmapreduce", "terminateCluster"): ("elasticmapreduce:DescribeCluster",),
    ("emr-containers", "startJobRun"): ("emr-containers:CancelJobRun", "emr-containers:DescribeJobRun"),
    ("emr-serverless", "startJobRun"): ("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"),
    ("glue", "startJobRun"): ("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns"),
    ("mediaconvert", "createJob"): ("mediaconvert:CancelJob", "mediaconvert:GetJob"),
    ("sagemaker", "createTrainingJob"): ("sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"),
    ("sagemaker", "createTransformJob"): ("sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"),
    ("sagemaker", "createProcessingJob"): ("sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob"),
    ("states", "startExecution"): ("states:DescribeExecution", "states:StopExecution"),
}
# The rules through which the service tells Step Functions of a job's end.
_RULES = {
    ("batch", "submitJob"): "StepFunctionsGetEventsForBatchJobsRule",
    ("codebuild", "startBuild"): "StepFunctionsGetEventForCodeBuildStartBuildRule",
    ("ecs", "runTask"): "StepFunctionsGetEventsForECSTaskRule",
    ("emr-serverless", "startJobRun"): "StepFunctionsGetEventsForEMRServerlessJobRule",
    ("mediaconvert", "createJob"): "StepFunctionsGetEventsForMediaConvertJobRule",
    ("sagemaker", "createTrainingJob"): "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    ("sagemaker", "createTransformJob"): "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    ("sagemaker", "createProcessingJob"): "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    ("states", "startExecution"): "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
# Services that act under a role the caller hands over.
_PASSED_TO = {
    "batch": "batch.amazonaws.com",
    "ecs": "ecs-tasks.amazonaws.com",
    "emrcontainers": "emr-containers.amazonaws.com",
    "emrserverless": "emr-serverless.amazonaws.com",
    "glue": "glue.amazonaws.com",
    "mediaconvert": "mediaconvert.amazonaws.com",
    "sagemaker": "sagemaker.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
    "transcribe": "transcribe.amazonaws.com",
    "bedrock": "bedrock.amazonaws.com",
    "lambda": "lambda.amazonaws.com",
    "fis": "fis.amazonaws.com",
}
_ROLE = re.compile(r"(?:[A-Za-z]*Role(?:Arn|ARN)|Role)")


def extra_grants(service: str, action: str, pattern: str, arguments: dict[str, Any]) -> list[Grant]:
    """Grants of a task beside those of the action itself."""
    if (service, action) == ("http", "invoke"):
        return _http(arguments)
    if (service, action) == ("apigateway", "invoke"):
        return _api_gateway(arguments)
    grants = _passed_roles(service, action, arguments)
    if (service, action) == ("athena", "startQueryExecution"):
        grants += _athena(arguments)
    if pattern.startswith("sync"):
        grants += _follow(service, action, arguments)
    return grants


def _follow(service: str, action: str, arguments: dict[str, Any]) -> list[Grant]:
    grants = []
    for name in _FOLLOW.get((service, action), ()):
        if name.startswith("states:"):
            grants.append(_executions(name, arguments))
            continue
        grants += name_resources(Part(name, arguments))
    rule = _RULES.get((service, action))
    if rule is not None:
        resource = f"{_PREFIX}:events:{_HERE}:rule/{rule}"
        grants += [Grant(f"events:{verb}", resource) for verb in ("DescribeRule", "PutRule", "PutTargets")]
    return grants


def _athena(arguments: dict[str, Any]) -> list[Grant]:
    """The results' place and the metadata of the database, as far as the query names them.

    Athena works with the caller's rights. What the tables are made of in S3 is known to their catalog alone.
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html#athena-iam
    """
    grants: list[Grant] = []
    configuration, context = arguments.get("ResultConfiguration"), arguments.get("QueryExecutionContext")
    place = configuration.get("OutputLocation") if isinstance(configuration, dict) else configuration
    found = re.fullmatch(r"s3://([^/]+)/?(.*)", literal(place) or "")
    if found is not None or at_run_time(place):
        bucket, prefix = found.groups() if found is not None else ("*", "")
        why = "" if found is not None else _RUN_TIME
        objects = f"{bucket}/{prefix.rstrip('/')}/*" if prefix else f"{bucket}/*"
        for verbs, resource in (
            (("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads"), bucket),
            (("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject"), objects),
        ):
            grants += [Grant(f"s3:{verb}", f"{_PREFIX}:s3:::{resource}", why) for verb in verbs]
    if isinstance(context, dict) and (database := literal(context.get("Database"))) is not None:
        for verb in (
            "BatchGetPartition",
            "GetDatabase",
            "GetPartition",
            "GetPartitions",
            "GetTable",
            "GetTables",
        ):
            tables = [] if verb == "GetDatabase" else [f"table/{database}/*"]
            for resource in ("catalog", f"database/{database}", *tables):
                grants.append(Grant(f"glue:{verb}", f"{_PREFIX}:glue:{_HERE}:{resource}"))
    return grants


def _executions(action: str, arguments: dict[str, Any]) -> Grant:
    """`action` on the executions of the state machine that is started."""
    machine = literal(arguments.get("StateMachineArn"))
    if machine is not None and machine.startswith("arn:"):
        return Grant(action, machine.replace(":stateMachine:", ":execution:") + ":*")
    return Grant(action, f"{_PREFIX}:states:{_HERE}:execution:*:*", _RUN_TIME)


def _passed_roles(service: str, action: str, arguments: dict[str, Any]) -> list[Grant]:
    receiver = _PASSED_TO.get(service.replace("-", ""))
    if receiver is None:
        return []
    condition = {"StringEquals": {"iam:PassedToService": receiver}}
    roles = list(find_values(arguments, _ROLE))
    grants = []
    for role in roles:
        named = literal(role)
        if named is not None and named.startswith(("arn:", "${")):
            grants.append(Grant("iam:PassRole", named, condition=condition))
        elif at_run_time(role):
            grants.append(_any_role(_RUN_TIME, condition))
    if (service, action) == ("ecs", "runTask") and not grants:
        # The roles stand in the task definition, which only ECS knows.
        grants.append(_any_role("RolesOfTheTaskDefinition", condition))
    return grants


def _any_role(why: str, condition: dict[str, Any]) -> Grant:
    return Grant("iam:PassRole", f"{_PREFIX}:iam::${{AWS::AccountId}}:role/*", why, condition)


def _http(arguments: dict[str, Any]) -> list[Grant]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    condition: dict[str, Any] = {}
    method, url = literal(arguments.get("Method")), literal(arguments.get("ApiEndpoint"))
    if method is not None and "*" not in method:
        condition["StringEquals"] = {"states:HTTPMethod": method}
    if url is not None and "${" not in url:
        condition["StringLike"] = {"states:HTTPEndpoint": url}
    grants = [Grant("states:InvokeHTTPEndpoint", _MACHINE, condition=condition)]
    connections = [
        value for one in find_values(arguments, re.compile("ConnectionArn")) if (value := literal(one))
    ]
    why = "" if connections else _RUN_TIME
    for connection in connections or [f"{_PREFIX}:events:{_HERE}:connection/*"]:
        grants.append(Grant("events:RetrieveConnectionCredentials", connection, why))
    for secret in dict.fromkeys(map(_secret, connections or ["*"])):
        grants += [
            Grant(f"secretsmanager:{verb}", secret, why) for verb in ("DescribeSecret", "GetSecretValue")
        ]
    return grants


def _secret(connection: str) -> str:
    """The secret in which EventBridge keeps a connection: named after it, with a suffix that only AWS knows."""
    known = re.fullmatch(r"arn:[^:]+:events:([^:]+):([^:]+):connection/([^/]+)(?:/.*)?", connection)
    if known is None:
        return f"{_PREFIX}:secretsmanager:{_HERE}:secret:events!connection/*"
    region, account, name = known.groups()
    return f"{_PREFIX}:secretsmanager:{region}:{account}:secret:events!connection/{name}/*"


def _api_gateway(arguments: dict[str, Any]) -> list[Grant]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html"""
    endpoint = literal(arguments.get("ApiEndpoint"))
    api = endpoint.partition(".")[0] if endpoint is not None and not endpoint.startswith("${") else "*"
    path = literal(arguments.get("Path"))
    parts = [
        api,
        literal(arguments.get("Stage")) or "*",
        literal(arguments.get("Method")) or "*",
        path.strip("/") if path is not None else "*",
    ]
    why = _RUN_TIME if "*" in parts else ""
    return [Grant("execute-api:Invoke", f"{_PREFIX}:execute-api:{_HERE}:{'/'.join(parts)}", why)]


def map_grants(state: Mapping[str, Any]) -> list[Grant]:
    """What a distributed map takes: its child executions, its dataset, its results.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    processor = state.get("ItemProcessor") or {}
    if (processor.get("ProcessorConfig") or {}).get("Mode") != "DISTRIBUTED":
        return []
    executions = f"{_PREFIX}:states:{_HERE}:execution:${{StateMachineName}}"
    label = state.get("Label")
    runs = f"{executions}/{label}:*" if label else f"{executions}/*:*"
    grants = [
        Grant("states:StartExecution", _MACHINE),
        Grant("states:DescribeExecution", f"{executions}:*"),
        Grant("states:StopExecution", f"{executions}:*"),
        Grant("states:RedriveExecution", runs),
    ]
    return grants + _reader(state.get("ItemReader")) + _writer(state.get("ResultWriter"))


def _reader(reader: Any) -> list[Grant]:
    if not isinstance(reader, dict):
        return []
    arguments = _bucket_arguments(reader)
    config = reader.get("ReaderConfig") or {}
    if str(reader.get("Resource")).endswith("listObjectsV2"):
        grants = [_objects("s3:ListBucket", arguments, None)]
        prefix = _known(arguments.get("Prefix"))
        if prefix:
            grants = [
                grant._replace(condition={"StringLike": {"s3:prefix": f"{prefix}*"}}) for grant in grants
            ]
        if config.get("Transformation") == "LOAD_AND_FLATTEN":
            grants.append(_objects("s3:GetObject", arguments, _prefix(arguments)))
        return grants
    grants = [_objects("s3:GetObject", arguments, _known(arguments.get("Key")) or "*")]
    if config.get("InputType") == "MANIFEST" or "ManifestType" in config:
        # The manifest lists files that it names itself; they stand in its bucket.
        grants.append(_objects("s3:GetObject", arguments, "*"))
    return grants


def _writer(writer: Any) -> list[Grant]:
    if not isinstance(writer, dict) or "Resource" not in writer:
        return []
    arguments = _bucket_arguments(writer)
    verbs = ("AbortMultipartUpload", "GetObject", "ListMultipartUploadParts", "PutObject")
    prefix = _prefix(arguments)
    prefix = prefix if prefix == "*" or prefix.endswith("/*") else f"{prefix.removesuffix('*')}/*"
    return [_objects(f"s3:{verb}", arguments, prefix) for verb in verbs]


def _bucket_arguments(part: dict[str, Any]) -> dict[str, Any]:
    return merged_payload(part.get("Parameters", part.get("Arguments")))


def _prefix(arguments: dict[str, Any]) -> str:
    prefix = _known(arguments.get("Prefix"))
    return f"{prefix}*" if prefix else "*"


def _known(value: Any) -> str | None:
    return None if at_run_time(value) else literal(value)


def _objects(action: str, arguments: dict[str, Any], key: str | None) -> Grant:
    bucket = _known(arguments.get("Bucket"))
    named = bucket is not None and (
        key != "*" or "Key" not in arguments or _known(arguments["Key"]) is not None
    )
    resource = f"{_PREFIX}:s3:::{bucket or '*'}" + (f"/{key}" if key is not None else "")
    formatted = any("*" in str(_known(arguments.get(name))) for name in ("Bucket", "Key", "Prefix"))
    return Grant(action, resource, "" if named and not formatted else _RUN_TIME)
