"""Tab goes as the eye does: from top to bottom and from left to right, whatever was made first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def stops(widget: QWidget) -> list[QWidget]:
    """All that takes Tab inside a widget, as laid out."""
    return [part for part in _parts(widget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus and not part.focusProxy()]


def put_in_order(widget: QWidget) -> None:
    """Lets Tab go through a widget as it is laid out."""
    for one, other in pairwise(stops(widget)):
        QWidget.setTabOrder(one, other)


def first_stop(widget: QWidget) -> QWidget | None:
    """Where Tab comes into a widget."""
    return next((part for part in stops(widget) if part.isVisible() and part.isEnabled()), None)


def enter(pane: QWidget) -> None:
    """Focus a pane, or the first widget in it that takes the focus."""
    target = pane if pane.focusProxy() is not None else first_stop(pane)
    if target is not None:
        target.setFocus(Qt.FocusReason.TabFocusReason)


def _parts(widget: QWidget) -> Iterator[QWidget]:
    """Yield a widget and all widgets in it, in layout order."""
    yield widget
    layout = widget.layout()
    if isinstance(widget, QScrollArea):
        inside: QWidget | None = widget.widget()
        if inside is not None:
            yield from _parts(inside)
    elif layout is not None:
        yield from _laid_out(layout)


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        if item is None:
            continue
        inner, widget = item.layout(), item.widget()
        if widget is not None:
            yield from _parts(widget)
        elif inner is not None:
            yield from _laid_out(inner)
