"""A change that somebody else made meanwhile: what differs, and which of the two stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.translation import tr

SHOWN = 8
"""Differences in the dialog; the others are counted."""


def resolve_conflict(
    parent: QWidget | None,
    told: str,
    differences: Sequence[str],
    reload: Callable[[], None],
    overwrite: Callable[[], None],
) -> QMessageBox:
    """Ask which of two changes stays; Esc decides nothing. Enter takes the other person's."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, tr("Changed in the meantime"), told, parent=parent)
    lines = [f"• {line}" for line in differences[:SHOWN]]
    if len(differences) > SHOWN:
        lines.append(tr("and {count} more", count=len(differences) - SHOWN))
    box.setInformativeText("\n".join(lines))
    taken = box.addButton(tr("Reload"), QMessageBox.ButtonRole.AcceptRole)
    taken.setProperty("role", "primary")
    taken.clicked.connect(reload)
    box.addButton(tr("Overwrite"), QMessageBox.ButtonRole.DestructiveRole).clicked.connect(overwrite)
    box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(taken)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box
