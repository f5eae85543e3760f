"""Workflow to ASL: load, lower, check, emit. Plain functions in one visible order.

Imports `fanfold.dsl`. The engine never imports it.
"""
