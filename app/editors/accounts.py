"""The forms of who may do what: a user with product profiles, and a product profile with permissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QLineEdit

from app.editors.definition_editor import DefinitionEditor
from app.translation import mark, tr
from app.widgets.check_list import CheckList
from app.widgets.controls import FormField, wrapped
from engine.json_types import JsonDict, JsonObject, texts_at

ADMINISTRATOR = "administrator"
"""The user that always is there and may do everything."""

PERMISSIONS: Mapping[str, str] = {
    "read_journeys": mark("See journeys"),
    "manage_journeys": mark("Create, change, test and delete journeys"),
    "publish_journeys": mark("Publish, close and stop journeys"),
    "read_definitions": mark("See events, data sources and actions"),
    "manage_definitions": mark("Create, change and delete events, data sources and actions"),
    "manage_messages": mark("Create, change and delete message templates"),
    "manage_audiences": mark("Create, change and delete segments and profiles"),
    "read_reports": mark("See reports"),
    "manage_reports": mark("Create, change and delete reports"),
    "administer": mark("Change users, sandboxes, guardrails and settings"),
}
"""What a product profile can allow."""

BUILT_IN: Mapping[str, str] = {
    "Limited Access User": mark("Limited Access User"),
    "Standard User": mark("Standard User"),
    "Administrators": mark("Administrators"),
}
"""The product profiles that are always there."""


def profile_label(name: str) -> str:
    """Return the label of a product profile in the current language."""
    return tr(BUILT_IN[name]) if name in BUILT_IN else name


class UserEditor(DefinitionEditor):
    """See the module. A password that is left empty stays as it is."""

    icon, tint = "user", "action"

    def build(self) -> None:
        self.noun = tr("New user")
        self.name_rows[1].setVisible(False)
        self.profiles = CheckList()
        self.profiles_row = self.add(tr("Product profiles"), self.profiles, required=True)
        self.password, self.again = self.line("password"), self.line("again")
        for made in (self.password, self.again):
            made.setEchoMode(QLineEdit.EchoMode.Password)
        hint = tr("Leave it empty to keep it.")
        self.passwords = (FormField(tr("New password"), self.password, hint), FormField(tr("Once more"), self.again))
        self.pair(*self.passwords)
        self.elsewhere = wrapped(tr("Your own password is changed in the menu under your initials."), "quiet")
        self.column.addWidget(self.elsewhere)

    def offer_profiles(self, names: Sequence[str]) -> None:
        """Offer these product profiles."""
        self.profiles.offer([(name, profile_label(name)) for name in names])

    def fill(self, body: JsonObject) -> None:
        administrator = self.was == ADMINISTRATOR
        self.name.setEnabled(self.was is None)
        self.profiles.choose(texts_at(body, "profiles"))
        self.profiles_row.setEnabled(not administrator)
        self.password.clear()
        self.again.clear()
        proved_elsewhere = bool(body.get("oneself") and body.get("has_password"))
        for row in self.passwords:
            row.setVisible(not proved_elsewhere)
        self.elsewhere.setVisible(proved_elsewhere)
        for made in self._verbs:
            made.setVisible(False)
        self._verbs[-1].setVisible(self.was is not None and not administrator)

    def problem(self) -> str:
        if self.password.text() != self.again.text():
            return tr("The passwords do not match.")
        if self.was != ADMINISTRATOR and not self.profiles.chosen():
            return tr("Select at least one product profile.")
        return ""

    def body(self) -> JsonDict:
        return {"profiles": list(self.profiles.chosen()), "password": self.password.text()}

    def usage_text(self) -> str:
        return tr("has a password") if self.before.get("has_password") else tr("has no password yet")


class ProductProfileEditor(DefinitionEditor):
    """See the module. The built-in ones are shown, and stay."""

    icon, tint = "shield-check", "event"

    def build(self) -> None:
        self.noun = tr("New product profile")
        self.name_rows[1].setVisible(False)
        self.permissions = CheckList([(key, tr(words)) for key, words in PERMISSIONS.items()])
        self.add(tr("Allows"), self.permissions, required=True)
        self.sandboxes = CheckList(across=3)
        self.add(tr("In these sandboxes"), self.sandboxes, tr("All sandboxes if none is selected."))
        self.column.addWidget(wrapped(tr("The permission to change includes the permission to see."), "hint"))

    def offer_sandboxes(self, names: Sequence[str]) -> None:
        """Offer these sandboxes."""
        self.sandboxes.offer([(name, name) for name in names])

    def fill(self, body: JsonObject) -> None:
        built_in = bool(body.get("built_in"))
        self.name.setEnabled(self.was is None)
        if built_in:
            self.title.setText(profile_label(str(self.was)))
            self.name.setText(profile_label(str(self.was)))
        self.permissions.choose(texts_at(body, "permissions"))
        self.sandboxes.choose(texts_at(body, "sandboxes"))
        for part in (self.permissions, self.sandboxes):
            part.setEnabled(not built_in)
        self._verbs[-1].setVisible(self.was is not None and not built_in)

    def problem(self) -> str:
        return "" if self.permissions.chosen() else tr("Select at least one permission.")

    def body(self) -> JsonDict:
        return {"permissions": list(self.permissions.chosen()), "sandboxes": list(self.sandboxes.chosen())}

    def usage_text(self) -> str:
        users = ", ".join(texts_at(self.before, "users"))
        words = tr("used by {users}", users=users) if users else tr("no users")
        return f"{tr('built in')} · {words}" if self.before.get("built_in") else words
