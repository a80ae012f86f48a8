"""Touchpads, input methods, other keyboard layouts and pasted lines at the canvas and its palette."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QNativeGestureEvent,
    QPointingDevice,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.activities.path_list import convert_paths
from app.activity_views import ACTIVITY_VIEWS, ConditionView
from app.canvas.painting import CHIP_FONT, elided
from app.document.transfer import ActivityTemplate
from app.pages.designer import DesignerPage
from app.widgets.controls import text_line
from app.widgets.key_symbols import shortcut_key
from app.widgets.search_field import SearchField
from engine.activities.conditions.choice import ExpressionPath
from tests.helpers.canvas_driver import page, sample
from tests.helpers.real_input import CanvasMouse, settle

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
CYRILLIC_EF = 0x0424
A_ON_X11, A_ON_WINDOWS = 38, 30


@pytest.fixture
def made(qtbot: Any, tmp_path: Path) -> DesignerPage:
    opened = page(qtbot, tmp_path, sample())
    settle()
    return opened


@pytest.fixture
def person(made: DesignerPage) -> CanvasMouse:
    mouse = CanvasMouse(made, made.canvas)
    mouse.move(mouse.on("stay"))
    return mouse


def test_two_fingers_pan_and_do_not_zoom(person: CanvasMouse) -> None:
    viewer, before = person.canvas.viewer, person.places()
    scale = viewer.scale_now
    person.wheel(QPoint(-80, 6), QPoint(-40, 3), touchpad=True)
    assert viewer.scale_now == scale
    moved = {name: point - before[name] for name, point in person.places().items()}
    assert all((shift - QPoint(-40, 3)).manhattanLength() <= 2 for shift in moved.values())
    person.wheel(QPoint(0, -40), touchpad=True)
    assert viewer.scale_now == scale
    person.wheel(QPoint(0, 120), touchpad=True, keys=CONTROL)
    assert viewer.scale_now > scale


def test_wheel_zooms_at_pointer_and_pans_sideways(person: CanvasMouse) -> None:
    viewer, before = person.canvas.viewer, person.places()
    scale = viewer.scale_now
    person.wheel(QPoint(0, 120))
    assert viewer.scale_now > scale
    assert (person.on("stay") - before["stay"]).manhattanLength() <= 2
    scale = viewer.scale_now
    person.wheel(QPoint(120, 15))
    assert viewer.scale_now == scale
    assert person.on("stay") != before["stay"]


def test_pinch_zooms_at_fingers(person: CanvasMouse) -> None:
    viewport, viewer = person.canvas.viewer.viewport(), person.canvas.viewer
    place = QPointF(viewport.mapFromGlobal(person.on("stay")))
    before, scale = person.on("stay"), viewer.scale_now
    for value in (0.1, 0.1, -0.3):
        event = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture, QPointingDevice.primaryPointingDevice(), 2, place, place,
            QPointF(person.at), value, QPointF(),
        )  # fmt: skip
        QApplication.sendEvent(viewport, event)
    assert viewer.scale_now == pytest.approx(scale * 1.1 * 1.1 * 0.7)
    assert (person.on("stay") - before).manhattanLength() <= 2


def _compose(field: SearchField, composed: str, committed: str = "") -> None:
    event = QInputMethodEvent(composed, [])
    event.setCommitString(committed)
    QApplication.sendEvent(field, event)


def test_palette_searches_for_syllable_being_composed(made: DesignerPage) -> None:
    panel = made.palette_panel
    item = panel.items["end"]
    item.setText("종료")
    panel.search.setFocus()
    _compose(panel.search, "조")
    assert not [name for name, one in panel.items.items() if not one.isHidden()]
    _compose(panel.search, "종")
    assert [name for name, one in panel.items.items() if not one.isHidden()] == ["end"]
    _compose(panel.search, "", "종")
    assert panel.search.text() == "종"
    assert [name for name, one in panel.items.items() if not one.isHidden()] == ["end"]
    QTest.keyClick(panel.search, Qt.Key.Key_Escape)
    assert len([name for name, one in panel.items.items() if not one.isHidden()]) > 5


def test_palette_finds_the_percentage_split(made: DesignerPage) -> None:
    panel = made.palette_panel
    assert panel.items["condition.percentage"].isHidden()
    QTest.keyClicks(panel.search, "split")
    assert [name for name, item in panel.items.items() if not item.isHidden()] == ["condition.percentage"]
    made.canvas.select([])
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    (name,) = made.canvas.selection
    activity = made.document.journey.by_id[name]
    assert [(path.id, path.weight) for path in vars(activity)["paths"]] == [("path_1", 50), ("path_2", 50)]
    assert ActivityTemplate("condition.percentage").name == "Percentage split"


def test_split_made_from_one_path_has_two() -> None:
    view = ACTIVITY_VIEWS["condition.percentage"]
    assert isinstance(view, ConditionView)
    paths = convert_paths(view, (ExpressionPath(id="path_1", label="A"),))
    assert [(path.id, path.label, vars(path)["weight"]) for path in paths] == [("path_1", "A", 50), ("path_2", "", 50)]


def _key(key: int, scan_code: int) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, NONE, scan_code, 0, 0, chr(key) if key < 0x10000 else "")


def test_letters_work_under_other_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shortcut_key(_key(Qt.Key.Key_A, 0)) == Qt.Key.Key_A
    assert shortcut_key(_key(Qt.Key.Key_Delete, A_ON_X11)) == Qt.Key.Key_Delete
    assert shortcut_key(_key(CYRILLIC_EF, 200)) == Qt.Key.Key_unknown
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    assert shortcut_key(_key(CYRILLIC_EF, A_ON_X11)) == Qt.Key.Key_A
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "windows")
    assert shortcut_key(_key(CYRILLIC_EF, A_ON_WINDOWS)) == Qt.Key.Key_A


def test_letter_of_canvas_works_under_cyrillic(person: CanvasMouse) -> None:
    assert not person.canvas.overview.isVisible()
    softened_m = 0x042C
    QApplication.sendEvent(person.canvas.viewer, _key(softened_m, 58))
    assert person.canvas.overview.isVisible()


def test_pasted_cells_are_one_line(qtbot: Any) -> None:
    line = text_line()
    qtbot.addWidget(line)
    changes: list[str] = []
    line.textChanged.connect(lambda _: changes.append(line.text()))
    QGuiApplication.clipboard().setText("Rooms\tand\r\nrates\n")
    line.paste()
    assert line.text() == "Rooms and rates"
    assert set(changes) == {"Rooms and rates"}


def test_stored_lines_are_drawn_as_one() -> None:
    assert elided("Rooms\tand\nrates", CHIP_FONT, 500) == "Rooms and rates"
