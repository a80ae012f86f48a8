"""Tab goes as the eye does: from top to bottom and from left to right, whatever was made first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter

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


def laid_out(layout: QLayout) -> list[QWidget]:
    """Return the widgets of a layout, without those of the layouts in it, by their places.

    The items of layouts are not asked for: PySide takes a widget that an item returns for the item's child and frees it
    with the item, which crashes when Qt deletes the widget.
    """
    owner = layout.parentWidget()
    widgets = [child for child in owner.children() if isinstance(child, QWidget)] if owner is not None else []
    return sorted((one for one in widgets if layout.indexOf(one) >= 0), key=layout.indexOf)


def _parts(widget: QWidget) -> Iterator[QWidget]:
    """Yield a widget and all widgets in it, in layout order."""
    yield widget
    layout = widget.layout()
    if isinstance(widget, QScrollArea):
        inside: QWidget | None = widget.widget()
        if inside is not None:
            yield from _parts(inside)
    elif layout is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    """Yield the widgets of a layout and of those in it, by their places."""
    parts = [(layout.indexOf(widget), _parts(widget)) for widget in laid_out(layout)]
    parts += [(layout.indexOf(one), _in_layout(one)) for one in layout.children() if isinstance(one, QLayout)]
    for _, widgets in sorted(parts, key=itemgetter(0)):
        yield from widgets
