"""The session of the window: sign-in page, current user and sandbox.

The engine decides what a user may do (``app.bridge.bridge``); the window follows. The sign-in page replaces everything
else, and what one user or sandbox had open is saved and closed before the next one opens.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget
from shiboken6 import isValid

from app.bridge import Bridge
from app.editors.accounts import PERMISSIONS
from app.forms.engine_texts import error_text
from app.pages.sign_in import SignInPage
from app.panels.window_bars import ENGINE_WORDS
from app.translation import tr
from app.user_files import Drafts, Preferences
from engine.errors import SojournError
from engine.services.views import SessionState

Identity = tuple[str, str, Collection[str]]
"""User, sandbox and permissions."""


class SessionController(QObject):
    """Shows the sign-in page or the window's content, and tells the window by signals what becomes of it."""

    flush_requested = Signal()
    """What is typed is to be saved."""
    leaving = Signal()
    """What is open is to be saved and closed."""
    content_changed = Signal(bool)
    """Another user, sandbox or permissions: rebuild; whether what was open then comes back."""
    returned = Signal()
    """The same user is back: what was open comes back."""
    sandboxes_changed = Signal(object)

    def __init__(self, window: QMainWindow, bridge: Bridge, preferences: Preferences, drafts: Drafts) -> None:
        super().__init__(window)
        self._window, self._bridge = window, bridge
        self._preferences, self._drafts = preferences, drafts
        self.page: SignInPage | None = None
        self._body: QWidget | None = None
        self._asking = bool(preferences.get("last_user"))
        self._switching = False
        self._shown: Identity = (bridge.caller.actor, bridge.caller.sandbox, frozenset(PERMISSIONS))
        self._session = ""
        self._focused_before: QWidget | None = None
        self._left = False
        bridge.leaving.connect(self._leave)
        bridge.session_changed.connect(self._session_changed)
        bridge.state_changed.connect(self._engine_changed)

    # Content or sign-in page

    @property
    def asking(self) -> bool:
        """Whether the sign-in page is shown."""
        return self._asking

    def put(self, body: QWidget) -> None:
        """Show the rebuilt content unless the sign-in page is shown."""
        if self._body is not None and self._body is not self._window.centralWidget():
            self._body.deleteLater()
        self._body = body
        session = self._bridge.session
        if session is not None and not session.asked:
            self._shown = (session.actor, session.sandbox, session.permissions)
        if self._asking:
            self._hide_content(body)
            self._show_page()
        else:
            self._window.setCentralWidget(body)

    def _hide_content(self, body: QWidget) -> None:
        body.setParent(self._window)
        body.hide()

    def _ask(self, switching: bool = False) -> None:
        """Show the sign-in page with the last user's name."""
        if self._asking and switching == self._switching and self.page is not None:
            return
        for dialog in self._window.findChildren(QDialog):
            dialog.reject()
        self._focused_before = self._focused_before if self._asking else QApplication.focusWidget()
        self._asking, self._switching = True, switching
        if self._body is not None and self._window.centralWidget() is self._body:
            self._window.takeCentralWidget()
            self._hide_content(self._body)
        self._show_page()

    def _show_page(self) -> None:
        name = "" if self._switching else str(self._preferences.get("last_user"))
        self.page = SignInPage(name, self._switching)
        self.page.submitted.connect(self._submit)
        self.page.left.connect(self._leave_page)
        self._engine_changed(self._bridge.state)
        self._window.setCentralWidget(self.page)
        self.page.show()

    def _leave_page(self) -> None:
        """Close the sign-in page and show the content again."""
        self._asking = self._switching = False
        if self.page is not None and self._body is not None:
            self._window.takeCentralWidget()
            self.page.deleteLater()
            self.page = None
            self._window.setCentralWidget(self._body)
            self._body.show()
            if self._focused_before is not None and isValid(self._focused_before):
                self._focused_before.setFocus()

    def _engine_changed(self, state: str) -> None:
        if self.page is not None:
            words = ENGINE_WORDS.get(state or "starting", ("", ""))[0]
            self.page.show_engine(state in ("locked", "running"), tr(words) if words else "")

    # Signing in and out

    def _submit(self, name: str, password: str) -> None:
        if self._bridge.running:
            self.flush_requested.emit()
        sandbox = str(self._preferences.of(name, "sandbox"))
        self._bridge.account.sign_in(name, password, sandbox, self._refused)

    def _refused(self, error: SojournError) -> None:
        if self.page is not None:
            self.page.refuse(error_text(error))

    def _session_changed(self, session: SessionState) -> None:
        if session.asked:
            self._ask()
            return
        self._preferences.set_user(session.actor)
        self._drafts.set_user(session.actor)
        self._preferences.set("sandbox", session.sandbox)
        self._preferences.set("last_user", session.actor if session.guarded else "")
        if self._switching and session.session == self._session:
            return  # the same user is still here
        self._session = session.session
        if self._asking and self.page is not None:
            self._leave_page()
        self._asking = self._switching = False
        self.sandboxes_changed.emit(session.sandboxes)
        left, self._left = self._left, False
        if (session.actor, session.sandbox, session.permissions) != self._shown:
            self.content_changed.emit(left)
        elif left:
            self.returned.emit()

    def _leave(self) -> None:
        """Close what the user had open before the next one signs in."""
        self.leaving.emit()
        self._left = True

    # Actions of the menus

    def enter(self, sandbox: str) -> None:
        """Switch to another sandbox; what is open is saved and restored on return."""
        if self._bridge.running and sandbox != self._bridge.caller.sandbox:
            self.flush_requested.emit()
            self._bridge.account.switch_sandbox(sandbox)

    def switch_user(self) -> None:
        """Ask who takes over; until then the current user may return."""
        if self._bridge.running:
            self._ask(switching=True)

    def sign_out(self) -> None:
        """Save and close everything, then sign out."""
        if self._bridge.running:
            self._leave()
            self._bridge.account.sign_out()
