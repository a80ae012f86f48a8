"""Lists of the admin page: users and product profiles with their forms, inlets, sandboxes, API tokens, audit log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtGui import QGuiApplication

from app.bridge import calls, save_user
from app.editors.accounts import ADMINISTRATOR, PERMISSIONS, ProductProfileEditor, UserEditor, profile_label
from app.forms.engine_texts import audit_action_label
from app.forms.time_format import exact_time, short_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListFormPage, ListPage
from app.pages.settings import setting_groups
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.empty_state import EmptyState
from engine.json_types import JsonObject
from engine.model.definitions import Definitions
from engine.services.views import ApiTokenRow, AuditRow, InletRow, ProductProfileRow, UserRow


class UsersPage(ListFormPage):
    """The users and their product profiles."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, UserRow] = {}
        self._profiles: tuple[str, ...] = ()
        empty = EmptyState("users", tr("No users"), tr("Add the first one."), tr("New user"))
        columns = (
            Column("name", tr("Name"), "name", stretch=2),
            Column("profiles", tr("Product profiles"), "secondary", stretch=3),
            Column("password", tr("Password"), "chip", 130),
        )
        verbs = (("delete", tr("Delete"), "trash"),)
        made = ObjectList(tr("Users"), columns, tr("New user"), empty, verbs)
        made.created.connect(lambda: self._make_editor().show_new())
        return made

    def refresh(self) -> None:
        self.bridge.read(calls.users.profiles(), self._take_profiles, self.refuse)
        self.bridge.read(calls.users.list(), self._take, self.refuse)

    def _take_profiles(self, profiles: Sequence[ProductProfileRow]) -> None:
        self._profiles = tuple(profile.name for profile in profiles)

    def _take(self, users: Sequence[UserRow]) -> None:
        self._rows = {user.name: user for user in users}
        self.list.show_rows([self._row_of(user) for user in users])

    def _row_of(self, user: UserRow) -> Row:
        cells = {
            "name": Cell(user.name),
            "profiles": Cell(", ".join(profile_label(name) for name in user.product_profiles)),
            "password": Cell(tr("set") if user.has_password else ""),
        }
        return Row(user.name, cells, "user", "action", deletable=user.name != ADMINISTRATOR)

    def open(self, key: str) -> None:
        user = self._rows.get(key)
        if user is not None and not self.busy_with(key):
            body = {
                "name": key,
                "profiles": user.product_profiles,
                "has_password": user.has_password,
                "oneself": key == self.bridge.caller.actor,
            }
            self._make_editor().show_definition(body, key, 0)

    def _make_editor(self) -> UserEditor:
        editor = UserEditor(Definitions())
        editor.offer_profiles(self._profiles)
        editor.saved.connect(self._save)
        self.show_editor(editor)
        return editor

    def _save(self, body: JsonObject, was: str | None) -> None:
        name, password = was or str(body["name"]), str(body.get("password", ""))
        session = self.bridge.session
        unasked = bool(password) and name != ADMINISTRATOR and session is not None and not session.guarded
        saved = partial(self._saved, unasked)
        self.bridge.write(save_user(name, _names(body.get("profiles")), password), saved, self.refuse)

    def _saved(self, unasked: bool, _: None) -> None:
        self.bridge.account.refresh()  # there may be others now, who can take over
        words = tr("User saved.")
        if unasked:
            words += " " + tr("No one is asked for a password until the administrator has one.")
        self.done(words)

    def ask(self, verb: str, key: str) -> None:
        details = tr("The user can no longer sign in, and the user's API tokens stop working.")
        self.confirm_delete(key, calls.users.remove(key), partial(self.done, tr("User deleted.")), details)


