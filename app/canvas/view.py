"""The canvas as one widget: a document drawn and edited by hand, with zoom bar, overview map, find and notices.

It answers to the window with signals and asks for nothing but a document; what it knows about a run (counts, problems,
where a person went) is told to it and shown at once, without going through the document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.editing import Editing
from app.canvas.hands import Hands
from app.canvas.keyboard import Keyboard
from app.canvas.look import EDIT, LIVE, MODES, Look
from app.canvas.overlays import MARGIN, FindBar, InPlaceEditor, OverviewMap, Question, ZoomBar
from app.canvas.projection import Projection
from app.canvas.viewer import ZOOM_STEPS, JourneyViewer
from app.document.changes import Change
from app.document.document import JourneyDocument
from app.document.naming import full_name
from app.theme.table import DARK, LIGHT, Theme
from app.translation import tr
from app.widgets.labels import Toast
from engine.model.journey import Edge


class Problem(Protocol):
    """What the canvas shows of a problem: ``engine.core.issues.Issue`` fits."""

    @property
    def severity(self) -> str: ...
    @property
    def activity(self) -> str: ...
    @property
    def message(self) -> str: ...


class CanvasView(QWidget):
    """The canvas on one document."""

    selection_changed = Signal(tuple)
    """The ids of the selected activities, from left to right."""

    activated = Signal(str)
    """An activity was double-clicked, or Enter was pressed on a selected one."""

    refused = Signal(str)
    """Why something was not done; the canvas shows it too."""

    quick_add_requested = Signal(QPointF, str, str)
    """What comes next is wanted: point in the scene, activity and path ('' and '' on the ground)."""

    insert_requested = Signal(QPointF, object)
    """An activity is wanted on an edge: point in the scene, the edge."""

    menu_requested = Signal(QPoint, QPointF)
    """A menu is wanted: point on the screen, point in the scene."""

    note_activated = Signal(int)
    group_activated = Signal(int)
    zoomed = Signal(float)

    def __init__(self, document: JourneyDocument, theme: Theme | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._look = Look(theme or self._theme_of_palette())
        self.viewer = JourneyViewer(self._look, self)
        self.projection = Projection(self.viewer, document, self._look)
        self.hands = Hands(self.viewer, document, self.projection, self._look)
        self.viewer.hands = self.hands
        self.keyboard = Keyboard(self)
        self.viewer.keys = self.keyboard.press
        self.focused = ""
        self._shown_selection: tuple[str, ...] = ()
        self._found: list[str] = []
        self._fitted = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.viewer)
        self.setFocusProxy(self.viewer)
        self._make_overlays()
        self._take_up_edits()
        self._wire()
        self.projection.rebuild()
        self._name_for_readers()

    def _make_overlays(self) -> None:
        self.zoom_bar = ZoomBar(self)
        self.overview = OverviewMap(self, self.viewer, self.projection)
        self.question = Question(self)
        self.find_bar = FindBar(self)
        self.toast = Toast(self)
        self.editor = InPlaceEditor(self)

    def _take_up_edits(self) -> None:
        """The edits that the window and the keys may ask for, under the canvas's own name."""
        edits = self.editing = Editing(self)
        self.add, self.insert, self.add_note, self.rename = edits.add, edits.insert, edits.add_note, edits.rename
        self.copy, self.cut, self.paste, self.duplicate = edits.copy, edits.cut, edits.paste, edits.duplicate
        self.delete_selection, self.ask_delete = edits.delete_selection, edits.ask_delete
        self.group_selection, self.arrange = edits.group_selection, edits.arrange
        self.align, self.distribute = edits.align, edits.distribute
        self.undo, self.redo = edits.undo, edits.redo

    def _wire(self) -> None:
        self.document.changed.connect(self._show_change)
        self.document.replaced.connect(self._show_all)
        self.document.read_only_changed.connect(lambda _: self.hands.cancel())
        scene = self.viewer.scene()
        scene.selectionChanged.connect(self._show_selection)
        hands = self.hands
        hands.refused.connect(self.refuse)
        hands.quick_add_requested.connect(self.quick_add_requested)
        hands.insert_requested.connect(self.insert_requested)
        hands.activated.connect(self.activated)
        hands.note_activated.connect(self.editing.edit_note)
        hands.group_activated.connect(self.editing.edit_group)
        self.viewer.menu_requested.connect(self.menu_requested)
        self.viewer.zoomed.connect(self.zoom_bar.show_scale)
        self.viewer.zoomed.connect(self.zoomed)
        self.viewer.panned.connect(self.overview.update)
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
        self.find_bar.sought.connect(self.find_words)
        self.find_bar.next_wanted.connect(self.find_next)
        self.find_bar.closed.connect(self.viewer.setFocus)

    # The document changed

    def _show_change(self, change: Change) -> None:
        self.hands.cancel(changing=True)
        self.hands.forget()
        self.projection.apply(change)
        self._after_change()

    def _show_all(self) -> None:
        self.hands.cancel(changing=True)
        self.hands.forget()
        self.projection.rebuild()
        self._after_change()

    def _after_change(self) -> None:
        if self.focused not in self.projection.nodes:
            self.focused = ""
        self.zoom_bar.arrange_button.setEnabled(self.hands.editable)
        self.overview.update()
        self._show_selection()
        self._name_for_readers()

    def _name_for_readers(self) -> None:
        """The name a screen reader gives the canvas: which journey, how many activities, what has the focus."""
        words = [tr("Canvas of {name}", name=self.document.journey.name)]
        if self.focused in self.projection.nodes:
            words.append(full_name(self.projection.nodes[self.focused].activity))
        self.viewer.setAccessibleName(", ".join(words))

    # What the window tells

    def set_mode(self, mode: str) -> None:
        """One of ``edit``, ``read_only``, ``live``, ``test``: what is shown and what can be done."""
        if mode not in MODES:
            raise ValueError(f"unknown mode {mode!r}")
        self.hands.cancel()
        self._look.mode = mode
        if mode != LIVE:
            self.set_counts({}, {})
        self.projection.apply(None)
        self.zoom_bar.arrange_button.setEnabled(self.hands.editable)
        self.viewer.scene().update()

    @property
    def mode(self) -> str:
        """How the journey is shown."""
        return self._look.mode

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self.viewer.set_theme(theme)
        self.overview.update()

    def set_counts(
        self, nodes: Mapping[str, int], edges: Mapping[str, int], errors: Mapping[str, int] | None = None
    ) -> None:
        """People at activities and on edges (``source`` or ``source:path``), shown while the mode is ``live``."""
        most = max(edges.values(), default=0) or 1
        for name, node in self.projection.nodes.items():
            node.set_state(count=nodes.get(name), errors=(errors or {}).get(name, 0))
        for edge, item in self.projection.edges.items():
            count = edges.get(f"{edge.source}:{edge.path}" if edge.path else edge.source)
            beside = [other for other in self.document.journey.outgoing[edge.source] if other.path == edge.path]
            shown = nodes.get(edge.target) if len(beside) > 1 else count
            item.set_state(count=count and shown, share=(count or 0) / most, counted=bool(edge.path) or len(beside) > 1)

    def set_problems(self, problems: Iterable[Problem]) -> None:
        """Badges and tooltips for what is wrong."""
        told: dict[str, list[Problem]] = {}
        for problem in problems:
            told.setdefault(problem.activity, []).append(problem)
        for name, node in self.projection.nodes.items():
            mine = told.get(name, [])
            worst = "error" if any(item.severity == "error" for item in mine) else "warning" if mine else ""
            node.set_state(problem=worst, problem_text="\n".join(item.message for item in mine))

    def set_walked(
        self,
        activities: Collection[str] = (),
        edges: Collection[Edge] = (),
        errors: Mapping[str, str] | None = None,
        waiting: Collection[str] = (),
    ) -> None:
        """Where one person went: activities with a check, edges green, errors with their words, where they wait."""
        wrong = errors or {}
        for name, node in self.projection.nodes.items():
            mark = "error" if name in wrong else "person" if name in waiting else "check" if name in activities else ""
            node.set_state(mark=mark)
            if self._look.mode != EDIT:
                node.set_state(problem_text=wrong.get(name, ""))
        walked = set(edges)
        for edge, item in self.projection.edges.items():
            item.set_state(walked=edge in walked)

    # Selection

    @property
    def selection(self) -> tuple[str, ...]:
        """The ids of the selected activities, from left to right."""
        chosen = [node for node in self.projection.nodes.values() if node.isSelected()]
        return tuple(node.id for node in sorted(chosen, key=lambda node: (node.pos().x(), node.pos().y())))

    @property
    def selected_edges(self) -> tuple[Edge, ...]:
        """The selected edges."""
        return tuple(edge for edge, item in self.projection.edges.items() if item.isSelected())

    @property
    def selected_notes(self) -> tuple[int, ...]:
        """The indexes of the selected notes."""
        return tuple(note.index for note in self.projection.notes if note.isSelected())

    def select(self, names: Collection[str], show: bool = False) -> None:
        """Selects these activities only; ``show`` brings them into view."""
        scene = self.viewer.scene()
        scene.blockSignals(True)
        scene.clearSelection()
        for name in names:
            if name in self.projection.nodes:
                self.projection.nodes[name].setSelected(True)
        scene.blockSignals(False)
        self._show_selection()
        if show:
            self.reveal(names)

    def select_all(self) -> None:
        """Selects every activity and note."""
        self.select(self.projection.nodes)
        for note in self.projection.notes:
            note.setSelected(True)

    def reveal(self, names: Collection[str]) -> None:
        """Moves the view so that these activities are seen, if they are not."""
        box = self.projection.content(names)
        if not box.isEmpty() and not self.viewer.scene_box().contains(box):
            self.viewer.look_at(box.center())

    def _show_selection(self) -> None:
        chosen = self.selection
        if len(chosen) == 1:
            self.set_focus(chosen[0], ring=False)
        if chosen != self._shown_selection:
            self._shown_selection = chosen
            self.selection_changed.emit(chosen)
            self.overview.update()

    def set_focus(self, name: str, ring: bool = True) -> None:
        """Puts the keyboard's focus on an activity, with its ring."""
        for other, node in self.projection.nodes.items():
            node.set_state(focused=ring and other == name)
        self.focused = name
        self._name_for_readers()

    # Zoom

    def zoom_to_fit(self) -> None:
        """The whole journey, no larger than 100 %."""
        self.viewer.show_box(self.projection.content())

    def zoom_to_selection(self) -> None:
        """The selected activities, or the whole journey."""
        self.viewer.show_box(self.projection.content(self.selection or None))

    def zoom_100(self) -> None:
        """Pixels as designed."""
        self.viewer.look_at(self.viewer.center, 1.0)

    def zoom_in(self) -> None:
        """The next larger step."""
        now = self.viewer.scale_now
        self.viewer.look_at(
            self.viewer.center, next((step for step in ZOOM_STEPS if step > now + 0.01), ZOOM_STEPS[-1])
        )

    def zoom_out(self) -> None:
        """The next smaller step."""
        now = self.viewer.scale_now
        smaller = [step for step in ZOOM_STEPS if step < now - 0.01]
        self.viewer.look_at(self.viewer.center, smaller[-1] if smaller else ZOOM_STEPS[0])

    def show_map(self, shown: bool) -> None:
        """Shows or hides the overview map."""
        self.overview.setVisible(shown)
        self.zoom_bar.map_button.setChecked(shown)
        self.place_overlays()

    # Find

    def show_find(self) -> None:
        """Opens the field to find activities."""
        self.find_bar.open()
        self.place_overlays()

    def find_words(self, words: str) -> tuple[str, ...]:
        """The activities at which these words stand, from left to right; the first is selected and shown."""
        sought = words.casefold().strip()
        nodes = sorted(self.projection.nodes.values(), key=lambda node: (node.pos().x(), node.pos().y()))
        self._found = [
            node.id
            for node in nodes
            if sought and sought in f"{node.title} {node.subtitle} {node.id} {node.activity.description}".casefold()
        ]
        if self._found:
            self.select(self._found[:1], show=True)
        self.find_bar.show_count(1, len(self._found))
        return tuple(self._found)

    def find_next(self) -> None:
        """The next of those found."""
        if self._found:
            at = self._found.index(self.selection[0]) if self.selection and self.selection[0] in self._found else -1
            following = (at + 1) % len(self._found)
            self.select([self._found[following]], show=True)
            self.find_bar.show_count(following + 1, len(self._found))

    # The widget

    def global_point(self, point: QPointF) -> QPoint:
        """A point of the scene on the screen."""
        return self.viewer.viewport().mapToGlobal(self.viewer.mapFromScene(point))

    def picture_box(self) -> QRectF:
        """The box of everything drawn, with a margin, for pictures and printing."""
        return self.projection.content().adjusted(-48, -48, 48, 48)

    def paint_picture(self, painter: QPainter, target: QRectF) -> None:
        """Paints the whole journey into a rectangle."""
        self.viewer.scene().render(painter, target, self.picture_box())

    def refuse(self, reason: str) -> None:
        """Says why something was not done."""
        self.toast.say(reason)
        self.refused.emit(reason)

    def _theme_of_palette(self) -> Theme:
        return DARK if self.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT

    def place_overlays(self) -> None:
        """Overlays to their corners."""
        width, height = self.width(), self.height()
        self.zoom_bar.adjustSize()
        self.zoom_bar.move(width - self.zoom_bar.width() - MARGIN, height - self.zoom_bar.height() - MARGIN)
        above = self.zoom_bar.y() - self.overview.height() - 8
        self.overview.move(width - self.overview.width() - MARGIN, above)
        self.question.move((width - self.question.width()) // 2, height - self.question.height() - 24)
        self.find_bar.move(width - self.find_bar.width() - MARGIN, MARGIN)
        self.toast.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Overlays keep their corners; the first size shows the whole journey."""
        super().resizeEvent(event)
        self.place_overlays()
        if not self._fitted:
            self._fitted = True
            QTimer.singleShot(0, self, self.zoom_to_fit)

    def changeEvent(self, event: QEvent) -> None:
        """Language and theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.projection.retranslate()
            self.document.retranslate()
            self.place_overlays()
        elif event.type() == QEvent.Type.PaletteChange and self._theme_of_palette() != self._look.theme:
            self.set_theme(self._theme_of_palette())
