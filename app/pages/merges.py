"""Merges of profiles: what was joined and why, which identities stayed with others; a merge can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.bridge import Bridge, calls
from app.forms.time_format import exact_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.operations import DetailPage
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.controls import Button
from app.widgets.empty_state import EmptyState
from engine.services.profile_views import MergedProfile, MergePage, MergeRow

SEARCH_AFTER = 200
SHOWN = 1_000
"""Rows of the list; the engine searches the others."""


def identity_text(identities: Mapping[str, str]) -> str:
    """Return identities as one line."""
    return ", ".join(f"{code} {value}" for code, value in identities.items())


class MergesPage(DetailPage):
    """The list at the left, the profiles of the selected merge as they were at the right."""

    left = Signal()
    """The profiles are wanted again."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(bridge, zone, parent)
        self.back = Button(tr("Profiles"), icon=theme.icon("identification-card", "text"), pressed=self.left.emit)
        self.list.add_button(self.back)
        soon = QTimer(self, singleShot=True, interval=SEARCH_AFTER)
        soon.timeout.connect(self.refresh)
        self.list.search.textChanged.connect(lambda _: soon.start())

    def make_list(self) -> ObjectList:
        self._rows: dict[str, MergeRow] = {}
        sentence = tr("Profiles that turn out to be one person's are merged. What was merged appears here.")
        columns = (
            Column("what", tr("Merge"), "name", stretch=3),
            Column("by", tr("Found by"), "secondary", stretch=1),
            Column("state", tr("State"), "chip", 150),
            Column("at", tr("When"), "secondary", 190),
        )
        verbs = (("undo", tr("Undo the merge"), "arrow-u-up-left"),) if self.bridge.may("manage_audiences") else ()
        return ObjectList(tr("Merges"), columns, "", EmptyState("users", tr("No merges"), sentence, ""), verbs)

    def refresh(self) -> None:
        self.reader.setVisible(False)
        self.bridge.read(calls.merges.list(self.list.search.text(), SHOWN), self._take, self.refuse)

    def _take(self, page: MergePage) -> None:
        self._rows = {str(row.number): row for row in page.rows}
        self.list.show_rows([self._row(row) for row in page.rows], page.total)

    def _row(self, row: MergeRow) -> Row:
        cells = {
            "what": Cell(identity_text(row.before[0].identities if row.before else row.stated)),
            "by": Cell(", ".join(row.by or (*row.refused, *row.moved))),
            "state": Cell(self._state(row)),
            "at": Cell(exact_time(row.at, self.zone), -row.at),
        }
        return Row(str(row.number), cells, "users", "event", deletable=False)

    def _state(self, row: MergeRow) -> str:
        if row.undone_at is not None:
            return tr("Undone")
        if row.before:
            return tr("Merged")
        return tr("Identity taken") if row.moved else tr("Identity refused")

    def open(self, key: str) -> None:
        row = self._rows.get(key)
        if row is not None:
            self.show_content(self._state(row), "\n\n".join(self._parts(row)))

    def _parts(self, row: MergeRow) -> list[str]:
        found = [tr("Stated: {identities}", identities=identity_text(row.stated))]
        if row.before:
            found.append(tr("Precedence: {namespace}", namespace=row.priority))
        found += [tr("{namespace} stays with another profile.", namespace=code) for code in row.refused]
        found += [tr("{namespace} is taken from another profile.", namespace=code) for code in row.moved]
        return found + [self._profile(one) for one in row.before]

    def _profile(self, one: MergedProfile) -> str:
        lines = [identity_text(one.identities), json.dumps(dict(one.attributes), indent=2, ensure_ascii=False)]
        if one.segments:
            lines.append(tr("Segments: {names}", names=", ".join(one.segments)))
        return "\n".join((*lines, tr("Experience events: {count}", count=one.events)))

    def ask(self, verb: str, key: str) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        details = tr("The profiles become several again. What was changed since stays with the first one.")
        confirm(
            self, tr("Undo the merge"), tr("Undo this merge?"), details, tr("Undo the merge"),
            lambda: self.bridge.write(calls.merges.undo(row.number), self._undone, self.refuse),
        )  # fmt: skip

    def _undone(self, _: None) -> None:
        self.done(tr("The profiles are several again."))
