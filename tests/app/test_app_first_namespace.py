"""A journey that begins with a segment: how its people are known is chosen where the segment is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.pages.designer import DesignerPage
from app.widgets.controls import FormField
from tests.helpers.canvas_driver import page
from tests.helpers.journey_builders import activity, journey

FIRST, LATER = activity("q", "segment_qualification"), activity("z", "segment_qualification", 200)


@pytest.fixture
def opened(qtbot: Any, tmp_path: Path) -> Callable[[str | None], DesignerPage]:
    def begin(namespace: str | None) -> DesignerPage:
        return page(qtbot, tmp_path, journey([FIRST, LATER], ["q>z"], namespace=namespace).journey)

    return begin


def _select(qtbot: Any, made: DesignerPage, name: str) -> Any:
    made.canvas.select([name], show=True)
    qtbot.waitUntil(lambda: made.right_dock.pane.shown_id == name)
    return made.right_dock.pane.form


def _namespace(made: DesignerPage) -> FormField:
    form = made.right_dock.pane.form
    assert form is not None
    return form.fields["namespace"]


def test_namespace_is_chosen_in_first_qualification(qtbot: Any, opened: Callable[[str | None], DesignerPage]) -> None:
    made = opened(None)
    _select(qtbot, made, "q")
    row = _namespace(made)
    qtbot.waitUntil(
        lambda: row.fault.startswith("A journey that starts with a segment qualification needs a namespace")
    )
    choice: Any = row.control
    assert choice.key() is None
    assert {choice.itemData(index) for index in range(choice.count())} >= {"CRMID", "Email", "ECID"}
    choice.setFocus()
    while choice.key() != "Email":
        QTest.keyClick(choice, Qt.Key.Key_Down)
    QTest.keyClick(choice, Qt.Key.Key_Return)
    assert made.document.journey.namespace == "Email"
    qtbot.waitUntil(lambda: not _namespace(made).fault)
    assert made.document.undo_stack.count() == 1
    made.document.undo_stack.undo()
    assert made.document.journey.namespace is None


def test_later_qualification_leaves_namespace_alone(qtbot: Any, opened: Callable[[str | None], DesignerPage]) -> None:
    made = opened("CRMID")
    form = _select(qtbot, made, "z")
    assert "namespace" not in form.fields
    QTest.keyClicks(form._label, "Again")
    QTest.keyClick(form._label, Qt.Key.Key_Return)
    assert made.document.journey.by_id["z"].label == "Again"
    assert made.document.journey.namespace == "CRMID"
