"""Tab goes as the eye does: from top to bottom and from left to right, whatever was made first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        yield from _laid_out(layout, [child for child in widget.children() if isinstance(child, QWidget)])


def _laid_out(layout: QLayout, widgets: Sequence[QWidget]) -> Iterator[QWidget]:
    """Yield the widgets of a layout and of those in it, by their places.

    The items of layouts are not asked for: PySide takes a widget that an item returns for the item's child and frees
    it with the item, which crashes when Qt deletes the widget.
    """
    found: list[tuple[int, QWidget | QLayout]] = [(layout.indexOf(widget), widget) for widget in widgets]
    found += [(layout.indexOf(inner), inner) for inner in layout.children() if isinstance(inner, QLayout)]
    for place, part in sorted(found, key=lambda entry: entry[0]):
        if place < 0:
            continue
        if isinstance(part, QLayout):
            yield from _laid_out(part, widgets)
        else:
            yield from _parts(part)
