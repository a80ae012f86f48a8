"""What screen readers hear of the canvas: names, roles and states of all that is painted, and what has the focus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.document.patches import line
from app.pages.designer import DesignerPage
from app.theme.theme import Theme
from app.translation import LanguageSwitcher
from engine.core.issues import Issue
from engine.expression import Scope, check
from tests.helpers.canvas_driver import page, sample

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description


class Reader:
    """A screen reader at the canvas of a page."""

    def __init__(self, made: DesignerPage) -> None:
        self.page, self.canvas = made, made.canvas

    @property
    def root(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self.canvas.viewer)

    def children(self) -> list[QAccessibleInterface]:
        root = self.root
        return [root.child(index) for index in range(root.childCount())]

    def names(self) -> list[str]:
        return [child.text(NAME) for child in self.children()]

    def of(self, name: str) -> QAccessibleInterface:
        return next(child for child in self.children() if child.text(NAME).startswith(name))


@pytest.fixture
def reader(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Reader]:
    appearance = Theme(qapp, "light")
    yield Reader(page(qtbot, tmp_path, sample()))
    appearance.deleteLater()


def test_canvas_is_list_of_activities_and_lines(reader: Reader) -> None:
    journey = reader.canvas.document.journey
    assert reader.root.role() == QAccessible.Role.List
    assert reader.root.text(NAME).startswith("Canvas of Lobby and restaurant")
    names = reader.names()
    assert len(names) == len(journey.activities) + len(journey.edges)
    assert names[0] == "Event LobbyBeacon"
    assert "Custom action SendPush · Welcome" in names or "Action SendPush · Welcome" in names
    assert "Loyalty member: Condition to Condition" in names
    assert {child.role() for child in reader.children()} == {QAccessible.Role.ListItem}
    assert all(reader.root.indexOfChild(child) == index for index, child in enumerate(reader.children()))


def test_activity_description_names_targets_and_position(reader: Reader) -> None:
    wait = reader.of("Wait")
    assert wait.text(NAME) == "Wait · 6 hours"
    assert wait.text(DESCRIPTION) == "Wait · 6 hours to End · No visit"
    box = wait.rect()
    place = reader.canvas.viewer.mapToGlobal(
        reader.canvas.viewer.mapFromScene(reader.canvas.projection.nodes["six_hours"].pos())
    )
    assert box.contains(place)
    found = reader.root.childAt(place.x(), place.y())
    assert found.text(NAME) == "Wait · 6 hours"


def test_selection_focus_and_trouble_are_states(reader: Reader) -> None:
    viewer = reader.canvas.viewer
    for _ in range(2):
        QTest.keyClick(viewer, Qt.Key.Key_Right)
    assert reader.canvas.focused == "member"
    QTest.keyClick(viewer, Qt.Key.Key_Return)
    reader.canvas.set_problems([Issue("ERR_X", "member", "", {"message": "Give each path a condition."})])
    assert reader.root.focusChild().text(NAME) == "Condition, Give each path a condition."
    states = [child.state() for child in reader.children()]
    assert [state.selected for state in states].count(1) == 1
    assert [state.focused for state in states].count(1) == 1
    assert reader.root.focusChild().state().selected
    assert viewer.accessibleName().endswith("Give each path a condition.")


def test_trouble_is_in_the_language_of_the_user(qapp: QApplication, reader: Reader) -> None:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    try:
        reason = check("1 +", Scope({}, {}, ())).errors[0].phrase
        problem = Issue("ERR_EXPRESSION_001", "member", "", {"label": "member", "reason": reason})
        reader.canvas.set_problems([problem])
        shown = reader.canvas.projection.nodes["member"].problem_text
    finally:
        switcher.set_language("en")
    assert shown == "member의 표현식을 읽을 수 없습니다: '+' 뒤에 값, 필드 또는 함수가 필요합니다."


def test_activity_name_includes_counts(reader: Reader) -> None:
    canvas = reader.canvas
    canvas.set_mode("live")
    canvas.set_counts({"lobby": 1200}, {}, {"rates": 2})
    assert reader.of("Event LobbyBeacon").text(NAME) == "Event LobbyBeacon, 1200 people"
    assert any(name.endswith("Room rates, 2 failed") for name in reader.names())
    canvas.set_mode("test")
    canvas.set_visited({"lobby"}, [line("lobby", "", "member")], {}, {"restaurant"})
    assert reader.of("Event LobbyBeacon").text(NAME) == "Event LobbyBeacon, passed"
    assert reader.of("Event RestaurantBeacon").text(NAME) == "Event RestaurantBeacon, waiting here"


def test_removed_activities_are_not_accessible(reader: Reader) -> None:
    before = len(reader.names())
    kept = reader.of("Wait")
    reader.canvas.document.delete(["six_hours"])
    assert not any(name.startswith("Wait") for name in reader.names())
    assert len(reader.names()) < before
    reader.canvas.document.undo_stack.undo()
    assert reader.of("Wait").text(NAME) == "Wait · 6 hours"
    assert kept is not None


def test_every_button_of_canvas_has_name(reader: Reader) -> None:
    bar = reader.canvas.zoom_bar
    names = [QAccessible.queryAccessibleInterface(child).text(NAME) for child in bar.children() if child.isWidgetType()]
    assert {"Zoom in", "Zoom out", "Zoom to fit", "Arrange", "Overview map", "Outline"} <= set(names)


def test_outline_describes_journey(reader: Reader) -> None:
    reader.page.left_dock.toggle()
    tree = reader.page.left_dock.outline.tree

    def entries(item: Any, depth: int) -> Iterator[tuple[int, str]]:
        for at in range(item.childCount()):
            yield depth, item.child(at).text(0)
            yield from entries(item.child(at), depth + 1)

    words = list(entries(tree.invisibleRootItem(), 0))
    assert words[:3] == [(0, "LobbyBeacon"), (0, "Condition"), (1, "Loyalty member")]
    assert (1, "Not loyalty member") in words
    names = [name for _, name in words]
    assert names.index("Not loyalty member") > names.index("End · Rates sent")
    assert len([name for name in names if name.startswith("End")]) == 4
