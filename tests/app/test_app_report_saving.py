"""An open report saves itself in a row of saves, whatever the engine answers and whenever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge
from app.pages import open_report
from app.pages.open_report import OpenReport
from engine.errors import SojournError
from engine.model.report import Report
from engine.services.report_views import ReportRow, ReportSheet
from engine.services.service_method import ServiceCall
from engine.services.views import Caller


@dataclass
class Saves:
    """The calls that save: each is answered when the test decides."""

    asked: list[tuple[Report, int, Callable[[ReportSheet], None], Callable[[SojournError], None]]] = field(
        default_factory=list
    )

    def add(self, call: ServiceCall[ReportSheet], then: Any, failed: Any, owner: QObject) -> None:
        assert isinstance(owner, OpenReport)
        assert (call.service, call.method) == ("custom_reports", "save")
        _, report, revision = call.arguments
        self.asked.append((report, revision, then, failed))

    def accept(self) -> Report:
        """The oldest one is kept."""
        report, revision, then, _ = self.asked.pop(0)
        then(sheet(report, revision + 1))
        return report

    def refuse(self, code: str) -> None:
        """The oldest one is not."""
        self.asked.pop(0)[3](SojournError(code, message="this report is not there any more; look at the list again"))


class Stand(QObject):
    """As much of a bridge as a report needs."""

    failed = Signal(object)
    leaving = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.saves, self.caller = Saves(), Caller()
        self.write = self.saves.add


def sheet(report: Report, revision: int) -> ReportSheet:
    return ReportSheet(ReportRow("1", report.name, "", 0, revision, "a", 0, "a", 0), report)


@pytest.fixture
def opened(qapp: Any, monkeypatch: pytest.MonkeyPatch) -> OpenReport:
    monkeypatch.setattr(open_report, "SAVED_AFTER", 0)
    monkeypatch.setattr(open_report, "TRIED_AFTER", 0)
    bridge = Stand()
    made = OpenReport(cast(Bridge, bridge), None)
    bridge.setParent(made)
    made.show(sheet(Report(name="R"), 4))
    return made


def saves(opened: OpenReport) -> Saves:
    found: Saves = cast(Any, opened)._bridge.saves
    return found


def edit(opened: OpenReport, words: str) -> None:
    assert opened.document is not None
    opened.document.describe(words)


def test_edits_during_saving_are_queued(opened: OpenReport, qtbot: Any) -> None:
    made = saves(opened)
    for number in range(3):
        edit(opened, f"words {number}")
        qtbot.waitUntil(lambda number=number: len(made.asked) == number + 1)
    assert [revision for _, revision, _, _ in made.asked] == [4, 5, 6]
    assert opened.state == "saving…"
    assert [made.accept().description for _ in range(3)] == ["words 0", "words 1", "words 2"]
    assert opened.state == "saved"
    assert opened.row is not None
    assert opened.row.revision == 7


def test_closing_saves_last_edit_and_reports_refusal(opened: OpenReport, qtbot: Any) -> None:
    made, notified = saves(opened), list[SojournError]()
    cast(Any, opened)._bridge.failed.connect(notified.append)
    edit(opened, "first")
    opened.flush()
    edit(opened, "last")
    opened.close()
    assert [(report.description, revision) for report, revision, _, _ in made.asked] == [("first", 4), ("last", 5)]
    made.accept()
    made.refuse("report_changed")
    assert [error.code for error in notified] == ["report_changed"]
    assert (opened.document, opened.fault) == (None, "")


def test_engine_that_is_away_is_tried_again(opened: OpenReport, qtbot: Any) -> None:
    made = saves(opened)
    edit(opened, "words")
    qtbot.waitUntil(lambda: bool(made.asked))
    made.refuse("engine_away")
    assert opened.fault
    qtbot.waitUntil(lambda: bool(made.asked))
    made.accept()
    assert opened.state == "saved"


def test_refused_name_is_fixed_by_next_edit(opened: OpenReport, qtbot: Any) -> None:
    made = saves(opened)
    edit(opened, "first")
    opened.flush()
    edit(opened, "second")
    opened.flush()
    made.refuse("name_taken")
    made.refuse("report_changed")
    assert opened.fault
    assert not opened.outdated
    qtbot.waitUntil(lambda: bool(made.asked))
    assert made.asked[0][1] == 4
    assert made.accept().description == "second"
    assert opened.state == "saved"


def test_deleted_report_is_not_saved(opened: OpenReport, qtbot: Any) -> None:
    made = saves(opened)
    edit(opened, "words")
    qtbot.waitUntil(lambda: bool(made.asked))
    made.refuse("report_unknown")
    assert opened.outdated
    edit(opened, "more")
    opened.flush()
    assert made.asked == []
    assert opened.state == "This report is not there any more; look at the list again"
