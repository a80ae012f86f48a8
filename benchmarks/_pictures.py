"""Pictures beside what they were before: where each item stands, exactly, and how it looks, loosely."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from benchmarks._studio_setup import as_png

REFERENCE = Path(__file__).resolve().parents[1] / "tests" / "app" / "reference"
GEOMETRY = "geometry.json"
SHRUNK = 800
"""Width of the pictures that are kept, in pixels."""
LOOSE, MOST_DIFFERENT = 48, 0.004
"""A pixel differs when a colour is so far off; so great a part of a picture may differ: antialiasing, not a change."""


def shrink(image: QImage) -> QImage:
    """Reduce a picture to the size that is kept."""
    return image.scaledToWidth(SHRUNK, Qt.TransformationMode.SmoothTransformation)


def widget_positions(widget: QWidget, canvas: Any = None) -> list[str]:
    """Return each visible widget with its place, ``QPushButton 1480 892 88 34``, and the activities of the canvas."""
    found = [_line(qt_class(part), _within(part, widget)) for part in _visible(widget)]
    if canvas is not None:
        view = canvas.viewer
        for name, node in sorted(canvas.projection.nodes.items()):
            corner = view.mapTo(widget, view.mapFromScene(node.scenePos()))
            found.append(f"node {name} {corner.x()} {corner.y()}")
    return found


def qt_class(widget: QWidget) -> str:
    """Return the name of the Qt class that a widget is or is derived from; names of the studio's own may change."""
    return next(base.__name__ for base in type(widget).__mro__ if base.__module__.startswith("PySide6."))


def _visible(widget: QWidget) -> Iterator[QWidget]:
    for part in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if part.isVisible() and not part.isWindow():
            yield part
            yield from _visible(part)


def _within(part: QWidget, widget: QWidget) -> QRect:
    return QRect(part.mapTo(widget, QPoint()), part.size())


def _line(name: str, rect: QRect) -> str:
    return f"{name} {rect.x()} {rect.y()} {rect.width()} {rect.height()}"


def difference(image: QImage, kept: QImage) -> float:
    """How great a part of two pictures differs, from 0 to 1; 1 when they have different sizes."""
    if image.size() != kept.size():
        return 1.0
    here, there = (_pixels(one) for one in (image, kept))
    return float((np.abs(here - there).max(axis=2) > LOOSE).mean())


def _pixels(image: QImage) -> Any:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(plain.constBits(), np.uint8)
    return bits.reshape(plain.height(), plain.bytesPerLine() // 4, 4)[:, : plain.width(), :3].astype(np.int16)


class PictureSet:
    """The pictures and places of one walk; kept, or compared with those that were."""

    def __init__(self) -> None:
        self.pictures: dict[str, QImage] = {}
        self.widget_positions: dict[str, list[str]] = {}

    def add(self, name: str, image: QImage, where: list[str]) -> None:
        """One more picture."""
        self.pictures[name], self.widget_positions[name] = shrink(image), where

    def keep(self, folder: Path) -> None:
        """Make these the pictures that others are compared with."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()
        for name, image in self.pictures.items():
            (folder / f"{name}.png").write_bytes(as_png(image, colors=256))
        (folder / GEOMETRY).write_text(
            json.dumps(self.widget_positions, indent=0, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    def faults(self, folder: Path) -> list[str]:
        """Return a sentence for each picture or position that differs from the reference."""
        kept: Mapping[str, list[str]] = json.loads((folder / GEOMETRY).read_text(encoding="utf-8"))
        found = [
            f"{name}: there is no such picture any more" for name in sorted(kept.keys() - self.widget_positions.keys())
        ]
        for name, where in self.widget_positions.items():
            if name not in kept:
                found.append(f"{name}: no picture is kept to compare with")
                continue
            found += _moved(name, where, kept[name])
            part = difference(self.pictures[name], QImage(str(folder / f"{name}.png")))
            if part > MOST_DIFFERENT:
                found.append(f"{name}: {part:.2%} of the picture looks different")
        return found


def _moved(name: str, now: list[str], before: list[str]) -> list[str]:
    if now == before:
        return []
    lost, new = [one for one in before if one not in now], [one for one in now if one not in before]
    return [f"{name}: was {', '.join(lost[:12]) or 'in another order'}; is {', '.join(new[:12]) or 'in another order'}"]
