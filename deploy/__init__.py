"""CDK app, CDK CLI and AWS operations: load, start, status, logs, destroy; the embedded AWS.

Imports `fanfold.dsl` and `fanfold.compiler`. Only `cli` may import it.
"""
