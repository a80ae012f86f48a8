"""The part of the drawing that was in view at each step of the history: undo and redo go back to it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF
from shiboken6 import isValid

from app.canvas.viewer import JourneyViewer
from app.document.document import STEPS, JourneyDocument


class ViewHistory(QObject):
    """Remembers the view whenever a step is left, and shows it again when undo or redo comes back to the step."""

    def __init__(self, viewer: JourneyViewer, document: JourneyDocument) -> None:
        super().__init__(viewer)
        self._viewer, self._document = viewer, document
        self._views: dict[int, tuple[QPointF, float]] = {}
        document.undo_stack.indexChanged.connect(self._show)

    def keep(self) -> None:
        """Keep the view of the step that is about to be left; a new edit forgets the steps that it replaces."""
        step = self._document.undo_stack.index()
        if self._document.editing:
            self._views = {at: view for at, view in self._views.items() if at <= step}
            if step == STEPS:  # the oldest step is dropped
                self._views = {at - 1: view for at, view in self._views.items()}
                step -= 1
        self._views[step] = (self._viewer.corner, self._viewer.scale_now)

    def _show(self, step: int) -> None:
        if not isValid(self._document) or not isValid(self._document.undo_stack):
            return  # the document goes before its canvas
        if not self._document.undo_stack.count():
            self._views.clear()
        elif not self._document.editing and step in self._views:
            self._viewer.show_corner(*self._views[step])
