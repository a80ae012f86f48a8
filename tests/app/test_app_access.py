"""Signing in and going to other sandboxes, as somebody at the window does it; the engine has the last word."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from app.bridge import calls, open_version, save_user
from app.bridge.bridge import LOCKED
from app.pages.sign_in import SignInPage
from app.studio import Studio
from app.theme import current_scheme
from engine.facade import connect
from engine.services.views import Caller, VersionRow
from engine.store.location import find_owner
from tests.helpers.studio_driver import PATIENCE, StudioDriver, close_studio, running

OPERATIONS = ("health", "failed_people", "refused_events", "suspended")
"""The sections of Operations for all who read reports."""
ADMINISTRATORS, LEES = "battery staple", "correct horse"
ALL_PLACES = {
    *("journeys", "events", "data_sources", "actions", "templates", "segments", "profiles"),
    *("messages", "reports", "admin"),
}


class Guest(StudioDriver):
    """Somebody who signs in, and uses the menus of the top bar."""

    @property
    def asked(self) -> SignInPage:
        """The page that asks who is there, once it is in front and the engine can be asked."""
        page = self.window.session_controller.page
        assert page is not None
        return page

    def until_asked(self) -> None:
        """Wait for the page."""
        self.until(lambda: self.studio.bridge.state == LOCKED and self.window.session_controller.page is not None)
        self.until(self.asked.isVisible)

    def sign_in(self, name: str, password: str) -> None:
        """Name, Tab, password, Enter; what is wanted is that the frame comes."""
        self.try_to_sign_in(name, password)
        self.until(lambda: self.studio.bridge.running and not self.window.session_controller.asking)
        self.until(lambda: not self.window.rebuilding and self.studio.bridge.caller.actor == name)
        self.until(self.window.rail.isVisible)

    def try_to_sign_in(self, name: str, password: str) -> None:
        """Type it and press Enter."""
        self.key_in(self.asked.name, name)
        self.key_in(self.asked.password, password)
        self.stroke(self.asked.password, Qt.Key.Key_Return)

    def menu(self, button: QWidget, words: str) -> None:
        """Click a button of the top bar and choose from its menu."""
        self.click(button)
        self.until(self.menus)
        (menu,) = self.menus()
        (entry,) = [action for action in menu.actions() if action.text() == words]
        self.touch(menu, menu.actionGeometry(entry).center())
        self.until(lambda: not self.menus())

    def menus(self) -> list[QMenu]:
        """The menus that are open."""
        tops = QApplication.topLevelWidgets()
        return [made for made in tops if isinstance(made, QMenu) and made.isVisible()]

    def offered(self, button: QWidget) -> list[str]:
        """What the menu of a button of the top bar offers."""
        self.click(button)
        self.until(self.menus)
        (menu,) = self.menus()
        words = [action.text() for action in menu.actions() if action.text()]
        self.stroke(menu, Qt.Key.Key_Escape)
        self.until(lambda: not self.menus())
        return words

    def set_password(self, password: str, current: str = "") -> None:
        """By the menu under the initials."""
        words = "Change the password" if current else "Set a password"
        self.menu(self.window.top_bar.user_button, words)
        dialog = self.window.window_actions.password
        if current:
            self.key_in(dialog.current, current)
        self.key_in(dialog.password, password)
        self.key_in(dialog.again, password)
        self.stroke(dialog.again, Qt.Key.Key_Return)
        self.until(lambda: not dialog.isVisible() or dialog.fault.text())
        self.until(lambda: dialog.isVisible() or self.has_password)

    @property
    def has_password(self) -> bool:
        """Whether whoever is here has a password, as the window knows it."""
        session = self.studio.bridge.session
        return session is not None and session.has_password

    @property
    def places(self) -> set[str]:
        """What the rail shows."""
        return {key for key, button in self.window.rail.buttons.items() if button.isVisible()}

    def audit(self) -> list[tuple[str, str, bool]]:
        """The audit log, as a command reads it."""
        engine = connect(self.studio.workspace)
        assert engine is not None
        return [(row.actor, row.what, row.refused) for row in engine.access.audit(Caller())]


def _sit_down(qtbot: Any, qapp: Any, workspace: Path) -> Guest:
    someone = Guest(qtbot, Studio(qapp, workspace, sample=False))
    someone.studio.begin()
    return someone


def _leave(person: StudioDriver) -> None:
    person.window.close()
    person.until(lambda: person.studio.is_shut_down)
    person.window.deleteLater()


@pytest.fixture
def guest(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Guest]:
    """Somebody at a studio on an empty workspace that asks nobody."""
    someone = _sit_down(qtbot, qapp, tmp_path / "workspace")
    someone.until(lambda: someone.studio.bridge.running)
    yield someone
    if not someone.studio.is_shut_down:
        close_studio(qtbot, someone.studio)


def _lee(guest: Guest, *product_profiles: str) -> None:
    """There is a user lee with a password."""
    profiles = product_profiles or ("Limited Access User",)
    guest.ask(save_user("lee", profiles, LEES))
    guest.studio.bridge.account.refresh()
    guest.until(lambda: guest.studio.bridge.session is not None and guest.studio.bridge.session.others)


def _journey(guest: Guest, name: str) -> VersionRow:
    row: VersionRow = guest.ask(calls.journeys.create(name, None))
    guest.window.open_journey(row.id)
    guest.until(lambda: guest.window.designer is not None and guest.page.row.id == row.id)
    return row


def test_single_user_workspace_requires_no_password(guest: Guest, qtbot: Any, qapp: Any) -> None:
    button = guest.window.top_bar.user_button
    assert not guest.window.session_controller.asking
    assert guest.places == ALL_PLACES
    assert "Set a password" in guest.offered(button)
    assert not {"Sign out", "Switch user"} & set(guest.offered(button))

    guest.set_password("short")
    dialog = guest.window.window_actions.password
    assert dialog.fault.text() == "A password has 8 to 1024 characters; choose another"
    guest.key_in(dialog.password, ADMINISTRATORS)
    guest.stroke(dialog.password, Qt.Key.Key_Return)
    assert dialog.fault.text() == "The passwords do not match."
    guest.key_in(dialog.again, ADMINISTRATORS)
    guest.stroke(dialog.again, Qt.Key.Key_Return)
    guest.until(lambda: not dialog.isVisible())
    _journey(guest, "Spa")
    guest.until(lambda: guest.studio.preferences.get("last_user") == "administrator")

    other = _sit_down(qtbot, qapp, guest.studio.workspace)
    other.until_asked()
    assert not other.window.top_bar.isVisible()
    assert other.asked.name.text() == "administrator"
    other.until(other.asked.password.hasFocus)
    other.try_to_sign_in("administrator", "guess")
    other.until(other.asked.fault.isVisible)
    assert other.asked.fault.text() == "The name or the password is wrong; try again or ask an administrator"
    assert (other.asked.password.text(), other.studio.bridge.state) == ("", LOCKED)
    assert guest.audit()[0] == ("administrator", "sign_in", True)
    other.sign_in("administrator", ADMINISTRATORS)
    other.until(lambda: [row.name for row in other.window.journeys] == ["Spa"])
    _leave(other)
    kept = "".join(file.read_text() for file in guest.studio.workspace.glob("*.json"))
    assert ADMINISTRATORS not in kept


def test_engine_refuses_unauthenticated_calls(guest: Guest, qtbot: Any, qapp: Any) -> None:
    guest.set_password(ADMINISTRATORS)
    other = _sit_down(qtbot, qapp, guest.studio.workspace)
    other.until_asked()
    bridge = other.studio.bridge
    refused: list[Any] = []
    bridge.write(calls.journeys.create("Taken over", None), refused.append, refused.append)
    other.until(lambda: refused)
    assert refused[0].code == "sign_in_needed"
    bridge.state = "running"
    bridge.write(calls.journeys.create("Taken over", None), refused.append, refused.append)
    other.until(lambda: len(refused) == 2)
    assert refused[1].code == "sign_in_needed"
    assert ("administrator", "session", True) in guest.audit()
    other.until(lambda: bridge.state == LOCKED)
    for key in (Qt.Key.Key_K, Qt.Key.Key_Question):
        modifier = Qt.KeyboardModifier.ControlModifier if key == Qt.Key.Key_K else Qt.KeyboardModifier.NoModifier
        other.stroke(other.window, key, modifier)
    assert not hasattr(other.window.window_actions, "search")
    assert not hasattr(other.window.window_actions, "shortcuts")
    _leave(other)


def test_wrong_password_is_delayed(guest: Guest) -> None:
    guest.set_password(ADMINISTRATORS)
    guest.menu(guest.window.top_bar.user_button, "Sign out")
    guest.until_asked()
    assert guest.audit()[0] == ("administrator", "sign_out", False)
    said = []
    for number in range(4):
        guest.try_to_sign_in("administrator", f"guess {number}")
        guest.until(lambda: guest.asked.fault.isVisible() and not guest.asked.password.text())
        said.append(guest.asked.fault.text())
    assert said[3] in (
        "Too many wrong passwords; wait a second and try again",
        "The name or the password is wrong; try again or ask an administrator",
    )
    assert len(set(said[:3])) == 1


def test_user_switch_applies_permissions(guest: Guest) -> None:
    _lee(guest)
    guest.set_password(ADMINISTRATORS)
    row = _journey(guest, "Spa")
    button = guest.window.top_bar.user_button
    assert {"Change the password", "Switch user", "Sign out"} <= set(guest.offered(button))
    guest.menu(button, "Switch user")
    guest.until(guest.asked.isVisible)
    guest.stroke(guest.window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    guest.studio.bridge.account.refresh()
    guest.ask(calls.users.list())
    assert guest.asked.isVisible()
    guest.stroke(guest.asked, Qt.Key.Key_Escape)
    guest.until(lambda: not guest.window.session_controller.asking)
    assert guest.window.current == row.id

    guest.menu(guest.window.top_bar.user_button, "Switch user")
    guest.until(guest.asked.isVisible)
    guest.sign_in("lee", LEES)
    assert guest.window.top_bar.user_button.accessibleName() == "Lee"
    assert guest.places == {"journeys", "messages", "reports", "admin"}
    assert guest.window.top_bar.names == []
    refused: list[Any] = []
    guest.studio.bridge.write(calls.journeys.create("Mine", None), refused.append, refused.append)
    guest.until(lambda: refused)
    assert refused[0].message.startswith("lee may not change journeys in prod")
    assert guest.audit()[0] == ("lee", "manage_journeys", True)

    guest.menu(guest.window.top_bar.user_button, "Sign out")
    guest.until_asked()
    assert guest.asked.name.text() == "lee"
    guest.sign_in("administrator", ADMINISTRATORS)
    guest.until(lambda: guest.window.top_bar.names == ["Spa"])
    assert guest.places == ALL_PLACES


def test_new_password_keeps_open_journeys(guest: Guest) -> None:
    guest.set_password(ADMINISTRATORS)
    row = _journey(guest, "Spa")
    engine = connect(guest.studio.workspace)
    assert engine is not None
    engine.users.set_password(Caller(), "administrator", "quite another one")
    guest.studio.window.read_definitions()
    guest.until_asked()
    guest.sign_in("administrator", "quite another one")
    assert guest.window.current == row.id
    guest.set_password(ADMINISTRATORS, current="not this one")
    dialog = guest.window.window_actions.password
    assert dialog.fault.text() == "The present password is wrong; type it once more"
    guest.key_in(dialog.current, "quite another one")
    guest.stroke(dialog.current, Qt.Key.Key_Return)
    guest.until(lambda: not dialog.isVisible())


def test_restarted_engine_keeps_sessions(guest: Guest) -> None:
    guest.set_password(ADMINISTRATORS)
    row = _journey(guest, "Spa")
    states: list[str] = []
    guest.studio.bridge.state_changed.connect(states.append)
    owner = find_owner(guest.studio.workspace)
    assert owner is not None
    os.kill(owner.pid, signal.SIGKILL)
    guest.until(lambda: states[-1:] == ["running"])
    assert LOCKED not in states
    assert guest.window.current == row.id
    assert guest.ask(calls.journeys.row(row.id)).name == "Spa"


def test_signed_out_studio_does_not_poll(guest: Guest, qtbot: Any, qapp: Any) -> None:
    guest.set_password(ADMINISTRATORS)
    owner = find_owner(guest.studio.workspace)
    assert owner is not None
    guest.studio.preferences.set("on_close", "keep")
    _leave(guest)
    qtbot.waitUntil(lambda: not running(owner.pid), timeout=PATIENCE)
    other = _sit_down(qtbot, qapp, guest.studio.workspace)
    other.until_asked()
    again = find_owner(guest.studio.workspace)
    assert again is not None
    _leave(other)
    qtbot.waitUntil(lambda: not running(again.pid), timeout=PATIENCE)


def test_sandboxes_have_separate_journeys_and_tabs(guest: Guest, qtbot: Any, qapp: Any) -> None:
    bar = guest.window.top_bar
    assert bar.sandbox_button.focusPolicy() == Qt.FocusPolicy.NoFocus
    guest.touch(bar.sandbox_button)
    assert not guest.menus()
    guest.window.show_page("admin")
    admin: Any = guest.window.page_router.page("admin")
    guest.click(admin.buttons["sandboxes"])
    guest.click(admin.parts["sandboxes"].list.new_button)
    guest.answer("training")
    guest.until(lambda: bar.sandbox_button.focusPolicy() == Qt.FocusPolicy.StrongFocus)
    row = _journey(guest, "Spa")
    guest.page.document.add_note((0, 0), "drawn a moment before")

    guest.menu(bar.sandbox_button, "training")
    guest.until(lambda: guest.studio.bridge.caller.sandbox == "training" and not guest.window.rebuilding)
    guest.until(lambda: guest.window.top_bar.sandbox_button.text().strip() == "training")
    assert guest.window.top_bar.names == []
    assert guest.ask(calls.journeys.list()) == ()
    _journey(guest, "Lesson")
    guest.until(lambda: not guest.page.autosave.saving)

    guest.window.open_search()
    search = guest.window.popups.search
    guest.spell(search.search, "Sandbox prod")
    guest.stroke(search.search, Qt.Key.Key_Return)
    guest.until(lambda: guest.window.top_bar.names == ["Spa"])
    _, journey = guest.ask(open_version(row.id))
    assert [note.text for note in journey.notes] == ["drawn a moment before"]
    guest.menu(guest.window.top_bar.sandbox_button, "training")
    guest.until(lambda: guest.window.top_bar.names == ["Lesson"])

    _leave(guest)
    again = _sit_down(qtbot, qapp, guest.studio.workspace)
    again.until(lambda: again.window.top_bar.names == ["Lesson"])
    assert again.studio.bridge.caller.sandbox == "training"
    _leave(again)


def test_unused_password_is_labelled(guest: Guest) -> None:
    guest.window.window_actions.show_page("admin")
    admin: Any = guest.window.page_router.page("admin")
    guest.click(admin.buttons["users"])
    users = admin.parts["users"]
    guest.until(lambda: users.list.model.rows and users._profiles)
    guest.click(users.list.new_button)
    guest.key_in(users.editor.name, "lee")
    users.editor.profiles.boxes["Standard User"].click()
    for line in (users.editor.password, users.editor.again):
        guest.key_in(line, LEES)
    guest.click(users.editor.save_button)
    guest.until(lambda: "until the administrator has one" in guest.window.toast.words)
    guest.until(lambda: guest.studio.bridge.session is not None and guest.studio.bridge.session.others)
    guest.set_password(ADMINISTRATORS)
    users.refresh()
    guest.until(lambda: users.list.model.rows[0].cells["password"].text == "set")
    users.open("administrator")
    guest.until(lambda: users.editor is not None and users.editor.was == "administrator")
    guest.until(users.editor.elsewhere.isVisible)
    assert not users.editor.password.isVisible()


def test_choices_and_drafts_are_each_users_own(guest: Guest) -> None:
    _lee(guest, "Standard User")
    guest.set_password(ADMINISTRATORS)
    guest.window.window_actions.set_appearance("dark")
    guest.until(lambda: current_scheme().is_dark)
    guest.menu(guest.window.top_bar.user_button, "Switch user")
    guest.until(guest.asked.isVisible)
    guest.sign_in("lee", LEES)
    guest.window.window_actions.set_appearance("light")
    guest.until(lambda: not current_scheme().is_dark)
    _journey(guest, "Lees")
    guest.until(lambda: guest.studio.preferences.get("open") == [guest.window.current])
    assert guest.studio.preferences.of("administrator", "theme") == "dark"
    assert guest.studio.preferences.of("administrator", "open") == []
    guest.menu(guest.window.top_bar.user_button, "Sign out")
    guest.until_asked()
    guest.sign_in("administrator", ADMINISTRATORS)
    guest.until(lambda: current_scheme().is_dark)
    assert guest.window.top_bar.names == []


def _become(guest: Guest, name: str, password: str) -> None:
    guest.menu(guest.window.top_bar.user_button, "Switch user")
    guest.until(guest.asked.isVisible)
    guest.sign_in(name, password)


def test_read_only_user_sees_no_edit_actions(guest: Guest) -> None:
    _lee(guest)
    guest.set_password(ADMINISTRATORS)
    body = {"name": "Lobby", "type": "system", "event_id": "e-1", "fields": {"id": "string"}, "key": "@{Lobby.id}"}
    guest.ask(calls.definitions.save("event", body, None))
    row = _journey(guest, "Spa")
    guest.until(lambda: "Lobby" in guest.page.palette_panel.items)
    entered = guest.add("Lobby")
    guest.until(lambda: not guest.page.autosave.saving)
    _become(guest, "lee", LEES)
    page: Any = guest.window.page_router.page("journeys")
    guest.until(lambda: page.list.model.rows)
    assert not page.list.new_button.isVisible()
    assert not page.welcome.isVisible()
    assert [action.text() for action in page.list._menu(page.list.model.rows[0]).actions()] == ["Open"]
    guest.stroke(page.list.table, Qt.Key.Key_C)
    page.list.select(row.id)
    guest.stroke(page.list.table, Qt.Key.Key_Delete)
    assert not [top for top in QApplication.topLevelWidgets() if isinstance(top, QDialog) and top.isVisible()]
    guest.stroke(page.list.table, Qt.Key.Key_Return)
    guest.until(lambda: guest.window.designer is not None)

    header = guest.page.header
    hidden = (header.undo, header.redo, header.test_frame, header.publish, guest.page.palette_panel)
    assert [part for part in hidden if part.isVisible()] == []
    assert (guest.page.canvas.mode, guest.page.document.read_only) == ("read_only", True)
    guest.until(lambda: guest.page.document.definitions.events)
    guest.page.canvas.select([entered], show=True)
    guest.until(lambda: guest.page.pane.shown_id == entered)
    pane = guest.page.pane
    assert [part for part in (pane.save_button, pane.discard_button) if part.isVisible()] == []
    form: Any = pane.form
    guest.until(lambda: not form.fields["event"].fault)
    assert form.fields["event"].control.currentText() == "Lobby"
    guest.page.run_action("properties")
    assert not guest.page.properties.name.isEnabled()
    guest.stroke(guest.page, Qt.Key.Key_T)
    guest.until(lambda: "you may view journeys but not change them" in guest.window.status.sentence.text())

    guest.window.open_search()
    search = guest.window.popups.search
    found = {command.words for command in search._commands}
    assert {"Journeys", "Reports", "Settings", "Spa", "Sign out", "Outline"} <= found
    assert not {"New journey", "New event", "Events", "Profiles", "Import profiles", "Publish", "Arrange"} & found
    search.close()
    guest.window.window_actions.show_page("events")
    assert guest.window.place == "journeys"
    guest.window.window_actions.show_page("admin")
    admin: Any = guest.window.page_router.page("admin")
    assert list(admin.buttons) == ["studio", *OPERATIONS]
    for place in ("messages", "reports"):
        guest.window.window_actions.show_page(place)
        guest.until(guest.window.page_router.page(place).isVisible)
    guest.ask(calls.journeys.list())
    assert [line for line in guest.audit() if line[0] == "lee" and line[2]] == []


def test_definition_reader_cannot_edit(guest: Guest) -> None:
    _lee(guest, "Standard User")
    guest.set_password(ADMINISTRATORS)
    body = {"name": "Lobby", "type": "system", "event_id": "e-1", "fields": {"id": "string"}, "key": "@{Lobby.id}"}
    guest.ask(calls.definitions.save("event", body, None))
    _become(guest, "lee", LEES)
    guest.window.window_actions.show_page("events")
    page: Any = guest.window.page_router.page("events")
    guest.until(lambda: page.list.model.rows and page._definitions.events)
    page.list.select("Lobby")
    guest.until(lambda: page.editor is not None)
    editor = page.editor
    assert not editor.description.isEnabled()
    assert not any(part.isVisible() for part in (editor.save_button, editor.discard_button, *editor._verbs))
    assert not page.list.new_button.isVisible()
    guest.window.window_actions.show_page("profiles")
    people: Any = guest.window.page_router.page("profiles")
    assert people.import_button.isVisible()
    assert people.list.new_button.isVisible()
    guest.window.window_actions.show_page("admin")
    admin: Any = guest.window.page_router.page("admin")
    assert list(admin.buttons) == ["studio", "namespaces", *OPERATIONS, "suppressions"]
    guest.ask(calls.journeys.list())
    assert [line for line in guest.audit() if line[0] == "lee" and line[2]] == []


def test_revoked_permission_reaches_other_window(guest: Guest, qtbot: Any, qapp: Any) -> None:
    _lee(guest, "Standard User")
    guest.set_password(ADMINISTRATORS)
    other = _sit_down(qtbot, qapp, guest.studio.workspace)
    other.until_asked()
    other.sign_in("lee", LEES)
    assert "events" in other.places
    guest.ask(save_user("lee", ("Limited Access User",), ""))
    other.window.window_actions.show_page("events")
    other.until(lambda: "events" not in other.places)
    guest.ask(calls.users.remove("lee"))
    other.window.read_definitions()
    other.until_asked()
    other.try_to_sign_in("lee", LEES)
    other.until(other.asked.fault.isVisible)
    _leave(other)
