"""Shrinks one PNG picture in S3."""

from typing import Any

import png


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Read `bucket/key`, write `thumbnails/<name>` of at most `width` pixels beside it."""
    import boto3

    s3 = boto3.client("s3")
    picture = s3.get_object(Bucket=event["bucket"], Key=event["key"])["Body"].read()
    target = "thumbnails/" + event["key"].rpartition("/")[2]
    s3.put_object(
        Bucket=event["bucket"], Key=target, Body=png.shrink(picture, event["width"]), ContentType="image/png"
    )
    return {"key": target}
