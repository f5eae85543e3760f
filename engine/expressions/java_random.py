"""The generator of `java.util.Random`: what a seed gives on AWS, which its documents leave open.

`$random(42)` gives the first double of `new Random(42)` there, bit for bit.
https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Random.html
"""

from __future__ import annotations

__all__ = ["JavaRandom"]

_MULTIPLIER = 0x5DEECE66D
_MASK = (1 << 48) - 1


class JavaRandom:
    """Numbers from a seed, a whole number."""

    def __init__(self, seed: int) -> None:
        self._state = (seed ^ _MULTIPLIER) & _MASK

    def _bits(self, count: int) -> int:
        self._state = (self._state * _MULTIPLIER + 0xB) & _MASK
        return self._state >> (48 - count)

    def random(self) -> float:
        """`nextDouble()`: from 0 up to, not including, 1."""
        high = self._bits(26)
        return ((high << 27) + self._bits(27)) / (1 << 53)

    def between(self, start: int, end: int) -> int:
        """`nextInt(start, end)`: an int from `start` up to, not including, `end`."""
        if end - start < 1 << 31:
            return start + self._below(end - start)
        while True:
            bits = self._bits(32)
            number = bits - (1 << 32) if bits >> 31 else bits
            if start <= number < end:
                return number

    def _below(self, bound: int) -> int:
        bits = self._bits(31)
        if bound & (bound - 1) == 0:
            return (bound * bits) >> 31
        # What lies past the last whole multiple of the bound would make small numbers likelier.
        while bits - bits % bound + bound - 1 >= 1 << 31:
            bits = self._bits(31)
        return bits % bound
