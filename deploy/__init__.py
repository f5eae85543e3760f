"""The way to AWS and back: the CDK CLI, the operations on a deployed workflow, and an embedded AWS to try them on.

Imports `fanfold.dsl` and `fanfold.compiler`. Only `cli` may import it.
"""
