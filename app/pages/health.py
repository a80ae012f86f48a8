"""The state of the engine: every check with what to do, as ``/healthz`` answers it."""

from __future__ import annotations

from app.bridge import calls
from app.forms.engine_texts import phrase_text
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage
from app.panels.ranking_rows import grouped
from app.translation import mark, tr
from app.widgets.empty_state import EmptyState
from engine.services.views import HealthCheck, HealthState

CHECKS = {
    "writer": mark("Writer"),
    "commits": mark("Commits"),
    "database": mark("Database"),
    "dispatch": mark("Calls"),
    "calls": mark("Calls"),
    "dead_letters": mark("Dead letters"),
    "timers": mark("Held timers"),
    "suspended": mark("Suspended"),
    "vault": mark("Vault"),
    "clock": mark("System clock"),
    "descriptors": mark("Open files"),
    "disk": mark("Free disk space"),
    "address": mark("Address"),
    "drain": mark("Stop"),
}
"""The names of the checks of the engine."""


class HealthPage(ListPage):
    """The checks, those that need attention first."""

    def make_list(self) -> ObjectList:
        columns = (
            Column("check", tr("Check"), "name", 240),
            Column("state", tr("State"), "state", 140),
            Column("value", tr("Value"), "secondary", 160),
            Column("reason", tr("Details"), "text", stretch=1),
        )
        return ObjectList(tr("Health"), columns, "", EmptyState("check-circle", tr("Nothing yet"), "", ""))

    def refresh(self) -> None:
        self.bridge.read(calls.health.state(), self._take, self.refuse)

    def _take(self, state: HealthState) -> None:
        checks = sorted(state.checks, key=lambda check: check.ok)
        self.list.show_rows([_row(number, check) for number, check in enumerate(checks)])


def _row(number: int, check: HealthCheck) -> Row:
    words = tr("In order") if check.ok else tr("Needs attention")
    cells = {
        "check": Cell(tr(CHECKS.get(check.name, check.name)), number),
        "state": Cell(words, int(check.ok), tone="live" if check.ok else "stopped"),
        "value": Cell(grouped(check.value) if check.value >= 0 else "", check.value),
        "reason": Cell(phrase_text(check.reason) if check.reason is not None else ""),
    }
    return Row(check.name, cells, "check-circle" if check.ok else "warning-circle", "event" if check.ok else "error",
               deletable=False)  # fmt: skip
