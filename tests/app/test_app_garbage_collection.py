"""Cycles are looked for between two inputs, by the window's thread alone, and never among what is loaded for good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.studio import NEW, IdleGarbageCollector


class Knot:
    """Something that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collector(qapp: Any) -> Iterator[IdleGarbageCollector]:
    gc.collect()
    made = IdleGarbageCollector()
    yield made
    made.end()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def knot() -> weakref.ref[Knot]:
    """A cycle that nobody holds."""
    return weakref.ref(Knot())


def many() -> list[list[int]]:
    """So many new objects that a look is worth while."""
    return [[] for _ in range(NEW + 1)]


def test_python_itself_does_not_look(collector: IdleGarbageCollector) -> None:
    gone = knot()
    kept = [many() for _ in range(50)]
    assert gone() is not None
    assert len(kept) == 50


def test_new_cycles_are_collected_at_threshold(collector: IdleGarbageCollector) -> None:
    gone = knot()
    collector.look()
    assert gone() is not None
    kept = many()
    collector.look()
    assert gone() is None
    assert kept


def test_old_cycles_go_now_and_then(collector: IdleGarbageCollector) -> None:
    held = Knot()
    gc.collect()
    gone = weakref.ref(held)
    del held
    for _ in range(100):
        collector.look()
    assert gone() is None


def test_no_collection_while_mouse_is_pressed(collector: IdleGarbageCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QGuiApplication, "mouseButtons", lambda: Qt.MouseButton.LeftButton)
    gone, kept = knot(), many()
    for _ in range(100):
        collector.look()
    assert gone() is not None
    assert kept


def test_first_run_objects_are_frozen(collector: IdleGarbageCollector) -> None:
    collector.engine_changed("starting")
    assert gc.get_freeze_count() == 0
    collector.engine_changed("running")
    aside = gc.get_freeze_count()
    assert aside > 1000
    later = many()
    gc.collect()
    collector.engine_changed("running")
    assert gc.get_freeze_count() <= aside
    assert later
