"""The mouse on a whole journey page, with panes that open beside the canvas: nothing moves but what is dragged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from app.pages.designer import DesignerPage
from engine.model.journey import JourneyVersion
from tests.helpers.canvas_driver import EMAIL, LOBBY, drop_template, page, sample
from tests.helpers.real_input import CanvasMouse, settle


@pytest.fixture
def open_page(qtbot: Any, tmp_path: Path) -> Callable[..., CanvasMouse]:
    def open_it(journey: JourneyVersion | None = None) -> CanvasMouse:
        made = page(qtbot, tmp_path, journey or sample())
        settle()
        return CanvasMouse(made, made.canvas)

    return open_it


@pytest.fixture
def person(open_page: Callable[..., CanvasMouse]) -> CanvasMouse:
    return open_page()


def page_of(person: CanvasMouse) -> DesignerPage:
    assert isinstance(person.window, DesignerPage)
    return person.window


def test_nothing_moves_while_activity_is_clicked(person: CanvasMouse) -> None:
    before = person.places()
    person.move(person.on("stay"))
    person.press()
    assert person.places() == before
    person.release()
    assert page_of(person).pane.shown_id == "stay"
    assert person.places() == before
    person.click(person.on("welcome"))
    assert page_of(person).pane.shown_id == "welcome"
    person.click(person.of(QPointF(0, 480)))
    assert not page_of(person).pane.isVisible()
    assert person.places() == before


def test_dragged_activity_stays_under_pointer(person: CanvasMouse) -> None:
    before, place = person.places(), person.document.journey.by_id["rates"].position
    assert place is not None
    start = before["rates"]
    person.drag(start, start + QPoint(0, 40))
    scale = person.canvas.viewer.scale_now
    moved = person.document.journey.by_id["rates"].position
    assert moved is not None
    assert moved[0] == place[0]
    assert abs(moved[1] - place[1] - 40 / scale) <= 6
    assert (person.on("rates") - person.at).manhattanLength() <= 6 * scale + 1
    after = person.places()
    assert {name: after[name] for name in after if name != "rates"} == {
        name: before[name] for name in before if name != "rates"
    }


def test_rectangle_ends_at_pointer_after_selecting_one(person: CanvasMouse) -> None:
    person.click(person.on("member"))
    assert page_of(person).pane.isVisible()
    before = person.places()
    corner = before["lobby"] + QPoint(-60, -60)
    person.move(corner)
    person.press()
    person.glide(before["member"] + QPoint(40, 50), 9)
    assert person.canvas.selection == ("lobby", "member")
    assert person.places() == before
    person.release()
    assert person.canvas.selection == ("lobby", "member")
    assert person.places() == before


def test_menu_opens_at_its_activity(person: CanvasMouse) -> None:
    before = person.places()
    person.move(before["lobby"])
    person.press(Qt.MouseButton.RightButton)
    menu = page_of(person).menu.menu
    assert menu.isVisible()
    assert person.places() == before
    assert (menu.pos() - before["lobby"]).manhattanLength() < 8
    assert "Rename\tF2" in [action.text() for action in menu.actions()]
    person.key(Qt.Key.Key_Escape)
    person.release(Qt.MouseButton.RightButton)
    assert page_of(person).pane.shown_id == "lobby"
    assert person.places() == before


def test_activity_under_pane_is_revealed(person: CanvasMouse, qtbot: Any) -> None:
    made = page_of(person)
    name = max(person.places(), key=lambda one: person.places()[one].x())
    person.canvas.viewer.pan_by(QPointF(made.canvas.width() - 60 - made.canvas.mapFromGlobal(person.on(name)).x(), 0))
    settle()
    before = person.places()
    person.click(person.on(name))
    assert person.places() == before
    qtbot.waitUntil(lambda: made.pane.shown_id == name)
    settle()
    assert made.pane.isVisible()
    assert not person.covered(name)
    assert person.canvas.viewer.scene_box().contains(person.canvas.projection.content([name]))


def test_double_click_at_edge_opens_settings(person: CanvasMouse) -> None:
    name = max(person.places(), key=lambda one: person.places()[one].x())
    person.double_click(person.on(name))
    assert page_of(person).pane.shown_id == name
    focused = QApplication.focusWidget()
    assert isinstance(focused, QLineEdit)
    assert page_of(person).pane.isAncestorOf(focused)


def test_first_dropped_activity_is_in_view(open_page: Callable[..., CanvasMouse]) -> None:
    person = open_page(JourneyVersion(name="New"))
    assert drop_template(person.canvas, LOBBY, QPoint(6, 200))
    settle()
    (name,) = person.canvas.selection
    assert page_of(person).pane.isVisible()
    assert not person.covered(name)
    assert person.canvas.viewer.scene_box().contains(person.canvas.projection.content([name]))


def test_added_activity_is_not_under_pane(open_page: Callable[..., CanvasMouse]) -> None:
    person = open_page()
    person.document.delete(["invited"])
    stub = person.canvas.projection.stubs["membership", ""]
    viewer = person.canvas.viewer
    viewer.pan_by(QPointF(viewer.width() - 40, 300) - QPointF(viewer.mapFromScene(stub.handle)))
    settle()
    assert drop_template(person.canvas, EMAIL, viewer.mapFromScene(stub.handle))
    settle()
    (name,) = person.canvas.selection
    assert page_of(person).pane.shown_id == name
    assert not person.covered(name)
    assert viewer.scene_box().contains(person.canvas.projection.content([name]))


def test_resizing_window_keeps_upper_left(person: CanvasMouse) -> None:
    before = {name: person.window.mapFromGlobal(point) for name, point in person.places().items()}
    for size in ((1200, 700), (1501, 899), (1100, 650)):
        person.window.resize(*size)
        settle()
        after = {name: person.window.mapFromGlobal(point) for name, point in person.places().items()}
        assert after == before
