"""The page of one open journey: palette or test panel, canvas, settings, problems, version actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.bridge import Bridge
from app.canvas.view import CanvasView
from app.document.document import JourneyDocument
from app.document.transfer import palette, variants
from app.forms.engine_texts import error_text
from app.pages.canvas_menus import CanvasMenu, QuickAddController
from app.pages.docks import LeftDock, ProblemsDock, RightDock
from app.pages.exports import PictureActions
from app.pages.journey_checks import JourneyChecker, SettingsPaneController
from app.pages.version_actions import Autosave, VersionActions
from app.pages.version_monitor import TestModeController, VersionMonitor
from app.pages.version_texts import state_line, version_entries
from app.panels.help import EmptyCanvasHint
from app.panels.journey_header import JourneyHeader, JourneyHeading
from app.panels.live_panel import LivePanel
from app.panels.palette import ActivityPalette
from app.panels.properties import PropertiesPane
from app.panels.testing_panel import TestModePanel
from app.user_files import Drafts
from app.widgets.controls import column_of, row_of
from app.widgets.key_symbols import shortcut_key
from app.widgets.tab_order import enter
from app.widgets.texts import follow_language
from engine.core.issues import Issue
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.services.views import VersionRow


class DesignerShortcuts:
    """The shortcuts of one page; ``parts`` returns its panes in F6 order."""

    def __init__(
        self, header: JourneyHeader, testing: TestModeController, parts: Callable[[], Sequence[QWidget]]
    ) -> None:
        self._header, self._testing, self._parts = header, testing, parts

    def press(self, event: QKeyEvent, testing: bool) -> bool:
        """Handle a key; return whether it was used."""
        if event.key() == Qt.Key.Key_F6:
            self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        keys: dict[int, Callable[[], None]] = {}
        if self._header.test.isVisible():
            keys[Qt.Key.Key_T] = self._header.test.click
        if testing:
            panel = self._testing.panel
            keys |= {
                Qt.Key.Key_E: panel.send.click,
                Qt.Key.Key_L: panel.log.click,
                Qt.Key.Key_P: panel.profile.setFocus,
            }
        action = keys.get(shortcut_key(event))
        if action is None or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        action()
        return True

    def _go(self, by: int) -> None:
        """Move the focus to the next visible pane."""
        seen = [part for part in self._parts() if part.isVisible()]
        focused = QApplication.focusWidget()
        inside = [part for part in seen if focused is not None and (part is focused or part.isAncestorOf(focused))]
        here = seen.index(inside[0]) if inside else 0
        enter(seen[(here + by) % len(seen)])


class DesignerPage(QWidget):
    """Wires the parts of one open journey around its document."""

    notified = Signal(str)
    opened = Signal(str)
    """Another version is to be opened: its id."""
    changed = Signal()
    """Name, state or problems changed."""
    gone = Signal(str)
    """This version was deleted."""

    def __init__(
        self,
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
        self.header = JourneyHeader(bridge.may, self)
        self.palette_panel = ActivityPalette(self)
        self.canvas = CanvasView(document, parent=self)
        self.monitor = VersionMonitor(bridge, self)
        self.checker = JourneyChecker(document, self)
        self.right_dock = RightDock(self.canvas, document, self.checker, self.monitor, self)
        self.pane = self.right_dock.pane
        if not bridge.may("manage_journeys"):
            self.right_dock.set_read_only()
        self.left_dock = LeftDock(self.palette_panel, self.canvas, document, self.checker, self.right_dock, self)
        self.settings = SettingsPaneController(bridge, drafts, document, self.pane, self)
        self.next = QuickAddController(self.canvas, self)
        self.menu = CanvasMenu(self.canvas, self)
        self.testing = TestModeController(
            bridge, drafts, row, document, self.header, self.left_dock.make_test_panel, self.monitor, self
        )
        self.version_actions = VersionActions(bridge, drafts, row, document, self)
        self.autosave = Autosave(bridge, drafts, row, document, self)
        self.problems = ProblemsDock(self.checker, self.canvas, self)
        self.picture_actions = PictureActions(document, self)
        self._hint = EmptyCanvasHint(self.canvas)
        self._keys = DesignerShortcuts(self.header, self.testing, self._parts)
        self._lay_out()
        self._connect()
        self._show_definitions()
        self._show_row()
        self.checker.check()

    # Frame

    def _lay_out(self) -> None:
        column = column_of(self, 0)
        column.addWidget(self.header)
        row = row_of(spacing=0)
        row.addLayout(self.left_dock.row)
        row.addWidget(self.canvas, 1)
        row.addLayout(self.right_dock.row)
        column.addLayout(row, 1)
        self.setFocusProxy(self.canvas)

    @property
    def test_panel(self) -> TestModePanel:
        """The panel of test mode, in the palette's place."""
        return self.testing.panel

    def _connect(self) -> None:
        document = self.document
        document.changed.connect(self._edited)
        document.replaced.connect(self.checker.schedule)
        document.undo_stack.indexChanged.connect(self._show_history)
        self.header.verb.connect(self.run_action)
        self.header.test_switched.connect(self.switch_test)
        self.header.version_chosen.connect(self.opened)
        self.palette_panel.wanted.connect(self.canvas.add)
        self.next.chosen.connect(self.palette_panel.remember)
        self.autosave.saved.connect(self._saved)
        self.checker.checked.connect(self._checked)
        self.right_dock.chosen.connect(self._go_to)
        self.problems.chosen.connect(self._go_to)
        self.monitor.counts_changed.connect(self.canvas.set_counts)
        self.monitor.visited_changed.connect(self.canvas.set_visited)
        for part in (self.next, self.right_dock, self.picture_actions, self.autosave):
            part.notified.connect(self.notified)
        for acting in (self.testing, self.version_actions):
            acting.notified.connect(self.notified)
            acting.refused.connect(self._refused)
            acting.row_changed.connect(self.show_row)
            acting.row_changed.connect(self.autosave.follow)
        self.version_actions.opened.connect(self.opened)
        self.version_actions.gone.connect(self.gone)
        self.version_actions.deleting.connect(self.autosave.forget)
        texts = (self._show_heading, self._show_availability, self.checker.schedule, self.monitor.refresh_texts)
        follow_language(self, document.retranslate, self._show_history, *texts)

    # What is shown

    @property
    def editable(self) -> bool:
        """Whether the journey can be edited: a draft outside test mode, with permission."""
        return self.row.state == "draft" and self._may("manage_journeys")

    def show_row(self, row: VersionRow) -> None:
        """Show the version's new state."""
        moved = row.state != self.row.state
        self.row = row
        if moved:
            self.right_dock.close()
        self._show_row()
        if moved:
            QTimer.singleShot(0, self.canvas, self.canvas.zoom_to_fit)

    def _show_row(self) -> None:
        row = self.row
        self.document.set_read_only(not self.editable)
        self._show_heading()
        self.palette_panel.setVisible(self.editable)
        self.right_dock.show_state(row.state, self._may("read_reports"))
        draft = "edit" if self.editable else "read_only"
        self.canvas.set_mode({"draft": draft, "test": "test"}.get(row.state, "live"))
        self._show_history()
        self._show_problems()
        self._show_hint()
        if row.state == "draft":
            self.monitor.stop()
            self.canvas.set_visited()
        else:
            self.monitor.watch(row, self.document, self._zone)
        self.testing.show_row(row)
        self.version_actions.show_row(row)
        self.changed.emit()

    def _show_history(self, _: int = 0) -> None:
        stack = self.document.undo_stack
        if not isValid(stack):
            return  # the document goes before its page
        self.header.show_history(stack.undoText(), stack.redoText())

    def set_definitions(self, definitions: Definitions) -> None:
        """Replace the available definitions."""
        if definitions != self.document.definitions:
            self.document.set_definitions(definitions)
            self._show_definitions()
            self.checker.schedule()

    def _show_definitions(self) -> None:
        self.palette_panel.offer(palette(self.document.definitions), variants())
        self._show_availability()

    def _show_availability(self) -> None:
        self.palette_panel.set_availability(self.document.journey)

    def show_journeys(self, rows: Sequence[tuple[str, str]]) -> None:
        """Set the journeys that a jump may go to, with their entry events."""
        self.right_dock.show_journeys(rows)

    def show_versions(self, versions: Sequence[VersionRow]) -> None:
        """Show the versions of the journey, the first one first."""
        self.header.show_versions(version_entries(versions), self.row.id)
        self.version_actions.show_versions(versions)
        newest = versions[-1].id == self.row.id
        if newest != self.row.newest:
            self.row = replace(self.row, newest=newest)
            self._show_heading()

    @property
    def properties(self) -> PropertiesPane:
        """The journey's properties."""
        return self.right_dock.properties

    @property
    def live(self) -> LivePanel:
        """The panel of a published version."""
        return self.right_dock.live

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Issues found by the rules."""
        return self.checker.issues

    @property
    def status(self) -> tuple[int, int, str]:
        """Errors, warnings, and the first of them in words."""
        return self.checker.status

    # Edits

    def _edited(self, change: object) -> None:
        self.autosave.edited()
        self._show_availability()
        self.checker.schedule()
        self._show_heading()
        self._show_hint()

    def _show_hint(self) -> None:
        self._hint.show_if(self.editable and not self.document.journey.activities)

    def _show_heading(self) -> None:
        row, journey = self.row, self.document.journey
        line, count = state_line(row, self._zone, self.autosave.saving), len(journey.activities)
        self.header.show_heading(JourneyHeading(journey.name, row.version, line, row.state, count, row.newest))

    def flush(self) -> None:
        """Save pending input and edits at once."""
        self.pane.save()
        self.autosave.flush()

    def retire(self) -> None:
        """Save pending changes and disconnect from the document before the page is deleted."""
        self.flush()
        self.monitor.stop()
        self.document.undo_stack.indexChanged.disconnect(self._show_history)
        self.document.changed.disconnect(self._edited)
        self.document.replaced.disconnect(self.checker.schedule)

    def _saved(self, row: VersionRow) -> None:
        self.row = row
        self._show_heading()
        self.changed.emit()

    def _checked(self) -> None:
        self._show_problems()
        self.changed.emit()

    def _show_problems(self) -> None:
        shown, found = self.row.state in ("draft", "test") and self._may("manage_journeys"), self.checker
        self.header.show_problems(found.errors if shown else 0, found.warnings if shown else 0)
        self.problems.refresh()
        if self.editable:
            self.canvas.set_problems(self.issues)

    def _go_to(self, name: str) -> None:
        if name in self.document.journey.by_id:
            self.canvas.select([name], show=True)
            self.right_dock.show_activity(name)
        else:
            self.run_action("properties")

    # The whole

    def run_action(self, verb: str) -> None:
        """Run an action of the header, a shortcut or the search."""
        actions: Mapping[str, Callable[[], None]] = {
            "undo": self.canvas.undo,
            "redo": self.canvas.redo,
            "problems": self.toggle_problems,
            "properties": self.right_dock.open_properties,
            "publish": self._ask_publish,
            "new_version": self.version_actions.new_version,
            "duplicate": self.version_actions.duplicate,
            "export": self.version_actions.ask_export,
            "picture": self.picture_actions.ask,
            "print": self.picture_actions.ask_print,
            "close": self.version_actions.ask_close,
            "stop": self.version_actions.ask_stop,
            "delete": self.version_actions.ask_delete,
        }
        self.flush()
        actions[verb]()

    def _ask_publish(self) -> None:
        if self.checker.errors:
            self.problems.show()
            return
        self.version_actions.ask_publish()

    def publish(self) -> None:
        """Publish without a question."""
        self.flush()
        self.version_actions.publish()

    def switch_test(self, on: bool) -> None:
        """Start or end test mode."""
        self.flush()
        self.testing.switch(on)

    def _refused(self, error: SojournError) -> None:
        self.notified.emit(error_text(error))
        self._show_row()

    def toggle_problems(self) -> None:
        """Show or hide the problems."""
        self.problems.toggle()

    # The widget

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.problems.place()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._keys.press(event, self.row.state == "test" and self._may("manage_journeys")):
            super().keyPressEvent(event)

    def _parts(self) -> list[QWidget]:
        left = [self.palette_panel, *self.testing.parts(), *self.left_dock.parts()]
        return [*left, self.canvas, *self.right_dock.parts(), *self.problems.parts(), self.header]