class ProductProfilesPage(ListFormPage):
    """The product profiles and their permissions."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, ProductProfileRow] = {}
        self._sandboxes: tuple[str, ...] = ()
        empty = EmptyState("shield-check", tr("No product profiles"), tr("Add one."), tr("New product profile"))
        columns = (
            Column("name", tr("Name"), "name", stretch=2),
            Column("permissions", tr("Allows"), "secondary", stretch=3),
            Column("sandboxes", tr("Sandboxes"), "secondary", 160),
            Column("users", tr("Users"), "text", 90),
        )
        verbs = (("delete", tr("Delete"), "trash"),)
        made = ObjectList(tr("Product profiles"), columns, tr("New product profile"), empty, verbs)
        made.created.connect(lambda: self._make_editor().show_new())
        return made

    def refresh(self) -> None:
        self.bridge.read(calls.sandboxes.list(), self._take_sandboxes)
        self.bridge.read(calls.users.profiles(), self._take, self.refuse)

    def _take_sandboxes(self, names: Sequence[str]) -> None:
        self._sandboxes = tuple(names)

    def _take(self, profiles: Sequence[ProductProfileRow]) -> None:
        self._rows = {profile.name: profile for profile in profiles}
        self.list.show_rows([self._row_of(profile) for profile in profiles])

    def _row_of(self, profile: ProductProfileRow) -> Row:
        everything = set(PERMISSIONS) <= set(profile.permissions)
        words = [tr(words) for key, words in PERMISSIONS.items() if key in profile.permissions]
        cells = {
            "name": Cell(profile_label(profile.name)),
            "permissions": Cell(tr("Everything") if everything else ", ".join(words)),
            "sandboxes": Cell(", ".join(profile.sandboxes) or tr("All")),
            "users": Cell(str(len(profile.users)), len(profile.users)),
        }
        return Row(profile.name, cells, "shield-check", "event", deletable=not profile.built_in)

    def open(self, key: str) -> None:
        profile = self._rows.get(key)
        if profile is not None and not self.busy_with(key):
            body = {
                "name": key,
                "permissions": profile.permissions,
                "sandboxes": profile.sandboxes,
                "built_in": profile.built_in,
                "users": profile.users,
            }
            self._make_editor().show_definition(body, key, 0)

    def _make_editor(self) -> ProductProfileEditor:
        editor = ProductProfileEditor(Definitions())
        editor.offer_sandboxes(self._sandboxes)
        editor.saved.connect(self._save)
        self.show_editor(editor)
        return editor

    def ask(self, verb: str, key: str) -> None:
        if verb == "delete":
            deleted = partial(self.done, tr("Product profile deleted."))
            self.confirm_delete(key, calls.users.remove_profile(key), deleted)
            return
        profile = self._rows[key]
        body = {"name": f"{key} 2", "permissions": profile.permissions, "sandboxes": profile.sandboxes}
        self._make_editor().show_new(body)

    def _save(self, body: JsonObject, was: str | None) -> None:
        name = was or str(body["name"])
        self.bridge.write(
            calls.users.put_profile(name, _names(body.get("permissions")), _names(body.get("sandboxes"))),
            partial(self.done, tr("Product profile saved.")),
            self.refuse,
        )


def _names(value: object) -> tuple[str, ...]:
    """Return the names in a list of an editor's body."""
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


TOKEN_DAYS = 90


