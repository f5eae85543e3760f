"""The local surroundings of a run: handlers as Lambda functions, embedded DynamoDB and S3.

Imports `fanfold.engine` and `fanfold.compiler`.
"""
