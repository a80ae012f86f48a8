"""The main window: top bar, rail, pages and status bar, and the wiring between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
)

from app.bridge import Bridge, calls
from app.forms.engine_texts import error_text, phrase_text
from app.pages.designer import DesignerPage
from app.pages.open_journeys import OpenJourneys
from app.pages.open_report import OpenReport
from app.pages.page_router import PageRouter, WindowActions
from app.pages.session_controller import SessionController
from app.pages.window_popups import WindowPopups
from app.panels.journey_tabs import TabEntry
from app.panels.window_bars import RAIL_PAGES, WindowContent, can_see_page
from app.theme.theme import Theme
from app.translation import LanguageSwitcher, system_language, tr
from app.user_files import Drafts, Preferences
from app.widgets.texts import retranslate_texts
from app.widgets.window_sizes import restore_size, window_size
from engine.errors import SojournError
from engine.services.views import HealthState, VersionRow

REFRESH_EVERY = 4000
"""Milliseconds between refreshes of the current list, which others may change."""


class StudioWindow(QMainWindow):
    """Arranges and wires the pages; ``closing`` decides whether the window may close."""

    closed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        preferences: Preferences,
        drafts: Drafts,
        theme: Theme,
        switcher: LanguageSwitcher,
        closing: Callable[[StudioWindow], bool] = lambda window: True,
    ) -> None:
        super().__init__()
        self.bridge, self.preferences, self.drafts = bridge, preferences, drafts
        self._theme, self._switcher, self._closing = theme, switcher, closing
        self.rebuilding = self._restore_later = False
        self.place = "journeys"
        self.current: str | None = None
        self.open_journeys = OpenJourneys(bridge, drafts, preferences, self)
        self.session_controller = SessionController(self, bridge, preferences, drafts)
        self.window_actions = WindowActions(bridge, preferences, self.session_controller, self)
        self.popups = WindowPopups(self.window_actions, bridge, self)
        self.open_report = OpenReport(bridge, self)
        self.journeys: tuple[VersionRow, ...] = ()
        self.setWindowTitle("Sojourn")
        restore_size(self, preferences.mapping("window"))
        self._connect_controllers()
        self.rebuild_ui()
        bridge.state_changed.connect(self._engine_changed)
        bridge.failed.connect(self._request_failed)
        self._timer = QTimer(self, interval=REFRESH_EVERY)
        self._timer.timeout.connect(self._refresh_quietly)
        self._timer.start()
        self._make_shortcuts()

    # Content

    def rebuild_ui(self) -> None:
        """Create the content for the current user and language; what is open stays open."""
        self._zone = self.preferences.zone
        content = WindowContent(self.bridge, self._zone)
        self.top_bar, self.rail, self.status = content.top_bar, content.rail, content.status
        self.stack, self.toast = content.stack, content.toast
        self.page_router = PageRouter(
            self.bridge, self.preferences, self._switcher.language, self.stack, self.open_report
        )
        self._connect_content()
        self.session_controller.put(content)
        self.show_page(self.place, self.current)

    def _connect_content(self) -> None:
        actions = self.window_actions
        self.session_controller.sandboxes_changed.connect(self.top_bar.offer_sandboxes)
        self.top_bar.tab_shown.connect(self.show_journey)
        self.top_bar.tab_closed.connect(self.close_journey)
        self.top_bar.searched.connect(self.open_search)
        self.top_bar.health_asked.connect(actions.show_health)
        self.top_bar.sandboxes_asked.connect(lambda: self.popups.open_sandboxes(self.top_bar.sandbox_button))
        self.top_bar.user_button.clicked.connect(lambda: self.popups.open_user_menu(self.top_bar.user_button))
        self.rail.chosen.connect(self.show_page)
        self.status.problems_asked.connect(lambda: self._run_action("problems"))
        self.page_router.notified.connect(self.say)
        self.page_router.opened.connect(self.open_journey)
        self.page_router.report_requested.connect(actions.show_summary)
        self.page_router.welcome_verb.connect(lambda verb: actions.run_welcome_step(verb, self.journeys))
        actions.set_router(self.page_router)
        self.page_router.definitions_changed.connect(self.read_definitions)
        self.page_router.appearance_changed.connect(self.apply_preferences)

    def _make_shortcuts(self) -> None:
        keys: Mapping[str, Callable[[], None]] = {
            "Ctrl+K": self.open_search,
            "Ctrl+W": self._close_current,
            "Ctrl+Z": lambda: self._run_action("undo"),
            "Ctrl+Shift+Z": lambda: self._run_action("redo"),
        }
        for key, action in keys.items():
            QShortcut(QKeySequence(key), self, lambda action=action: self._run_unless_signing_in(action))

    def _run_unless_signing_in(self, action: Callable[[], None]) -> None:
        if not self.session_controller.asking:
            action()

    # Popups

    def open_search(self) -> None:
        """Open the global search unless the sign-in page is shown."""
        if not self.session_controller.asking:
            self.popups.open_search(self.designer, self.journeys, self.open_journeys.definitions)

    # Places

    def show_page(self, place: str, version_id: str | None = None) -> None:
        """Show a page of the rail, or an open journey."""
        if version_id is not None and version_id in self.open_journeys:
            self.show_journey(version_id)
            return
        if not can_see_page(self.bridge.may, place):
            place = next(key for key, _, _ in RAIL_PAGES if can_see_page(self.bridge.may, key))
        self.place, self.current = place, None
        self.rail.show_page(place)
        self.stack.setCurrentWidget(self.page_router.page(place))
        self._show_tabs()
        self.page_router.refresh(place)
        self.status.say("")
        self.page_router.focus(place)

    def _refresh_quietly(self) -> None:
        if not self.bridge.running:
            return
        if self.current is None and self.place != "admin":
            self.page_router.refresh(self.place)
        self.read_definitions()
        self.bridge.read(calls.health.state(), self._take_health, lambda _: None)

    def _take_health(self, state: HealthState) -> None:
        problem = phrase_text(state.reason) if state.status != "ok" and state.reason is not None else ""
        self.top_bar.show_health(problem)

    def read_definitions(self) -> None:
        """Reload the definitions and journeys that open journeys refer to."""
        if self.bridge.may("read_definitions"):
            self.bridge.read(calls.definitions.all(), self.open_journeys.take_definitions)
        self._read_journeys()

    def _read_journeys(self) -> None:
        if self.bridge.may("read_journeys"):
            self.bridge.read(calls.journeys.everything(), self._take_journeys)

    def _take_journeys(self, rows: tuple[VersionRow, ...]) -> None:
        self.journeys = rows
        self.open_journeys.take_journeys(rows)

    # Open journeys

    def _connect_controllers(self) -> None:
        self.open_journeys.shown.connect(self.show_journey)
        self.open_journeys.notified.connect(self.say)
        self.open_journeys.changed.connect(self._page_changed)
        self.open_journeys.gone.connect(self.close_journey)
        actions, session = self.window_actions, self.session_controller
        self.open_journeys.operations_requested.connect(actions.show_operations)
        actions.page_requested.connect(self.show_page)
        actions.journey_requested.connect(self.open_journey)
        actions.test_requested.connect(self._test_journey)
        actions.preferences_changed.connect(self.apply_preferences)
        actions.notified.connect(self.say)
        session.flush_requested.connect(self.open_journeys.flush)
        session.leaving.connect(self.close_all)
        session.content_changed.connect(self._session_changed)
        session.returned.connect(self.restore_session)

    def open_journey(self, version_id: str) -> None:
        """Open a version in a tab, or show its tab."""
        self.open_journeys.open(version_id)

    def show_journey(self, version_id: str) -> None:
        """Show an open journey."""
        page = self.open_journeys.make_page(version_id, self.stack)
        if self.stack.indexOf(page) < 0:
            self.stack.addWidget(page)
        self.current = version_id
        self.rail.show_page("journeys")
        self.stack.setCurrentWidget(page)
        page.canvas.setFocus()
        self._show_tabs()
        self._show_status()
        self._read_journeys()

    def close_journey(self, version_id: str) -> None:
        """Save and close a tab."""
        page = self.open_journeys.close(version_id)
        if page is not None:
            self.stack.removeWidget(page)
            page.deleteLater()
        if self.current == version_id:
            self.show_page("journeys", next(iter(self.open_journeys), None))
        self._show_tabs()

    def close_all(self) -> None:
        """Save and close everything; it is restored for the same user."""
        self.open_report.close()
        for page in self.open_journeys.leave():
            self.stack.removeWidget(page)
            page.deleteLater()
        self.place, self.current, self.journeys = "journeys", None, ()
        self._show_tabs()

    def restore_session(self) -> None:
        """Restore what was open in this sandbox, after a pending rebuild."""
        self._restore_later = self.rebuilding
        if self._restore_later:
            return
        self.read_definitions()
        self.show_page(self.place, self.current)
        for version_id in self.preferences.open_journeys(self.bridge.caller.sandbox):
            self.open_journey(version_id)

    def _close_current(self) -> None:
        if self.current is not None:
            self.close_journey(self.current)

    def _show_tabs(self) -> None:
        self.top_bar.show_tabs([TabEntry(key, name) for key, name in self.open_journeys.names.items()], self.current)

    def _page_changed(self) -> None:
        if list(self.open_journeys.names.values()) != self.top_bar.names:
            self._show_tabs()
        self._show_status()

    def _show_status(self) -> None:
        page = self.designer
        if page is not None and (reason := _read_only_reason(page)):
            self.status.say(*reason)
        elif page is not None:
            self.status.show_problem_counts(*page.status)

    @property
    def designer(self) -> DesignerPage | None:
        """The page of the current journey."""
        return self.open_journeys.page(self.current)

    def _run_action(self, verb: str) -> None:
        if (run_action := getattr(self.stack.currentWidget(), "run_action", None)) is not None:
            run_action(verb)

    def _test_journey(self, version_id: str) -> None:
        if self.designer is not None and self.designer.row.id == version_id:
            self.designer.switch_test(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the shortcuts on ``?`` outside text fields."""
        if event.text() == "?" and not _is_typing():
            self.window_actions.open_shortcuts()

    def say(self, words: str) -> None:
        """Show a short message."""
        self.toast.say(words)
        self.toast.raise_()

    def _request_failed(self, error: SojournError) -> None:
        self.say(error_text(error))

    def _engine_changed(self, state: str) -> None:
        self.top_bar.show_engine(state)
        if state == "running":
            self.read_definitions()
            self.page_router.refresh(self.place)
        elif state == "lost":
            self.say(tr("The engine stopped and is restarting. Nothing is lost."))
        elif state == "failed":
            self.say(tr("The engine cannot start. See the log for the reason; retrying."))

    def apply_preferences(self) -> None:
        """Apply theme, language and zone from the preferences."""
        self._theme.set_appearance(str(self.preferences.get("theme")))
        language = str(self.preferences.get("language")) or system_language()
        if language != self._switcher.language:
            self._switcher.set_language(language)
            retranslate_texts()
            self.page_router.refresh_all()
            self._show_status()
        if self.preferences.zone != self._zone:
            self._rebuild_soon()

    def _session_changed(self, restore: bool) -> None:
        self._restore_later = self._restore_later or restore
        self.apply_preferences()
        self._rebuild_soon()

    def _rebuild_soon(self) -> None:
        """Rebuild after the current event, whose sender is among what is replaced."""
        if self.rebuilding:
            return
        self.rebuilding = True
        self.open_journeys.retire()
        QTimer.singleShot(0, self, self._rebuild)

    def _rebuild(self) -> None:
        self.rebuilding = False
        self.open_journeys.renew()
        self.rebuild_ui()
        if self._restore_later:
            self.restore_session()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save pending input; ask about running journeys."""
        self.open_journeys.flush()
        self.open_report.flush()
        if not self._closing(self):
            event.ignore()
            return
        event.accept()
        self.preferences.set("window", window_size(self))
        self._timer.stop()
        self.open_journeys.retire()
        self.closed.emit()


def _is_typing() -> bool:
    """Return whether a text field has the focus."""
    return isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)


def _read_only_reason(page: DesignerPage) -> tuple[str, str] | None:
    """Return why a journey cannot be edited, and an icon; None if it can."""
    if page.row.state == "test":
        return tr("The journey cannot be edited while it is tested"), "lock-simple"
    if page.editable:
        return None
    if page.row.state == "draft":
        return tr("Read-only: you may view journeys but not change them"), "eye"
    return tr("Read-only: this version is published"), "eye"
