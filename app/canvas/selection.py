"""Selection, keyboard focus and visible part of one canvas."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from app.canvas.projection import Projection
from app.canvas.viewer import JourneyViewer
from engine.model.journey import Edge


class CanvasSelection(QObject):
    """The selected items of one scene and the activity with the keyboard focus."""

    changed = Signal(tuple)
    """The ids of the selected activities, from left to right."""

    focus_moved = Signal(str)
    """The id of the activity that has the focus."""

    def __init__(self, viewer: JourneyViewer, projection: Projection) -> None:
        super().__init__(viewer)
        self._viewer, self._projection = viewer, projection
        self.focused = ""
        self._shown: tuple[str, ...] = ()

    @property
    def activities(self) -> tuple[str, ...]:
        """The ids of the selected activities, from left to right."""
        chosen = [node for node in self._projection.nodes.values() if node.isSelected()]
        return tuple(node.id for node in sorted(chosen, key=lambda node: (node.pos().x(), node.pos().y())))

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The selected edges."""
        return tuple(edge for edge, item in self._projection.edges.items() if item.isSelected())

    @property
    def notes(self) -> tuple[int, ...]:
        """The indexes of the selected notes."""
        return tuple(note.index for note in self._projection.notes if note.isSelected())

    def select(self, names: Collection[str], show: bool = False) -> None:
        """Select only these activities; ``show`` scrolls them into view."""
        scene = self._viewer.scene()
        scene.blockSignals(True)
        scene.clearSelection()
        for name in names:
            if name in self._projection.nodes:
                self._projection.nodes[name].setSelected(True)
        scene.blockSignals(False)
        self.refresh()
        if show:
            self.reveal(names)

    def select_all(self) -> None:
        """Select every activity and note."""
        self.select(self._projection.nodes)
        for note in self._projection.notes:
            note.setSelected(True)

    def refresh(self) -> None:
        """Show and report the selection; a single selected activity gets the focus."""
        if self.focused not in self._projection.nodes:
            self.focused = ""
        for edge in self._projection.edges.values():
            edge.show_selection()
        chosen = self.activities
        if len(chosen) == 1:
            self.set_focus(chosen[0], ring=False)
        if chosen != self._shown:
            self._shown = chosen
            self.changed.emit(chosen)

    def set_focus(self, name: str, ring: bool = True) -> None:
        """Move the keyboard focus to an activity and show its ring."""
        for other, node in self._projection.nodes.items():
            node.set_state(focused=ring and other == name)
        self.focused = name
        self.focus_moved.emit(name)

    def reveal(self, names: Collection[str]) -> None:
        """Scroll these activities into view if they are hidden, as little as needed."""
        self._viewer.bring_into_view(self._projection.content(names))

    def zoom_to_fit(self) -> None:
        """Fit the whole journey, at most at 100 %."""
        self._viewer.show_box(self._projection.content())

    def zoom_to_selection(self) -> None:
        """Fit the selected activities, or the whole journey."""
        self._viewer.show_box(self._projection.content(self.activities or None))
