"""The journeys of the sandbox with their versions, with the welcome panel at first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge, Work, calls
from app.forms.time_format import short_time
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage, common_dates, common_filters, common_tags, dates_of, free_name
from app.pages.version_texts import DELETABLE, deletion_details, full_name, stop_details
from app.panels.help import WelcomePanel
from app.panels.journey_header import STATES
from app.panels.ranking_rows import grouped
from app.translation import mark, tr
from app.widgets.confirmation import confirm
from app.widgets.controls import column_of
from app.widgets.empty_state import EmptyState
from engine.model.definitions import Definitions
from engine.services.views import DefinitionUse, UsedKind, VersionRow

VERBS = (
    ("duplicate", mark("Duplicate"), "copy", "manage_journeys"),
    ("report", mark("Report"), "chart-line-up", "read_reports"),
    ("close", mark("Close to new entrances"), "door", "publish_journeys"),
    ("stop", mark("Stop for everyone"), "hand-palm", "publish_journeys"),
    ("delete", mark("Delete"), "trash", "manage_journeys"),
)
"""The menu of a row: action, title, icon, and the permission it needs."""
_RUNNING = ("live", "closed")
_BELOW = "version:"
"""Before the id of a version in the key of a row below its journey."""
USABLE = {
    "event": mark("Uses the event"),
    "data_source": mark("Uses the data source"),
    "field_group": mark("Uses the field group"),
    "action": mark("Uses the action"),
}
"""Kinds of definitions by which journeys can be filtered."""


class JourneysPage(ListPage):
    """Lists, creates, copies and deletes journeys; ``opened`` asks the window to open one.

    A journey of several versions has one row with the state of the newest version and the sums of all, and below it a
    row for each version. These are shown from the start if an older version still runs.
    """

    opened = Signal(str)
    """A version is to be opened: its id."""
    report_requested = Signal(str, int)
    """The report of a version is to be shown: the journey's name, and the version's number."""
    welcome_verb = Signal(str)
    welcome_closed = Signal()

    def __init__(self, bridge: Bridge, zone: str, welcome: bool, parent: QWidget | None = None) -> None:
        self._shows_welcome = welcome and bridge.may("manage_journeys")
        super().__init__(bridge, zone, parent)
        self._offer_filters()

    def add_top(self) -> None:
        self.welcome = WelcomePanel()
        self.welcome.setVisible(self._shows_welcome)
        self.welcome.verb.connect(self.welcome_verb)
        self.welcome.closed.connect(self._close_welcome)
        holder = column_of(margins=(16, 16, 16, 0))
        holder.addWidget(self.welcome)
        self.column.addLayout(holder)

    def make_list(self) -> ObjectList:
        self._rows: dict[str, VersionRow] = {}
        self._versions: dict[str, list[VersionRow]] = {}
        self._expanded: dict[str, bool] = {}
        self._uses: dict[str, frozenset[str]] = {}
        self._definitions = Definitions()
        manages = self.bridge.may("manage_journeys")
        sentence = tr("A journey defines the steps for a person after an event arrives. Create the first one.")
        new = tr("New journey") if manages else ""
        empty = EmptyState("path", tr("No journeys yet"), sentence, new)
        verbs = [(verb, tr(words), icon) for verb, words, icon, needed in VERBS if self.bridge.may(needed)]
        made = ObjectList(tr("Journeys"), self._columns(), new, empty, verbs)
        made.offer_dates({**common_dates(), "published": tr("Published")}, self.zone)
        made.tag_chosen.connect(self._look_for_uses)
        made.opened.connect(lambda key: self.opened.emit(self._rows[key].id))
        made.table.toggled.connect(self._toggle)
        made.created.connect(self.ask_name)
        return made

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("name", tr("Name"), "name", stretch=3),
            Column("state", tr("State"), "state", 130),
            Column("version", tr("Version"), "secondary", 100),
            Column("entered", tr("Entered"), "text", 110),
            Column("current", tr("In the journey"), "text", 130),
            Column("errors", tr("Errors"), "text", 100),
            Column("changed", tr("Changed"), "secondary", 170),
        )

    def refresh(self) -> None:
        self.bridge.read(calls.journeys.everything(), self.show_rows)
        if self.bridge.may("read_definitions"):
            self.bridge.read(calls.definitions.all(), self._take_definitions)
        for tag in self.list.filters.chosen:
            self._look_for_uses(tag)

    def _take_definitions(self, definitions: Definitions) -> None:
        if definitions != self._definitions:
            self._definitions = definitions
            self._offer_filters()

    def _offer_filters(self) -> None:
        states = {state: tr(words) for state, (words, _) in STATES.items()}
        entries = {
            "entry:event": tr("Starts with an event"),
            "entry:segment_qualification": tr("Starts with a segment qualification"),
        }
        self.list.offer_filters(
            (
                FilterGroup(tr("State"), states),
                FilterGroup(tr("Type"), entries),
                common_filters(),
                *(FilterGroup(tr(words), self._users_of(kind), folded=True) for kind, words in USABLE.items()),
            )
        )

    def _users_of(self, kind: str) -> dict[str, str]:
        """Return the filters for journeys that use a definition of a kind."""
        found = self._definitions
        groups = [f"{source.name}.{group.name}" for source in found.data_sources for group in source.field_groups]
        names = {
            "event": [event.name for event in found.events],
            "data_source": [source.name for source in found.data_sources],
            "field_group": groups,
            "action": [action.name for action in found.actions],
        }
        return {f"uses:{kind}:{name}": name for name in names[kind]}

    def _look_for_uses(self, tag: str) -> None:
        """Ask the engine which journeys use a definition."""
        if tag.startswith("uses:"):
            _, kind, name = tag.split(":", 2)
            asked = cast(UsedKind, kind)
            self.bridge.read(calls.definitions.used_in(asked, name), partial(self._take_uses, tag))

    def _take_uses(self, tag: str, uses: Sequence[DefinitionUse]) -> None:
        self._uses[tag] = frozenset(use.journey for use in uses)
        self._show()

    def show_rows(self, rows: Sequence[VersionRow]) -> None:
        """Show these versions of all journeys."""
        self._versions = {}
        for row in rows:
            self._versions.setdefault(row.journey, []).append(row)
        self._rows = {row.id: row for row in rows} | {f"{_BELOW}{row.id}": row for row in rows}
        self._show()

    def _show(self) -> None:
        shown: list[Row] = []
        for versions in self._versions.values():
            newest = versions[-1]
            if len(versions) == 1:
                shown.append(self._row(newest, newest.id))
                continue
            sums = {name: sum(getattr(row, name) for row in versions) for name in ("entered", "current", "errors")}
            if any(row.state in _RUNNING for row in versions[:-1]):
                self._expanded.setdefault(newest.journey, True)
            expanded = self._expanded.get(newest.journey, False)
            first = replace(self._row(replace(newest, **sums), newest.id), expanded=expanded)
            below = (self._row(row, f"{_BELOW}{row.id}", first) for row in reversed(versions))
            shown.extend((first, *below))
        self.list.show_rows(shown, count=len(self._versions))

    def _toggle(self, key: str) -> None:
        row = next(shown for shown in self.list.model.rows if shown.key == key)
        self._expanded[self._rows[key].journey] = not row.expanded
        self._show()

    def _row(self, row: VersionRow, key: str, parent: Row | None = None) -> Row:
        cells = {
            "name": Cell(tr("Version {number}", number=row.version) if parent else row.name),
            "state": Cell(tr(STATES[row.state][0]), tone=row.state),
            "version": Cell(str(row.version), row.version),
            "entered": Cell(grouped(row.entered), row.entered),
            "current": Cell(grouped(row.current), row.current),
            "errors": Cell(grouped(row.errors), row.errors),
            "changed": Cell(short_time(row.changed_at, self.zone), row.changed_at),
        }
        uses = {tag for tag, journeys in self._uses.items() if row.name in journeys}
        tags = common_tags(row, self.bridge.caller.actor) | {row.state, f"entry:{row.entry}"} | uses
        dates = dates_of(row) | ({"published": row.published_at} if row.published_at else {})
        verbs = {"duplicate", "report"} if row.published_at else {"duplicate"}
        verbs |= {"stop"} if row.state in _RUNNING else set()
        verbs |= {"close"} if row.state == "live" else set()
        allowed = frozenset(verbs | {"delete"})
        return Row(key, cells, "path", "action", tags, row.state in DELETABLE, dates, parent, verbs=allowed)

    def ask_name(self) -> None:
        """Ask for a name, then create and open a journey."""
        taken = {row.name for row in self._rows.values()}
        name = free_name(taken, tr("New journey"), lambda number: tr("New journey {number}", number=number))
        self.ask_for_name(tr("New journey"), self.make, name=name)

    def make(self, name: str) -> None:
        """Create a journey of that name and open it."""
        self.bridge.write(calls.journeys.create(name, None), self._made, self.refuse)

    def _made(self, row: VersionRow) -> None:
        self.refresh()
        self.opened.emit(row.id)

    def ask(self, verb: str, key: str) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        versions = self._versions[row.journey]
        name = full_name(row, versions)
        if verb == "duplicate":
            self.bridge.write(calls.journeys.duplicate(row.id, ""), self._copied, self.refuse)
        elif verb == "report":
            self.report_requested.emit(row.name, row.version)
        elif verb == "close":
            question = tr("Close {name} to new entrances?", name=name)
            details = tr("No one can enter any more; people already in it continue.")
            work, told = calls.journeys.close(row.id), tr("{name} is closed to new entrances.", name=name)
            self._confirm(tr("Close"), question, details, tr("Close it"), work, told)
        elif verb == "stop":
            question, told = tr("Stop {name} for everyone?", name=name), tr("{name} is stopped.", name=name)
            work = calls.journeys.stop(row.id)
            self._confirm(tr("Stop"), question, stop_details(row), tr("Stop it"), work, told)
        elif row.state in DELETABLE:
            deleted = partial(self.done, tr("{name} deleted.", name=name))
            self.confirm_delete(name, calls.journeys.delete(row.id), deleted, deletion_details(row, versions))

    def _confirm(self, title: str, question: str, details: str, verb: str, work: Work[VersionRow], told: str) -> None:
        changed = partial(self.done, told)
        confirm(self, title, question, details, verb, lambda: self.bridge.write(work, changed, self.refuse))

    def _copied(self, row: VersionRow) -> None:
        self.done(tr("Copied as {name}.", name=row.name))

    def _close_welcome(self) -> None:
        self.welcome.setVisible(False)
        self.welcome_closed.emit()
