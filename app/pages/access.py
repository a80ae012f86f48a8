"""Users and product profiles: lists with their forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from app.bridge import calls, save_user
from app.editors.accounts import ADMINISTRATOR, PERMISSIONS, ProductProfileEditor, UserEditor, profile_label
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListFormPage
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.empty_state import EmptyState
from engine.model.definitions import Definitions
from engine.services.views import ProductProfileRow, UserRow


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
        made.asked.connect(lambda _, key: self._ask_delete(key))
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
        editor.verb.connect(lambda _, key: self._ask_delete(key))
        self.show_editor(editor)
        return editor

    def _save(self, body: Mapping[str, Any], was: str | None) -> None:
        name, password = was or str(body["name"]), str(body.get("password", ""))
        session = self.bridge.session
        unasked = bool(password) and name != ADMINISTRATOR and session is not None and not session.guarded
        saved = partial(self._saved, unasked)
        self.bridge.write(save_user(name, body.get("profiles", ()), password), saved, self.refuse)

    def _saved(self, unasked: bool, _: None) -> None:
        self.bridge.account.refresh()  # there may be others now, who can take over
        words = tr("User saved.")
        if unasked:
            words += " " + tr("No one is asked for a password until the administrator has one.")
        self.done(words)

    def _ask_delete(self, name: str) -> None:
        details = tr("The user can no longer sign in, and the user's API tokens stop working.")
        question = tr("Delete {name}?", name=name)
        confirm(self, tr("Delete"), question, details, tr("Delete"), lambda: self._delete(name))

    def _delete(self, name: str) -> None:
        self.bridge.write(calls.users.remove(name), self._deleted, self.refuse)

    def _deleted(self, _: None) -> None:
        self.done(tr("User deleted."))


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
        made.asked.connect(lambda _, key: self._ask_delete(key))
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
        editor.verb.connect(self._asked)
        self.show_editor(editor)
        return editor

    def _asked(self, verb: str, name: str) -> None:
        if verb == "delete":
            self._ask_delete(name)
            return
        profile = self._rows[name]
        body = {"name": f"{name} 2", "permissions": profile.permissions, "sandboxes": profile.sandboxes}
        self._make_editor().show_new(body)

    def _save(self, body: Mapping[str, Any], was: str | None) -> None:
        name = was or str(body["name"])
        self.bridge.write(
            calls.users.put_profile(name, tuple(body.get("permissions", ())), tuple(body.get("sandboxes", ()))),
            self._saved,
            self.refuse,
        )

    def _saved(self, _: None) -> None:
        self.done(tr("Product profile saved."))

    def _ask_delete(self, name: str) -> None:
        question = tr("Delete {name}?", name=name)
        details = tr("This cannot be undone.")
        confirm(self, tr("Delete"), question, details, tr("Delete"), lambda: self._delete(name))

    def _delete(self, name: str) -> None:
        self.bridge.write(calls.users.remove_profile(name), self._deleted, self.refuse)

    def _deleted(self, _: None) -> None:
        self.done(tr("Product profile deleted."))
