"""What the window asks about custom reports: kept ones, their figures, and whether they may be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.bridge.requests import Requests, Then
from app.bridge.workers import Failed
from engine.model.report import Report
from engine.services.views import Caller, ReportFigures, ReportRow, ReportSheet

if TYPE_CHECKING:
    from engine.facade import Engine

MANAGE = "manage_reports"
Journeys = tuple[tuple[str, str], ...]


class CustomReportRequests(Requests):
    """See the module."""

    def list(self, then: Then[tuple[ReportRow, ...]], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.custom_reports.list(caller), then, failed)

    def open(self, report_id: str, then: Then[ReportSheet], failed: Failed | None = None) -> None:
        self._read(lambda engine, caller: engine.custom_reports.open(caller, report_id), then, failed)

    def around(self, then: Then[tuple[Journeys, bool]], failed: Failed | None = None) -> None:
        """The journeys that reports can be about, and whether reports may be changed."""

        def work(engine: Engine, caller: Caller) -> tuple[Journeys, bool]:
            return engine.custom_reports.journeys(caller), MANAGE in engine.access.permissions(caller)

        self._read(work, then, failed)

    def create(self, report: Report, then: Then[ReportSheet], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.custom_reports.create(caller, report), then, failed)

    def save(self, report_id: str, report: Report, revision: int, then: Then[ReportSheet], failed: Failed) -> None:
        self._write(
            lambda engine, caller: engine.custom_reports.save(caller, report_id, report, revision), then, failed
        )

    def rename(self, report_id: str, name: str, then: Then[ReportSheet], failed: Failed | None = None) -> None:
        def work(engine: Engine, caller: Caller) -> ReportSheet:
            sheet = engine.custom_reports.open(caller, report_id)
            renamed = sheet.report.model_copy(update={"name": name})
            return engine.custom_reports.save(caller, report_id, renamed, sheet.row.revision)

        self._write(work, then, failed)

    def duplicate(self, report_id: str, then: Then[ReportSheet], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.custom_reports.duplicate(caller, report_id), then, failed)

    def delete(self, report_id: str, then: Then[None], failed: Failed | None = None) -> None:
        self._write(lambda engine, caller: engine.custom_reports.delete(caller, report_id), then, failed)

    def figures(self, report: Report, zone: str, then: Then[ReportFigures], failed: Failed | None = None) -> None:
        self._attempt(lambda engine, caller: engine.custom_reports.figures(caller, report, zone), then, failed)
