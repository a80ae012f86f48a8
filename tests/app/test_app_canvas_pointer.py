"""The mouse on a whole journey page, with panes that open beside the canvas: nothing moves but what is dragged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QDragLeaveEvent, QDragMoveEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from app.document.patches import line
from app.document.transfer import MIME_TYPE
from app.pages.designer import DesignerPage
from engine.model.journey import JourneyVersion
from tests.helpers.canvas_driver import EMAIL, END, LOBBY, WAIT, drop_template, page, sample
from tests.helpers.real_input import CanvasMouse, settle

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


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


def test_undo_of_paste_with_open_pane(person: CanvasMouse) -> None:
    before = person.document.journey
    person.click(person.on("meal"))
    person.click(person.on("ate"), keys=Qt.KeyboardModifier.ControlModifier)
    assert person.canvas.selection == ("meal", "ate")
    person.key(Qt.Key.Key_C, CONTROL)
    person.key(Qt.Key.Key_V, CONTROL)
    assert len(person.canvas.selection) == 2
    person.key(Qt.Key.Key_Z, CONTROL)
    assert person.document.journey == before
    person.click(person.on("meal"))
    person.key(Qt.Key.Key_D, CONTROL)
    assert page_of(person).pane.shown_id == "meal_2"
    person.key(Qt.Key.Key_Z, CONTROL)
    assert page_of(person).pane.shown_id is None
    assert not page_of(person).pane.isVisible()
    person.key(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert "meal_2" in person.document.journey.by_id


def test_name_is_kept_by_click_elsewhere(person: CanvasMouse) -> None:
    person.click(person.on("rates"))
    person.key(Qt.Key.Key_F2)
    person.key(Qt.Key.Key_A, CONTROL)
    person.write("Rooms")
    person.click(person.of(QPointF(0, 480)))
    assert person.canvas.editor.isHidden()
    assert person.document.journey.by_id["rates"].label == "Rooms"
    person.click(person.on("rates"))
    person.key(Qt.Key.Key_F2)
    person.write("Other")
    person.key(Qt.Key.Key_Escape)
    assert person.document.journey.by_id["rates"].label == "Rooms"
    assert person.canvas.viewer.hasFocus()


def test_editor_stays_at_its_activity(person: CanvasMouse) -> None:
    person.click(person.on("rates"))
    person.key(Qt.Key.Key_F2)
    editor = person.canvas.editor

    def beside() -> QPoint:
        return editor.mapToGlobal(editor.rect().center()) - person.on("rates")

    before = beside()
    person.move(person.of(QPointF(0, 480)))
    person.wheel(QPoint(200, 0))
    assert (beside() - before).manhattanLength() <= 2
    person.wheel(QPoint(0, 240))
    assert abs(beside().x()) <= 2
    assert beside().y() > before.y()
    person.document.delete(["rates"])
    assert editor.isHidden()
    assert "rates" not in person.document.journey.by_id


def test_note_is_added_where_one_clicked(person: CanvasMouse) -> None:
    point = person.of(QPointF(20, 420))
    person.move(point)
    person.press(Qt.MouseButton.RightButton)
    menu = page_of(person).menu.menu
    (action,) = [one for one in menu.actions() if one.text() == "Add a note"]
    menu.setActiveAction(action)
    person.key(Qt.Key.Key_Return)
    person.release(Qt.MouseButton.RightButton)
    assert person.canvas.editor.hasFocus()
    person.write("Ask the hotel")
    person.click(person.on("rates"))
    (note,) = person.document.journey.notes
    assert note.text == "Ask the hotel"
    assert (QPointF(*note.position) - QPointF(20, 420)).manhattanLength() <= 2
    assert page_of(person).pane.shown_id == "rates"


def test_pasted_lines_become_one_in_a_name(person: CanvasMouse) -> None:
    person.click(person.on("rates"))
    person.key(Qt.Key.Key_F2)
    person.key(Qt.Key.Key_A, CONTROL)
    QGuiApplication.clipboard().setText("Rooms\tand\r\nrates\n")
    person.key(Qt.Key.Key_V, CONTROL)
    person.key(Qt.Key.Key_Return)
    assert person.document.journey.by_id["rates"].label == "Rooms and rates"


def test_focus_loss_ends_panning_with_space(person: CanvasMouse) -> None:
    person.click(person.of(QPointF(0, 480)))
    person.hold(Qt.Key.Key_Space)
    assert person.canvas.mouse.space
    page_of(person).palette_panel.search.setFocus()
    settle()
    before = person.places()
    person.click(person.on("stay"))
    assert person.canvas.selection == ("stay",)
    person.drag(person.of(QPointF(-60, 480)), person.of(QPointF(60, 520)))
    assert person.places() == before


def test_focus_loss_cancels_drag(person: CanvasMouse) -> None:
    before = person.places()
    person.move(before["rates"])
    person.press()
    person.glide(before["rates"] + QPoint(60, 60))
    assert person.places() != before
    page_of(person).palette_panel.search.setFocus()
    settle()
    assert person.places() == before
    person.release()
    assert person.places() == before
    assert person.document.undo_stack.count() == 0


@pytest.mark.parametrize("key", [(Qt.Key.Key_Z, CONTROL), (Qt.Key.Key_Escape, NONE), (Qt.Key.Key_Delete, NONE)])
def test_key_during_drag_does_one_thing(person: CanvasMouse, key: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
    person.document.update_activity("meal", label="Lunch")
    before = person.places()
    person.move(before["rates"])
    person.press()
    person.glide(before["rates"] + QPoint(60, 60))
    person.key(*key)
    assert person.document.journey.by_id["meal"].label == "Lunch"
    assert "rates" in person.document.journey.by_id
    cancelled = key[0] != Qt.Key.Key_Delete
    assert (person.places() == before) is cancelled
    person.release()
    assert (person.places() == before) is cancelled
    assert person.document.undo_stack.count() == (1 if cancelled else 2)


def test_refusal_is_told_at_the_drop_only(person: CanvasMouse) -> None:
    toast, viewport = person.canvas.toast, person.canvas.viewer.viewport()
    mime = QMimeData()
    mime.setData(MIME_TYPE, END.to_mime())

    def over(point: QPoint) -> QDragMoveEvent:
        QCursor.setPos(point)
        place = viewport.mapFromGlobal(point)
        event = QDragMoveEvent(place, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NONE)
        person.canvas.viewer.dragMoveEvent(event)
        return event

    assert not over(person.on("welcome")).isAccepted()
    assert over(person.of(QPointF(0, 480))).isAccepted()
    assert toast.isHidden()
    assert drop_template(person.canvas, END, viewport.mapFromGlobal(person.of(QPointF(0, 480))))
    assert toast.isHidden()
    assert not over(person.on("welcome")).isAccepted()
    person.canvas.viewer.dragLeaveEvent(QDragLeaveEvent())
    assert "in parallel" in toast.words
    assert toast.isVisible()
    assert len(person.refusals) == 1


def test_paste_is_near_original_and_in_view(person: CanvasMouse) -> None:
    person.click(person.on("rates"))
    person.key(Qt.Key.Key_C, CONTROL)
    person.key(Qt.Key.Key_Escape)
    original = person.canvas.projection.nodes["rates"].pos()
    places = [original]
    for _ in range(3):
        person.key(Qt.Key.Key_V, CONTROL)
        (name,) = person.canvas.selection
        places.append(person.canvas.projection.nodes[name].pos())
        assert not person.covered(name)
        person.key(Qt.Key.Key_Escape)
    assert len({place.toTuple() for place in places}) == 4
    assert all((place - original).manhattanLength() <= 400 for place in places)
    person.canvas.viewer.look_at(QPointF(3000, 3000))
    person.key(Qt.Key.Key_V, CONTROL)
    (name,) = person.canvas.selection
    assert not person.covered(name)


def test_full_journey_says_why_nothing_follows(person: CanvasMouse) -> None:
    while len(person.document.journey.activities) < 50:
        person.document.add_activity(WAIT, (0, 600 + 10 * len(person.document.journey.activities)))
    person.click(person.on("rates"))
    person.document.disconnect_edge(line("rates", "", "rated"))
    person.key(Qt.Key.Key_Tab)
    assert "at most 50" in person.canvas.toast.words
    assert person.refusals == [person.canvas.toast.words]


def test_undo_and_redo_restore_the_view(person: CanvasMouse) -> None:
    viewer = person.canvas.viewer
    person.document.delete(["rated"])
    viewer.look_at(person.canvas.projection.nodes["rates"].pos() - QPointF(viewer.width() / 2 - 60, 0), 1.0)
    person.click(person.on("rates"))
    settle()
    before = viewer.corner
    person.key(Qt.Key.Key_Tab)
    person.write("End")
    person.key(Qt.Key.Key_Return)
    (name,) = person.canvas.selection
    assert person.document.journey.by_id[name].type == "end"
    assert not person.covered(name)
    after = viewer.corner
    assert after != before
    person.key(Qt.Key.Key_Z, CONTROL)
    assert viewer.corner == before
    person.key(Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert viewer.corner == after
    person.click(person.on(name))
    person.canvas.arrange()
    assert viewer.scale_now != 1.0
    person.key(Qt.Key.Key_Z, CONTROL)
    assert (viewer.corner, viewer.scale_now) == (after, 1.0)
