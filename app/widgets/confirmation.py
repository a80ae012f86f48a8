"""Asking before something that cannot be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.translation import tr


def confirm(parent: QWidget, title: str, question: str, told: str, verb: str, then: Callable[[], None]) -> QMessageBox:
    """Ask; ``then`` is called when the answer is yes. Enter is yes, Esc is no."""
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, question, parent=parent)
    box.setInformativeText(told)
    confirm_button = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
    confirm_button.setProperty("role", "primary")
    box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(confirm_button)
    box.accepted.connect(then)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box
