"""The user menu: name, password, switching user, signing out, theme, settings, shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.bridge import Bridge
from app.pages.window_actions import WindowActions
from app.translation import tr


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
