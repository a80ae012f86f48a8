"""Search, user menu and sandbox menu of the window."""

from __future__ import annotations

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.bridge import Bridge, calls
from app.pages.designer import DesignerPage
from app.pages.search_commands import build_commands, report_commands
from app.pages.window_actions import WindowActions
from app.panels.command_search import CommandSearch
from app.translation import tr
from app.widgets.texts import show_text
from engine.model.definitions import Definitions
from engine.services.views import ReportRow, VersionRow


class UserMenu(QMenu):
    """The menu of one user; actions that do not apply are left out."""

    def __init__(self, actions: WindowActions, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        session = bridge.session
        if session is not None and not session.asked:
            who = self.addAction(theme.icon("user", "accent"), tr("Signed in as {name}", name=session.actor))
            who.setEnabled(False)
            words = tr("Change the password") if session.has_password else tr("Set a password")
            self.addAction(theme.icon("key"), words, actions.change_password)
            if session.others:
                self.addAction(theme.icon("users"), tr("Switch user"), actions.switch_user)
            if session.has_password:
                self.addAction(theme.icon("sign-out"), tr("Sign out"), actions.sign_out)
            self.addSeparator()
        for choice, words in (("system", tr("Like the system")), ("light", tr("Light")), ("dark", tr("Dark"))):
            self.addAction(words).triggered.connect(lambda _, chosen=choice: actions.set_appearance(chosen))
        self.addSeparator()
        self.addAction(theme.icon("gear-six"), tr("Settings"), lambda: actions.show_page("admin"))
        self.addAction(theme.icon("keyboard"), tr("Keys"), actions.open_shortcuts)
        self.aboutToHide.connect(self.deleteLater)

    def open_below(self, button: QWidget) -> None:
        """Open below the avatar, aligned right."""
        corner = button.mapToGlobal(button.rect().bottomRight())
        self.popup(QPoint(corner.x() - self.sizeHint().width(), corner.y() + 6))


class SandboxMenu(QMenu):
    """One entry for each sandbox."""

    chosen = Signal(str)

    def __init__(self, names: Sequence[str], here: str, parent: QWidget) -> None:
        super().__init__(parent)
        show_text(self.setAccessibleName, tr("Sandboxes"))
        group = QActionGroup(self)
        for name in names:
            icon = theme.icon("check", "accent") if name == here else theme.icon("cube", "event")
            entry = self.addAction(icon, name)
            entry.setCheckable(True)
            entry.setChecked(name == here)
            entry.triggered.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addAction(entry)
            if name == here:
                self.setActiveAction(entry)
        self.aboutToHide.connect(self.deleteLater)

    def open_below(self, button: QWidget) -> None:
        """Open below the sandbox button."""
        self.popup(button.mapToGlobal(button.rect().bottomLeft()) + QPoint(0, 6))


class WindowPopups(QObject):
    """Opens popups whose entries run window actions."""

    def __init__(self, actions: WindowActions, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._actions, self._bridge, self._window = actions, bridge, window

    def open_search(self, page: DesignerPage | None, journeys: Sequence[VersionRow], definitions: Definitions) -> None:
        """Open the global search; ``page`` is the current journey."""
        found = build_commands(self._actions, self._bridge, page, journeys, definitions)
        self.search = CommandSearch(found, self._window)
        self.search.open_over(self._window)
        if self._bridge.may("read_reports"):
            self._bridge.read(calls.custom_reports.list(), self._offer_reports)

    def _offer_reports(self, rows: tuple[ReportRow, ...]) -> None:
        if shiboken6.isValid(self.search):
            self.search.offer(report_commands(self._actions, rows))

    def open_user_menu(self, button: QWidget) -> None:
        """Open the user menu below a button."""
        self.user_menu = UserMenu(self._actions, self._bridge, self._window)
        self.user_menu.open_below(button)

    def open_sandboxes(self, button: QWidget) -> None:
        """Open the sandbox menu below a button if there are several sandboxes."""
        session = self._bridge.session
        if session is not None and len(session.sandboxes) > 1:
            self.sandboxes = SandboxMenu(session.sandboxes, session.sandbox, self._window)
            self.sandboxes.chosen.connect(self._actions.enter)
            self.sandboxes.open_below(button)
