"""The sandbox menu: the user's sandboxes with the current one checked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.translation import tr


class SandboxMenu(QMenu):
    """One entry for each sandbox."""

    chosen = Signal(str)

    def __init__(self, names: Sequence[str], here: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Sandboxes"))
        group = QActionGroup(self)
        for name in names:
            icon = theme.icon("check", "accent") if name == here else theme.icon("cube", "event")
            entry = self.addAction(icon, name)
            entry.setCheckable(True)
            entry.setChecked(name == here)
            entry.triggered.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addAction(entry)
            if name == here:
                self.setActiveAction(entry)
        self.aboutToHide.connect(self.deleteLater)

    def open_below(self, button: QWidget) -> None:
        """Open below the sandbox button."""
        self.popup(button.mapToGlobal(button.rect().bottomLeft()) + QPoint(0, 6))
