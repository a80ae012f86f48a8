"""Everything works in a window of 1024 × 700: no control is cut off, and none lies over another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app import theme
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.panels.journey_tabs import TabEntry, TabStrip
from app.widgets import window_sizes
from app.widgets.controls import Button
from app.widgets.empty_state import EmptyState
from benchmarks._studio_setup import StudioSetup
from benchmarks.gallery import Gallery
from tests.helpers.layout_faults import layout_faults

SMALL = QSize(1024, 700)
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


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_page_form_and_dialog_fits(qapp: Any, tmp_path: Path, language: str) -> None:
    faults: dict[str, str] = {}
    visited: set[str] = set()

    def look(name: str, widget: QWidget, scale: float, canvas: Any) -> None:
        stage.still(widget)
        visited.add(name)
        faults.update((fault, name) for fault in layout_faults(widget))
        if widget.width() > SMALL.width() or widget.height() > SMALL.height():
            faults[f"{type(widget).__name__} is {widget.width()} x {widget.height()}"] = name

    stage = StudioSetup(qapp, tmp_path, language, SMALL)
    try:
        gallery = Gallery(stage, look)
        gallery.take_all() if language == "en" else gallery.take_guide()
    finally:
        stage.close()
    assert faults == {}
    assert visited >= {"journeys", "data-sources", "guardrails", "users", "expression", "expression-simple", "report"}


# Tabs


def _strip(qtbot: Any, count: int) -> tuple[TabStrip, list[str]]:
    strip = TabStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 50)
    strip.show()
    strip.show_tabs([TabEntry(f"v{number}", f"Journey {number}") for number in range(count)], f"v{count - 1}")
    shown: list[str] = []
    strip.shown.connect(shown.append)
    return strip, shown


def _in_view(strip: TabStrip, key: str) -> bool:
    made = strip._made[key]
    left = made.mapTo(strip.strip.viewport(), QPoint()).x()
    return left >= 0 and left + made.width() <= strip.strip.viewport().width() + 1


def test_current_tab_is_visible_and_menu_lists_all(qtbot: Any) -> None:
    strip, shown = _strip(qtbot, 12)
    qtbot.waitUntil(lambda: strip.menu_button.isVisible() and _in_view(strip, "v11"))
    QTest.mouseClick(strip.menu_button, Qt.MouseButton.LeftButton)
    actions = strip.menu.actions()
    assert [action.text() for action in actions] == [f"Journey {number}" for number in range(12)]
    assert [action.isChecked() for action in actions] == [False] * 11 + [True]
    QTest.mouseClick(strip.menu, Qt.MouseButton.LeftButton, pos=strip.menu.actionGeometry(actions[0]).center())
    assert shown == ["v0"]


def test_wheel_scrolls_tabs(qtbot: Any) -> None:
    strip, shown = _strip(qtbot, 12)
    qtbot.waitUntil(lambda: strip.menu_button.isVisible() and _in_view(strip, "v11"))
    view = strip.strip.viewport()
    for _ in range(40):
        place, at = QPointF(view.rect().center()), QPointF(view.mapToGlobal(view.rect().center()))
        none = Qt.KeyboardModifier.NoModifier
        turn = QWheelEvent(
            place, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
        )
        QApplication.sendEvent(view, turn)
    assert _in_view(strip, "v0")
    QTest.mouseClick(strip._made["v0"].button, Qt.MouseButton.LeftButton)
    assert shown == ["v0"]


def test_few_tabs_have_no_menu(qtbot: Any) -> None:
    strip, _ = _strip(qtbot, 2)
    strip.resize(900, 50)
    qtbot.waitUntil(lambda: _in_view(strip, "v1") and not strip._fitting.isActive())
    assert not strip.menu_button.isVisible()


# The size of the window


@pytest.mark.parametrize(
    ("screen", "kept", "opened"),
    [
        ((1600, 1000), {}, (1600, 960)),
        ((1024, 700), {}, (1024, 660)),
        ((1067, 667), {}, (1067, 627)),
        ((800, 500), {}, (800, 460)),
        ((1600, 1000), {"width": 1200, "height": 800, "maximized": False}, (1200, 800)),
        ((1280, 720), {"width": 1600, "height": 900, "maximized": False}, (1280, 680)),
        ((1600, 1000), {"width": 10, "height": 10}, (1024, 640)),
        ((1600, 1000), {"width": "wide", "maximized": 3}, (1600, 960)),
    ],
)
def test_window_opens_inside_its_screen(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, screen: tuple[int, int], kept: dict[str, Any], opened: tuple[int, int]
) -> None:
    space = QSize(*screen) - QSize(0, 40)
    monkeypatch.setattr(window_sizes, "available_size", lambda _: space)
    window = QMainWindow()
    qtbot.addWidget(window)
    window_sizes.restore_size(window, kept)
    window.show()
    assert (window.width(), window.height()) == opened
    assert not window.isMaximized()
    assert window_sizes.window_size(window) == {"width": opened[0], "height": opened[1], "maximized": False}


def test_maximized_window_remembers_its_other_size(qtbot: Any) -> None:
    first, second = QMainWindow(), QMainWindow()
    for window in (first, second):
        qtbot.addWidget(window)
    window_sizes.restore_size(first, {"width": 1100, "height": 650})
    first.show()
    size = (first.width(), first.height())
    first.showMaximized()
    kept = window_sizes.window_size(first)
    assert (kept["width"], kept["height"], kept["maximized"]) == (*size, True)
    window_sizes.restore_size(second, kept)
    second.show()
    assert second.isMaximized()
