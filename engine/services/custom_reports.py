"""Custom reports of a sandbox: kept, changed, and their figures (product.md, Access; studio.md, Reports)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from engine.core.metrics import FEEDBACK
from engine.errors import SojournError
from engine.model.report import NODES, TIMES, Panel, Report
from engine.services.access import MANAGE_REPORTS, READ_REPORTS, Service
from engine.services.journey_versions import free_name
from engine.services.report_facts import BALANCE, Fact, FactReader, bounds, every_row, zone_of
from engine.services.report_panels import ORDERED, PanelTable, needs
from engine.services.report_views import PanelFigures, ReportFigures, ReportRow, ReportSheet
from engine.services.service_method import requires
from engine.services.views import Caller
from engine.store import custom_report_queries, journey_queries
from engine.store.custom_report_queries import StoredReport
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection

_ELSEWHERE = {*FEEDBACK, "discards", "present"}
"""What is not read from step events."""


def figures(connection: Connection, sandbox: str, report: Report, zone: ZoneInfo, now: int) -> ReportFigures:
    """Compute a report; raises SojournError when its time cannot be read or holds too many events."""
    since, until = bounds(report.time, zone, now)
    until = max(min(until, now + 1), since + 1)
    rows = journey_queries.version_rows(connection, sandbox)
    known = {str(row.journey_id) for row in rows}
    about = {panel.id: frozenset(panel.journeys or report.journeys) for panel in report.panels}
    read = _Reading(connection, sandbox, _wanted(rows, about), report.panels, (zone, since, until, now))
    return ReportFigures(
        since, until, tuple(_panel_figures(read, panel, about[panel.id], known) for panel in report.panels)
    )


def _wanted(rows: Sequence[StoredVersion], about: Mapping[str, frozenset[str]]) -> Sequence[StoredVersion]:
    """Return the versions that some panel is about."""
    if not all(about.values()):
        return rows
    wanted = frozenset().union(*about.values())
    return [row for row in rows if str(row.journey_id) in wanted]


def _panel_figures(read: _Reading, panel: Panel, about: frozenset[str], known: set[str]) -> PanelFigures:
    try:
        if about and not about & known:
            raise SojournError("report_journey")
        table = read.table(panel)
    except SojournError as error:
        return PanelFigures(panel.id, fault=error.phrase)
    facts = (*read.facts, *read.people(panel, table))
    table.add(fact for fact in facts if not about or fact.by.get("journey", "") in about)
    if "present" in needs(panel):
        read.settle_total(table, about)
    return table.figures()


@dataclass(slots=True)
class _Standing:
    """The people in the journeys at the end of the time: by version, and by activity when that end is now."""

    versions: dict[int, Fact]
    activities: tuple[Fact, ...] | None


class _Reading:
    """What the panels of a report need, read once."""

    def __init__(
        self,
        connection: Connection,
        sandbox: str,
        rows: Sequence[StoredVersion],
        panels: Sequence[Panel],
        times: tuple[ZoneInfo, int, int, int],
    ) -> None:
        self._zone, self._since, self._until, self._now = times
        self._rows = {row.id: row for row in rows}
        wanted = frozenset(part for panel in panels for part in needs(panel))
        dimensions = frozenset(name for panel in panels for name in (panel.dimension, panel.breakdown) if name)
        running = "present" in wanted and bool(dimensions & set(TIMES))
        source = FactReader(rows, self._zone, dimensions)
        self.names = source.names
        self.facts: list[Fact] = []
        if wanted - _ELSEWHERE or running:
            self.facts += source.steps(connection, self._since, self._until)
        if wanted & set(FEEDBACK):
            self.facts += source.feedback(connection, self._since, self._until)
        if "discards" in wanted:
            self.facts += source.discards(connection, sandbox, self._since, self._until)
        self._standing = self._stand(connection, source) if "present" in wanted else _Standing({}, None)

    def _stand(self, connection: Connection, source: FactReader) -> _Standing:
        present = dict(source.present(connection))
        if self._until > self._now:
            return _Standing(present, tuple(source.standing(connection)))
        for version, change in source.balance(connection, self._until, self._now + 1):
            before = present.get(version, change)
            number = before.values["present"] if version in present else 0
            present[version] = Fact(before.by, {"present": number - change.values["present"]})
        return _Standing(present, None)

    def table(self, panel: Panel) -> PanelTable:
        """Make an empty table for a panel, with the rows of its times."""
        ordered = {
            name: every_row(name, self._zone, self._since, self._until)
            for name in (panel.dimension, panel.breakdown)
            if name in ORDERED
        }
        by = {panel.dimension, panel.breakdown} - {""}
        times, nodes = by & set(TIMES), by & set(NODES)
        lost = len(times) > 1 or (nodes and (times or self._standing.activities is None))
        return PanelTable(panel, self.names, ordered, frozenset({"present"}) if lost else frozenset())

    def people(self, panel: Panel, table: PanelTable) -> Iterator[Fact]:
        """Yield the people in the journeys as facts of a panel: at the end of the time, or of each of its rows."""
        if "present" not in needs(panel) or table.unknown:
            return
        by = {panel.dimension, panel.breakdown} - {""}
        if by & set(NODES):
            yield from self._standing.activities or ()
            return
        times = by & set(TIMES)
        if times:
            (dimension,) = times
            yield from self._running(dimension, table.ordered[dimension])
        else:
            yield from self._standing.versions.values()

    def _running(self, dimension: str, keys: Sequence[str]) -> Iterator[Fact]:
        """Back from the end: before a row there were as many fewer as became more in it."""
        changes: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for fact in self.facts:
            if "entered" in fact.values:
                change = sum(fact.values[name] * sign for name, sign in BALANCE)
                changes[int(fact.by["version"])][fact.by[dimension]] += change
        for version, fact in self._standing.versions.items():
            people = fact.values["present"]
            for key in reversed(keys):
                if people:
                    yield Fact({**fact.by, dimension: key}, {"present": people})
                people -= changes[version][key]

    def settle_total(self, table: PanelTable, about: frozenset[str]) -> None:
        """Count people who are present in several rows of a time once in the total."""
        if set(TIMES) & {table.panel.dimension, table.panel.breakdown}:
            found = self._standing.versions.values()
            there = (fact for fact in found if not about or fact.by["journey"] in about)
            table.total["present"] = sum(fact.values["present"] for fact in there)


class CustomReportService(Service):
    """See the module. A change names the revision it was made on, and is refused when there is a newer one."""

    @requires(READ_REPORTS)
    def list(self, caller: Caller) -> tuple[ReportRow, ...]:
        """List the reports, by name."""
        with self._runner.read() as connection:
            return tuple(_view(row) for row in custom_report_queries.rows(connection, caller.sandbox))

    @requires(READ_REPORTS)
    def open(self, caller: Caller, report_id: str) -> ReportSheet:
        """One report."""
        with self._runner.read() as connection:
            return _sheet(_find(connection, caller, report_id))

    @requires(READ_REPORTS)
    def journeys(self, caller: Caller) -> tuple[tuple[str, str], ...]:
        """List the journeys that a report can be about: (id, name), by name."""
        with self._runner.read() as connection:
            names = journey_queries.names_by_id(connection, caller.sandbox)
        return tuple(sorted(((str(key), name) for key, name in names.items()), key=lambda one: one[1]))

    @requires(MANAGE_REPORTS)
    def create(self, caller: Caller, report: Report) -> ReportSheet:
        """Keep a new report."""
        made = _with_name(report)

        def work(connection: Connection) -> ReportSheet:
            _refuse_taken(connection, caller, made.name)
            return self._add(connection, caller, made)

        return self._runner.write(work)

    @requires(MANAGE_REPORTS)
    def save(self, caller: Caller, report_id: str, report: Report, revision: int) -> ReportSheet:
        """Change the report as it was at a revision; renaming is changing its name.

        The same change once more, by a client that lost the answer, changes nothing.
        """
        made, now = _with_name(report), self._runner.clock.now()

        def work(connection: Connection) -> ReportSheet:
            row = _find(connection, caller, report_id)
            if row.revision == revision + 1 and custom_report_queries.report(row) == made:
                return _sheet(row)
            if row.revision != revision:
                raise SojournError("report_changed", user=row.changed_by)
            if made.name != row.name:
                _refuse_taken(connection, caller, made.name)
                self._access.record(connection, caller, "save_report", made.name)
            custom_report_queries.change(connection, row.id, revision + 1, made, caller.actor, now)
            return _sheet(_find(connection, caller, report_id))

        return self._runner.write(work)

    @requires(MANAGE_REPORTS)
    def duplicate(self, caller: Caller, report_id: str, name: str = "") -> ReportSheet:
        """Copy a report."""

        def work(connection: Connection) -> ReportSheet:
            copied = custom_report_queries.report(_find(connection, caller, report_id))
            taken = {row.name for row in custom_report_queries.rows(connection, caller.sandbox)}
            made = _with_name(copied.model_copy(update={"name": name or free_name(copied.name, taken)}))
            _refuse_taken(connection, caller, made.name)
            return self._add(connection, caller, made)

        return self._runner.write(work)

    @requires(MANAGE_REPORTS)
    def delete(self, caller: Caller, report_id: str) -> None:
        """Delete a report; what it was about stays."""

        def work(connection: Connection) -> None:
            row = _find(connection, caller, report_id)
            custom_report_queries.remove(connection, row.id)
            self._access.record(connection, caller, "delete_report", row.name)

        self._runner.write(work)

    @requires(READ_REPORTS)
    def figures(self, caller: Caller, report: Report, zone: str = "UTC") -> ReportFigures:
        """Compute a report as it is now, stored or not; its times are those of the zone."""
        with self._runner.read() as connection:
            return figures(connection, caller.sandbox, report, zone_of(zone), self._runner.clock.now())

    def _add(self, connection: Connection, caller: Caller, made: Report) -> ReportSheet:
        now = self._runner.clock.now()
        number = custom_report_queries.add(connection, caller.sandbox, made, caller.actor, now)
        self._access.record(connection, caller, "save_report", made.name)
        return _sheet(_find(connection, caller, str(number)))


def _find(connection: Connection, caller: Caller, report_id: str) -> StoredReport:
    row = custom_report_queries.row(connection, caller.sandbox, report_id)
    if row is None:
        raise SojournError("report_unknown")
    return row


def _with_name(report: Report) -> Report:
    name = report.name.strip()
    if not name:
        raise SojournError("report_name")
    return report if name == report.name else report.model_copy(update={"name": name})


def _refuse_taken(connection: Connection, caller: Caller, name: str) -> None:
    if custom_report_queries.is_taken(connection, caller.sandbox, name):
        raise SojournError("name_taken.report", name=name)


def _view(row: StoredReport) -> ReportRow:
    report = custom_report_queries.report(row)
    who = (row.created_by, row.created_at, row.changed_by, row.changed_at)
    return ReportRow(str(row.id), report.name, report.description, len(report.panels), row.revision, *who)


def _sheet(row: StoredReport) -> ReportSheet:
    return ReportSheet(_view(row), custom_report_queries.report(row))
