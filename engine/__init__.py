"""Runs an Amazon States Language definition on one machine, in virtual time.

Knows ASL, not the DSL; knows no AWS SDK; imports no other package of fanfold. Anyone may import it, through the
names below only.
"""
