"""Every key of the canvas and of an open journey does what the list of keys says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.canvas.keyboard import KEYS, Combination
from app.document.patches import line
from app.pages.designer import DesignerPage
from app.theme.theme import Theme
from tests.helpers.canvas_driver import CanvasDriver, page, sample

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Typist(CanvasDriver):
    """Someone who only types, at the page of the sample with ``rates`` selected."""

    def __init__(self, made: DesignerPage) -> None:
        super().__init__(made.canvas)
        self.page = made
        self.asked: list[tuple[str, str]] = []
        self.opened: list[str] = []
        made.canvas.quick_add_requested.connect(lambda _, name, path: self.asked.append((name, path)))
        made.canvas.activated.connect(self.opened.append)
        made.canvas.select(["rates"])

    @property
    def ids(self) -> set[str]:
        return set(self.document.journey.by_id)

    @property
    def scale(self) -> float:
        return self.canvas.viewer.scale_now

    def has_gone(self, name: str) -> bool:
        return name not in self.document.journey.by_id


def _copied(person: Typist) -> bool:
    return '"rates"' in QGuiApplication.clipboard().text()


def _copy(person: Typist) -> None:
    person.key(Qt.Key.Key_C, CONTROL)


def _undone(person: Typist) -> None:
    person.document.delete(["rates"])
    person.document.undo_stack.undo()


def _far(person: Typist) -> None:
    person.canvas.viewer.look_at(person.canvas.viewer.center, 0.4)


def _away(person: Typist) -> None:
    person.canvas.viewer.look_at(QPointF(5000, 5000), 3.0)


def _nothing(person: Typist) -> None:
    """What was before does not matter."""


def _grouped(person: Typist) -> None:
    person.document.add_group(["rates"])


def _open_end(person: Typist) -> None:
    person.document.disconnect_edge(line("rates", "", "rated"))


EXPECTED: dict[str, tuple[Callable[[Typist], None], Callable[[Typist], object]]] = {
    "select_all": (_nothing, lambda person: len(person.canvas.selection) == len(person.ids)),
    "copy": (_nothing, _copied),
    "cut": (_nothing, lambda person: person.has_gone("rates") and _copied(person)),
    "paste": (_copy, lambda person: "rates_2" in person.ids),
    "duplicate": (_nothing, lambda person: "rates_2" in person.ids),
    "show_find": (_nothing, lambda person: person.canvas.find_bar.isVisible()),
    "group_selection": (
        _nothing,
        lambda person: [group.activities for group in person.document.journey.groups] == [("rates",)],
    ),
    "ungroup_selection": (_grouped, lambda person: not person.document.journey.groups),
    "undo": (_grouped, lambda person: not person.document.journey.groups),
    "redo": (_undone, lambda person: person.has_gone("rates")),
    "delete_selection": (_nothing, lambda person: person.has_gone("rates")),
    "rename": (_nothing, lambda person: person.canvas.editor.isVisible()),
    "zoom_100": (_far, lambda person: person.scale == 1.0),
    "zoom_to_fit": (
        _away,
        lambda person: person.canvas.viewer.scene_box().contains(person.canvas.projection.content()),
    ),
    "zoom_to_selection": (_far, lambda person: person.scale == 1.0),
    "zoom_in": (_far, lambda person: person.scale == 0.5),
    "zoom_out": (_far, lambda person: person.scale == 0.25),
    "escape": (_nothing, lambda person: person.canvas.selection == ()),
    "confirm": (_nothing, lambda person: person.opened == ["rates"]),
    "quick_add": (_open_end, lambda person: person.asked == [("rates", "")]),
    "leave_backwards": (_nothing, lambda person: not person.canvas.viewer.hasFocus()),
    "open_menu": (_nothing, lambda person: isinstance(QApplication.activePopupWidget(), QMenu)),
    "ask_outline": (_nothing, lambda person: person.page.left_dock.outline.isVisible()),
    "toggle_map": (_nothing, lambda person: person.canvas.overview.isVisible()),
}
"""For each deed of the table of keys: what is done before, and how one sees that the key did it."""


@pytest.fixture
def typist(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Typist]:
    appearance = Theme(qapp, "light")
    QGuiApplication.clipboard().clear()
    yield Typist(page(qtbot, tmp_path, sample()))
    if popup := QApplication.activePopupWidget():
        popup.close()
    appearance.deleteLater()


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key[0].value}+{key[1].name}")
def test_each_key_of_canvas(typist: Typist, key: Combination) -> None:
    before, done = EXPECTED[KEYS[key]]
    before(typist)
    assert not done(typist)
    typist.key(key[1], key[0])
    assert done(typist)
    typist.agree()


def test_shortcut_table_lists_all_actions() -> None:
    assert set(EXPECTED) == set(KEYS.values())


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_arrow_keys_select_nearest_activity(typist: Typist, key: Qt.Key) -> None:
    typist.key(Qt.Key.Key_Escape)
    typist.key(Qt.Key.Key_Right)
    assert typist.canvas.focused == "rated"
    assert typist.canvas.projection.nodes["rated"].focused
    assert not typist.canvas.selection
    typist.key(key)
    assert list(typist.canvas.selection) == ["rated"]
    typist.key(Qt.Key.Key_Up)
    assert typist.canvas.focused != "rated"


def test_tab_without_selection_moves_to_next_pane(typist: Typist) -> None:
    typist.key(Qt.Key.Key_Escape)
    typist.key(Qt.Key.Key_Tab)
    assert not typist.canvas.viewer.hasFocus()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_f6_cycles_panes(typist: Typist) -> None:
    shown = typist.page
    for part in (shown.pane, shown.header, shown.palette_panel):
        QTest.keyClick(focused(), Qt.Key.Key_F6)
        assert part.isAncestorOf(focused())
    QTest.keyClick(focused(), Qt.Key.Key_F6)
    assert typist.canvas.viewer.hasFocus()
    QTest.keyClick(focused(), Qt.Key.Key_F6, SHIFT)
    assert shown.palette_panel.isAncestorOf(focused())


def test_enter_adds_from_palette(typist: Typist) -> None:
    typist.key(Qt.Key.Key_Escape)
    entry = typist.page.palette_panel.items["end"]
    entry.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(entry, Qt.Key.Key_Return)
    assert "end" in typist.ids


@pytest.fixture
def tester(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[DesignerPage]:
    appearance = Theme(qapp, "light")
    yield page(qtbot, tmp_path, sample(), "test")
    appearance.deleteLater()


def test_keys_of_test_mode(tester: DesignerPage) -> None:
    pressed: list[str] = []
    tester.header.test_switched.connect(lambda on: pressed.append("test"))
    tester.test_panel.send.clicked.connect(lambda: pressed.append("send"))
    tester.test_panel.log.clicked.connect(lambda: pressed.append("log"))
    tester.test_panel.send.setEnabled(True)
    for key in (Qt.Key.Key_E, Qt.Key.Key_L):
        QTest.keyClick(tester.canvas.viewer, key)
    QTest.keyClick(tester.canvas.viewer, Qt.Key.Key_P)
    assert QApplication.focusWidget() is tester.test_panel.profile
    tester.canvas.setFocus()
    QTest.keyClick(tester.canvas.viewer, Qt.Key.Key_T)
    assert pressed == ["send", "log", "test"]


def test_tab_order_from_header_to_canvas(tester: DesignerPage) -> None:
    tester.header.more.setFocus(Qt.FocusReason.TabFocusReason)
    passed: list[QWidget] = []
    while not tester.canvas.viewer.hasFocus():
        assert focused() not in passed
        passed.append(focused())
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
    panel = tester.test_panel
    assert passed[0] is tester.header.more
    assert {panel.wait, panel.event_choice, panel.profile} <= set(passed[1:])
    assert all(panel.isAncestorOf(part) for part in passed[1:])
