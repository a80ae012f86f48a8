"""The dearest edits of a journey of 50 activities, each until it is painted: what one does by hand, key and undo.

Each is done again and again on the open studio's page; between two of them everything that follows later (the rules,
the draft, the saving) is let happen, and is not in the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks._canvas_journey import spread, timed

AGAIN = 24
_MIDDLE = "a20"


def edits(studio: Any, wait_until_idle: Callable[[], object]) -> dict[str, dict[str, float]]:
    """Processor milliseconds by kind of edit; ``wait_until_idle`` lets what follows happen."""
    page = studio.window.designer
    page.canvas.zoom_to_fit()
    found = {}
    for name, kind in KINDS.items():
        times = []
        deeds = kind(page)
        wait_until_idle()
        for number, deed in zip(range(2 * AGAIN), deeds, strict=False):
            used = timed(partial(_seen, deed))
            if deed.__name__ != "back" and number >= 2:
                times.append(used)
            wait_until_idle()
        found[name] = spread(times)
    return found


def _seen(deed: Callable[[], object]) -> None:
    """Done, and painted: that waits for Qt as an event."""
    from PySide6.QtWidgets import QApplication

    deed()
    QApplication.processEvents()


def _insert(page: Any) -> Iterator[Callable[[], object]]:
    """Insert an activity on an edge, then undo."""
    from PySide6.QtCore import QPointF

    from app.document.transfer import ActivityTemplate

    canvas = page.canvas
    edge = canvas.document.journey.incoming[_MIDDLE][0]

    def insert() -> None:
        canvas.insert(ActivityTemplate("wait.duration", {}), QPointF(600, 300), edge)

    def back() -> None:
        canvas.undo()

    while True:
        yield insert
        yield back


def _rejoin(page: Any) -> Iterator[Callable[[], object]]:
    """Delete an activity between two others, so that those are joined, then undo."""
    canvas = page.canvas
    outgoing = canvas.document.journey.outgoing
    inner = next(name for name in outgoing if len(outgoing[name]) == 1 and name not in ("a0", "a1"))

    def delete() -> None:
        canvas.delete_selection()

    def back() -> None:
        canvas.undo()
        canvas.select([inner])

    canvas.select([inner])
    while True:
        yield delete
        yield back


def _arranged(page: Any) -> Iterator[Callable[[], object]]:
    """Auto layout of all taken back, and done again: 50 activities move at once."""
    canvas = page.canvas
    canvas.select([])
    places = {item.id: (item.position[0] * 2, item.position[1] + 300) for item in canvas.document.journey.activities}
    canvas.document.move(places)
    canvas.arrange()

    def undo() -> None:
        canvas.undo()

    def redo() -> None:
        canvas.redo()

    while True:
        yield undo
        yield redo


def _dragged(page: Any) -> Iterator[Callable[[], object]]:
    """All 50 activities selected and dragged by hand: one step of the mouse each."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    canvas = page.canvas
    viewport, viewer = canvas.viewer.viewport(), canvas.viewer
    canvas.select_all()
    begun = viewer.mapFromScene(canvas.projection.nodes[_MIDDLE].pos())
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, begun)
    step = 0

    def drag() -> None:
        nonlocal step
        step += 1
        QTest.mouseMove(viewport, begun + QPoint(6 * (step % 20), 4 * (step % 20)))

    for _ in range(2 * AGAIN - 1):
        yield drag

    def back() -> None:
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, begun)

    yield back


def _typed(page: Any) -> Iterator[Callable[[], object]]:
    """Letters typed into the first field of an activity's settings."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    page.canvas.select([])
    page.canvas.select([_MIDDLE])
    (field, *_) = page.pane.form.findChildren(QLineEdit)
    field.setFocus()

    def letter() -> None:
        QTest.keyClicks(field, "x")

    while True:
        yield letter


def _selected(page: Any) -> Iterator[Callable[[], object]]:
    """Another activity selected: its settings open."""
    pane = page.pane
    pane.discard()
    names = [item.id for item in page.document.journey.activities]

    def select(name: str) -> None:
        page.canvas.select([name])

    while True:
        for name in names:

            def choose(name: str = name) -> None:
                select(name)

            yield choose


KINDS: dict[str, Callable[[Any], Iterator[Callable[[], object]]]] = {
    "insert_on_edge": _insert,
    "delete_and_rejoin": _rejoin,
    "undo_auto_layout": _arranged,
    "drag_all": _dragged,
    "type_a_letter": _typed,
    "select_another": _selected,
}
