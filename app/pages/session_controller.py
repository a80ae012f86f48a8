"""The session of the window: sign-in page, current user and sandbox.

The engine decides what a user may do (``app.bridge.account``); the window follows. The sign-in page replaces everything
else, and what one user or sandbox had open is saved and closed before the next one opens.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from shiboken6 import isValid

from app.bridge import Bridge
from app.drafts import Drafts
from app.editors.accounts import PERMISSIONS
from app.forms.engine_texts import error_text
from app.pages.open_journeys import OpenJourneys
from app.pages.sign_in import SignInPage
from app.panels.top_bar import ENGINE_WORDS, TopBar
from app.preferences import Preferences
from app.theme.look import Look
from app.translation import tr
from engine.errors import SojournError
from engine.services.views import SessionState

Here = tuple[str, str, Collection[str]]


class Frame(Protocol):
    """What the window can be asked."""

    look: Look
    open_journeys: OpenJourneys
    top_bar: TopBar

    @property
    def dressing(self) -> bool:
        """Whether the frame is about to be made anew."""
        ...

    def put_away(self) -> None:
        """Close what is open, saved; it is remembered."""
        ...

    def bring_back(self) -> None:
        """Open what was open here the last time."""
        ...

    def apply_preferences(self) -> None:
        """Make the frame anew."""
        ...

    def centralWidget(self) -> QWidget | None: ...

    def setCentralWidget(self, widget: QWidget) -> None: ...

    def takeCentralWidget(self) -> QWidget | None: ...


class SessionController(QObject):
    """Shows the sign-in page or the window's content."""

    def __init__(self, window: QWidget, frame: Frame, bridge: Bridge, preferences: Preferences, drafts: Drafts) -> None:
        super().__init__(window)
        self._window, self._frame, self._bridge = window, frame, bridge
        self._preferences, self._drafts = preferences, drafts
        self.page: SignInPage | None = None
        self._body: QWidget | None = None
        self._asking = bool(preferences.get("last_user"))
        self._switching = False
        self._shown: Here = (bridge.caller.actor, bridge.caller.sandbox, frozenset(PERMISSIONS))
        self._session = ""
        self._typed_in: QWidget | None = None
        self._back_soon = False
        self._left = False
        bridge.leaving.connect(self._leave)
        bridge.session_changed.connect(self._greeted)
        bridge.state_changed.connect(self._engine_changed)

    # The frame, or the page that asks

    @property
    def asking(self) -> bool:
        """Whether the sign-in page is shown."""
        return self._asking

    def put(self, body: QWidget) -> None:
        """Show the rebuilt content unless the sign-in page is shown."""
        if self._body is not None and self._body is not self._frame.centralWidget():
            self._body.deleteLater()
        self._body = body
        session = self._bridge.session
        if session is not None and not session.asked:
            self._shown = (session.actor, session.sandbox, session.permissions)
        if self._asking:
            self._set_aside(body)
            self._show_page()
        else:
            self._frame.setCentralWidget(body)

    def _set_aside(self, body: QWidget) -> None:
        body.setParent(self._window)
        body.hide()

    def _ask(self, switching: bool = False) -> None:
        """Show the sign-in page with the last user's name."""
        if self._asking and switching == self._switching and self.page is not None:
            return
        for dialog in self._window.findChildren(QDialog):
            dialog.reject()
        self._typed_in = self._typed_in if self._asking else QApplication.focusWidget()
        self._asking, self._switching = True, switching
        if self._body is not None and self._frame.centralWidget() is self._body:
            self._frame.takeCentralWidget()
            self._set_aside(self._body)
        self._show_page()

    def _show_page(self) -> None:
        name = "" if self._switching else str(self._preferences.get("last_user"))
        self.page = SignInPage(self._frame.look, name, self._switching)
        self.page.submitted.connect(self._submit)
        self.page.left.connect(self._leave_page)
        self._engine_changed(self._bridge.state)
        self._frame.setCentralWidget(self.page)
        self.page.show()

    def _leave_page(self) -> None:
        """Close the sign-in page and show the content again."""
        self._asking = self._switching = False
        if self.page is not None and self._body is not None:
            self._frame.takeCentralWidget()
            self.page.deleteLater()
            self.page = None
            self._frame.setCentralWidget(self._body)
            self._body.show()
            if self._typed_in is not None and isValid(self._typed_in):
                self._typed_in.setFocus()

    def _engine_changed(self, state: str) -> None:
        if self.page is not None:
            words = ENGINE_WORDS.get(state or "starting", ("", ""))[0]
            self.page.show_engine(state in ("locked", "running"), tr(words) if words else "")

    # Coming and going

    def _submit(self, name: str, password: str) -> None:
        if self._bridge.running:
            self._frame.open_journeys.flush()
        sandbox = str(self._preferences.of(name, "sandbox"))
        self._bridge.account.sign_in(name, password, sandbox, self._refused)

    def _refused(self, error: SojournError) -> None:
        if self.page is not None:
            self.page.refuse(error_text(error))

    def _greeted(self, session: SessionState) -> None:
        if session.asked:
            self._ask()
            return
        self._preferences.set_user(session.actor)
        self._drafts.set_user(session.actor)
        self._preferences.set("sandbox", session.sandbox)
        self._preferences.set("last_user", session.actor if session.guarded else "")
        if self._switching and session.session == self._session:
            return  # nobody has taken over yet
        self._session = session.session
        if self._asking and self.page is not None:
            self._leave_page()
        self._asking = self._switching = False
        self._frame.top_bar.offer_sandboxes(session.sandboxes)
        left, self._left = self._left, False
        if (session.actor, session.sandbox, session.permissions) != self._shown:
            self._back_soon = self._back_soon or left
            self._frame.apply_preferences()
        elif left:
            self.settle()

    def _leave(self) -> None:
        """Close what the user had open before the next one signs in."""
        self._frame.put_away()
        self._left = True

    def dressed(self) -> None:
        """Restore open pages after the content was rebuilt."""
        if self._back_soon:
            self.settle()

    def settle(self) -> None:
        """Restore what was open once the content belongs to the current user."""
        self._back_soon = self._frame.dressing
        if not self._back_soon:
            self._frame.bring_back()

    # What the menus ask

    def enter(self, sandbox: str) -> None:
        """Switch to another sandbox; what is open is saved and restored on return."""
        if self._bridge.running and sandbox != self._bridge.caller.sandbox:
            self._frame.open_journeys.flush()
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
