"""The menu under the user's initials: theme, settings, keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from app.translation import tr


def open_user_menu(
    button: QWidget, wear: Callable[[str], None], settings: Callable[[], None], keys: Callable[[], None]
) -> QMenu:
    """Opens it below the button; ``wear`` is called with a theme."""
    menu = QMenu(button.window())
    for theme, words in (("system", tr("Like the system")), ("light", tr("Light")), ("dark", tr("Dark"))):
        menu.addAction(words).triggered.connect(lambda _, chosen=theme: wear(chosen))
    menu.addSeparator()
    menu.addAction(tr("Settings"), settings)
    menu.addAction(tr("Keys"), keys)
    menu.aboutToHide.connect(menu.deleteLater)
    corner = button.mapToGlobal(button.rect().bottomRight())
    menu.popup(QPoint(corner.x() - menu.sizeHint().width(), corner.y() + 6))
    return menu
