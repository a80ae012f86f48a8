"""One open journey: palette or test panel, canvas, settings, problems, and its life from draft to stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.bridge import Bridge
from app.canvas.view import CanvasView
from app.document.document import JourneyDocument
from app.document.templates import palette
from app.drafts import Drafts
from app.forms.engine_texts import error_text
from app.forms.time_format import short_time
from app.pages.beside import Beside
from app.pages.canvas_menu import CanvasMenu
from app.pages.checking import Checking
from app.pages.journey_keys import JourneyKeys
from app.pages.keeping import Keeping
from app.pages.life import Life
from app.pages.next_activity import NextActivity
from app.pages.picture import Pictures
from app.pages.problem_sheet import ProblemSheet
from app.pages.side import Side
from app.pages.test_mode import TestMode
from app.pages.watching import Watcher
from app.panels.journey_header import Heading, JourneyHeader
from app.panels.live_panel import LivePanel
from app.panels.palette import Palette
from app.panels.properties import PropertiesPane
from app.panels.test_panel import TestPanel
from app.theme.look import Look
from app.translation import tr
from app.widgets.tab_order import put_in_order
from engine.core.issues import Issue
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.services.views import VersionRow


class DesignerPage(QWidget):
    """See the module. The document is the only truth; the engine is told of every change."""

    told = Signal(str)
    opened = Signal(str)
    """Another version is to be opened: its id."""
    changed = Signal()
    """Name, state or problems changed: the frame may want to say so."""
    gone = Signal(str)
    """This version was deleted."""

    def __init__(
        self,
        look: Look,
        bridge: Bridge,
        drafts: Drafts,
        zone: str,
        row: VersionRow,
        document: JourneyDocument,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._zone, self._may = zone, bridge.may
        self.row, self.document = row, document
        self.setObjectName("page")
        self._look = look
        self.header = JourneyHeader(look, bridge.may, self)
        self.palette_panel = Palette(look, self)
        self.canvas = CanvasView(document, look.theme, self)
        self.watcher = Watcher(bridge, self)
        self.next = NextActivity(look, self.canvas, self)
        self.menu = CanvasMenu(self.canvas, self)
        self.testing = TestMode(bridge, drafts, row, document, self.header, self._make_test_panel, self.watcher, self)
        self.life = Life(bridge, drafts, row, document, self)
        self.keeping = Keeping(bridge, drafts, row, document, self)
        self.checking = Checking(document, self)
        self.problems = ProblemSheet(look, self.checking, self.canvas, self)
        self.pictures = Pictures(look, document, self)
        self.side = Side(self.canvas, document, self.checking, look, self)
        self.pane = self.side.pane
        if not bridge.may("manage_journeys"):
            self.side.set_read_only()
        self.beside = Beside(look, self.canvas, document, self.checking, self.side, self)
        self._keys = JourneyKeys(self.header, self.testing, self._parts)
        self._lay_out()
        self._connect()
        self._show_definitions()
        self._show_row()
        self.checking.check()

    # Frame

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        row = self._row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.palette_panel)
        row.addLayout(self.beside.row)
        row.addWidget(self.canvas, 1)
        row.addLayout(self.side.row)
        column.addLayout(row, 1)
        self.setFocusProxy(self.canvas)

    @property
    def test_panel(self) -> TestPanel:
        """The panel of test mode, in the palette's place."""
        return self.testing.panel

    def _make_test_panel(self) -> TestPanel:
        made = TestPanel(self._look, self)
        self._row.insertWidget(1, made)
        put_in_order(self)
        return made

    def _connect(self) -> None:
        document = self.document
        document.changed.connect(self._edited)
        document.replaced.connect(self.checking.soon)
        document.undo_stack.indexChanged.connect(self._show_history)
        self.header.verb.connect(self.do)
        self.header.test_switched.connect(self.switch_test)
        self.palette_panel.wanted.connect(self.canvas.add)
        self.next.chosen.connect(self.palette_panel.remember)
        self.keeping.saved.connect(self._saved)
        self.checking.checked.connect(self._checked)
        for teller in (self.side, self.problems):
            teller.chosen.connect(self._go_to)
        self.watcher.live_changed.connect(self.side.show_live)
        self.watcher.counts_changed.connect(self.canvas.set_counts)
        self.watcher.walk_changed.connect(self.canvas.set_walked)
        for part in (self.next, self.side, self.pictures, self.keeping, self.testing, self.life):
            part.told.connect(self.told)
        for part in (self.testing, self.life):
            part.refused.connect(self._refused)
            part.row_changed.connect(self.show_row)
        self.life.opened.connect(self.opened)
        self.life.gone.connect(self.gone)
        self.life.deleting.connect(self.keeping.forget)

    # What is shown

    @property
    def editable(self) -> bool:
        """Whether the journey can be drawn: a draft that is not under test, and whoever is here may change it."""
        return self.row.state == "draft" and self._may("manage_journeys")

    def show_row(self, row: VersionRow) -> None:
        """The version is in another state now, or was saved."""
        moved = row.state != self.row.state
        self.row = row
        if moved:
            self.side.close()
        self._show_row()
        if moved:
            QTimer.singleShot(0, self.canvas, self.canvas.zoom_to_fit)

    def _show_row(self) -> None:
        row = self.row
        self.document.set_read_only(not self.editable)
        self._show_heading()
        self.palette_panel.setVisible(self.editable)
        self.side.show_state(row.state if self._may("read_reports") else "draft")
        draft = "edit" if self.editable else "read_only"
        self.canvas.set_mode({"draft": draft, "test": "test"}.get(row.state, "live"))
        self._show_history()
        self._show_problems()
        if row.state == "draft":
            self.watcher.stop()
            self.canvas.set_walked()
        else:
            self.watcher.watch(row, self.document, self._zone)
        self.testing.show_row(row)
        self.life.show_row(row)
        self.changed.emit()

    def _told_of(self, row: VersionRow) -> str:
        if row.published_at is not None:
            when = short_time(row.published_at, self._zone)
            return tr("published {when} by {who}", when=when, who=row.published_by or "")
        if self.keeping.saving:
            return tr("saving…")
        return tr("saved {when}", when=short_time(row.changed_at, self._zone))

    def _show_history(self, _: int = 0) -> None:
        stack = self.document.undo_stack
        if not isValid(stack):
            return  # the document goes before its page
        self.header.show_history(stack.undoText(), stack.redoText())

    def set_definitions(self, definitions: Definitions) -> None:
        """Other events, sources and actions are in force."""
        if definitions != self.document.definitions:
            self.document.set_definitions(definitions)
            self._show_definitions()
            self.checking.soon()

    def _show_definitions(self) -> None:
        self.palette_panel.offer(palette(self.document.definitions))
        self.palette_panel.judge(self.document.journey)

    def show_journeys(self, rows: Sequence[tuple[str, str]]) -> None:
        """The other journeys of the sandbox that a jump may go to, with their entry events."""
        self.side.show_journeys(rows)

    @property
    def properties(self) -> PropertiesPane:
        """The journey's properties."""
        return self.side.properties

    @property
    def live(self) -> LivePanel:
        """The panel of a published version."""
        return self.side.live

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What the rules found."""
        return self.checking.issues

    @property
    def status(self) -> tuple[int, int, str]:
        """Errors, warnings, and the first of them in words."""
        return self.checking.status

    # Edits

    def _edited(self, change: Any) -> None:
        self.keeping.edited()
        self.palette_panel.judge(self.document.journey)
        self.checking.soon()
        self._show_heading()

    def _show_heading(self) -> None:
        row, journey = self.row, self.document.journey
        self.header.show_heading(
            Heading(journey.name, row.version, self._told_of(row), row.state, len(journey.activities), row.newest)
        )

    def flush(self) -> None:
        """Save what is typed and drawn at once: something is about to be done with it."""
        self.pane.save()
        self.keeping.flush()

    def retire(self) -> None:
        """The page is about to go: save what is typed, and hear nothing more of the document."""
        self.flush()
        self.watcher.stop()
        self.document.undo_stack.indexChanged.disconnect(self._show_history)
        self.document.changed.disconnect(self._edited)
        self.document.replaced.disconnect(self.checking.soon)

    def _saved(self, row: VersionRow) -> None:
        self.row = row
        self._show_heading()
        self.changed.emit()

    def _checked(self) -> None:
        self._show_problems()
        self.changed.emit()

    def _show_problems(self) -> None:
        shown, found = self.row.state in ("draft", "test") and self._may("manage_journeys"), self.checking
        self.header.show_problems(found.errors if shown else 0, found.warnings if shown else 0)
        self.problems.refresh()
        if self.editable:
            self.canvas.set_problems(self.issues)

    def _go_to(self, name: str) -> None:
        if name in self.document.journey.by_id:
            self.canvas.select([name], show=True)
            self.side.show_activity(name)
        else:
            self.do("properties")

    # The whole

    def do(self, verb: str) -> None:
        """Do what the header, a shortcut or the search asks."""
        actions: Mapping[str, Callable[[], None]] = {
            "undo": self.canvas.undo,
            "redo": self.canvas.redo,
            "problems": self.toggle_problems,
            "properties": self.side.open_properties,
            "publish": self._ask_publish,
            "new_version": self.life.new_version,
            "duplicate": self.life.duplicate,
            "export": self.life.ask_export,
            "picture": self.pictures.ask,
            "print": self.pictures.ask_print,
            "close": self.life.ask_close,
            "stop": self.life.ask_stop,
            "delete": self.life.ask_delete,
        }
        self.flush()
        actions[verb]()

    def _ask_publish(self) -> None:
        if self.checking.errors:
            self.problems.show()
            return
        self.life.ask_publish()

    def publish(self) -> None:
        """Let the journey run, without a question."""
        self.flush()
        self.life.publish()

    def switch_test(self, on: bool) -> None:
        """Put the draft into test mode, or end it."""
        self.flush()
        self.testing.switch(on)

    def _refused(self, error: SojournError) -> None:
        self.told.emit(error_text(error))
        self._show_row()

    def toggle_problems(self) -> None:
        """Show or hide the list of problems."""
        self.problems.toggle()

    # The widget

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.problems.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.press(event, self.row.state == "test" and self._may("manage_journeys")):
            super().keyPressEvent(event)

    def _parts(self) -> list[QWidget]:
        left = [self.palette_panel, *self.testing.parts(), *self.beside.parts()]
        return [*left, self.canvas, *self.side.parts(), *self.problems.parts(), self.header]
