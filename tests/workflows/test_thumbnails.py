"""Thumbnails: pictures shrink, and what is no picture goes to the queue."""

import struct
import zlib

from fanfold.engine import TaskSuccess
from fanfold.testing import assert_succeeded


def png(width, height):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    # Each row is told as its difference from the one above: filter 2.
    rows = b"".join(b"\2" + bytes([row % 3, 0, 0]) * width for row in range(height))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_pictures_shrink_and_what_is_none_goes_to_the_queue(run, sfn_backend, language):
    s3 = sfn_backend.client("s3")
    s3.create_bucket(Bucket="example-pictures")
    pictures = {"originals/big.png": png(300, 200), "originals/broken.png": b"no picture", "other/x.png": b""}
    for key, body in pictures.items():
        s3.put_object(Bucket="example-pictures", Key=key, Body=body)
    done = run(
        "workflows/thumbnails.py",
        mocks={"Send to dead letters": TaskSuccess({"MessageId": "m"})},
        query_language=language,
    )
    assert_succeeded(done)
    small = s3.get_object(Bucket="example-pictures", Key="thumbnails/big.png")["Body"].read()
    assert struct.unpack(">II", small[16:24]) == (100, 67)
    [letter] = [call.input["MessageBody"] for call in done.calls if call.state == "Send to dead letters"]
    assert letter["item"] == {"bucket": "example-pictures", "key": "originals/broken.png", "width": 128}
    assert letter["error"]["Error"] == "ValueError"
    assert "not a PNG" in letter["error"]["Cause"]
