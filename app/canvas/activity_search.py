"""Find activities by their texts, one after the other from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


class ActivitySearch:
    """The search of one canvas; its field is one of the overlays."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._found: list[str] = []
        bar = canvas.find_bar
        bar.sought.connect(self.words)
        bar.next_wanted.connect(self.following)
        bar.previous_wanted.connect(self.preceding)
        bar.closed.connect(canvas.viewer.setFocus)

    def open(self) -> None:
        """Open the search field."""
        self._canvas.find_bar.open()
        self._canvas.place_overlays()

    def words(self, words: str) -> tuple[str, ...]:
        """Search for these words, then select and show the first match."""
        sought = words.casefold().strip()
        nodes = sorted(self._canvas.projection.nodes.values(), key=lambda node: (node.pos().x(), node.pos().y()))
        self._found = [
            node.id
            for node in nodes
            if sought and sought in f"{node.title} {node.subtitle} {node.id} {node.activity.description}".casefold()
        ]
        if self._found:
            self._canvas.select(self._found[:1], show=True)
        self._canvas.find_bar.show_count(1, len(self._found))
        return tuple(self._found)

    def following(self) -> None:
        """Select the next match."""
        self._step(1)

    def preceding(self) -> None:
        """Select the previous match."""
        self._step(-1)

    def _step(self, by: int) -> None:
        there = [name for name in self._found if name in self._canvas.projection.nodes]
        if not there:
            return
        selection = self._canvas.selection
        at = there.index(selection[0]) + by if selection and selection[0] in there else 0
        self._canvas.select([there[at % len(there)]], show=True)
        self._canvas.find_bar.show_count(at % len(there) + 1, len(there))
