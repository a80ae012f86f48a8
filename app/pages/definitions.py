"""The pages of definitions: a list of each kind with the form of the selected one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.activity_views import type_title
from app.bridge import Bridge, ConnectionOutcome, calls
from app.editors.action import ActionEditor
from app.editors.audience import NamespaceEditor, SegmentEditor
from app.editors.connection_test import AUTHENTICATION, ConnectionTestResult
from app.editors.data_source import DataSourceEditor
from app.editors.definition_editor import DefinitionEditor
from app.editors.event import EventEditor
from app.editors.template import TemplateEditor, template_summary
from app.forms.engine_texts import error_text, phrase_text
from app.forms.time_format import short_time
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListFormPage, common_dates, common_filters, common_tags, dates_of, free_name
from app.translation import mark, tr, tr_n
from app.widgets.conflict import resolve_conflict
from app.widgets.empty_state import EmptyState
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.model.action import CustomAction
from engine.model.base import Model
from engine.model.definitions import PREDEFINED_NAMESPACES, PROFILE_STORE, DataSource, Definitions, EventDefinition
from engine.services.views import DefinitionKind, DefinitionRow, DefinitionUse, InletRow, SegmentRow, change_permission

PREDEFINED = frozenset(namespace.code for namespace in PREDEFINED_NAMESPACES)
"""Built-in namespaces."""


@dataclass(frozen=True, slots=True)
class DefinitionPageSpec:
    """The page of one kind of definition: texts, icon, editor and two columns."""

    kind: DefinitionKind
    title: str
    new: str
    icon: str
    tint: str
    editor: type[DefinitionEditor]
    items: str
    type_of: Callable[[Any], str]
    tells: Callable[[Any], str]
    nothing: str
    named_by: str = "name"


def _fields(count: int) -> str:
    return tr_n("1 field", "{count} fields", count)


def _event_tells(event: EventDefinition) -> str:
    return " · ".join(part for part in (_fields(len(event.fields)), event.description) if part)


def _source_tells(source: DataSource) -> str:
    groups = ", ".join(group.name for group in source.field_groups)
    return " · ".join(part for part in (groups, source.description or source.url) if part)


def _action_tells(action: CustomAction) -> str:
    names = ", ".join(variable.label or variable.name for variable in action.variables)
    return " · ".join(part for part in (names, action.description or action.url) if part)


DEFINITION_PAGES: Mapping[str, DefinitionPageSpec] = {
    "events": DefinitionPageSpec(
        "event", mark("Events"), mark("New event"), "broadcast", "event", EventEditor, "events",
        lambda event: tr("System") if event.type == "system" else tr("Rule"), _event_tells,
        mark("An event reports something that happened for a person. Journeys start with an event."),
    ),
    "data_sources": DefinitionPageSpec(
        "data_source", mark("Data sources"), mark("New data source"), "database", "action", DataSourceEditor,
        "data_sources", lambda source: tr("Built in") if source.built_in else tr("External"), _source_tells,
        mark("A data source is a system from which journeys read data about a person."),
    ),
    "actions": DefinitionPageSpec(
        "action", mark("Actions"), mark("New action"), "paper-plane-tilt", "action", ActionEditor, "actions",
        lambda action: action.method, _action_tells,
        mark("An action calls a system that sends a message, with values from the journey."),
    ),
    "segments": DefinitionPageSpec(
        "segment", mark("Segments"), mark("New segment"), "users-three", "event", SegmentEditor, "segments",
        lambda segment: tr("Streaming") if segment.evaluation == "streaming" else tr("Batch"),
        lambda segment: segment.description or segment.expression,
        mark("A segment is a group of people chosen by their profiles and actions."),
    ),
    "templates": DefinitionPageSpec(
        "template", mark("Templates"), mark("New template"), "article", "action", TemplateEditor, "templates",
        lambda template: type_title(template.channel), template_summary,
        mark("A template is the text of an email, SMS or push notification, with placeholders that a "
             "journey fills in."),
    ),
}  # fmt: skip
"""Pages of definitions by key."""

NAMESPACES = DefinitionPageSpec(
    "namespace", mark("Namespaces"), mark("New namespace"), "fingerprint", "event", NamespaceEditor, "namespaces",
    lambda namespace: tr("Built in") if namespace.code in PREDEFINED else tr("Added"),
    lambda namespace: namespace.label,
    mark("A namespace is a kind of key that identifies people: a customer number, an email address."),
    named_by="code",
)  # fmt: skip
"""The namespaces, a section of the admin page."""


class DefinitionsPage(ListFormPage):
    """The list at the left, the editor at the right."""

    opened_journey = Signal(str)
    changed = Signal()
    """A definition was saved or deleted."""

    def __init__(self, bridge: Bridge, zone: str, sort: DefinitionPageSpec, parent: QWidget | None = None) -> None:
        self._sort = sort
        super().__init__(bridge, zone, parent)

    def make_list(self) -> ObjectList:
        self._definitions = Definitions()
        self._rows: dict[str, DefinitionRow] = {}
        self._inlet: tuple[str, str] | None = None
        self._revision: int | None = None
        self._people: dict[str, SegmentRow] = {}
        self._manages = self.bridge.may(change_permission(self._sort.kind))
        new = tr(self._sort.new) if self._manages else ""
        empty = EmptyState(self._sort.icon, tr("Nothing here yet"), tr(self._sort.nothing), new)
        verbs = (("duplicate", tr("Duplicate"), "copy"), ("delete", tr("Delete"), "trash")) if self._manages else ()
        made = ObjectList(tr(self._sort.title), self._columns(), new, empty, verbs)
        made.created.connect(self.begin_new)
        made.link_clicked.connect(lambda _, key: self.ask("used_in", key))
        return made

    def _columns(self) -> tuple[Column, ...]:
        columns = {
            "event": (Column("namespace", tr("Namespace"), "chip", 120),),
            "segment": (Column("people", tr("People"), "text", 100),),
        }
        own = columns.get(self._sort.kind, ())
        return (
            Column("name", tr("Name"), "name", stretch=2),
            Column("type", tr("Type"), "text", 96),
            *own,
            Column("tells", tr("Contents"), "secondary", stretch=3),
            Column("used_in", tr("Used in"), "link", 110),
            Column("changed", tr("Changed"), "secondary", 130),
        )

    def refresh(self) -> None:
        self.bridge.read(calls.definitions.all(), self._take_definitions)
        self.bridge.read(calls.definitions.list(self._sort.kind), self.show_rows)
        if self._sort.kind == "segment":
            self.bridge.read(calls.segments.list(), self._take_segments)
        if self._sort.kind == "event" and self._inlet is None:
            self.bridge.read(calls.inlets.list(), self._take_inlets)

    def _take_definitions(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def _take_segments(self, rows: Sequence[SegmentRow]) -> None:
        self._people = {row.name: row for row in rows}
        self.show_rows(tuple(self._rows.values()))
        self._show_people()

    def _show_people(self) -> None:
        if isinstance(self.editor, SegmentEditor) and self.editor.was in self._people:
            row = self._people[self.editor.was]
            self.editor.show_people(people_words(row, self.zone), row.under_way, suspended=row.suspended is not None)

    def _take_inlets(self, inlets: Sequence[InletRow]) -> None:
        if inlets and self.bridge.may("administer"):
            url = inlets[0].url
            self.bridge.read(calls.inlets.token(inlets[0].name), partial(self._take_token, url))

    def _take_token(self, url: str, token: str) -> None:
        self._inlet = (url, token)
        if isinstance(self.editor, EventEditor):
            self.editor.inlet = self._inlet

    def show_rows(self, rows: Sequence[DefinitionRow]) -> None:
        """Show these rows."""
        self._rows = {row.name: row for row in (*rows, *self._always_there(rows))}
        made = [self._row(row) for row in self._rows.values()]
        kinds = dict.fromkeys(row.cells["type"].text for row in made)
        types = {f"type:{kind}": kind for kind in kinds if kind}
        used = {"used": tr("Used in journeys"), "unused": tr("Not used")}
        filters = (
            FilterGroup(tr("Type"), types if len(types) > 1 else {}),
            FilterGroup(tr("Use"), used),
            common_filters(),
        )
        self.list.offer_filters(filters)
        self.list.offer_dates(common_dates(), self.zone)
        self.list.show_rows(made)

    def _always_there(self, rows: Sequence[DefinitionRow]) -> list[DefinitionRow]:
        """Return built-in namespaces that nobody has changed."""
        saved = {row.name for row in rows}
        codes = PREDEFINED if self._sort.kind == "namespace" else frozenset()
        return [DefinitionRow("namespace", code, "", 0, "", 0, "", 0) for code in sorted(codes - saved)]

    def _model(self, name: str) -> Model | None:
        found: Sequence[Any] = getattr(self._definitions, self._sort.items)
        return next((item for item in found if getattr(item, self._sort.named_by) == name), None)

    def _row(self, row: DefinitionRow) -> Row:
        model = self._model(row.name)
        count = row.used_in
        used = tr_n("1 journey", "{count} journeys", count)
        cells = {
            "name": Cell(row.name),
            "type": Cell(self._sort.type_of(model) if model else ""),
            "namespace": Cell(getattr(model, "namespace", None) or ""),
            "tells": Cell(self._sort.tells(model) if model else row.description),
            "people": self._people_cell(row.name),
            "used_in": Cell(used, count, "link" if count else ""),
            "changed": Cell(short_time(row.changed_at, self.zone) if row.changed_at else "", row.changed_at),
        }
        deletable = not count and row.name not in (PROFILE_STORE, *PREDEFINED)
        kind = cells["type"].text
        tags = common_tags(row, self.bridge.caller.actor) | {f"type:{kind}", "used" if count else "unused"}
        return Row(row.name, cells, self._sort.icon, self._sort.tint, tags, deletable, dates_of(row))

    def _people_cell(self, name: str) -> Cell:
        people = self._people.get(name)
        if people is None or people.suspended is not None:
            return Cell("" if people is None else tr("Suspended"), 0)
        return Cell(f"{people.inside:,}", people.inside)

    def begin_new(self) -> None:
        """Start a new definition."""
        self._make_editor().show_new()

    def open(self, name: str) -> None:
        """Show a definition in the editor; changes to another one are saved first."""
        model = self._model(name)
        if model is None or self.busy_with(name):
            return
        body = model.model_dump(mode="json", exclude_defaults=True)
        self._revision = self._rows[name].revision
        self._make_editor().show_definition(body, name, self._rows[name].used_in)
        self._show_people()

    def enter(self, key: str) -> None:
        self.open(key)
        if self.editor is not None:
            self.editor.description.setFocus()

    def _make_editor(self) -> DefinitionEditor:
        made = self._sort.editor(self._definitions)
        if isinstance(made, EventEditor) and self._inlet is not None:
            made.inlet = self._inlet
        made.saved.connect(self._save)
        made.connection_test_requested.connect(self._try)
        if not self._manages:
            made.set_read_only()
        self.show_editor(made)
        return made

    def _save(self, body: JsonObject, was: str | None) -> None:
        call = calls.definitions.save(self._sort.kind, body, was, self._revision)
        self.bridge.write(call, self._saved, partial(self._not_saved, body, was))

    def _not_saved(self, body: JsonObject, was: str | None, error: SojournError) -> None:
        if error.code == "deleted_meanwhile" and self.editor is not None:
            self.editor.was = None
        if error.code != "changed_meanwhile" or was is None:
            self.refuse(error)
            return
        read = calls.definitions.get(self._sort.kind, was)
        self.bridge.read(read, partial(self._ask_which, body, was, error_text(error)), self.refuse)

    def _ask_which(self, body: JsonObject, was: str, told: str, theirs: JsonObject) -> None:
        """Show what differs from what somebody else has saved, and let the user choose."""
        differing = sorted(key for key in {*body, *theirs} if body.get(key) != theirs.get(key))
        overwriting = calls.definitions.save(self._sort.kind, body, was, self._revision, True)
        resolve_conflict(
            self,
            told,
            differing,
            partial(self._reload, was),
            partial(self.bridge.write, overwriting, self._saved, self.refuse),
        )

    def _reload(self, name: str) -> None:
        self.bridge.read(calls.definitions.all(), self._take_definitions)
        self.bridge.read(calls.definitions.list(self._sort.kind), partial(self._show_saved, name))

    def _saved(self, row: DefinitionRow) -> None:
        self.notified.emit(tr("{name} saved.", name=row.name))
        self.bridge.read(calls.definitions.all(), self._take_definitions)
        self.bridge.read(calls.definitions.list(self._sort.kind), partial(self._show_saved, row.name))
        self.changed.emit()

    def _show_saved(self, name: str, rows: Sequence[DefinitionRow]) -> None:
        self.show_rows(rows)
        model = self._model(name)
        if self.editor is not None and model is not None:
            body = model.model_dump(mode="json", exclude_defaults=True)
            self._revision = self._rows[name].revision
            self.editor.show_definition(body, name, self._rows[name].used_in)
        self.list.select(name)

    def ask(self, verb: str, name: str) -> None:
        """Run an action of a row's menu or the editor's header."""
        actions: Mapping[str, Callable[[str], None]] = {
            "duplicate": self._duplicate,
            "delete": self._ask_delete,
            "resume": lambda key: self.bridge.write(
                calls.operations.resume("segment", key), self._computing, self.report
            ),
            "compute": lambda key: self.bridge.write(calls.segments.compute(key), self._computing, self.report),
            "used_in": lambda key: self.bridge.read(calls.definitions.used_in(self._sort.kind, key), self._show_uses),
        }
        actions[verb](name)

    def _computing(self, _: None) -> None:
        self.notified.emit(tr("Evaluating all profiles."))
        self.refresh()

    def _duplicate(self, name: str) -> None:
        model = self._model(name)
        if model is None:
            return
        body = model.model_dump(mode="json", exclude_defaults=True)
        copy = free_name(self._rows, name, lambda number: f"{name}{number}")
        body = {**body, self._sort.named_by: copy}
        body.pop("event_id", None)
        self._make_editor().show_new(body)

    def _ask_delete(self, name: str) -> None:
        work = calls.definitions.delete(self._sort.kind, name)
        self.confirm_delete(name, work, partial(self._deleted, name), refused=self.report)

    def _deleted(self, name: str, _: None) -> None:
        if self.editor is not None and self.editor.was == name:
            self.close_editor()
        self.notified.emit(tr("{name} deleted.", name=name))
        self.refresh()
        self.changed.emit()

    def _try(self, kind: str, body: JsonObject, values: JsonObject) -> None:
        """Call the edited endpoint or fetch its token once and show the response."""
        call = (
            calls.connections.test_authentication(self._sort.kind, body)
            if kind == AUTHENTICATION
            else calls.connections.test_call(self._sort.kind, body, values)
        )
        self.bridge.attempt(call, self._tried, self._not_tried)

    def _tried(self, result: ConnectionOutcome) -> None:
        if self.editor is not None:
            fault = phrase_text(result.message) if result.error else ""
            self.editor.show_test_result(
                ConnectionTestResult(fault, result.status, result.elapsed_ms, result.headers, result.body)
            )

    def _not_tried(self, error: SojournError) -> None:
        if self.editor is not None:
            self.editor.show_test_result(ConnectionTestResult(error_text(error)))

    def _show_uses(self, uses: Sequence[DefinitionUse]) -> None:
        menu = QMenu(self)
        for use in uses:
            words = tr("{name}, version {number}", name=use.journey, number=use.version)
            menu.addAction(theme.icon("path"), words, partial(self.opened_journey.emit, use.version_id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(QCursor.pos() if uses else QPoint())


def people_words(row: SegmentRow, zone: str) -> str:
    """Return the state of a segment in a sentence."""
    if row.suspended is not None:
        return phrase_text(row.suspended)
    if row.under_way:
        return tr("Evaluating all profiles.")
    people = tr_n("1 person inside", "{count} people inside", row.inside, count=f"{row.inside:,}")
    if row.computed_at is None:
        return tr("Not computed yet.")
    return tr("{people}, computed {when}", people=people, when=short_time(row.computed_at, zone))
