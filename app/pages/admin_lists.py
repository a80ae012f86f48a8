"""Lists of the admin page without a form: inlets, sandboxes, API tokens, audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QVBoxLayout, QWidget

from app.bridge import Bridge, calls
from app.forms.engine_texts import audit_action_label, error_text
from app.forms.time_format import exact_time, short_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.setting_groups import setting_groups
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.services.views import ApiTokenRow, AuditRow, InletRow

TOKEN_DAYS = 90


class AdminListPage(QWidget):
    """A list whose entries need only a name."""

    notified = Signal(str)

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bridge, self.zone = bridge, zone
        self.setObjectName("page")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.list = self.make_list()
        self.list.asked.connect(self.asked)
        column.addWidget(self.list)

    def make_list(self) -> ObjectList:
        """Create the list."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Reload the rows."""

    def asked(self, verb: str, key: str) -> None:
        """Run a row's menu action."""

    def ask_name(self, title: str, question: str, then: Callable[[str], None]) -> None:
        """Ask for the name of a new entry."""
        dialog = QInputDialog(self)
        show_text(dialog.setWindowTitle, title)
        dialog.setLabelText(question)
        dialog.setOkButtonText(tr("Create"))
        dialog.setCancelButtonText(tr("Cancel"))
        dialog.textValueSelected.connect(lambda name: then(name.strip()) if name.strip() else None)
        dialog.open()

    def refuse(self, error: SojournError) -> None:
        """Show why the engine refused."""
        self.notified.emit(error_text(error))

    def done(self, *_: Any) -> None:
        """Confirm a change and reload."""
        self.notified.emit(tr("Saved."))
        self.refresh()


class InletsPage(AdminListPage):
    """Inlets: addresses and tokens that receive events."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, InletRow] = {}
        empty = EmptyState("tray", tr("No inlets"), tr("Events are posted to an inlet."), tr("New inlet"))
        columns = (
            Column("name", tr("Name"), "name", stretch=1),
            Column("url", tr("Where events are posted"), "secondary", stretch=3),
            Column("token", tr("Token"), "text", 130),
            Column("open", tr("State"), "state", 110),
        )
        verbs = (
            ("copy_url", tr("Copy the address"), "copy"),
            ("copy_token", tr("Copy the token"), "key"),
            ("switch_token", tr("Require a token, or stop requiring one"), "lock-simple"),
            ("switch_open", tr("Close or open"), "door"),
        )
        made = ObjectList(tr("Inlets"), columns, tr("New inlet"), empty, verbs)
        made.created.connect(lambda: self.ask_name(tr("New inlet"), tr("What is it called?"), self._make))
        made.opened.connect(lambda key: self.asked("copy_url", key))
        return made

    def _make(self, name: str) -> None:
        self.bridge.write(calls.inlets.create(name), self.done, self.refuse)

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
        return Row(row.name, cells, "tray", "action", deletable=False)

    def asked(self, verb: str, key: str) -> None:
        row = self._rows[key]
        if verb == "copy_url":
            QGuiApplication.clipboard().setText(row.url)
            self.notified.emit(tr("Address copied."))
        elif verb == "copy_token":
            self.bridge.read(calls.inlets.token(key), self._copy_token)
        else:
            token = row.requires_token != (verb == "switch_token")
            is_open = row.open != (verb == "switch_open")
            self.bridge.write(calls.inlets.change(key, requires_token=token, is_open=is_open), self.done, self.refuse)

    def _copy_token(self, token: str) -> None:
        QGuiApplication.clipboard().setText(token)
        self.notified.emit(tr("Token copied."))


class SandboxesPage(AdminListPage):
    """Sandboxes separate trials from production."""

    def make_list(self) -> ObjectList:
        empty = EmptyState("cube", tr("No sandboxes"), tr("Add one."), tr("New sandbox"))
        columns = (Column("name", tr("Name"), "name", stretch=1), Column("told", "", "secondary", stretch=2))
        made = ObjectList(tr("Sandboxes"), columns, tr("New sandbox"), empty)
        made.created.connect(lambda: self.ask_name(tr("New sandbox"), tr("What is it called?"), self._make))
        return made

    def _make(self, name: str) -> None:
        self.bridge.write(calls.sandboxes.add(name), self._made, self.refuse)

    def _made(self, _: None) -> None:
        self.bridge.account.refresh()  # it can be entered: the top bar offers it
        self.done()

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


class TokensPage(AdminListPage):
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
        made.created.connect(lambda: self.ask_name(tr("New token"), tr("What is it for?"), self._issue))
        return made

    def _issue(self, name: str) -> None:
        self.bridge.write(calls.api_tokens.issue(name, self.bridge.caller.actor, TOKEN_DAYS), self._issued, self.refuse)

    def _issued(self, token: str) -> None:
        QGuiApplication.clipboard().setText(token)
        self.notified.emit(tr("Token copied. It is not shown again."))
        self.refresh()

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

    def asked(self, verb: str, key: str) -> None:
        details = tr("Programs that use it lose access at once.")
        question = tr("Revoke {name}?", name=key)
        confirm(self, tr("Revoke"), question, details, tr("Revoke"), lambda: self._revoke(key))

    def _revoke(self, name: str) -> None:
        self.bridge.write(calls.api_tokens.revoke(name), self.done, self.refuse)


class AuditPage(AdminListPage):
    """Changes and refused attempts, by user."""

    def make_list(self) -> ObjectList:
        sentence = tr("Changes to published objects and refused attempts appear here.")
        empty = EmptyState("list-bullets", tr("Nothing yet"), sentence, "")
        columns = (
            Column("at", tr("When"), "name", 220),
            Column("actor", tr("Who"), "text", 160),
            Column("what", tr("What"), "secondary", stretch=1),
            Column("about", tr("About"), "secondary", stretch=2),
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
