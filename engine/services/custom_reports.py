"""Custom reports of a sandbox: kept, changed, and what they show (product.md, Access; studio.md, Reports)."""

from __future__ import annotations

from engine.errors import SojournError
from engine.model.report import Report
from engine.services.access import MANAGE_REPORTS, READ_REPORTS, Service
from engine.services.journey_versions import free_name
from engine.services.report_figures import figures
from engine.services.report_time import zone_of
from engine.services.service_method import requires
from engine.services.views import Caller, ReportFigures, ReportRow, ReportSheet
from engine.store import custom_report_queries, journey_queries
from engine.store.custom_report_queries import StoredReport
from engine.store.results import Connection


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
            return _sheet(_found(connection, caller, report_id))

    @requires(READ_REPORTS)
    def journeys(self, caller: Caller) -> tuple[tuple[str, str], ...]:
        """List the journeys that a report can be about: (id, name), by name."""
        with self._runner.read() as connection:
            names = journey_queries.names_by_id(connection, caller.sandbox)
        return tuple(sorted(((str(key), name) for key, name in names.items()), key=lambda one: one[1]))

    @requires(MANAGE_REPORTS)
    def create(self, caller: Caller, report: Report) -> ReportSheet:
        """Keep a new report."""
        made = _named(report)

        def work(connection: Connection) -> ReportSheet:
            _refuse_taken(connection, caller, made.name)
            return self._add(connection, caller, made)

        return self._runner.write(work)

    @requires(MANAGE_REPORTS)
    def save(self, caller: Caller, report_id: str, report: Report, revision: int) -> ReportSheet:
        """Change the report as it was at a revision; renaming is changing its name.

        The same change once more, by a client that lost the answer, changes nothing.
        """
        made, now = _named(report), self._runner.clock.now()

        def work(connection: Connection) -> ReportSheet:
            row = _found(connection, caller, report_id)
            if row.revision == revision + 1 and custom_report_queries.report(row) == made:
                return _sheet(row)
            if row.revision != revision:
                raise SojournError("report_changed", user=row.changed_by)
            if made.name != row.name:
                _refuse_taken(connection, caller, made.name)
                self._access.record(connection, caller, "save_report", made.name)
            custom_report_queries.change(connection, row.id, revision + 1, made, caller.actor, now)
            return _sheet(_found(connection, caller, report_id))

        return self._runner.write(work)

    @requires(MANAGE_REPORTS)
    def duplicate(self, caller: Caller, report_id: str, name: str = "") -> ReportSheet:
        """Copy a report."""

        def work(connection: Connection) -> ReportSheet:
            copied = custom_report_queries.report(_found(connection, caller, report_id))
            taken = {row.name for row in custom_report_queries.rows(connection, caller.sandbox)}
            made = _named(copied.model_copy(update={"name": name or free_name(copied.name, taken)}))
            _refuse_taken(connection, caller, made.name)
            return self._add(connection, caller, made)

        return self._runner.write(work)

    @requires(MANAGE_REPORTS)
    def delete(self, caller: Caller, report_id: str) -> None:
        """Delete a report; what it was about stays."""

        def work(connection: Connection) -> None:
            row = _found(connection, caller, report_id)
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
        return _sheet(_found(connection, caller, str(number)))


def _found(connection: Connection, caller: Caller, report_id: str) -> StoredReport:
    row = custom_report_queries.row(connection, caller.sandbox, report_id)
    if row is None:
        raise SojournError("report_unknown")
    return row


def _named(report: Report) -> Report:
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
