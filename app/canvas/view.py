"""The canvas widget: editing, zoom bar, overview map, search and notices for one document.

It talks to the window through signals and needs only a document. Run state (counts, problems, a person's path) is set
from outside and shown without going through the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.accessibility import ScreenReaderAnnouncer
from app.canvas.canvas_actions import CanvasActions
from app.canvas.drag_and_drop import DropController
from app.canvas.in_place_editor import InPlaceEditor
from app.canvas.keyboard import KEYS, KeyboardController
from app.canvas.mouse import MouseController
from app.canvas.overlays import MARGIN, FindBar, OverviewMap, ZoomBar
from app.canvas.painting import LIVE, MODES, CanvasLook
from app.canvas.projection import Projection
from app.canvas.selection import CanvasSelection
from app.canvas.status_marks import ActivityProblem, StatusMarks
from app.canvas.view_history import ViewHistory
from app.canvas.viewer import JourneyViewer
from app.document.document import JourneyDocument
from app.document.patches import DocumentChange
from app.theme.colors import ColorScheme, current_scheme
from app.widgets.icons import Toast
from engine.model.journey import Edge


class CanvasView(QWidget):
    """The canvas of one document."""

    selection_changed = Signal(tuple)
    """The ids of the selected activities, from left to right."""

    activated = Signal(str)
    """An activity was double-clicked, or Enter was pressed on a selected one: its id."""

    refused = Signal(str)
    """The reason an edit was refused; the canvas shows it too."""

    quick_add_requested = Signal(QPointF, str, str)
    """Quick-add is requested: point in the scene, activity and path ('' and '' on empty canvas)."""

    insert_requested = Signal(QPointF, object)
    """An activity is to be inserted on an edge: point in the scene, the edge."""

    menu_requested = Signal(QPoint, QPointF)
    """The context menu is requested: point on the screen, point in the scene."""

    outline_wanted = Signal()
    """The outline is to be shown or hidden."""

    note_activated = Signal(int)
    group_activated = Signal(int)
    zoomed = Signal(float)

    def __init__(
        self, document: JourneyDocument, theme: ColorScheme | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self._look = CanvasLook(theme or current_scheme())
        self.viewer = JourneyViewer(self._look, self)
        self.projection = Projection(self.viewer, document, self._look)
        self.mouse = MouseController(self.viewer, document, self.projection, self._look)
        self.drops = DropController(self.mouse)
        self.viewer.mouse, self.viewer.drops = self.mouse, self.drops
        self.chosen = CanvasSelection(self.viewer, self.projection)
        self.views = ViewHistory(self.viewer, document)
        self._old_texts = self._drawing = False
        self._looked = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.viewer)
        self.setFocusProxy(self.viewer)
        self._make_overlays()
        self._bind_actions()
        self._wire()
        self.projection.rebuild()
        self.reading = ScreenReaderAnnouncer(self.viewer, self.projection)
        self.chosen.focus_moved.connect(self.reading.focus)
        self.reading.name("")

    def _make_overlays(self) -> None:
        self.zoom_bar = ZoomBar(self)
        self.overview = OverviewMap(self, self.viewer, self.projection)
        self.find_bar = FindBar(self, self.viewer, self.projection, self.chosen)
        self.toast = Toast(self)
        self.editor = InPlaceEditor(self, self.viewer)

    def _bind_actions(self) -> None:
        """Expose the edits and overlays that the window and the keys use as canvas methods."""
        edits = self.edit_actions = CanvasActions(self.mouse, self.chosen, self.editor)
        self.add, self.insert, self.add_note, self.rename = edits.add, self.drops.insert, edits.add_note, edits.rename
        self.copy, self.cut, self.paste, self.duplicate = edits.copy, edits.cut, edits.paste, edits.duplicate
        self.delete_selection = edits.delete_selection
        self.group_selection, self.ungroup_selection = edits.group_selection, edits.ungroup_selection
        self.arrange, self.open_quick_add = edits.arrange, edits.open_quick_add
        self.align, self.distribute = edits.align, edits.distribute
        self.undo, self.redo = edits.undo, edits.redo
        chosen, viewer = self.chosen, self.viewer
        self.select, self.select_all, self.reveal = chosen.select, chosen.select_all, chosen.reveal
        self.zoom_to_fit, self.zoom_to_selection = chosen.zoom_to_fit, chosen.zoom_to_selection
        self.zoom_100, self.zoom_in, self.zoom_out = viewer.zoom_100, viewer.zoom_in, viewer.zoom_out
        self.global_point = viewer.global_point
        marks = self.marks = StatusMarks(self.projection, self._look)
        self.set_counts, self.set_visited = marks.set_counts, marks.set_visited
        find = self.find_bar
        self.show_find, self.find_words, self.find_next = find.open, find.search, find.step
        actions = {name: getattr(self, name) for name in KEYS.values() if hasattr(self, name)}
        KeyboardController(self.mouse, chosen, edits, actions, self.focusNextPrevChild)

    def _wire(self) -> None:
        self.document.changed.connect(self._show_change)
        self.document.replaced.connect(self._show_all)
        self.document.read_only_changed.connect(self._show_lock)
        self.viewer.scene().selectionChanged.connect(self._show_selection)
        self.chosen.changed.connect(self.selection_changed)
        self.chosen.changed.connect(self.overview.update)
        mouse = self.mouse
        mouse.refused.connect(self.refuse)
        mouse.quick_add_requested.connect(self.quick_add_requested)
        mouse.insert_requested.connect(self.insert_requested)
        mouse.activated.connect(self.activated)
        self.edit_actions.note_activated.connect(self.note_activated)
        self.edit_actions.group_activated.connect(self.group_activated)
        self.viewer.menu_requested.connect(self.menu_requested)
        self.viewer.zoomed.connect(self.zoom_bar.show_scale)
        self.viewer.zoomed.connect(self.zoomed)
        self.viewer.panned.connect(self.overview.update)
        self.viewer.resized.connect(self._fit_at_first)
        bar = self.zoom_bar
        for signal, action in (
            (bar.zoom_in, self.zoom_in),
            (bar.zoom_out, self.zoom_out),
            (bar.zoom_100, self.zoom_100),
            (bar.fit, self.zoom_to_fit),
            (bar.arrange, self.arrange),
        ):
            signal.connect(action)
        bar.map_wanted.connect(self.show_map)
        bar.outline_wanted.connect(self.outline_wanted)

    # The document changed

    def _show_change(self, change: DocumentChange) -> None:
        self._draw(lambda: self.projection.apply(change))

    def _show_all(self) -> None:
        self._draw(self.projection.rebuild)

    def _draw(self, draw: Callable[[], object]) -> None:
        """Draw a change, then report the selection once: meanwhile it may name activities that are gone."""
        self.views.keep()
        self.mouse.cancel(changing=True)
        self.mouse.forget()
        self._drawing = True
        try:
            draw()
        finally:
            self._drawing = False
        self.editor.place()
        self.zoom_bar.arrange_button.setEnabled(self.mouse.editable)
        self.overview.update()
        self.chosen.refresh()
        self.reading.name(self.focused)

    # What the window tells

    def set_mode(self, mode: str) -> None:
        """Set the mode: ``edit``, ``read_only``, ``live`` or ``test``."""
        if mode not in MODES:
            raise ValueError(f"unknown mode {mode!r}")
        if mode == self._look.mode:
            return
        self.mouse.cancel()
        self._look.mode = mode
        if mode != LIVE:
            self.set_counts({}, {})
        self.projection.apply(None)
        self._show_lock()
        self.viewer.scene().update()

    def _show_lock(self) -> None:
        self.mouse.cancel()
        self.zoom_bar.arrange_button.setEnabled(self.mouse.editable)

    def set_problems(self, problems: Iterable[ActivityProblem]) -> None:
        """Show badges and tooltips for problems and announce the one at the focused activity."""
        self.marks.set_problems(problems)
        self.reading.name(self.focused)

    @property
    def mode(self) -> str:
        """How the journey is shown."""
        return self._look.mode

    # Selection

    def _show_selection(self) -> None:
        if not self._drawing:
            self.chosen.refresh()

    @property
    def selection(self) -> tuple[str, ...]:
        """The ids of the selected activities, from left to right."""
        return self.chosen.activities

    @property
    def selected_edges(self) -> tuple[Edge, ...]:
        """The selected edges."""
        return self.chosen.edges

    @property
    def selected_notes(self) -> tuple[int, ...]:
        """The indexes of the selected notes."""
        return self.chosen.notes

    @property
    def focused(self) -> str:
        """The id of the activity with the keyboard focus, or ''."""
        return self.chosen.focused

    def show_map(self, shown: bool) -> None:
        """Show or hide the overview map."""
        self.overview.setVisible(shown)
        self.zoom_bar.map_button.setChecked(shown)
        self.place_overlays()

    def toggle_map(self) -> None:
        """Toggle the overview map."""
        self.show_map(self.overview.isHidden())

    def ask_outline(self) -> None:
        """Request the outline."""
        self.outline_wanted.emit()

    # The widget

    def refuse(self, reason: str) -> None:
        """Show why an edit was refused."""
        self.toast.say(reason)
        self.reading.announce(reason)
        self.refused.emit(reason)

    def place_overlays(self) -> None:
        """Move overlays to their corners."""
        width, height = self.width(), self.height()
        self.zoom_bar.adjustSize()
        self.zoom_bar.move(width - self.zoom_bar.width() - MARGIN, height - self.zoom_bar.height() - MARGIN)
        above = self.zoom_bar.y() - self.overview.height() - 8
        self.overview.move(width - self.overview.width() - MARGIN, above)
        self.find_bar.place()
        self.toast.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep overlays in their corners."""
        super().resizeEvent(event)
        self.place_overlays()

    def _fit_at_first(self) -> None:
        """Fit the whole journey at the first sizes, before anything is painted."""
        if not self._looked:
            QTimer.singleShot(0, self, lambda: self.viewer.resized.disconnect(self._fit_at_first))
        elif self._looked != self.viewer.looks:
            return  # somebody has looked elsewhere meanwhile
        self.zoom_to_fit()
        self._looked = self.viewer.looks

    def _retranslate_visible(self) -> None:
        if self._old_texts and self.isVisible():
            self._old_texts = False
            self.projection.retranslate()
            self.place_overlays()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._retranslate_visible()
        self.viewer.set_theme(current_scheme())

    def changeEvent(self, event: QEvent) -> None:
        """Update language and theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._old_texts = True
            self.document.retranslate()
            self.reading.name(self.focused)
            self._retranslate_visible()
        elif event.type() == QEvent.Type.PaletteChange:
            self.viewer.set_theme(current_scheme())
            self.overview.update()
