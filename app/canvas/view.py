"""The canvas as one widget: a document drawn and edited by hand, with zoom bar, overview map, find and notices.

It answers to the window with signals and asks for nothing but a document; what it knows about a run (counts, problems,
where a person went) is told to it and shown at once, without going through the document.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.hands import Hands, Place
from app.canvas.keys import ARROWS, KEYS, STEP, combination, nearest
from app.canvas.look import EDIT, LIVE, MODES, Look
from app.canvas.nodes import ActivityItem
from app.canvas.overlays import MARGIN, FindBar, InPlaceEditor, OverviewMap, Question, ZoomBar
from app.canvas.projection import Projection
from app.canvas.viewer import ZOOM_STEPS, JourneyViewer
from app.document import clipboard, rules
from app.document.changes import Change
from app.document.document import JourneyDocument
from app.document.naming import full_name
from app.document.templates import Template
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
        self.viewer.keys = self._key
        self._focus = ""
        self._shown_selection: tuple[str, ...] = ()
        self._found: list[str] = []
        self._fitted = False
        self._space_center = QPointF()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.viewer)
        self.setFocusProxy(self.viewer)
        self._make_overlays()
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

    def _wire(self) -> None:
        self.document.changed.connect(self._show_change)
        self.document.replaced.connect(self._show_all)
        self.document.read_only_changed.connect(lambda _: self.hands.cancel())
        scene = self.viewer.scene()
        scene.selectionChanged.connect(self._show_selection)
        hands = self.hands
        hands.refused.connect(self._refuse)
        hands.quick_add_requested.connect(self.quick_add_requested)
        hands.insert_requested.connect(self.insert_requested)
        hands.activated.connect(self.activated)
        hands.note_activated.connect(self._edit_note)
        hands.group_activated.connect(self._edit_group)
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
        if self._focus not in self.projection.nodes:
            self._focus = ""
        self.zoom_bar.arrange_button.setEnabled(self.hands.editable)
        self.overview.update()
        self._show_selection()
        self._name_for_readers()

    def _name_for_readers(self) -> None:
        """The name a screen reader gives the canvas: which journey, how many activities, what has the focus."""
        words = [tr("Canvas of {name}", name=self.document.journey.name)]
        if self._focus in self.projection.nodes:
            words.append(full_name(self.projection.nodes[self._focus].activity))
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
            self._set_focus(chosen[0], ring=False)
        if chosen != self._shown_selection:
            self._shown_selection = chosen
            self.selection_changed.emit(chosen)
            self.overview.update()

    def _set_focus(self, name: str, ring: bool = True) -> None:
        for other, node in self.projection.nodes.items():
            node.set_state(focused=ring and other == name)
        self._focus = name
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
        self._place_overlays()

    # Edits

    def add(self, template: Template, point: QPointF | None = None, after: tuple[str, str] | None = None) -> None:
        """Adds an activity as a double click in the palette does: after the selection if that is open, else free."""
        ends = [(name, path) for name in self.selection for path in rules.open_ways(self.document.journey, name)]
        end = after or (ends[0] if ends and point is None else None)
        self.hands.attempt(lambda: self._add(template, point, end))

    def _add(self, template: Template, point: QPointF | None, end: tuple[str, str] | None) -> None:
        position = (point.x(), point.y()) if point is not None and end is None else None
        name = self.document.add_activity(template, position, after=end)
        self.select([name], show=True)

    def insert(self, template: Template, point: QPointF, edge: Edge) -> None:
        """Adds an activity on an edge."""
        self.hands.attempt(lambda: self.hands.add(template, point, Place(on_edge=edge)))

    def delete_selection(self) -> None:
        """Deletes what is selected, without asking."""
        names, edges, notes = self.selection, self.selected_edges, self.selected_notes
        self.hands.attempt(lambda: self.document.delete(names, edges, notes))

    def ask_delete(self) -> None:
        """Asks before deleting; Enter confirms."""
        names, edges, notes = self.selection, self.selected_edges, self.selected_notes
        if not (names or edges or notes):
            return
        if not self.hands.editable:
            self._refuse(tr("This version cannot be edited. Make a new version or a copy."))
            return
        if len(names) == 1 and not edges and not notes:
            words = tr("Delete {name}?", name=full_name(self.document.journey.by_id[names[0]]))
        elif edges and not names and not notes:
            words = tr("Delete this line?") if len(edges) == 1 else tr("Delete {count} lines?", count=len(edges))
        else:
            words = tr("Delete {count} things?", count=len(names) + len(edges) + len(notes))
        self.question.ask(words, tr("Delete"), self.delete_selection)
        self._place_overlays()

    def copy(self) -> None:
        """The selection as JSON on the clipboard."""
        if self.selection or self.selected_notes:
            clip = self.document.clip(self.selection, self.selected_notes)
            QGuiApplication.clipboard().setText(clipboard.to_text(clip))

    def cut(self) -> None:
        """Copies, then deletes."""
        names, notes = self.selection, self.selected_notes
        if names or notes:
            self.copy()
            self.hands.attempt(lambda: self.document.delete(names, notes=notes, cut=True))

    def paste(self) -> None:
        """Pastes at a selected activity's open end, else in the next free place."""
        clip = clipboard.from_text(QGuiApplication.clipboard().text())
        if clip is None:
            self._refuse(tr("There are no activities on the clipboard. Copy some first."))
            return
        ends = [(name, path) for name in self.selection for path in rules.open_ways(self.document.journey, name)]
        after = ends[0] if len(self.selection) == 1 and ends else None
        if after is not None and self.document.can_paste(clip, after):
            after = None
        self.hands.attempt(lambda: self.select(self.document.paste(clip, after=after), show=True))

    def duplicate(self) -> None:
        """Copies the selection beside itself."""
        if names := self.selection:
            self.hands.attempt(lambda: self.select(self.document.duplicate(names), show=True))

    def group_selection(self) -> None:
        """Frames the selection."""
        if names := self.selection:
            self.hands.attempt(lambda: self.document.add_group(names))

    def add_note(self) -> None:
        """Puts a note in the middle of what is seen, and opens it."""
        center = self.viewer.center
        self.hands.attempt(lambda: self._edit_note(self.document.add_note((center.x() - 100, center.y() - 60))))

    def arrange(self) -> None:
        """Lays everything out anew and shows it."""
        self.hands.attempt(self.document.arrange)
        self.zoom_to_fit()

    def align(self, horizontally: bool) -> None:
        """Puts the selected activities on one row (or one column): that of the first."""
        nodes = [self.projection.nodes[name] for name in self.selection]
        if len(nodes) > 1:
            first = nodes[0].pos()
            places = {
                node.id: (node.pos().x(), first.y()) if horizontally else (first.x(), node.pos().y()) for node in nodes
            }
            self.hands.attempt(lambda: self.document.move(places))

    def distribute(self, horizontally: bool) -> None:
        """Sets the selected activities at equal distances between the outermost two."""
        nodes = [self.projection.nodes[name] for name in self.selection]
        if len(nodes) < 3:
            return
        nodes.sort(key=lambda node: node.pos().x() if horizontally else node.pos().y())
        first, last = nodes[0].pos(), nodes[-1].pos()
        places = {}
        for index, node in enumerate(nodes):
            point = first + (last - first) * index / (len(nodes) - 1)
            places[node.id] = (point.x(), node.pos().y()) if horizontally else (node.pos().x(), point.y())
        self.hands.attempt(lambda: self.document.move(places))

    def undo(self) -> None:
        """Takes the last edit back; the history of a locked journey rests."""
        self._step(self.document.undo_stack.undo)

    def redo(self) -> None:
        """Does it again."""
        self._step(self.document.undo_stack.redo)

    def _step(self, step: Callable[[], None]) -> None:
        self.hands.cancel()
        if self.document.read_only:
            self._refuse(tr("This version cannot be edited. Make a new version or a copy."))
            return
        step()

    def rename(self) -> None:
        """Opens the label of the selected activity for typing."""
        if len(self.selection) != 1:
            return
        name = self.selection[0]
        node = self.projection.nodes[name]
        place = QPointF(self.viewer.mapFromScene(node.pos() + QPointF(0, 58)))
        self.editor.edit(node.activity.label, place, lambda text: self._rename(name, text))

    def _rename(self, name: str, label: str) -> None:
        self.viewer.setFocus()
        self.hands.attempt(lambda: self.document.update_activity(name, label=label.strip()))

    def _edit_note(self, index: int) -> None:
        note = self.projection.notes[index]
        place = QPointF(self.viewer.mapFromScene(note.pos() + note.box.center()))
        self.editor.edit(note.note.text, place, lambda text: self._keep_note(index, text))
        self.note_activated.emit(index)

    def _keep_note(self, index: int, text: str) -> None:
        self.viewer.setFocus()
        self.hands.attempt(lambda: self.document.update_note(index, text=text))

    def _edit_group(self, index: int) -> None:
        item = self.projection.groups[index]
        place = QPointF(self.viewer.mapFromScene(item.title_box.center()))
        self.editor.edit(item.frame.label, place, lambda text: self._keep_group(index, text))
        self.group_activated.emit(index)

    def _keep_group(self, index: int, text: str) -> None:
        self.viewer.setFocus()
        self.hands.attempt(lambda: self.document.update_group(index, label=text.strip()))

    # Find

    def show_find(self) -> None:
        """Opens the field to find activities."""
        self.find_bar.open()
        self._place_overlays()

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

    # Keys

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._space(event)
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        key = combination(event)
        if key[1] in ARROWS and key[0] in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier):
            self._arrow(key[1], nudge=bool(key[0]))
            return True
        action = KEYS.get(key)
        if action is None:
            return False
        getattr(self, action)()
        return True

    def _space(self, event: QKeyEvent) -> None:
        """Held down, it pans with the mouse; tapped, it selects what has the focus."""
        if event.isAutoRepeat():
            return
        if event.type() == QEvent.Type.KeyPress:
            self.hands.space = True
            self._space_center = self.viewer.center
            self.viewer.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            return
        self.hands.space = False
        self.viewer.viewport().unsetCursor()
        if self._focus and self.viewer.center == self._space_center:
            self.select([self._focus])
            self._set_focus(self._focus)

    def _arrow(self, key: Qt.Key, nudge: bool) -> None:
        dx, dy = ARROWS[key]
        if nudge:
            self._nudge(dx * STEP, dy * STEP)
            return
        start = self.projection.nodes.get(self._focus)
        if start is None:
            entry = rules.entry_of(self.document.journey)
            found = entry.id if entry else next(iter(self.projection.nodes), None)
        else:
            found = nearest(self.projection.nodes, start.pos(), (dx, dy), self._focus)
        if found is not None:
            self._set_focus(found)
            self.reveal([found])

    def _nudge(self, dx: float, dy: float) -> None:
        places = {name: (node.pos().x() + dx, node.pos().y() + dy) for name, node in self._selected_nodes()}
        if places:
            self.hands.attempt(lambda: self.document.move(places, merge="nudge"))

    def _selected_nodes(self) -> list[tuple[str, ActivityItem]]:
        return [(name, self.projection.nodes[name]) for name in self.selection]

    def escape(self) -> None:
        """Gives up a gesture, or a question, or the selection, in this order."""
        if self.hands.cancel():
            return
        if not self.question.isHidden():
            self.question.hide()
            return
        self.viewer.scene().clearSelection()

    def confirm(self) -> None:
        """Yes to a question; else selects what has the focus, and opens what is selected."""
        if not self.question.isHidden():
            self.question.accept()
        elif self._focus and self.selection != (self._focus,):
            self.select([self._focus])
            self._set_focus(self._focus)
        elif self.selection:
            self.activated.emit(self.selection[0])

    def quick_add(self) -> None:
        """Asks what comes next after the selected activity; without one the focus goes on."""
        name = self.selection[0] if len(self.selection) == 1 else ""
        if name and self.hands.editable:
            ways = rules.open_ways(self.document.journey, name)
            path = ways[0] if ways else rules.parallel_way(self.document.journey, name)
            stub = self.projection.stubs.get((name, path or ""))
            point = stub.handle if stub else self.projection.nodes[name].pos() + QPointF(60, 30)
            if path is not None:
                self.quick_add_requested.emit(point, name, path)
            return
        if not self.document.journey.activities and self.hands.editable:
            self.quick_add_requested.emit(QPointF(0, 0), "", "")
            return
        self.focusNextPrevChild(True)

    def leave_backwards(self) -> None:
        """The focus goes back."""
        self.focusNextPrevChild(False)

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

    def _refuse(self, reason: str) -> None:
        self.toast.say(reason)
        self.refused.emit(reason)

    def _theme_of_palette(self) -> Theme:
        return DARK if self.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT

    def _place_overlays(self) -> None:
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
        self._place_overlays()
        if not self._fitted:
            self._fitted = True
            QTimer.singleShot(0, self, self.zoom_to_fit)

    def changeEvent(self, event: QEvent) -> None:
        """Language and theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.projection.retranslate()
            self.document.retranslate()
            self._place_overlays()
        elif event.type() == QEvent.Type.PaletteChange and self._theme_of_palette() != self._look.theme:
            self.set_theme(self._theme_of_palette())
