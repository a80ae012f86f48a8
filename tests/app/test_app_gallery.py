"""Every picture of the studio is as it was: each item where it stood, exactly, and how it looks, but for smoothing.

When something was meant to change, look at the pictures (``make gallery``), then keep them with
``make gallery ARGS=--record``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QPainter
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from benchmarks._pictures import MOST_DIFFERENT, REFERENCE, PictureSet, difference, widget_positions
from benchmarks.gallery import IN_GUIDE, walk

REACHED = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit)
SMALLEST_GUIDE, LARGEST_PICTURE = 20, 150_000


@pytest.fixture(scope="module")
def visited(qapp: Any) -> tuple[PictureSet, set[str]]:
    """Every picture, and what can be reached by keys on the way but has no name for screen readers."""
    album, nameless = PictureSet(), set[str]()

    def see(name: str, widget: QWidget, image: QImage, canvas: Any) -> None:
        album.add(name, image, widget_positions(widget, canvas))
        nameless.update(f"{name}: {part}" for part in _nameless(widget))

    walk(qapp, see)
    return album, nameless


def _nameless(widget: QWidget) -> Iterator[str]:
    for part in widget.findChildren(QWidget):
        reached = part.isVisibleTo(widget) and part.focusPolicy() & Qt.FocusPolicy.TabFocus and not part.focusProxy()
        if reached and part.isEnabled() and isinstance(part, REACHED):
            described = QAccessible.queryAccessibleInterface(part)
            if not described.text(QAccessible.Text.Name).strip():
                yield f"{type(part).__name__} {part.objectName()} in {type(part.parentWidget()).__name__}"


def test_studio_looks_as_it_did(visited: tuple[PictureSet, set[str]]) -> None:
    assert visited[0].faults(REFERENCE) == []


def test_focusable_widgets_have_accessible_names(visited: tuple[PictureSet, set[str]]) -> None:
    assert sorted(visited[1]) == []


def test_change_of_look_or_place_is_seen(tmp_path: Path) -> None:
    before, after = PictureSet(), PictureSet()
    plain = QImage(1600, 960, QImage.Format.Format_RGB32)
    plain.fill(QColor("white"))
    for album in (before, after):
        album.add("one", plain, ["Button 0 0 10 10"])
    before.keep(tmp_path)
    assert after.faults(tmp_path) == []
    changed = QImage(plain)
    painter = QPainter(changed)
    painter.fillRect(QRect(100, 100, 120, 120), QColor("black"))
    painter.end()
    after.add("one", changed, ["Button 4 0 10 10"])
    after.add("two", plain, [])
    moved, other, new = after.faults(tmp_path)
    assert moved == "one: was Button 0 0 10 10; is Button 4 0 10 10"
    assert other.startswith("one: 0.94% of the picture")
    assert new == "two: no picture is kept to compare with"
    assert difference(plain, changed) > MOST_DIFFERENT
    assert difference(plain, QImage(10, 10, QImage.Format.Format_RGB32)) == 1.0


def test_guide_pictures_exist_and_are_small(root: Path) -> None:
    shown = {file.name for file in (root / "docs" / "pictures").glob("*.png")}
    assert {f"{name}.png" for name in IN_GUIDE} <= shown
    assert len(IN_GUIDE) >= SMALLEST_GUIDE
    large = [file.name for file in (root / "docs" / "pictures").glob("*.png") if file.stat().st_size > LARGEST_PICTURE]
    assert large == []
    for guide in ("guide-marketer.md", "guide-technician.md"):
        text = (root / "docs" / guide).read_text(encoding="utf-8")
        named = {part.split(")")[0] for part in text.split("](pictures/")[1:]}
        assert named
        assert named <= shown
