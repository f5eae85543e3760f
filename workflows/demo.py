"""A list in one DynamoDB row, each item handed to a function after two seconds, one at a time."""

from fanfold.dsl import DynamoDBList, LambdaFunction, MapWorkflow

demo = MapWorkflow(
    name="demo",
    source=DynamoDBList(
        table="StepFunctionsProjectDDBTable", key={"mapstatelist": "mapitems"}, attribute="values"
    ),
    worker=LambdaFunction(handler="lambda/topics/handler.py:handler"),
    wait=2,
    max_concurrency=1,
    timeout=20,
)
