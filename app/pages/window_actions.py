"""Actions of the window for search, menus and shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from app.bridge import Bridge, calls
from app.pages.designer import DesignerPage
from app.pages.page_router import PageRouter
from app.pages.password_dialog import PasswordDialog
from app.pages.search_commands import commands, reports
from app.pages.session_controller import SessionController
from app.pages.user_menu import UserMenu
from app.panels.command_search import CommandSearch
from app.panels.sandbox_menu import SandboxMenu
from app.panels.shortcuts import ShortcutsDialog
from app.panels.top_bar import TopBar
from app.preferences import Preferences
from app.theme.look import Look
from engine.model.definitions import Definitions
from engine.services.views import ReportRow, VersionRow

if TYPE_CHECKING:
    from app.pages.reports_page import ReportsPage


class Frame(Protocol):
    """What the window can be asked."""

    look: Look
    bridge: Bridge
    preferences: Preferences
    page_router: PageRouter
    session_controller: SessionController
    top_bar: TopBar
    journeys: tuple[VersionRow, ...]

    @property
    def designer(self) -> DesignerPage | None:
        """The journey in front."""
        ...

    @property
    def definitions(self) -> Definitions:
        """The definitions that open journeys may use."""
        ...

    def show_page(self, place: str, version_id: str | None = None) -> None:
        """Go to a place of the rail."""
        ...

    def open_journey(self, version_id: str) -> None:
        """Open a version."""
        ...

    def apply_preferences(self) -> None:
        """Make the frame anew."""
        ...


class WindowActions(QObject):
    """See the module. While somebody is asked who they are, nothing else is done."""

    def __init__(self, window: QWidget, frame: Frame) -> None:
        super().__init__(window)
        self._window, self._frame = window, frame

    def unless_asking(self, action: Callable[[], None]) -> Callable[[], None]:
        """The action, if the frame is there to see it."""
        return lambda: None if self._frame.session_controller.asking else action()

    # Named by the search

    def may(self, permission: str) -> bool:
        """Whether the one who is here may do this."""
        return self._frame.bridge.may(permission)

    def show_page(self, place: str) -> None:
        """Go to a place of the rail."""
        self._frame.show_page(place)

    def open_journey(self, version_id: str) -> None:
        """Open a version."""
        self._frame.open_journey(version_id)

    def new_journey(self) -> None:
        """Ask what a new journey is called, then make and open it."""
        self._frame.page_router.new_journey()

    def new_report(self) -> None:
        """Ask what a new report is called, then make and open it."""
        self._reports().begin_new()

    def open_report(self, report_id: str) -> None:
        """Open a custom report."""
        self._reports().open_report(report_id)

    def _reports(self) -> ReportsPage:
        from app.pages.reports_page import ReportsPage

        self._frame.show_page("reports")
        page = self._frame.page_router.page("reports")
        assert isinstance(page, ReportsPage)
        return page

    def new_definition(self, place: str) -> None:
        """Begin a definition in its list."""
        self._frame.show_page(place)
        self._frame.page_router.definitions(place).begin_new()

    def show_definition(self, place: str, name: str) -> None:
        """Show a definition in its list."""
        self._frame.show_page(place)
        self._frame.page_router.definitions(place).list.select(name)

    def import_profiles(self) -> None:
        """Ask for a file of profiles."""
        self._frame.show_page("profiles")
        self._frame.page_router.ask_import()

    def set_appearance(self, theme: str) -> None:
        """Change the theme."""
        self._frame.preferences.set("theme", theme)
        self._frame.apply_preferences()

    def enter(self, sandbox: str) -> None:
        """Go to another sandbox."""
        self._frame.session_controller.enter(sandbox)

    def change_password(self) -> None:
        """Ask for a new password of one's own."""
        self.password = PasswordDialog(self._frame.bridge, self._window)
        self.password.open()

    def switch_user(self) -> None:
        """Ask who takes over."""
        self._frame.session_controller.switch_user()

    def sign_out(self) -> None:
        """The one who is here goes."""
        self._frame.session_controller.sign_out()

    # Opened over the window

    def open_search(self) -> None:
        """Open the search over everything."""
        frame = self._frame
        if not frame.session_controller.asking:
            found = commands(self, frame.bridge, frame.designer, frame.journeys, frame.definitions)
            self.search = CommandSearch(frame.look, found, self._window)
            self.search.open_over(self._window)
            if self.may("read_reports"):
                frame.bridge.read(calls.custom_reports.list(), self._offer_reports)

    def _offer_reports(self, rows: tuple[ReportRow, ...]) -> None:
        if shiboken6.isValid(self.search):
            self.search.offer(reports(self, rows))

    def open_shortcuts(self) -> None:
        """Show every key."""
        if not self._frame.session_controller.asking:
            self.shortcuts = ShortcutsDialog(self._window)
            self.shortcuts.open()

    def open_user_menu(self) -> None:
        """Show what the user can do about themself and the window."""
        self.user_menu = UserMenu(self._frame.look, self, self._frame.bridge, self._window)
        self.user_menu.open_below(self._frame.top_bar.user_button)

    def open_sandboxes(self) -> None:
        """Show the sandboxes that the user may enter."""
        session = self._frame.bridge.session
        if session is not None and len(session.sandboxes) > 1:
            self.sandboxes = SandboxMenu(self._frame.look, session.sandboxes, session.sandbox, self._window)
            self.sandboxes.chosen.connect(self.enter)
            self.sandboxes.open_below(self._frame.top_bar.sandbox_button)


def typing() -> bool:
    """Return whether a text field has the focus."""
    return isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)
