"""Which states and transitions of a workflow a test session went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fanfold.engine import StepReader

if TYPE_CHECKING:
    from fanfold.compiler.graph import Graph, Node

__all__ = ["WorkflowCoverage", "report_lines"]

_VISITED, _MISSED = "#d9f2e0", "#fde2e1"
_TAKEN, _UNTAKEN = "#2e7d32", "#c62828"


@dataclass
class WorkflowCoverage:
    """Visits to the states of one definition, and to the transitions between them.

    States go by name, which is unique in a definition; a transition is (from, to, whether by a Catch).
    """

    name: str
    definition: Mapping[str, Any]
    states: Counter[str] = field(default_factory=Counter)
    transitions: Counter[tuple[str, str, bool]] = field(default_factory=Counter)

    def record(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Add what one history went through; those of child executions are added the same way."""
        for step in map(StepReader().read, events):
            if step.type.endswith("StateEntered"):
                self.states[step.state] += 1
                if step.after is not None:
                    self.transitions[step.after, step.state, step.caught] += 1

    def same_graph(self, definition: Mapping[str, Any]) -> bool:
        """Whether a definition has the same states and transitions, and so may be counted here."""
        other = WorkflowCoverage(self.name, definition)
        return self._edges() == other._edges() and [n.name for n in _nodes(self._graph())] == [
            n.name for n in _nodes(other._graph())
        ]

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON, for another process."""
        return {
            "name": self.name,
            "definition": dict(self.definition),
            "states": dict(self.states),
            "transitions": [[*edge, count] for edge, count in self.transitions.items()],
        }

    def add_json(self, counts: Mapping[str, Any]) -> None:
        """Add the counts of another process."""
        self.states.update(counts["states"])
        for source, target, caught, count in counts["transitions"]:
            self.transitions[source, target, caught] += count

    def missed_states(self) -> list[str]:
        """States that no execution entered, in the order of the definition."""
        return [node.name for node in _nodes(self._graph()) if not self.states[node.name]]

    def missed_transitions(self) -> list[tuple[str, str, bool]]:
        """Transitions that no execution took."""
        return [edge for edge in self._edges() if not self.transitions[edge]]

    def line(self) -> str:
        """One line of the report."""
        nodes, edges = list(_nodes(self._graph())), self._edges()
        missed = [repr(name) for name in self.missed_states()]
        missed += [
            f"{source!r} -> {target!r}{' by Catch' if caught else ''}"
            for source, target, caught in self.missed_transitions()
        ]
        found = f"states {len(nodes) - len(self.missed_states())}/{len(nodes)}"
        found += f"  transitions {len(edges) - len(self.missed_transitions())}/{len(edges)}"
        return f"{self.name}  {found}" + (f"  missed: {', '.join(missed)}" if missed else "")

    def picture(self) -> str:
        """The graph as SVG: states entered are green and say how often, the others red; so are transitions."""
        from fanfold.compiler.svg import Paint, svg

        graph = self._graph()
        paint = Paint(
            {
                node.pointer: (
                    _VISITED if self.states[node.name] else _MISSED,
                    f"{self.states[node.name]}\N{MULTIPLICATION SIGN}",
                )
                for node in _nodes(graph)
            },
            {
                (source, target, caught): _TAKEN if self.transitions[source, target, caught] else _UNTAKEN
                for source, target, caught in self._edges()
            },
        )
        return svg(graph, f"Visits to {self.name}", paint)

    def _graph(self) -> Graph:
        from fanfold.compiler.graph import outline

        return outline(self.definition)

    def _edges(self) -> list[tuple[str, str, bool]]:
        found = [
            (edge.source, edge.target, edge.kind == "catch")
            for graph in _graphs(self._graph())
            for edge in graph.edges
        ]
        return list(dict.fromkeys(found))


def report_lines(covered: Iterable[WorkflowCoverage]) -> list[str]:
    """The report of a session, a line for each workflow."""
    return [one.line() for one in sorted(covered, key=lambda one: one.name)]


def _graphs(graph: Graph) -> Iterator[Graph]:
    yield graph
    for node in graph.nodes.values():
        for inner in node.inside:
            yield from _graphs(inner)


def _nodes(graph: Graph) -> Iterator[Node]:
    for one in _graphs(graph):
        yield from one.nodes.values()
