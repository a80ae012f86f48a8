"""Pictures of who comes and goes: sandboxes, passwords, the page that asks, what somebody sees who may only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks._studio_setup import StudioSetup
from engine.services.views import Caller

PASSWORD = "correct horse"
READER = "minji"


class AccountPictures:
    """The last part of the gallery's walk: afterwards somebody else is signed in."""

    def __init__(self, stage: StudioSetup, take: Callable[..., None], rebuild_ui: Callable[[str, str], None]) -> None:
        self._stage, self._take, self._switch = stage, take, rebuild_ui

    @property
    def _window(self) -> Any:
        return self._stage.window

    def take_all(self) -> None:
        """Every picture. Raises SojournError when one does not come."""
        self._furnish()
        self._menus()
        self._ask()
        self._read()

    def _furnish(self) -> None:
        engine, preferences = self._stage.engine, self._stage.preferences
        for name in ("staging", "training"):
            engine.sandboxes.add(Caller(), name)
        engine.users.put(Caller(), READER, ("Limited Access User",))
        engine.users.set_password(Caller(), READER, PASSWORD)
        chosen = {name: preferences.get(name) for name in ("theme", "language", "zone")}
        preferences.set_user(READER)
        for name, value in chosen.items():
            preferences.set(name, value)
        preferences.set_user(self._stage.bridge.caller.actor)
        self._stage.bridge.account.refresh()
        self._stage.until(lambda: self._window.top_bar.sandbox_button.property("several"))

    def _menus(self) -> None:
        window_actions = self._window.window_actions
        self._window.show_page("journeys")
        self._take("sandboxes-several")
        self._window.top_bar.sandboxes_asked.emit()
        self._take("sandbox-menu", self._window.popups.sandboxes)
        self._window.popups.sandboxes.close()
        self._window.top_bar.user_button.click()
        self._take("user-menu", self._window.popups.user_menu)
        self._window.popups.user_menu.close()
        window_actions.change_password()
        self._take("password", window_actions.password)
        window_actions.password.reject()

    def take_sign_in(self) -> None:
        """Take only the picture of the page that asks for a name and a password."""
        self._furnish()
        self._sign_out()
        self._take("sign-in")
        self._sign_in_reader()

    def _sign_out(self) -> None:
        bridge, session_controller = self._stage.bridge, self._window.session_controller
        self._stage.engine.users.set_password(bridge.caller, bridge.caller.actor, PASSWORD)
        bridge.account.refresh()
        self._stage.until(lambda: bridge.session is not None and bridge.session.guarded)
        session_controller.sign_out()
        self._stage.until(lambda: session_controller.page is not None)

    def _ask(self) -> None:
        session_controller = self._window.session_controller
        self._sign_out()
        self._take("sign-in")
        self._type("wrong as can be")
        self._stage.until(session_controller.page.fault.isVisible)
        self._take("sign-in-refused")
        self._switch("dark", "ko")
        self._type("wrong once more")
        self._stage.until(session_controller.page.fault.isVisible)
        self._take("sign-in-dark-korean")
        self._switch("light", "en")

    def _type(self, password: str, name: str = "") -> None:
        page = self._window.session_controller.page
        page.name.setText(name or page.name.text())
        page.password.setText(password)
        page.submit()

    def _read(self) -> None:
        window = self._window
        self._sign_in_reader()
        window.show_page("journeys")
        page = window.page_router.page("journeys")
        self._stage.until(lambda: page.list.model.rows)
        self._take("reader")
        draft = next(row for row in window.journeys if row.state == "draft" and row.name == "Summer stay")
        window.open_journey(draft.id)
        self._stage.until(lambda: window.designer is not None and window.designer.row.id == draft.id)
        self._stage.until(lambda: window.designer.document.definitions.events)
        window.designer.canvas.zoom_to_fit()
        window.designer.canvas.select(["booking"], show=True)
        self._stage.until(lambda: window.designer.pane.shown_id == "booking")
        self._take("reader-designer")
        window.show_page("admin")
        self._take("reader-settings")

    def _sign_in_reader(self) -> None:
        window = self._window
        self._type(PASSWORD, READER)
        self._stage.until(lambda: self._stage.bridge.caller.actor == READER and not window.rebuilding)
        self._stage.until(lambda: window.journeys and window.rail.isVisible())
