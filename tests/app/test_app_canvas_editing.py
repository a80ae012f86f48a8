"""Every way to build, on a whole page, by someone with mouse and keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from app.canvas import CanvasView
from app.document.document import STEPS
from app.document.patches import line
from app.pages.designer import DesignerPage
from app.theme.theme import Theme
from engine.model.journey import JourneyVersion
from tests.helpers.canvas_driver import CanvasDriver, page, sample, shown

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


class Builder(CanvasDriver):
    """The same person in front of the whole page."""

    def __init__(self, made: DesignerPage) -> None:
        super().__init__(made.canvas)
        self.page = made

    @property
    def journey(self) -> JourneyVersion:
        return self.document.journey

    @property
    def offered(self) -> list[str]:
        """What quick-add offers now."""
        shown_list = self.page.next.popup.list
        items = [shown_list.item(row) for row in range(shown_list.count())]
        return [item.text() for item in items if not item.isHidden()]

    def choose(self, words: str) -> str:
        """Type in quick-add, Enter; the id of what came."""
        before = set(self.journey.by_id)
        search = self.page.next.popup.search
        QTest.keyClicks(search, words)
        QTest.keyClick(search, Qt.Key.Key_Return)
        (made,) = set(self.journey.by_id) - before
        return made

    def menu(self, *words: str) -> None:
        """Shift+F10, then the arrow keys to an entry, and to one of its own menu; Enter."""
        self.key(Qt.Key.Key_F10, SHIFT)
        menu = self.page.menu.menu
        for word in words:
            menu = self._walk(menu, word)

    def _walk(self, menu: QMenu, words: str) -> QMenu:
        for _ in range(len(menu.actions())):
            QTest.keyClick(menu, Qt.Key.Key_Down)
            action = menu.activeAction()
            if action.text().partition("\t")[0] == words:
                inner = action.menu()
                opens = isinstance(inner, QMenu)
                QTest.keyClick(menu, Qt.Key.Key_Right if opens else Qt.Key.Key_Return)
                return inner if isinstance(inner, QMenu) else menu
        raise AssertionError(f"the menu has no {words}: {[action.text() for action in menu.actions()]}")


@pytest.fixture
def builder(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Builder]:
    appearance = Theme(qapp, "light")
    yield Builder(page(qtbot, tmp_path, sample()))
    appearance.deleteLater()


@pytest.fixture
def empty(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Builder]:
    appearance = Theme(qapp, "light")
    yield Builder(page(qtbot, tmp_path, JourneyVersion(name="New")))
    appearance.deleteLater()


def test_palette_double_click_uses_next_free_position(empty: Builder) -> None:
    def twice(item: str) -> str:
        before = set(empty.journey.by_id)
        entry = empty.page.palette_panel.items[item]
        QTest.mouseDClick(entry, LEFT, pos=entry.rect().center())
        (made,) = set(empty.journey.by_id) - before
        return made

    assert empty.page.palette_panel.items["wait.duration"].reason
    first = twice("LobbyBeacon")
    second = twice("wait.duration")
    assert empty.journey.edges == (line(first, "", second),)
    assert empty.page.pane.shown_id == second
    empty.key(Qt.Key.Key_Escape)
    third = twice("end")
    assert third not in empty.journey.incoming
    assert len({item.position for item in empty.journey.activities}) == 3


def test_tab_offers_allowed_activities_and_connects(builder: Builder) -> None:
    builder.document.disconnect_edge(line("six_hours", "", "no_visit"))
    builder.click(builder.at("six_hours"))
    builder.key(Qt.Key.Key_Tab)
    assert "Reaction" not in builder.offered  # pushes of an action are no messages that are followed
    assert {"Wait", "End", "SendPush", "Condition"} <= set(builder.offered)
    made = builder.choose("End")
    assert line("six_hours", "", made) in builder.journey.edges
    assert builder.canvas.selection == (made,)
    builder.agree()


def test_tab_on_connected_path_offers_parallel_activities(builder: Builder) -> None:
    builder.click(builder.at("welcome"))
    builder.key(Qt.Key.Key_Tab)
    assert {"LobbyBeacon", "Wait"} <= set(builder.offered)
    assert not {"End", "SendPush", "Condition", "Email"} & set(builder.offered)
    made = builder.choose("Lobby")
    assert line("welcome", "", made) in builder.journey.edges


def test_line_from_path_end_adds_and_connects(builder: Builder) -> None:
    builder.document.disconnect_edge(line("rates", "", "rated"))
    builder.drag(builder.end("rates"), builder.at("rates") + QPointF(60, 130))
    made = builder.choose("SMS")
    assert line("rates", "", made) in builder.journey.edges
    builder.agree()


def test_plus_of_activity_adds_parallel_path(builder: Builder) -> None:
    builder.go(builder.at("welcome"), Qt.MouseButton.NoButton)
    builder.click(builder.at("welcome") + QPointF(24, 22))
    assert "End" not in builder.offered
    made = builder.choose("Restaurant")
    assert len(builder.journey.outgoing["welcome"]) == 3
    assert line("welcome", "", made) in builder.journey.edges
    builder.go(builder.at("rates"), Qt.MouseButton.NoButton)
    assert builder.canvas.projection.nodes["rates"].plus is None


def test_double_click_on_line_inserts(builder: Builder) -> None:
    builder.double_click((builder.at("membership") + builder.at("invited")) / 2)
    assert "End" not in builder.offered
    made = builder.choose("Wait")
    assert line("membership", "", made) in builder.journey.edges
    assert line(made, "", "invited") in builder.journey.edges
    builder.agree()


def test_copy_from_published_journey_to_another(builder: Builder, qtbot: Any) -> None:
    published = CanvasDriver(shown(qtbot, sample()))
    published.document.set_read_only(True)
    published.canvas.set_mode("live")
    published.canvas.select(["rates", "rated"])
    published.key(Qt.Key.Key_C, CONTROL)
    copied = json.loads(QGuiApplication.clipboard().text())
    assert [item["id"] for item in copied["activities"]] == ["rates", "rated"]
    builder.document.disconnect_edge(line("six_hours", "", "no_visit"))
    builder.click(builder.at("six_hours"))
    builder.key(Qt.Key.Key_V, CONTROL)
    assert line("six_hours", "", "rates_2") in builder.journey.edges
    assert line("rates_2", "", "rated_2") in builder.journey.edges
    assert builder.canvas.selection == ("rates_2", "rated_2")
    assert builder.page.header.undo.toolTip().startswith("Undo")
    builder.agree()


def test_undo_names_steps_and_keeps_two_hundred(builder: Builder) -> None:
    stack = builder.document.undo_stack
    builder.drag(builder.at("rates"), builder.at("rates") + QPointF(60, 0))
    builder.canvas.select(["rates"])
    builder.key(Qt.Key.Key_D, CONTROL)
    builder.key(Qt.Key.Key_G, CONTROL)
    builder.key(Qt.Key.Key_X, CONTROL)
    assert [stack.text(at) for at in range(stack.count())] == ["Move", "Paste", "Group", "Cut"]
    assert "Cut" in builder.page.header.undo.toolTip()
    builder.key(Qt.Key.Key_Z, CONTROL)
    assert "Cut" in builder.page.header.redo.toolTip()
    for step in range(STEPS + 20):
        builder.document.update_activity("rates", label=f"Step {step}")
    assert stack.count() == STEPS


def test_alignment_and_spreading_from_menu(builder: Builder) -> None:
    names = ("lobby", "welcome", "invited")
    builder.canvas.select(names)
    builder.menu("Align", "Align in a row")
    assert len({builder.at(name).y() for name in names}) == 1
    builder.menu("Align", "Distribute horizontally")
    places = sorted(builder.at(name).x() for name in names)
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=1)
    builder.menu("Align", "Align in a column")
    assert len({builder.at(name).x() for name in names}) == 1
    builder.agree()


def test_groups_are_named_coloured_and_taken_away(builder: Builder) -> None:
    builder.canvas.select(["rates", "rated"])
    builder.menu("Group")
    builder.menu("This group", "Green")
    assert builder.journey.groups[0].color == "green"
    builder.menu("This group", "Rename")
    QTest.keyClicks(builder.canvas.editor, "Offers")
    QTest.keyClick(builder.canvas.editor, Qt.Key.Key_Return)
    assert builder.journey.groups[0].label == "Offers"
    builder.menu("Group Offers", "Ungroup")
    assert builder.journey.groups == ()
    builder.agree()


def test_note_is_written_where_it_lies(builder: Builder) -> None:
    builder.menu("Add a note")
    QTest.keyClicks(builder.canvas.editor, "Ask the hotel")
    QTest.keyClick(builder.canvas.editor, Qt.Key.Key_Return)
    assert builder.journey.notes[0].text == "Ask the hotel"


def test_lines_from_menu(builder: Builder) -> None:
    builder.canvas.select(["rates"])
    builder.menu("Disconnect", "SendPush · Room rates to End · Rates sent")
    assert "rates" not in builder.journey.outgoing
    builder.menu("Connect to", "End · Rates sent")
    assert line("rates", "", "rated") in builder.journey.edges
    builder.menu("Insert before")
    made = builder.choose("Wait")
    assert line("stay", "others", made) in builder.journey.edges
    builder.agree()


def test_arranging_removes_overlaps_in_one_step(builder: Builder) -> None:
    builder.document.move({item.id: (0, 0) for item in builder.journey.activities})
    count = builder.document.undo_stack.count()
    QTest.mouseClick(builder.canvas.zoom_bar.arrange_button, LEFT)
    assert builder.document.undo_stack.count() == count + 1
    places = {item.position for item in builder.journey.activities}
    assert len(places) == len(builder.journey.activities)


def test_overview_map_scrolls_to_click(builder: Builder) -> None:
    canvas = builder.canvas
    canvas.zoom_100()
    builder.key(Qt.Key.Key_M)
    assert canvas.overview.isVisible()
    QTest.mouseClick(canvas.overview, LEFT, pos=QPoint(20, 66))
    left = canvas.viewer.center.x()
    QTest.mouseClick(canvas.overview, LEFT, pos=QPoint(190, 66))
    assert canvas.viewer.center.x() > left
    builder.key(Qt.Key.Key_M)
    assert canvas.overview.isHidden()


def test_search_keys_move_forward_and_back(builder: Builder) -> None:
    builder.key(Qt.Key.Key_F, CONTROL)
    field = builder.canvas.find_bar.field
    QTest.keyClicks(field, "sendpush")
    assert builder.canvas.selection == ("welcome",)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert builder.canvas.selection == ("rates",)
    QTest.keyClick(field, Qt.Key.Key_Return, SHIFT)
    QTest.keyClick(field, Qt.Key.Key_Return, SHIFT)
    assert builder.canvas.selection == ("meal",)
    assert builder.canvas.find_bar.count.text() == "3 / 3"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert builder.canvas.find_bar.isHidden()


def wheel(canvas: CanvasView, place: QPointF, turned: int, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
    """One turn of the wheel at a place of the view."""
    viewport, nothing = canvas.viewer.viewport(), Qt.MouseButton.NoButton
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, viewport.mapToGlobal(place), QPoint(), QPoint(0, turned), nothing, keys, phase, False)
    QGuiApplication.sendEvent(viewport, event)


def test_wheel_zooms_at_pointer(builder: Builder) -> None:
    viewer = builder.canvas.viewer
    place, scale = QPointF(400, 250), viewer.scale_now
    point = viewer.scene_point(place)
    wheel(builder.canvas, place, 240)
    assert viewer.scale_now > scale
    assert (viewer.scene_point(place) - point).manhattanLength() < 2
    before = viewer.center.x()
    wheel(builder.canvas, place, 120, SHIFT)
    assert viewer.center.x() != before


def test_space_held_down_pans_with_left_button(builder: Builder) -> None:
    viewer, before = builder.canvas.viewer, builder.canvas.viewer.center
    start = builder.at("rates")
    QTest.keyPress(viewer, Qt.Key.Key_Space)
    builder.press(start)
    builder.go(start + QPointF(60, 0))
    builder.let_go(start + QPointF(60, 0))
    QTest.keyRelease(viewer, Qt.Key.Key_Space)
    assert viewer.center.x() < before.x()
    assert builder.at("rates") == start
    assert builder.document.undo_stack.count() == 0


def test_outline_and_canvas_select_together(builder: Builder) -> None:
    builder.key(Qt.Key.Key_O)
    outline = builder.page.left_dock.outline
    assert outline.isVisible()
    builder.click(builder.at("rates"))
    assert outline.current == "rates"
    QTest.keyClick(outline.tree, Qt.Key.Key_Down)
    assert outline.current == "rated"
    assert builder.canvas.selection == ("rated",)
    assert builder.page.pane.shown_id == "rated"
    builder.document.update_activity("rated", label="Told the rates")
    assert [item.text(0) for item in outline.tree.selectedItems()] == ["End · Told the rates"]
    QTest.keyClick(outline.tree, Qt.Key.Key_Escape)
    assert outline.isHidden()


def test_picture_shows_whole_journey(builder: Builder, tmp_path: Path) -> None:
    builder.canvas.viewer.look_at(QPointF(5000, 5000), 3.0)
    notified: list[str] = []
    builder.page.notified.connect(notified.append)
    for kind in ("png", "svg", "pdf"):
        builder.page.picture_actions.save(tmp_path / f"whole.{kind}")
        assert (tmp_path / f"whole.{kind}").stat().st_size > 8000, kind
    builder.page.picture_actions.save(tmp_path / "no" / "folder.png")
    assert notified[:3] == ["Written to whole.png.", "Written to whole.svg.", "Written to whole.pdf."]
    assert notified[3] == "The picture could not be written; choose another place."
