"""The state of the engine: every check with what to do, as ``/healthz`` answers it."""

from __future__ import annotations

from functools import partial

from app.bridge import calls
from app.forms.engine_texts import phrase_text
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage
from app.panels.ranking_rows import grouped
from app.translation import mark, tr
from app.widgets.confirmation import confirm
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
_VERBS = {"timers": "release_timers", "clock": "accept_clock"}
"""What an administrator may do about a check that is not in order."""


class HealthPage(ListPage):
    """The checks, those that need attention first."""

    def make_list(self) -> ObjectList:
        columns = (
            Column("check", tr("Check"), "name", 240),
            Column("state", tr("State"), "state", 140),
            Column("value", tr("Value"), "secondary", 160),
            Column("reason", tr("Details"), "text", stretch=1),
        )
        verbs = (
            ("release_timers", tr("Let held timers fire"), "play"),
            ("accept_clock", tr("Accept the new time"), "check-circle"),
        )
        may = self.bridge.may("administer")
        empty = EmptyState("check-circle", tr("Nothing yet"), "", "")
        return ObjectList(tr("Health"), columns, "", empty, verbs if may else ())

    def refresh(self) -> None:
        self.bridge.read(calls.health.state(), self._take, self.refuse)

    def _take(self, state: HealthState) -> None:
        checks = sorted(state.checks, key=lambda check: check.ok)
        self.list.show_rows([_row(number, check) for number, check in enumerate(checks)])

    def ask(self, verb: str, key: str) -> None:
        if verb == "release_timers":
            question, told = tr("Let the held timers fire?"), tr("Everybody whose time is over continues now.")
        else:
            question, told = tr("Accept the new time?"), tr("Waits and timeouts of the time that was skipped end now.")
        confirm(self, tr("Health"), question, told, tr("Continue"), partial(self._decide, verb))

    def _decide(self, verb: str) -> None:
        operation = calls.operations.release_timers if verb == "release_timers" else calls.operations.accept_clock
        self.bridge.write(operation(), self._decided, self.refuse)

    def _decided(self, _: int) -> None:
        self.done(tr("Waiting people continue."))


def _row(number: int, check: HealthCheck) -> Row:
    words = tr("In order") if check.ok else tr("Needs attention")
    cells = {
        "check": Cell(tr(CHECKS.get(check.name, check.name)), number),
        "state": Cell(words, int(check.ok), tone="live" if check.ok else "stopped"),
        "value": Cell(grouped(check.value) if check.value >= 0 else "", check.value),
        "reason": Cell(phrase_text(check.reason) if check.reason is not None else ""),
    }
    icon, tint = ("check-circle", "event") if check.ok else ("warning-circle", "error")
    verbs = frozenset[str]() if check.ok else frozenset({_VERBS.get(check.name, "")})
    return Row(check.name, cells, icon, tint, deletable=False, verbs=verbs)
