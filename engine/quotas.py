"""Service quotas an execution runs into, as plain numbers that a caller may change or lift.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AWS_QUOTAS", "NO_QUOTAS", "Quotas"]


@dataclass(frozen=True, slots=True)
class Quotas:
    """Limits of one execution; None lifts a limit. Sizes are UTF-8 bytes of compact JSON, durations are seconds."""

    payload_bytes: int | None = 262_144
    """Input or output of a state, a task's result, one variable, or all the variables of one `Assign`."""
    variables_bytes: int | None = 10 * 1024 * 1024
    """All variables stored at one time."""
    history_events: int | None = 25_000
    """History of a Standard execution; Express has no such limit."""
    standard_seconds: float | None = 31_536_000.0
    express_seconds: float | None = 300.0
    inline_map_concurrency: int | None = 40
    """Iterations of an inline Map that run at once, whatever `MaxConcurrency` says."""
    distributed_map_concurrency: int | None = 10_000
    zero_time_states: int = 50_000
    """States one branch may enter without virtual time moving. Not an AWS quota: it ends endless loops, so it
    cannot be lifted, only raised.
    """


AWS_QUOTAS = Quotas()
NO_QUOTAS = Quotas(None, None, None, None, None, None, None)
