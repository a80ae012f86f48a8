"""Status shown on activities and edges: counts, problems, visited paths.

It is not part of the journey and does not go through the document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from app.canvas.painting import EDIT, CanvasLook
from app.canvas.projection import Projection
from app.forms.engine_texts import phrase_text
from engine.catalogue import Phrase
from engine.model.journey import Edge


class ActivityProblem(Protocol):
    """What the canvas shows of a problem; ``engine.core.issues.Issue`` fits."""

    @property
    def severity(self) -> str: ...
    @property
    def activity(self) -> str: ...
    @property
    def phrase(self) -> Phrase: ...


class StatusMarks:
    """The status marks of one projection."""

    def __init__(self, projection: Projection, look: CanvasLook) -> None:
        self._projection, self._look = projection, look

    def set_counts(
        self, nodes: Mapping[str, int], edges: Mapping[str, int], errors: Mapping[str, int] | None = None
    ) -> None:
        """Show people at activities and on edges (``source`` or ``source:path``) in ``live`` mode."""
        most = max(edges.values(), default=0) or 1
        for name, node in self._projection.nodes.items():
            node.set_state(count=nodes.get(name), errors=(errors or {}).get(name, 0))
        outgoing = self._projection.journey.outgoing
        for edge, item in self._projection.edges.items():
            count = edges.get(f"{edge.source}:{edge.path}" if edge.path else edge.source)
            beside = [other for other in outgoing[edge.source] if other.path == edge.path]
            shown = count and nodes.get(edge.target) if len(beside) > 1 else count
            item.set_state(count=shown, share=(shown or 0) / most, counted=bool(edge.path) or len(beside) > 1)

    def set_problems(self, problems: Iterable[ActivityProblem]) -> None:
        """Show badges and tooltips for problems."""
        by_activity: dict[str, list[ActivityProblem]] = {}
        for problem in problems:
            by_activity.setdefault(problem.activity, []).append(problem)
        for name, node in self._projection.nodes.items():
            mine = by_activity.get(name, [])
            worst = "error" if any(item.severity == "error" for item in mine) else "warning" if mine else ""
            node.set_state(problem=worst, problem_text="\n".join(phrase_text(item.phrase) for item in mine))

    def set_visited(
        self,
        activities: Collection[str] = (),
        edges: Collection[Edge] = (),
        errors: Mapping[str, str] | None = None,
        waiting: Collection[str] = (),
    ) -> None:
        """Show one person's path: completed activities, green edges, errors with messages, current position."""
        wrong = errors or {}
        for name, node in self._projection.nodes.items():
            mark = "error" if name in wrong else "person" if name in waiting else "check" if name in activities else ""
            node.set_state(mark=mark)
            if self._look.mode != EDIT:
                node.set_state(problem_text=wrong.get(name, ""))
        visited = set(edges)
        for edge, item in self._projection.edges.items():
            item.set_state(visited=edge in visited)
