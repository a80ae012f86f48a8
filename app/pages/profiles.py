"""Profiles: searched by the engine, edited, imported from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from app import theme
from app.bridge import Bridge, ImportProgress, calls
from app.bridge.profile_import import ProfileImport
from app.editors.definition_editor import DefinitionEditor
from app.forms.engine_texts import error_text
from app.forms.json_input import read_object
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.import_dialog import ImportDialog
from app.pages.list_page import ListFormPage
from app.pages.merges import MergesPage
from app.translation import tr, tr_n
from app.widgets.confirmation import confirm
from app.widgets.controls import Button, FormField, Toggle, column_of
from app.widgets.empty_state import EmptyState
from app.widgets.key_value_edit import KeyValueEdit
from app.widgets.progress_row import ProgressRow
from engine.errors import SojournError
from engine.json_types import JsonDict, JsonObject
from engine.model.definitions import Definitions, Profile
from engine.services.views import ErasureResult, ProfileRow
from engine.services.views import ProfilePage as Page


def person_name(attributes: JsonObject, identities: Mapping[str, str]) -> str:
    """Return first and last name, else an identity."""
    parts = [str(attributes[key]) for key in ("firstName", "lastName") if attributes.get(key)]
    return " ".join(parts) or next(iter(identities.values()), "")


class ProfileImportPanel(QWidget):
    """Progress and result of an import; hidden otherwise."""

    notified = Signal(str)
    changed = Signal(bool)
    """Whether an import is running."""

    def __init__(self, source: ProfileImport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._under_way = False
        column = column_of(self, margins=(24, 16, 24, 0))
        self.row = ProgressRow()
        self.row.cancelled.connect(source.cancel)
        column.addWidget(self.row)
        self.hide()

    def begin(self) -> None:
        """Show the running import and its progress."""
        self._show(self._source.progress if self._source.storing else None)
        self._source.progressed.connect(self._show)
        self._source.finished.connect(self._tell_finished)
        self._source.ended.connect(self._tell_ended)
        self._source.failed.connect(self._tell_failed)

    def _show(self, progress: ImportProgress | None) -> None:
        if progress is not None and progress.step == "reading":
            return
        if (progress is not None) != self._under_way:
            self._under_way = progress is not None
            self.setVisible(self._under_way)
            self.changed.emit(self._under_way)
        if progress is None:
            self.row.end()
        else:
            words = tr("Importing {file}: {count}").format(file=progress.file, count=f"{progress.profiles:,}")
            self.row.show_progress(words, progress.share)

    def _tell_finished(self, count: int, conflicts: int) -> None:
        words = tr_n("1 profile imported.", "{count} profiles imported.", count)
        more = tr_n(
            "1 identity is of another profile; see Merges.",
            "{count} identities are of other profiles; see Merges.",
            conflicts,
        )
        self.notified.emit(f"{words} {more}" if conflicts else words)

    def _tell_ended(self, count: int) -> None:
        nothing = tr("Import cancelled. Nothing was imported.")
        some = tr_n("Import cancelled. 1 profile imported.", "Import cancelled. {count} profiles imported.", count)
        self.notified.emit(some if count else nothing)

    def _tell_failed(self, error: SojournError, count: int) -> None:
        words = error_text(error)
        line = re.fullmatch(r"line (\d+)", error.where)
        where = tr("Line {number}", number=line[1]) if line else error.where
        some = tr_n("1 profile was imported before that.", "{count} profiles were imported before that.", count)
        more = some if count else tr("Nothing was imported.")
        self.notified.emit(f"{where}: {words.rstrip('.')}. {more}" if where else words)


SEARCH_AFTER = 200


class ProfileEditor(DefinitionEditor):
    """One profile: identities, attributes as JSON, and whether tests may use it."""

    icon, tint = "identification-card", "event"

    def build(self) -> None:
        self.noun = tr("New profile")
        for row in self.name_rows:
            row.setVisible(False)
        self.identities = KeyValueEdit(tr("Identities"))
        self.identities.setPlaceholderText("CRMID: p-1\nEmail: someone@example.com")
        self.identities.textChanged.connect(self.touch)
        self.column.addWidget(
            FormField(tr('Identities, one "namespace: value" per line'), self.identities, required=True)
        )
        self.attributes = QPlainTextEdit()
        self.attributes.setProperty("role", "code")
        self.attributes.setMinimumHeight(220)
        self.attributes.textChanged.connect(self.touch)
        self.column.addWidget(FormField(tr("Attributes, as JSON"), self.attributes))
        self.test = Toggle(tr("Test profile: may enter a journey under test"))
        self.test.toggled.connect(lambda _: self.touch())
        self.column.addWidget(self.test)

    def fill(self, body: JsonObject) -> None:
        identities = body.get("identities")
        self.identities.show_pairs(identities if isinstance(identities, dict) else {})
        self.attributes.setPlainText(json.dumps(body.get("attributes", {}), indent=2, ensure_ascii=False))
        self.test.setChecked(bool(body.get("testProfile")))
        self.name.setText("profile")

    def body(self) -> JsonDict:
        attributes = read_object(self.attributes.toPlainText() or "{}")
        return {
            "identities": self.identities.pairs(),
            "attributes": attributes if isinstance(attributes, dict) else {},
            "testProfile": self.test.isChecked() or None,
        }

    def problem(self) -> str:
        attributes = read_object(self.attributes.toPlainText() or "{}")
        if isinstance(attributes, str):
            return attributes
        return "" if self.identities.pairs() else tr("Add at least one identity.")

    def _told(self) -> str:
        return ""


class ProfilesPage(ListFormPage):
    """The list at the left, the editor at the right."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(bridge, zone, parent)
        self.import_button = Button(tr("Import"), icon=theme.icon("download-simple", "text"), pressed=self.ask_import)
        self.list.add_button(self.import_button)
        self.import_button.setVisible(self._manages)
        self.merges_button = Button(tr("Merges"), icon=theme.icon("users", "text"), pressed=self.show_merges)
        self.list.add_button(self.merges_button)
        self.merges = MergesPage(bridge, zone, self)
        self.merges.notified.connect(self.notified)
        self.merges.left.connect(self.show_profiles)
        self.row.addWidget(self.merges, 1)
        self.merges.hide()
        self.import_panel.begin()
        soon = QTimer(self, singleShot=True, interval=SEARCH_AFTER)
        soon.timeout.connect(self.refresh)
        self.list.search.textChanged.connect(lambda _: soon.start())

    def add_top(self) -> None:
        self.import_panel = ProfileImportPanel(self.bridge.profile_import, self)
        self.import_panel.notified.connect(self.notified)
        self.import_panel.changed.connect(self._coming_in)
        self.column.addWidget(self.import_panel)

    def make_list(self) -> ObjectList:
        self._rows: dict[str, ProfileRow] = {}
        self._manages = self.bridge.may("manage_audiences")
        sentence = tr("Profiles are the people journeys are about. Add one, or import a file from the search (Ctrl+K).")
        new = tr("New profile") if self._manages else ""
        empty = EmptyState("identification-card", tr("No profiles yet"), sentence, new)
        columns = (
            Column("name", tr("Name"), "name", stretch=2),
            Column("identities", tr("Identities"), "secondary", stretch=3),
            Column("test", tr("Test"), "chip", 120),
            Column("events", tr("Events"), "text", 100),
        )
        made = ObjectList(tr("Profiles"), columns, new, empty, self._verbs())
        made.created.connect(lambda: self._make_editor().show_new({"testProfile": True}))
        return made

    def _verbs(self) -> tuple[tuple[str, str, str], ...]:
        delete = (("delete", tr("Delete"), "trash"),) if self._manages else ()
        erase = (("erase", tr("Erase everywhere"), "eraser"),) if self.bridge.may("administer") else ()
        return (*delete, *erase)

    def show_merges(self) -> None:
        """Show the merges in place of the profiles."""
        self.close_editor()
        self.list.hide()
        self.merges.show()
        self.merges.refresh()

    def show_profiles(self) -> None:
        """Show the profiles again."""
        self.merges.hide()
        self.list.show()
        self.refresh()

    def refresh(self) -> None:
        if self.list.isHidden():
            self.merges.refresh()
            return
        self.bridge.read(calls.profiles.list(self.list.search.text()), self._show)

    def _coming_in(self, under_way: bool) -> None:
        self.import_button.setEnabled(not under_way)
        if not under_way:
            self.refresh()

    def _show(self, page: Page) -> None:
        self._rows = {row.id: row for row in page.rows}
        self.list.show_rows([self._row(row) for row in page.rows], page.total)

    def _row(self, row: ProfileRow) -> Row:
        identities = ", ".join(f"{code} {value}" for code, value in row.identities.items())
        cells = {
            "name": Cell(person_name(row.attributes, row.identities) or row.id),
            "identities": Cell(identities),
            "test": Cell(tr("Test profile") if row.test_profile else ""),
            "events": Cell(str(row.events), row.events),
        }
        return Row(row.id, cells, "user", "event")

    def open(self, key: str) -> None:
        row = self._rows.get(key)
        if row is None or self.busy_with(key):
            return
        body = {"identities": dict(row.identities), "attributes": dict(row.attributes), "testProfile": row.test_profile}
        editor = self._make_editor()
        editor.show_definition(body, key, 0)
        editor.title.setText(self._row(row).cells["name"].text)

    def _make_editor(self) -> ProfileEditor:
        made = ProfileEditor(Definitions())
        made.saved.connect(self._save)
        if not self._manages:
            made.set_read_only()
        self.show_editor(made)
        return made

    def _save(self, body: JsonObject, was: str | None) -> None:
        known = {name: body[name] for name in ("identities", "attributes") if name in body}
        profile = Profile.model_validate({**known, "testProfile": bool(body.get("testProfile"))})
        self.bridge.write(calls.profiles.save(profile), partial(self.done, tr("Profile saved.")), self.refuse)

    def ask(self, verb: str, key: str) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        name = self._row(row).cells["name"].text
        if verb == "delete":
            details = tr("Journeys can no longer find the person. This cannot be undone.")
            deleted = partial(self.done, tr("Profile deleted."))
            self.confirm_delete(name, calls.profiles.delete(key), deleted, details)
        elif verb == "erase":
            details = tr("All personal data is erased from the workspace. Figures stay. This cannot be undone.")
            question = tr("Erase {name} everywhere?", name=name)
            confirm(self, tr("Erase everywhere"), question, details, tr("Erase"), lambda: self._erase(row))
        elif verb == "duplicate":
            body = {"attributes": dict(row.attributes), "testProfile": row.test_profile}
            self._make_editor().show_new(body)

    def _erase(self, row: ProfileRow) -> None:
        self.close_editor()
        namespace, value = next(iter(row.identities.items()))
        self.bridge.attempt(calls.erasure.erase(namespace, value), self._erased, self.refuse)

    def _erased(self, done: ErasureResult) -> None:
        self.done(tr("Person erased.") if done.found else tr("No data of this person was found."))

    def ask_import(self) -> None:
        """Ask for a file of profiles, JSON lines or CSV."""
        kinds = "*.jsonl *.json *.csv *.tsv *.txt *.xlsx"
        name, _ = QFileDialog.getOpenFileName(self, tr("Import profiles"), "", kinds)
        if name and not self.bridge.profile_import.storing:
            self.import_dialog = ImportDialog(self.bridge, Path(name), self)
            self.import_dialog.notified.connect(self.notified)
            self.import_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.import_dialog.open()
