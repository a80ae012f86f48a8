"""Everything works in a window of 1024 × 700: no control is cut off, and none lies over another."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import theme
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.widgets.controls import Button
from app.widgets.empty_state import EmptyState
from tests.helpers.layout_faults import layout_faults

COLUMNS = (
    Column("name", "Name", "name", stretch=2),
    Column("type", "Type", "text", 96),
    Column("details", "Details", "secondary", stretch=3),
    Column("changed", "Changed", "secondary", 130),
)
ROW = Row("one", {key: Cell(key) for key in ("name", "type", "details", "changed")}, "path", "event")


def _list(qtbot: Any, width: int) -> ObjectList:
    made = ObjectList("Data sources", COLUMNS, "New data source", EmptyState("path", "None yet", "A sentence.", "New"))
    made.add_button(Button("Import", icon=theme.icon("export", "text")))
    made.offer_filters([FilterGroup("Type", {"a": "A"})])
    qtbot.addWidget(made)
    made.resize(width, 500)
    made.show()
    made.show_rows([ROW])
    return made


@pytest.mark.parametrize("width", [300, 408, 560, 700, 1000])
def test_list_fits_its_width(qtbot: Any, width: int) -> None:
    made = _list(qtbot, width)
    assert made.width() == width
    assert layout_faults(made) == []
    assert made.table.columnWidth(0) >= 100
    made.search.setFocus()
    QTest.keyClicks(made.search, "nothing")
    made.resize(1200, 500)
    qtbot.waitUntil(lambda: layout_faults(made) == [])
    assert made.search.hasFocus() or not made.isActiveWindow()
    assert made.search.text() == "nothing"


def test_columns_without_room_come_back(qtbot: Any) -> None:
    made = _list(qtbot, 300)
    kept: list[Any] = []
    made.columns_changed.connect(kept.append)
    menu = made.arrangement.make_menu(made)
    assert [action.isChecked() for action in menu.actions()] == [True, True, True]
    menu.actions()[0].trigger()
    assert kept[-1]["hidden"] == ["type"]
    made.resize(1000, 500)
    assert [made.table.isColumnHidden(index) for index in range(4)] == [False, True, False, False]


def test_button_with_only_its_icon_is_pressed(qtbot: Any) -> None:
    made = _list(qtbot, 300)
    heard: list[bool] = []
    made.created.connect(lambda: heard.append(True))
    assert made.new_button.only_icon
    assert made.new_button.toolTip() == "New data source"
    QTest.mouseClick(made.new_button, Qt.MouseButton.LeftButton)
    assert heard == [True]
    made.resize(1000, 500)
    assert (made.new_button.only_icon, made.new_button.toolTip()) == (False, "")
