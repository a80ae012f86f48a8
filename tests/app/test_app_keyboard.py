"""The sample journey built, checked and published without a mouse, by keys alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.bridge import calls
from app.studio import Studio
from engine.model.journey_file import read
from tests.app.test_app_journey import CONTACTED, FILE, plain
from tests.helpers.studio_driver import StudioDriver, close_studio

NONE, CONTROL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
PANES = 8
STOPS = 90
"""How often F6 and Tab are pressed at most before one gives up."""


class Typist(StudioDriver):
    """Presses keys, nothing else; each goes to whatever has the focus."""

    @property
    def focus(self) -> QWidget:
        """What has the keyboard: a popup before a dialog before the window."""
        for top in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
            if top is not None:
                inner: QWidget | None = top.focusWidget()
                return top if inner is None else inner
        widget = QApplication.focusWidget()
        assert widget is not None
        return widget

    def press(self, key: Qt.Key, keys: Any = NONE) -> None:
        QTest.keyClick(self.focus, key, keys)
        QApplication.processEvents()

    def type(self, words: str) -> None:
        QTest.keyClicks(self.focus, words)

    def put(self, words: str) -> None:
        """In place of what a field holds; long texts come from the clipboard, as in life."""
        self.press(Qt.Key.Key_A, CONTROL)
        if len(words) < 20:
            self.type(words)
            return
        QGuiApplication.clipboard().setText(words)
        self.press(Qt.Key.Key_V, CONTROL)

    def tab_to(self, found: Callable[[QWidget], bool]) -> None:
        """Tab until something has the focus."""
        for _ in range(STOPS):
            if found(self.focus):
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError("Tab never comes there")

    def tab_to_field(self, name: str) -> None:
        """Tab to an input of the settings by its name."""
        self.tab_to_widget(self.field(name))

    def tab_to_widget(self, wanted: QWidget) -> None:
        """Tab to an input."""
        self.tab_to(lambda widget: widget is wanted)

    def to_button(self, words: str) -> None:
        """Tab to a button."""
        self.tab_to(
            lambda widget: isinstance(widget, QAbstractButton) and words in (widget.text().strip(), widget.toolTip())
        )

    def come_back(self) -> None:
        """A dialog has closed: a window manager activates its window then; without a screen there is none."""
        self.window.activateWindow()
        self.until(lambda: QApplication.activeWindow() is self.window)

    def to_canvas(self) -> None:
        """F6 until the canvas has the keyboard."""
        for _ in range(PANES):
            if self.page.canvas.viewer.hasFocus():
                return
            self.press(Qt.Key.Key_F6)
        raise AssertionError("F6 never comes to the canvas")

    def next(self, words: str) -> str:
        """Tab on the canvas opens quick-add; words, Enter. The id of what came, which is selected."""
        before = set(self.page.document.journey.by_id)
        self.press(Qt.Key.Key_Tab)
        self.type(words)
        self.press(Qt.Key.Key_Return)
        (made,) = set(self.page.document.journey.by_id) - before
        self.until(lambda: self.page.pane.shown_id == made)
        return made

    def walk_to(self, name: str) -> None:
        """The arrow keys along the canvas to an activity; Enter selects it."""
        canvas = self.page.canvas
        nodes = canvas.projection.nodes
        for _ in range(STOPS):
            if canvas.focused == name:
                self.press(Qt.Key.Key_Return)
                assert canvas.selection == (name,)
                return
            here, there = nodes[canvas.focused].pos(), nodes[name].pos()
            across, down = there.x() - here.x(), there.y() - here.y()
            if abs(across) > abs(down):
                self.press(Qt.Key.Key_Right if across > 0 else Qt.Key.Key_Left)
            else:
                self.press(Qt.Key.Key_Down if down > 0 else Qt.Key.Key_Up)
        raise AssertionError("the arrows never come there")

    def into_settings(self) -> None:
        """Enter on a selected activity."""
        self.press(Qt.Key.Key_Return)
        self.until(lambda: self.page.pane.isAncestorOf(self.focus))

    def keep(self) -> None:
        """Tab to Save, then back to the canvas."""
        self.to_button("Save")
        self.press(Qt.Key.Key_Space)
        self.until(lambda: not self.page.pane.dirty)
        self.to_canvas()


@pytest.fixture
def written(root: Path) -> str:
    text = (root / "resources" / "samples" / FILE).read_text(encoding="utf-8")
    return text.replace("INSERT_SECRET_HERE", "secret")


@pytest.fixture
def typist(qtbot: Any, qapp: Any, tmp_path: Path, written: str) -> Iterator[Typist]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = Typist(qtbot, studio)
    someone.begin()
    imported = someone.ask(calls.journeys.import_file(written, ()))
    someone.ask(calls.journeys.delete(imported.version.id))
    someone.window.read_definitions()
    someone.until(lambda: someone.window.open_journeys.definitions.events)
    someone.window.activateWindow()
    yield someone
    close_studio(qtbot, studio)


def _new_journey(typist: Typist) -> None:
    typist.press(Qt.Key.Key_C)
    typist.until(lambda: QApplication.activeModalWidget() is not None)
    typist.type("Lobby and restaurant")
    typist.press(Qt.Key.Key_Return)
    typist.until(lambda: typist.window.designer is not None)
    typist.until(lambda: "LobbyBeacon" in typist.page.palette_panel.items)
    typist.come_back()
    typist.to_canvas()


def _condition(typist: Typist, paths: list[tuple[str, str]], others: bool) -> None:
    typist.into_settings()
    form: Any = typist.page.pane.form
    for number, (label, expression) in enumerate(paths):
        if number == len(form.paths.cards):
            typist.to_button("Add a path")
            typist.press(Qt.Key.Key_Space)
        card = form.paths.cards[number]
        typist.tab_to_widget(card.name)
        typist.put(label)
        typist.tab_to_widget(card.expression.code)
        typist.put(expression)
    if others:
        typist.tab_to_widget(form._others)
        typist.press(Qt.Key.Key_Space)
    typist.keep()


def _push(typist: Typist, label: str, title: str, text: str) -> str:
    made = typist.next("SendPush")
    typist.into_settings()
    typist.tab_to_field("label")
    typist.put(label)
    for name, words in (("Token", "@{LobbyBeacon.tokens.first().token}"), ("Title", title), ("Text", text)):
        typist.tab_to_field(f"parameter-{name}")
        typist.put(words)
    typist.keep()
    return made


def _end(typist: Typist, label: str) -> None:
    typist.next("End")
    typist.press(Qt.Key.Key_F2)
    typist.type(label)
    typist.press(Qt.Key.Key_Return)
    typist.until(typist.page.canvas.viewer.hasFocus)


def _build(typist: Typist) -> None:
    _new_journey(typist)
    typist.next("LobbyBeacon")
    member = typist.next("Condition")
    loyal = "#{ExperiencePlatform.Profile.loyaltyMember}"
    paths = [("Loyalty member", CONTACTED + loyal), ("Not loyalty member", f"{CONTACTED}not {loyal}")]
    _condition(typist, paths, others=False)
    stay = typist.next("Condition")
    booked = "#{Reservations.Stay.reservation, params: {id: @{LobbyBeacon.personID}}} == true"
    _condition(typist, [("Reservation", booked)], others=True)
    welcome = _push(typist, "Welcome", '"Welcome"', '"Welcome back, " + #{ExperiencePlatform.Profile.firstName}')
    typist.next("RestaurantBeacon")
    _push(typist, "Meal discount", '"Enjoy your meal"', '"10% off at table " + @{RestaurantBeacon.table}')
    _end(typist, "Came to eat")
    typist.walk_to(welcome)
    typist.next("Wait")
    typist.into_settings()
    form: Any = typist.page.pane.form
    typist.tab_to_widget(form._length.number)
    typist.put("6")
    typist.keep()
    _end(typist, "No visit")
    typist.walk_to(stay)
    _push(typist, "Room rates", '"Stay with us"', '"Rooms from 99 tonight"')
    _end(typist, "Rates sent")
    typist.walk_to(member)
    typist.next("Email")
    typist.into_settings()
    form = typist.page.pane.form
    typist.tab_to_widget(form._template)
    typist.choose(form._template, "LoyaltyMembership")
    for name, words in (
        ("address", "#{ExperiencePlatform.Profile.email}"),
        ("parameter-firstName", "#{ExperiencePlatform.Profile.firstName}"),
        ("parameter-lastName", "#{ExperiencePlatform.Profile.lastName}"),
    ):
        typist.tab_to_field(name)
        typist.put(words)
    typist.keep()
    _end(typist, "Invited")


def test_sample_is_built_and_published_by_keyboard(typist: Typist, written: str) -> None:
    _build(typist)
    page = typist.page
    for _ in range(PANES):
        if page.header.isAncestorOf(typist.focus):
            break
        typist.press(Qt.Key.Key_F6)
    typist.to_button("Properties")
    typist.press(Qt.Key.Key_Space)
    typist.tab_to_widget(page.properties.time_zone)
    typist.put("Europe/Paris")
    typist.press(Qt.Key.Key_Escape)
    typist.press(Qt.Key.Key_Return)
    typist.until(lambda: not page.issues)
    assert plain(page.document.journey) == plain(read(written).journey)
    typist.press(Qt.Key.Key_K, CONTROL)
    typist.until(typist.window.popups.search.isVisible)
    typist.type("Publish")
    typist.press(Qt.Key.Key_Return)
    typist.until(lambda: QApplication.activeModalWidget() is not None)
    typist.press(Qt.Key.Key_Return)
    typist.until(lambda: page.row.state == "live")


def test_focus_survives_discarding(typist: Typist) -> None:
    _new_journey(typist)
    made = typist.next("LobbyBeacon")
    typist.into_settings()
    typist.tab_to_field("label")
    typist.put("Not to stay")
    typist.press(Qt.Key.Key_Escape)
    assert typist.field("label").text() == ""
    assert typist.page.canvas.viewer.hasFocus()
    assert typist.page.canvas.selection == (made,)
    typist.into_settings()
    typist.press(Qt.Key.Key_Escape)
    assert not typist.page.pane.isVisible()
    assert typist.page.canvas.viewer.hasFocus()


def test_keyboard_stays_at_kind_that_was_chosen(typist: Typist) -> None:
    _new_journey(typist)
    typist.next("LobbyBeacon")
    typist.next("Condition")
    typist.into_settings()
    form: Any = typist.page.pane.form
    typist.tab_to_widget(form._kind)
    typist.press(Qt.Key.Key_Down)
    changed: Any = typist.page.pane.form
    assert changed is not form
    assert typist.focus is changed._kind
    typist.press(Qt.Key.Key_Down)
    changed = typist.page.pane.form
    assert changed._kind.key() == "condition.percentage"
    assert typist.focus is changed._kind
