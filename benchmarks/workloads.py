"""The machines that the engine and its peers run: an inline Map in the query language a peer understands."""

from __future__ import annotations

from typing import Any

TASK = "arn:aws:lambda:us-east-1:123456789012:function:work"


def jsonpath_map(count: int, states: dict[str, Any], start: str, *, from_input: bool) -> dict[str, Any]:
    """A Map over `0 .. count-1`; items from the input (`$.items`) or from a Pass state's `Result`."""
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": start, "States": states}
    fan_out = {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}
    if from_input:
        return {"StartAt": "Fan out", "States": {"Fan out": fan_out}}
    items = {"Type": "Pass", "Result": {"items": list(range(count))}, "Next": "Fan out"}
    return {"StartAt": "Items", "States": {"Items": items, "Fan out": fan_out}}


def jsonata_map(count: int, states: dict[str, Any], start: str, *, from_input: bool) -> dict[str, Any]:
    """The same in JSONata; the items made by a range, or from the execution input."""
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": start, "States": states}
    items = "{% $states.input.items %}" if from_input else f"{{% [0..{count - 1}] %}}"
    fan_out = {"Type": "Map", "Items": items, "ItemProcessor": processor, "End": True}
    return {"QueryLanguage": "JSONata", "StartAt": "Fan out", "States": {"Fan out": fan_out}}


PASS = ({"Work": {"Type": "Pass", "End": True}}, "Work")


def wait_task(payload: dict[str, Any]) -> tuple[dict[str, Any], str]:
    rest = {"Type": "Wait", "Seconds": 2, "Next": "Work"}
    return {"Rest": rest, "Work": {"Type": "Task", "Resource": TASK, **payload, "End": True}}, "Rest"


WAIT_TASK = {
    "JSONPath": wait_task({"Parameters": {"item.$": "$"}}),
    "JSONata": wait_task({"Arguments": {"item": "{% $states.input %}"}}),
}
EXPRESSION = (
    {
        "Work": {
            "Type": "Pass",
            "Output": "{% {'id': $states.input, 'twice': $states.input * 2} %}",
            "End": True,
        }
    },
    "Work",
)


def machine(workload: str, count: int, language: str, *, from_input: bool = False) -> dict[str, Any]:
    """`workload` is "pass", "wait-task" or "expression"; `language` "JSONPath" or "JSONata"."""
    states, start = {"pass": PASS, "wait-task": WAIT_TASK[language], "expression": EXPRESSION}[workload]
    build = jsonata_map if language == "JSONata" else jsonpath_map
    return build(count, states, start, from_input=from_input)


def execution_input(count: int, *, from_input: bool) -> dict[str, Any]:
    return {"items": list(range(count))} if from_input else {}
