"""What an author writes: pydantic models of workflows, sources, workers, states and policies. No I/O.

Imports pydantic only. Everything may import it.
"""
