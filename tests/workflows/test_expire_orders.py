"""Expire orders: a scan, page by page, each page mapped over."""

from fanfold.engine import TaskSuccess
from fanfold.testing import assert_succeeded

PAGES = [
    [{"id": {"S": f"{page}-{row}"}, "age": {"N": str(40 * row)}} for row in range(3)] for page in range(3)
]


def scan(call):
    page = int(call.input.get("ExclusiveStartKey", {}).get("page", {}).get("N", 0))
    more = {"LastEvaluatedKey": {"page": {"N": str(page + 1)}}} if page < 2 else {}
    return TaskSuccess({"Items": PAGES[page], "Count": 3, "ScannedCount": 3, **more})


def test_every_row_of_every_page(run, language):
    done = run(
        "workflows/expire_orders.py",
        items=[],
        mocks={"Scan first page": scan, "Scan next page": scan},
        query_language=language,
    )
    assert_succeeded(done, {})
    assert [one.payload["id"]["S"] for one in done.invocations] == [
        row["id"]["S"] for page in PAGES for row in page
    ]
    assert done.calls[0].input == {
        "TableName": "example-orders",
        "FilterExpression": "#status = :open",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":open": {"S": "OPEN"}},
        "Limit": 200,
    }


def test_rows_of_a_table(run, language):
    rows = [{"id": "a", "status": "OPEN", "age": 40}, {"id": "b", "status": "OPEN", "age": 3}]
    closed = {"id": "c", "status": "CLOSED", "age": 90}
    done = run("workflows/expire_orders.py", items=[*rows, closed], query_language=language)
    assert_succeeded(done, {})
    assert sorted(one.payload["id"]["S"] for one in done.invocations) == ["a", "b"]
