"""Where the boxes of a graph go: layers from top to bottom, few crossings, straight lines.

The method is Sugiyama's (K. Sugiyama, S. Tagawa, M. Toda, 1981): turn loops round, rank by longest path, fill
long edges with invisible stops, order each rank by its neighbours, then find positions. Positions within a
rank are the least-squares fit to the neighbours that keeps the order and the gaps, by pooling adjacent
violators.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

__all__ = ["Layout", "Line", "Stop", "arrange"]

GAP_X = 28.0
GAP_Y = 24.0
SWEEPS = 12


@dataclass(slots=True)
class Stop:
    """A box to place, or a bend or label on an edge. `x` is its middle, `y` its top; units are pixels."""

    width: float
    height: float
    rank: int = 0
    x: float = 0.0
    y: float = 0.0
    above: list[int] = field(default_factory=list)
    below: list[int] = field(default_factory=list)
    bend: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An edge to draw between two boxes, with the size of its label, `(0, 0)` for none."""

    source: int
    target: int
    label: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Placed boxes, and for each line its points from source to target and the middle of its label."""

    width: float
    height: float
    boxes: Sequence[Stop]
    routes: Sequence[tuple[list[tuple[float, float]], tuple[float, float] | None]]


def arrange(sizes: Sequence[tuple[float, float]], lines: Sequence[Line], start: int = 0) -> Layout:
    """Place boxes of these sizes, `start` on top. The route of a line from a box to itself is empty."""
    stops = [Stop(width, height) for width, height in sizes]
    backward = _backward(len(stops), lines, start)
    _rank(stops, lines, backward)
    chains = [_chain(stops, line, line in backward) for line in lines]
    ranks = _order(stops)
    _place_x(stops, ranks)
    height, bottoms = _place_y(stops, ranks)
    left = min((stop.x - stop.width / 2 for stop in stops), default=0.0)
    for stop in stops:
        stop.x -= left
    width = max((stop.x + stop.width / 2 for stop in stops), default=0.0)
    routes = [
        _route(stops, bottoms, chain, line, line in backward)
        for chain, line in zip(chains, lines, strict=True)
    ]
    return Layout(width, height, stops[: len(sizes)], routes)


def _backward(count: int, lines: Sequence[Line], start: int) -> set[Line]:
    """The lines that close a loop, met by a walk from the start."""
    leaving: list[list[Line]] = [[] for _ in range(count)]
    for line in lines:
        if line.source != line.target:
            leaving[line.source].append(line)
    state = [0] * count  # 0 not met, 1 on the current path, 2 done
    backward: set[Line] = set()
    for root in (start, *range(count)):
        if not count or state[root]:
            continue
        path = [(root, iter(leaving[root]))]
        state[root] = 1
        while path:
            here, rest = path[-1]
            for line in rest:
                if state[line.target] == 1:
                    backward.add(line)
                elif state[line.target] == 0:
                    state[line.target] = 1
                    path.append((line.target, iter(leaving[line.target])))
                    break
            else:
                state[here] = 2
                path.pop()
    return backward


def _rank(stops: list[Stop], lines: Sequence[Line], backward: set[Line]) -> None:
    """Longest path from the top; a line with a label, or one turned round, gets a rank in between."""
    following: list[list[tuple[int, int]]] = [[] for _ in stops]
    waiting = [0] * len(stops)
    for line in lines:
        if line.source != line.target:
            upper, lower = (line.target, line.source) if line in backward else (line.source, line.target)
            following[upper].append((lower, 2 if line.label[0] or line in backward else 1))
            waiting[lower] += 1
    ready = [index for index, count in enumerate(waiting) if not count]
    while ready:
        upper = ready.pop()
        for lower, length in following[upper]:
            stops[lower].rank = max(stops[lower].rank, stops[upper].rank + length)
            waiting[lower] -= 1
            if not waiting[lower]:
                ready.append(lower)


def _chain(stops: list[Stop], line: Line, backward: bool) -> list[int]:
    """The stops of a line from top to bottom: its boxes, and one bend for every rank between them."""
    if line.source == line.target:
        return []
    upper, lower = (line.target, line.source) if backward else (line.source, line.target)
    chain = [upper]
    for rank in range(stops[upper].rank + 1, stops[lower].rank):
        labelled = rank == (stops[lower].rank - 1 if backward else stops[upper].rank + 1)
        width, height = line.label if labelled and line.label[0] else (2.0, 0.0)
        stops.append(Stop(width, height, rank, bend=True))
        chain.append(len(stops) - 1)
    chain.append(lower)
    for one, other in pairwise(chain):
        stops[one].below.append(other)
        stops[other].above.append(one)
    return chain


def _order(stops: list[Stop]) -> list[list[int]]:
    """Each rank's stops, left to right: the best of several sweeps that sort by the neighbours' middle."""
    ranks: list[list[int]] = [[] for _ in range(max((stop.rank for stop in stops), default=-1) + 1)]
    for index, stop in enumerate(stops):
        ranks[stop.rank].append(index)
    best, fewest = [list(rank) for rank in ranks], _crossings(stops, ranks)
    place = {index: float(spot) for rank in ranks for spot, index in enumerate(rank)}
    for sweep in range(SWEEPS):
        if not fewest:
            break
        downward = sweep % 2 == 0
        for rank in ranks if downward else reversed(ranks):

            def middle(index: int, downward: bool = downward) -> float:
                near = stops[index].above if downward else stops[index].below
                return sum(place[one] for one in near) / len(near) if near else place[index]

            rank.sort(key=middle)
            place.update((index, float(spot)) for spot, index in enumerate(rank))
        if (crossings := _crossings(stops, ranks)) < fewest:
            best, fewest = [list(rank) for rank in ranks], crossings
    return best


def _crossings(stops: list[Stop], ranks: list[list[int]]) -> int:
    """How many pairs of lines cross between neighbouring ranks: the inversions among their lower ends."""
    place = {index: spot for rank in ranks for spot, index in enumerate(rank)}
    count = 0
    for rank in ranks:
        seen: list[int] = []
        for index in rank:
            ends = sorted(place[lower] for lower in stops[index].below)
            count += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _place_x(stops: list[Stop], ranks: list[list[int]]) -> None:
    for rank in ranks:
        edge = 0.0
        for index in rank:
            stops[index].x = edge + stops[index].width / 2
            edge += stops[index].width + GAP_X
    for sweep in range(SWEEPS):
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            wanted, weights = [], []
            for index in rank:
                stop = stops[index]
                near = stop.above + stop.below if sweep > 1 else (stop.above or stop.below)
                # A bend between bends counts more, so that long lines come out straight.
                pulls = [8.0 if stop.bend and stops[one].bend else 1.0 for one in near]
                total = sum(pulls)
                goal = sum(pull * stops[one].x for pull, one in zip(pulls, near, strict=True))
                wanted.append(goal / total if near else stop.x)
                weights.append(total or 0.01)
            for index, x in zip(rank, _spread(stops, rank, wanted, weights), strict=True):
                stops[index].x = x


def _spread(stops: list[Stop], rank: list[int], wanted: list[float], weights: list[float]) -> list[float]:
    """The positions nearest to the wanted ones that keep the order and the gaps (pool adjacent violators)."""
    offsets = [0.0]
    for one, other in pairwise(rank):
        offsets.append(offsets[-1] + (stops[one].width + stops[other].width) / 2 + GAP_X)
    pools: list[tuple[float, float, int]] = []  # mean of (wanted - offset), weight, members
    for goal, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, members = goal - offset, weight, 1
        while pools and pools[-1][0] > mean:
            before, mass, more = pools.pop()
            mean = (before * mass + mean * total) / (mass + total)
            total += mass
            members += more
        pools.append((mean, total, members))
    shifts = [mean for mean, _, members in pools for _ in range(members)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _place_y(stops: list[Stop], ranks: list[list[int]]) -> tuple[float, list[float]]:
    """Set every top; returns the height in all, and the bottom of each rank."""
    top, bottoms = 0.0, []
    for rank in ranks:
        tallest = max((stops[index].height for index in rank), default=0.0)
        for index in rank:
            stops[index].y = top
        bottoms.append(top + tallest)
        top += tallest + GAP_Y
    return (bottoms[-1] if bottoms else 0.0), bottoms


def _route(
    stops: list[Stop], bottoms: list[float], chain: list[int], line: Line, backward: bool
) -> tuple[list[tuple[float, float]], tuple[float, float] | None]:
    """Points of a line, each rank crossed upright so that curves lie between the ranks only."""
    if not chain:
        return [], None
    points: list[tuple[float, float]] = []
    label = None
    for spot, index in enumerate(chain):
        stop = stops[index]
        if spot:
            points.append((stop.x, stop.y))
        if spot == 0:
            points.append((stop.x, stop.y + stop.height))
        if spot < len(chain) - 1:
            points.append((stop.x, bottoms[stop.rank]))
        if stop.bend and stop.height:
            label = (stop.x, stop.y + stop.height / 2)
    return (points[::-1] if backward else points), label
