"""One open journey: palette or test panel, canvas, settings, problems, and its life from draft to stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.canvas.view import CanvasView
from app.document.document import JourneyDocument, NotAllowedError
from app.document.naming import full_name
from app.document.templates import Template, palette
from app.drafts import Drafts
from app.forms.issue_words import faults_of, said
from app.forms.look import Look
from app.forms.refusals import refusal
from app.forms.times import moment
from app.pages.life import Life
from app.pages.next_activity import NextActivity
from app.pages.reading_scope import surroundings
from app.pages.test_mode import TestMode
from app.pages.watching import Watcher
from app.panels.journey_header import Heading, JourneyHeader
from app.panels.live_panel import LivePanel
from app.panels.palette import Palette
from app.panels.problems import Problem, ProblemList
from app.panels.properties import PropertiesPane
from app.panels.settings.pane import SettingsPane
from app.panels.test_panel import TestPanel
from app.translation import tr
from engine.core.issues import Issue
from engine.core.validate import validate
from engine.errors import SojournError
from engine.model.activities import Activity
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.services.views import VersionRow

SAVE_AFTER = 200
CHECK_AFTER = 60
"""Milliseconds after an edit at which it is saved, and the rules are checked."""


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
        self._look, self._bridge, self._drafts, self._zone = look, bridge, drafts, zone
        self.row, self.document = row, document
        self.issues: tuple[Issue, ...] = ()
        self._journeys: dict[str, str] = {}
        self._saving = False
        self.setObjectName("page")
        self.header = JourneyHeader(look)
        self.palette_panel = Palette(look)
        self.test_panel = TestPanel(look)
        self.canvas = CanvasView(document, look.theme)
        self.pane = SettingsPane(look)
        self.properties = PropertiesPane(look)
        self.live = LivePanel(look)
        self.problems = ProblemList(look, self)
        self.watcher = Watcher(bridge, self)
        self.next = NextActivity(look, self.canvas, self)
        self.testing = TestMode(bridge, drafts, row, document, self.header, self.test_panel, self.watcher, self)
        self.life = Life(bridge, drafts, row, document, self)
        self._lay_out()
        self._connect()
        self._save_soon = self._timer(SAVE_AFTER, self.save)
        self._check_soon = self._timer(CHECK_AFTER, self.check)
        self._show_definitions()
        self._show_row()
        self.check()

    # Frame

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.palette_panel)
        row.addWidget(self.test_panel)
        row.addWidget(self.canvas, 1)
        for part in (self.pane, self.properties, self.live):
            row.addWidget(part)
            part.setVisible(False)
        column.addLayout(row, 1)
        self.problems.setVisible(False)
        self.setFocusProxy(self.canvas)

    def _connect(self) -> None:
        document = self.document
        document.changed.connect(self._edited)
        document.replaced.connect(self._check)
        document.undo_stack.indexChanged.connect(self._show_history)
        self.header.verb.connect(self.do)
        self.header.test_switched.connect(self.switch_test)
        self.palette_panel.wanted.connect(self._add)
        self.canvas.selection_changed.connect(self._selected)
        self.canvas.activated.connect(self._enter_pane)
        self.pane.saved.connect(self._save_activity)
        self.pane.closed.connect(self._close_pane)
        self.pane.duplicated.connect(lambda _: self.canvas.duplicate())
        self.pane.deleted.connect(self._delete)
        self.properties.saved.connect(self._save_properties)
        self.properties.closed.connect(lambda: self._show_side(None))
        self.problems.chosen.connect(self._go_to)
        self.problems.closed.connect(lambda: self.problems.setVisible(False))
        self.live.chosen.connect(self._go_to)
        self.watcher.live_changed.connect(self.live.show_live)
        self.watcher.counts_changed.connect(self.canvas.set_counts)
        self.watcher.walk_changed.connect(self.canvas.set_walked)
        self.next.told.connect(self.told)
        for part in (self.testing, self.life):
            part.told.connect(self.told)
            part.refused.connect(self._refused)
            part.row_changed.connect(self.show_row)
        self.life.opened.connect(self.opened)
        self.life.gone.connect(self.gone)
        self.life.deleting.connect(self._forget_edits)

    def _timer(self, after: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after)
        timer.timeout.connect(call)
        return timer

    def _add(self, template: Template) -> None:
        self.canvas.add(template)

    # What is shown

    @property
    def editable(self) -> bool:
        """Whether the journey can be drawn: a draft that is not under test."""
        return self.row.state == "draft"

    def show_row(self, row: VersionRow) -> None:
        """The version is in another state now, or was saved."""
        moved = row.state != self.row.state
        self.row = row
        if moved:
            self._close_pane()
        self._show_row()
        if moved:
            QTimer.singleShot(0, self.canvas, self.canvas.zoom_to_fit)

    def _show_row(self) -> None:
        row, journey = self.row, self.document.journey
        self.document.set_read_only(not self.editable)
        self.header.show_heading(
            Heading(journey.name, row.version, self._told_of(row), row.state, len(journey.activities), row.newest)
        )
        self.palette_panel.setVisible(row.state == "draft")
        self.test_panel.setVisible(row.state == "test")
        published = row.state not in ("draft", "test")
        self.live.setVisible(published and not self.pane.isVisible() and not self.properties.isVisible())
        self.canvas.set_mode({"draft": "edit", "test": "test"}.get(row.state, "live"))
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
            when = moment(row.published_at, self._zone)
            return tr("published {when} by {who}", when=when, who=row.published_by or "")
        if self._saving:
            return tr("saving…")
        return tr("saved {when}", when=moment(row.changed_at, self._zone))

    def _show_history(self, _: int = 0) -> None:
        stack = self.document.undo_stack
        self.header.show_history(stack.undoText(), stack.redoText())

    def set_definitions(self, definitions: Definitions) -> None:
        """Other events, sources and actions are in force."""
        if definitions != self.document.definitions:
            self.document.set_definitions(definitions)
            self._show_definitions()
            self._check()

    def _show_definitions(self) -> None:
        self.palette_panel.offer(palette(self.document.definitions))
        self.palette_panel.judge(self.document.journey)

    def show_journeys(self, rows: Sequence[tuple[str, str]]) -> None:
        """The other journeys of the sandbox that a jump may go to, with their entry events."""
        self._journeys = dict(rows)

    @property
    def status(self) -> tuple[int, int, str]:
        """Errors, warnings, and the first of them in words."""
        errors = sum(issue.severity == "error" for issue in self.issues)
        problems = self._problems()
        first = f"{problems[0].place}: {problems[0].message}" if problems and problems[0].place else ""
        return errors, len(self.issues) - errors, first or (problems[0].message if problems else "")

    # Edits

    def _edited(self, change: Any) -> None:
        self._saving = True
        self._drafts.keep(self.row.id, self.document.journey, self.document.history(), saved=False)
        self._save_soon.start()
        self.palette_panel.judge(self.document.journey)
        self._check()
        self._show_row_words()

    def _show_row_words(self) -> None:
        row, journey = self.row, self.document.journey
        self.header.show_heading(
            Heading(journey.name, row.version, self._told_of(row), row.state, len(journey.activities), row.newest)
        )

    def save(self) -> None:
        """Tell the engine what the journey is now."""
        self._save_soon.stop()
        journey = self.document.journey
        self._bridge.journeys.save(self.row.id, journey, partial(self._saved, journey), self._not_saved)

    def flush(self) -> None:
        """Save what is typed and drawn at once: something is about to be done with it."""
        self.pane.save()
        if self._save_soon.isActive():
            self.save()

    def retire(self) -> None:
        """The page is about to go: save what is typed, and hear nothing more of the document."""
        self.flush()
        self.watcher.stop()
        self.document.undo_stack.indexChanged.disconnect(self._show_history)
        self.document.changed.disconnect(self._edited)
        self.document.replaced.disconnect(self._check)

    def _saved(self, journey: JourneyVersion, row: VersionRow) -> None:
        self.row = row
        if journey is self.document.journey:
            self._saving = False
            self._drafts.keep(row.id, journey, self.document.history(), saved=True)
        self._show_row_words()
        self.changed.emit()

    def _not_saved(self, error: SojournError) -> None:
        self.told.emit(tr("Not saved: {reason}", reason=refusal(error)))
        self._save_soon.start(2000)

    def _check(self) -> None:
        self._check_soon.start()

    def check(self) -> None:
        """Look at the rules again."""
        journey = self.document.journey
        self.issues = validate(journey, self.document.definitions)
        self._show_problems()
        self._refresh_pane()
        self.changed.emit()

    def _problems(self) -> list[Problem]:
        names = {activity.id: full_name(activity) for activity in self.document.journey.activities}
        return [
            Problem(
                issue.code,
                issue.severity == "error",
                issue.activity or None,
                names.get(issue.activity, ""),
                issue.path,
                said(issue),
            )
            for issue in self.issues
        ]

    def _show_problems(self) -> None:
        errors, warnings, _ = self.status
        shown = self.row.state in ("draft", "test")
        self.header.show_problems(errors if shown else 0, warnings if shown else 0)
        self.problems.show_problems(self._problems())
        if self.editable:
            self.canvas.set_problems(self.issues)

    # Settings

    def _selected(self, names: tuple[str, ...]) -> None:
        self.pane.save()
        if len(names) != 1:
            self._close_pane()
            return
        self._show_activity(names[0])

    def _show_activity(self, name: str) -> None:
        journey = self.document.journey
        around = surroundings(journey, self.document.definitions, name, self._journeys)
        self.pane.show_activity(journey.by_id[name], around, self.document.read_only)
        self._show_side(self.pane)
        self.pane.show_faults(faults_of(self.issues, name))

    def _refresh_pane(self) -> None:
        shown = self.pane.shown_id
        if not self.pane.isVisible() or shown is None:
            return
        if shown in self.document.journey.by_id:
            self._show_activity(shown)
        else:
            self.pane.clear()
            self._show_side(None)

    def _show_side(self, side: QWidget | None) -> None:
        """One pane at the right at a time; a published version has its live panel there."""
        if side is None and self.row.state not in ("draft", "test"):
            side = self.live
        for part in (self.pane, self.properties, self.live):
            part.setVisible(part is side)

    def _enter_pane(self, name: str) -> None:
        self._show_activity(name)
        first = self.pane.form.nextInFocusChain() if self.pane.form is not None else None
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)

    def _close_pane(self) -> None:
        self._show_side(None)
        self.pane.clear()

    def _save_activity(self, activity: Activity) -> None:
        try:
            if self.document.read_only:
                self.document.update_activity(activity.id, label=activity.label, description=activity.description)
            else:
                current = self.document.journey.by_id[activity.id]
                self.document.replace_activity(activity.id, activity.model_copy(update={"position": current.position}))
        except (NotAllowedError, KeyError) as error:
            self.told.emit(str(getattr(error, "message", error)))

    def _delete(self, name: str) -> None:
        self.canvas.select([name])
        self.canvas.delete_selection()

    def _save_properties(self, settings: Mapping[str, Any]) -> None:
        try:
            self.document.set_properties(**settings)
        except (NotAllowedError, ValueError) as error:
            self.told.emit(str(getattr(error, "message", error)))

    def _go_to(self, name: str) -> None:
        if name in self.document.journey.by_id:
            self.canvas.select([name], show=True)
            self._show_activity(name)
        else:
            self.do("properties")

    # The whole

    def do(self, verb: str) -> None:
        """Do what the header, a shortcut or the search asks."""
        actions: Mapping[str, Callable[[], None]] = {
            "undo": self.canvas.undo,
            "redo": self.canvas.redo,
            "problems": self.toggle_problems,
            "properties": self._open_properties,
            "publish": self._ask_publish,
            "new_version": self.life.new_version,
            "duplicate": self.life.duplicate,
            "export": self.life.ask_export,
            "picture": self._ask_picture,
            "close": self.life.ask_close,
            "stop": self.life.ask_stop,
            "delete": self.life.ask_delete,
        }
        self.flush()
        actions[verb]()

    def _ask_publish(self) -> None:
        if any(issue.severity == "error" for issue in self.issues):
            self.problems.setVisible(True)
            self._place_problems()
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
        self.told.emit(refusal(error))
        self._show_row()

    def _forget_edits(self) -> None:
        self._save_soon.stop()

    def _ask_picture(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save as a picture"), f"{self.row.name}.png", "*.png")
        if name:
            self.canvas.grab().save(name)
            self.told.emit(tr("Written to {file}.", file=Path(name).name))

    def toggle_problems(self) -> None:
        """Show or hide the list of problems."""
        self.problems.setVisible(not self.problems.isVisible())
        self._place_problems()

    def _open_properties(self) -> None:
        self.pane.save()
        self.properties.show_journey(self.document.journey, self.document.definitions, self.document.read_only)
        self._show_side(self.properties)
        self.properties.name.setFocus()

    # The widget

    def _place_problems(self) -> None:
        left = self.canvas.x() + 12
        self.problems.setGeometry(left, self.height() - 232, max(self.canvas.width() - 24, 320), 220)
        self.problems.raise_()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._place_problems()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys: Mapping[int, Callable[[], None]] = {
            Qt.Key.Key_T: self.header.test.click,
            Qt.Key.Key_E: self.test_panel.send.click,
            Qt.Key.Key_L: self.test_panel.log.click,
            Qt.Key.Key_P: self.test_panel.profile.setFocus,
        }
        action = keys.get(event.key())
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if action is None or not plain or (event.key() != Qt.Key.Key_T and self.row.state != "test"):
            super().keyPressEvent(event)
            return
        action()
