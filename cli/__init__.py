"""The `fanfold` command: parse, call, print. Nothing else.

May import every package; nothing imports it.
"""
