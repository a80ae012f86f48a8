"""The main window: top bar, rail, pages and status bar, and the wiring between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.bridge import Bridge, calls
from app.drafts import Drafts
from app.forms.engine_texts import error_text
from app.pages.designer import DesignerPage
from app.pages.onboarding import OnboardingActions
from app.pages.open_journeys import OpenJourneys
from app.pages.open_report import OpenReport
from app.pages.page_router import PageRouter
from app.pages.session_controller import SessionController
from app.pages.window_actions import WindowActions, typing
from app.panels.rail import RAIL_PAGES, NavigationRail, can_see_page
from app.panels.status_bar import StatusBar
from app.panels.top_bar import TabEntry, TopBar
from app.preferences import Preferences
from app.theme.look import Look
from app.theme.theme import Theme
from app.translation import LanguageSwitcher, system_language, tr
from app.widgets.labels import Toast
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.services.views import VersionRow

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
        appearance: Theme,
        switcher: LanguageSwitcher,
        closing: Callable[[StudioWindow], bool] = lambda window: True,
    ) -> None:
        super().__init__()
        self.bridge, self.preferences, self.drafts = bridge, preferences, drafts
        self._appearance, self._switcher, self._closing = appearance, switcher, closing
        self._dressing = False
        self.place = "journeys"
        self.current: str | None = None
        self.open_journeys = OpenJourneys(bridge, drafts, preferences, self)
        self.session_controller = SessionController(self, self, bridge, preferences, drafts)
        self.window_actions = WindowActions(self, self)
        self.open_report = OpenReport(bridge, self)
        self.journeys: tuple[VersionRow, ...] = ()
        self.onboarding = OnboardingActions(self, bridge, self)
        self.setWindowTitle("Sojourn")
        self.setMinimumSize(1024, 640)
        self.resize(1600, 960)
        self._hear_journeys()
        self.dress()
        bridge.state_changed.connect(self._engine_changed)
        bridge.failed.connect(self._request_failed)
        appearance.changed.connect(self._theme_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_EVERY)
        self._timer.timeout.connect(self._refresh_quietly)
        self._timer.start()
        self._make_shortcuts()

    # Dressing

    def dress(self) -> None:
        """Make everything that is seen anew, in the theme and language of the day; what is open stays open."""
        self.look = Look(self._appearance.theme)
        zone = self.preferences.zone
        body = QWidget()
        body.setObjectName("page")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        caller, session = self.bridge.caller, self.bridge.session
        self.top_bar = TopBar(
            self.look, caller.sandbox, session.sandboxes if session else (), caller.actor.capitalize()
        )
        self.rail = NavigationRail(self.look, self.bridge.may)
        self.status = StatusBar(self.look, zone)
        self.stack = QStackedWidget()
        column.addWidget(self.top_bar)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self.stack, 1)
        column.addLayout(row, 1)
        column.addWidget(self.status)
        self.toast = Toast(self.stack)
        self.page_router = PageRouter(
            self.look, self.bridge, self.preferences, self._switcher.language, self.stack, self.open_report
        )
        self._connect_frame()
        self.session_controller.put(body)
        self.top_bar.show_engine(self.bridge.state or "starting")
        self.show_page(self.place, self.current)

    def _connect_frame(self) -> None:
        self.top_bar.tab_shown.connect(self.show_journey)
        self.top_bar.tab_closed.connect(self.close_journey)
        self.top_bar.searched.connect(self.window_actions.open_search)
        self.top_bar.sandboxes_asked.connect(self.window_actions.open_sandboxes)
        self.top_bar.user_button.clicked.connect(self.window_actions.open_user_menu)
        self.rail.chosen.connect(self.show_page)
        self.status.problems_asked.connect(self._toggle_problems)
        self.page_router.notified.connect(self.say)
        self.page_router.opened.connect(self.open_journey)
        self.page_router.welcome_verb.connect(self.onboarding.take)
        self.page_router.definitions_changed.connect(self.read_definitions)
        self.page_router.appearance_changed.connect(self.apply_preferences)

    def _make_shortcuts(self) -> None:
        keys: Mapping[str, Callable[[], None]] = {
            "Ctrl+K": self.window_actions.open_search,
            "Ctrl+W": self._close_current,
            "Ctrl+Z": lambda: self._do("undo"),
            "Ctrl+Shift+Z": lambda: self._do("redo"),
        }
        for key, action in keys.items():
            QShortcut(QKeySequence(key), self, self.window_actions.unless_asking(action))

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

    def read_definitions(self) -> None:
        """Reload the definitions and journeys that open journeys refer to."""
        if self.bridge.may("read_definitions"):
            self.bridge.read(calls.definitions.all(), self.open_journeys.take_definitions)
        if self.bridge.may("read_journeys"):
            self.bridge.read(calls.journeys.list(), self._take_journeys)

    @property
    def definitions(self) -> Definitions:
        """The definitions that open journeys may use."""
        return self.open_journeys.definitions

    def _take_journeys(self, rows: tuple[VersionRow, ...]) -> None:
        self.journeys = rows
        self.open_journeys.take_journeys(rows)

    # Open journeys

    def _hear_journeys(self) -> None:
        self.open_journeys.shown.connect(self.show_journey)
        self.open_journeys.notified.connect(self.say)
        self.open_journeys.changed.connect(self._page_changed)
        self.open_journeys.gone.connect(self.close_journey)

    def open_journey(self, version_id: str) -> None:
        """Open a version in a tab, or show its tab."""
        self.open_journeys.open(version_id)

    def show_journey(self, version_id: str) -> None:
        """Show an open journey."""
        page = self.open_journeys.make_page(version_id, self.look, self.stack)
        if self.stack.indexOf(page) < 0:
            self.stack.addWidget(page)
        self.current = version_id
        self.rail.show_page("journeys")
        self.stack.setCurrentWidget(page)
        page.canvas.setFocus()
        self._show_tabs()
        self._show_status()

    def close_journey(self, version_id: str) -> None:
        """Save and close a tab."""
        page = self.open_journeys.close(version_id)
        if page is not None:
            self.stack.removeWidget(page)
            page.deleteLater()
        if self.current == version_id:
            self.show_page("journeys", next(iter(self.open_journeys), None))
        self._show_tabs()

    def put_away(self) -> None:
        """Save and close everything; it is restored for the same user."""
        self.open_report.close()
        for page in self.open_journeys.leave():
            self.stack.removeWidget(page)
            page.deleteLater()
        self.place, self.current, self.journeys = "journeys", None, ()
        self._show_tabs()

    def bring_back(self) -> None:
        """Restore what was open in this sandbox."""
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
        if page is None:
            return
        if page.row.state == "test":
            self.status.say(tr("The journey cannot be edited while it is tested"), "lock-simple")
        elif page.row.state == "draft" and not page.editable:
            self.status.say(tr("Read only: you may see journeys, not change them"), "eye")
        elif not page.editable:
            self.status.say(tr("Read only: this version is published"), "eye")
        else:
            self.status.show_problem_counts(*page.status)

    @property
    def designer(self) -> DesignerPage | None:
        """The page of the current journey."""
        return self.open_journeys.page(self.current)

    def _toggle_problems(self) -> None:
        if self.designer is not None:
            self.designer.toggle_problems()

    def _do(self, verb: str) -> None:
        if (run_action := getattr(self.stack.currentWidget(), "run_action", None)) is not None:
            run_action(verb)

    # Keys

    def new_journey(self) -> None:
        """Ask for a name, then create and open a journey."""
        self.page_router.new_journey()

    def keyPressEvent(self, event: object) -> None:
        """Show the shortcuts on ``?`` outside text fields."""
        if getattr(event, "text", lambda: "")() == "?" and not typing():
            self.window_actions.open_shortcuts()

    # What happens

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
            self.say(tr("The engine stopped. It is being started again; nothing is lost."))
        elif state == "failed":
            self.say(tr("The engine does not start. The log says why; it is tried again."))

    def _theme_changed(self, _: object) -> None:
        self._redress()

    def apply_preferences(self) -> None:
        """Apply theme, language and zone from the preferences."""
        language = str(self.preferences.get("language")) or system_language()
        if language != self._switcher.language:
            self._switcher.set_language(language)
        before = self._appearance.theme
        self._appearance.set_appearance(str(self.preferences.get("theme")))
        if self._appearance.theme == before:
            self._redress()

    @property
    def dressing(self) -> bool:
        """Whether everything that is seen is about to be made anew."""
        return self._dressing

    def _redress(self) -> None:
        """Dress anew once the event that asked for it is done: its sender is among what is replaced."""
        if self._dressing:
            return
        self._dressing = True
        self.open_journeys.retire()
        QTimer.singleShot(0, self, self._dress_again)

    def _dress_again(self) -> None:
        self._dressing = False
        self.open_journeys.renew()
        self.dress()
        self.session_controller.dressed()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save pending input; ask about running journeys."""
        self.open_journeys.flush()
        self.open_report.flush()
        if not self._closing(self):
            event.ignore()
            return
        event.accept()
        self._timer.stop()
        self.open_journeys.retire()
        self.closed.emit()
