"""Requests of the window: calls of services, made here and sent by the bridge, and works that combine several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject

from app.bridge.workers import Failed
from engine.facade import Engine, Services
from engine.model import journey_file
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.services.views import Caller, ReportSheet, VersionRow

Answer = TypeVar("Answer")
Then = Callable[[Answer], None]
Work = Callable[[Engine, Caller], Answer]
"""Work for a thread of the bridge: a call of a service, or a function that makes several."""

calls = Services
"""Makes calls: ``bridge.write(calls.journeys.save(version_id, journey), then)``; imports and sends nothing itself."""

JourneyNames = tuple[tuple[str, str], ...]
MANAGE_REPORTS = "manage_reports"


class Requester(Protocol):
    """What parts of the bridge need of it to send work that may take long."""

    def attempt(
        self, work: Work[Answer], then: Then[Answer], failed: Failed | None = None, owner: QObject | None = None
    ) -> None:
        """Send work that may take long, once."""
        ...


def owner_of(call: Callable[..., Any]) -> QObject | None:
    """Return the Qt object whose method ``call`` is (of a partial, the method's): answers end with its life."""
    holder = getattr(call.func if isinstance(call, partial) else call, "__self__", None)
    return holder if isinstance(holder, QObject) else None


def open_version(version_id: str) -> Work[tuple[VersionRow, JourneyVersion]]:
    """Read a version's row and its design."""

    def work(engine: Engine, caller: Caller) -> tuple[VersionRow, JourneyVersion]:
        return engine.journeys.row(caller, version_id), engine.journeys.open(caller, version_id)

    return work


def definitions_used_by(row: VersionRow) -> Work[Definitions]:
    """Read what a version uses, for users who may see journeys and not all definitions."""

    def work(engine: Engine, caller: Caller) -> Definitions:
        file = journey_file.read(engine.journeys.export(caller, row.name, row.version))
        return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})

    return work


def save_user(name: str, product_profiles: Sequence[str], password: str) -> Work[None]:
    """Create or change a user; an empty password leaves it as it is."""

    def work(engine: Engine, caller: Caller) -> None:
        engine.users.put(caller, name, tuple(product_profiles))
        if password:
            engine.users.set_password(caller, name, password)

    return work


def journeys_for_reports() -> Work[tuple[JourneyNames, bool]]:
    """Read the journeys that reports can be about, and whether the user may change reports."""

    def work(engine: Engine, caller: Caller) -> tuple[JourneyNames, bool]:
        return engine.custom_reports.journeys(caller), MANAGE_REPORTS in engine.access.permissions(caller)

    return work


def rename_report(report_id: str, name: str) -> Work[ReportSheet]:
    """Rename a report, whatever else changed in it meanwhile."""

    def work(engine: Engine, caller: Caller) -> ReportSheet:
        sheet = engine.custom_reports.open(caller, report_id)
        renamed = sheet.report.model_copy(update={"name": name})
        return engine.custom_reports.save(caller, report_id, renamed, sheet.row.revision)

    return work
