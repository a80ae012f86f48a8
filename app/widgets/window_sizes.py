"""Sizes of windows: never larger than the screen, remembered between starts."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

from engine.json_types import JsonDict, JsonObject

FIRST_SIZE, LEAST_SIZE = QSize(1600, 960), QSize(1024, 640)
_TITLE_BAR = QSize(0, 40)
"""Space for the frame, whose size is unknown until the window is shown."""


def available_size(widget: QWidget) -> QSize:
    """Return the largest size of a window on the screen of a widget, in device-independent pixels."""
    return widget.screen().availableSize() - _TITLE_BAR


def resize_dialog(dialog: QWidget, width: int, height: int) -> None:
    """Resize a dialog, at most to the size of the window that it belongs to."""
    owner = dialog.parentWidget()
    most = available_size(dialog) if owner is None else owner.window().size()
    dialog.resize(QSize(width, height).boundedTo(most))


def restore_size(window: QWidget, kept: JsonObject) -> None:
    """Give the main window the size that ``window_size`` returned; anything unreadable counts as the first start."""
    window.setMinimumSize(LEAST_SIZE.boundedTo(available_size(window)))
    width, height = kept.get("width"), kept.get("height")
    size = QSize(width, height) if isinstance(width, int) and isinstance(height, int) else FIRST_SIZE
    window.resize(size.boundedTo(available_size(window)).expandedTo(window.minimumSize()))
    if kept.get("maximized") is True:
        window.setWindowState(Qt.WindowState.WindowMaximized)


def window_size(window: QWidget) -> JsonDict:
    """Return size and maximised state as JSON values; the size is that of the window when it is not maximised."""
    size = window.normalGeometry().size() if window.isMaximized() else window.size()
    return {"width": size.width(), "height": size.height(), "maximized": window.isMaximized()}