class InletsPage(ListPage):
    """Inlets: addresses and tokens that receive events."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, InletRow] = {}
        empty = EmptyState("tray", tr("No inlets"), tr("Events are posted to an inlet."), tr("New inlet"))
        columns = (
            Column("name", tr("Name"), "name", stretch=1),
            Column("url", tr("Address for events"), "secondary", stretch=3),
            Column("token", tr("Token"), "text", 130),
            Column("open", tr("State"), "state", 110),
        )
        verbs = (
            ("copy_url", tr("Copy the address"), "copy"),
            ("copy_token", tr("Copy the token"), "key"),
            ("switch_token", tr("Require a token, or stop requiring one"), "lock-simple"),
            ("switch_open", tr("Close or open"), "door"),
            ("rotate", tr("Replace the token"), "arrow-clockwise"),
            ("delete", tr("Delete"), "trash"),
        )
        made = ObjectList(tr("Inlets"), columns, tr("New inlet"), empty, verbs)
        made.created.connect(lambda: self.ask_for_name(tr("New inlet"), self._make))
        made.opened.connect(lambda key: self.ask("copy_url", key))
        return made

    def _make(self, name: str) -> None:
        self.bridge.write(calls.inlets.create(name), partial(self.done, tr("Saved.")), self.refuse)

    def refresh(self) -> None:
        self.bridge.read(calls.inlets.list(), self._take)

    def _take(self, rows: Sequence[InletRow]) -> None:
        self._rows = {row.name: row for row in rows}
        self.list.show_rows([self._row_of(row) for row in rows])

    def _row_of(self, row: InletRow) -> Row:
        cells = {
            "name": Cell(row.name),
            "url": Cell(row.url),
            "token": Cell(tr("asked for") if row.requires_token else tr("not required")),
            "open": Cell(tr("Open", "state") if row.open else tr("Closed"), tone="live" if row.open else "closed"),
        }
        return Row(row.name, cells, "tray", "action")

    def ask(self, verb: str, key: str) -> None:
        row = self._rows[key]
        if verb == "copy_url":
            QGuiApplication.clipboard().setText(row.url)
            self.notified.emit(tr("Address copied."))
        elif verb == "copy_token":
            self.bridge.read(calls.inlets.token(key), self._copy_token)
        elif verb == "rotate":
            question = tr("Replace the token of {name}?", name=key)
            rotate = partial(self.bridge.write, calls.inlets.rotate(key), self._copy_token, self.refuse)
            details = tr("Requests with the current token are refused at once.")
            confirm(self, tr("Replace the token"), question, details, tr("Replace"), rotate)
        elif verb == "delete":
            details = tr("Requests to its address are refused at once.")
            deleted = partial(self.done, tr("Inlet deleted."))
            self.confirm_delete(key, calls.inlets.remove(key), deleted, details)
        else:
            token = row.requires_token != (verb == "switch_token")
            is_open = row.open != (verb == "switch_open")
            call = calls.inlets.change(key, requires_token=token, is_open=is_open)
            self.bridge.write(call, partial(self.done, tr("Saved.")), self.refuse)

    def _copy_token(self, token: str) -> None:
        QGuiApplication.clipboard().setText(token)
        self.notified.emit(tr("Token copied."))


class SandboxesPage(ListPage):
    """Sandboxes separate trials from production."""

    def make_list(self) -> ObjectList:
        empty = EmptyState("cube", tr("No sandboxes"), tr("Add one."), tr("New sandbox"))
        columns = (Column("name", tr("Name"), "name", stretch=1), Column("told", "", "secondary", stretch=2))
        made = ObjectList(tr("Sandboxes"), columns, tr("New sandbox"), empty)
        made.created.connect(lambda: self.ask_for_name(tr("New sandbox"), self._make))
        return made

    def _make(self, name: str) -> None:
        self.bridge.write(calls.sandboxes.add(name), self._made, self.refuse)

    def _made(self, _: None) -> None:
        self.bridge.account.refresh()  # it can be entered: the top bar offers it
        self.done(tr("Saved."))

    def refresh(self) -> None:
        self.bridge.read(calls.sandboxes.list(), self._take)

    def _take(self, names: Sequence[str]) -> None:
        here = self.bridge.caller.sandbox
        self.list.show_rows(
            [
                Row(name, {"name": Cell(name), "told": Cell(tr("open now") if name == here else "")}, "cube", "event")
                for name in names
            ]
        )


class TokensPage(ListPage):
    """Bearer tokens of the authoring API; each is shown once."""

    def make_list(self) -> ObjectList:
        sentence = tr("A token lets a program use the authoring API in your name.")
        empty = EmptyState("key", tr("No API tokens yet"), sentence, tr("New token"))
        columns = (
            Column("name", tr("Name"), "name", stretch=2),
            Column("actor", tr("User"), "secondary", stretch=1),
            Column("expires", tr("Expires"), "secondary", 170),
            Column("state", tr("State"), "state", 110),
        )
        verbs = (("delete", tr("Revoke"), "trash"),)
        made = ObjectList(tr("API tokens"), columns, tr("New token"), empty, verbs)
        made.created.connect(lambda: self.ask_for_text(tr("New token"), tr("Purpose"), self._issue))
        return made

    def _issue(self, name: str) -> None:
        self.bridge.write(calls.api_tokens.issue(name, self.bridge.caller.actor, TOKEN_DAYS), self._issued, self.refuse)

    def _issued(self, token: str) -> None:
        QGuiApplication.clipboard().setText(token)
        self.done(tr("Token copied. It is not shown again."))

    def refresh(self) -> None:
        self.bridge.read(calls.api_tokens.list(), self._take, self.refuse)

    def _take(self, rows: Sequence[ApiTokenRow]) -> None:
        self.list.show_rows([self._row_of(row) for row in rows])

    def _row_of(self, row: ApiTokenRow) -> Row:
        words = tr("Expired") if row.expired else tr("Valid")
        cells = {
            "name": Cell(row.name),
            "actor": Cell(row.actor),
            "expires": Cell(short_time(row.expires, self.zone), row.expires),
            "state": Cell(words, tone="stopped" if row.expired else "live"),
        }
        return Row(row.name, cells, "key", "action")

    def ask(self, verb: str, key: str) -> None:
        details = tr("Programs that use it lose access at once.")
        question = tr("Revoke {name}?", name=key)
        revoked = partial(self.done, tr("Saved."))
        revoke = partial(self.bridge.write, calls.api_tokens.revoke(key), revoked, self.refuse)
        confirm(self, tr("Revoke"), question, details, tr("Revoke"), revoke)


class AuditPage(ListPage):
    """Changes and refused attempts, by user."""

    def make_list(self) -> ObjectList:
        sentence = tr("Changes to published objects and refused attempts appear here.")
        empty = EmptyState("list-bullets", tr("Nothing yet"), sentence, "")
        columns = (
            Column("at", tr("When"), "name", 220),
            Column("actor", tr("User"), "text", 160),
            Column("what", tr("Action", "audit"), "secondary", stretch=1),
            Column("about", tr("Object"), "secondary", stretch=2),
            Column("refused", tr("Outcome"), "state", 120),
        )
        return ObjectList(tr("Audit log"), columns, "", empty)

    def refresh(self) -> None:
        self.bridge.read(calls.access.audit(500), self._take, self.refuse)

    def _take(self, rows: Sequence[AuditRow]) -> None:
        self.list.show_rows([self._row_of(number, row) for number, row in enumerate(rows)])

    def _row_of(self, number: int, row: AuditRow) -> Row:
        cells = {
            "at": Cell(exact_time(row.at, self.zone), -row.at),
            "actor": Cell(row.actor),
            "what": Cell(audit_action_label(row.what)),
            "about": Cell(setting_groups(row.about) if row.what == "set_setting" else row.about),
            "refused": Cell(
                tr("Refused") if row.refused else tr("Done"), tone="stopped" if row.refused else "finished"
            ),
        }
        icon, tint = ("x-circle", "error") if row.refused else ("check-circle", "event")
        return Row(f"{row.at}-{number}", cells, icon, tint, deletable=False)
