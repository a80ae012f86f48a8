"""Several of some things, each with a box to tick."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget


class CheckList(QWidget):
    """Boxes by key, in the order offered."""

    changed = Signal()

    def __init__(self, items: Sequence[tuple[str, str]] = (), across: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QCheckBox] = {}
        self._across = across
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self.offer(items)

    def offer(self, items: Sequence[tuple[str, str]]) -> None:
        """Offer these (key, words); what is ticked stays ticked."""
        kept = set(self.chosen())
        for box in self.boxes.values():
            box.hide()
            box.deleteLater()
        self.boxes = {}
        for number, (key, words) in enumerate(items):
            box = QCheckBox(words)
            box.setChecked(key in kept)
            box.toggled.connect(lambda _: self.changed.emit())
            self.boxes[key] = box
            self._grid.addWidget(box, number // self._across, number % self._across)

    def choose(self, keys: Iterable[str]) -> None:
        """Tick exactly these."""
        wanted = set(keys)
        for key, box in self.boxes.items():
            blocked = box.blockSignals(True)
            box.setChecked(key in wanted)
            box.blockSignals(blocked)

    def chosen(self) -> tuple[str, ...]:
        """Return the keys that are ticked."""
        return tuple(key for key, box in self.boxes.items() if box.isChecked())
