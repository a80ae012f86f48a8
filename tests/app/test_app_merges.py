"""Merges in the window: what was joined is seen under the profiles, and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox

from app.bridge import calls
from app.studio import Studio
from tests.helpers.embedded_engine import CALLER, running
from tests.helpers.studio_driver import StudioDriver, close_studio

ROWS = [
    {"identities": {"ECID": "e1"}, "attributes": {"points": 1}},
    {"identities": {"CRMID": "c1", "Email": "f@x.com"}, "attributes": {"name": "Ann"}, "segments": ["vip"]},
    {"identities": {"CRMID": "c2", "Email": "f@x.com"}},
    {"identities": {"ECID": "e1", "CRMID": "c1"}},
]


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone before a workspace in which two profiles were merged and an address was refused."""
    with running(tmp_path / "workspace") as place:
        place.engine.profiles.import_text(CALLER, "\n".join(map(json.dumps, ROWS)))
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    someone.window.show_page("profiles")
    yield someone
    close_studio(qtbot, studio)


def test_merge_is_seen_and_undone(person: StudioDriver) -> None:
    page: Any = person.window.page_router.page("profiles")
    person.click(page.merges_button)
    merges = page.merges
    person.until(lambda: len(merges.list.model.rows) == 2)
    states = {row.cells["state"].text: row.key for row in merges.list.model.rows}
    assert set(states) == {"Merged", "Identity refused"}
    merges.list.select(states["Identity refused"])
    person.until(lambda: "Email stays with another profile." in merges.content.toPlainText())
    merges.list.select(states["Merged"])
    person.until(lambda: "Precedence: CRMID" in merges.content.toPlainText())
    shown = merges.content.toPlainText()
    assert '"name": "Ann"' in shown
    assert "Segments: vip" in shown

    merges.list.asked.emit("undo", states["Merged"])
    box: Any = merges.findChild(QMessageBox)
    person.click(box.defaultButton())
    person.until(lambda: "Undone" in {row.cells["state"].text for row in merges.list.model.rows})
    assert person.ask(calls.profiles.list("")).total == 3
    person.click(merges.back)
    person.until(lambda: len(page.list.model.rows) == 3)
    assert merges.isHidden()
