"""Controls that do not fit: outside their window or scrolled area, over a sibling, or too small for their words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit)
_TOLERANCE = 1


def layout_faults(window: QWidget) -> list[str]:
    """Return each control of a shown window that does not fit, with its place."""
    window.ensurePolished()
    found = list(_overlaps(window))
    for control in window.findChildren(QWidget):
        if control.isVisibleTo(window) and isinstance(control, CONTROLS) and control.window() is window:
            found.extend(_outside(control, window))
            found.extend(_squeezed(control, window))
    return sorted(set(found))


def controls_outside(window: QWidget) -> list[str]:
    """Return each visible control that lies outside the window or is cut across, without a look at layouts."""
    controls = (control for control in window.findChildren(QWidget) if isinstance(control, CONTROLS))
    return [fault for control in controls if control.isVisibleTo(window) for fault in _outside(control, window)]


def _place(widget: QWidget, within: QWidget) -> QRect:
    return QRect(widget.mapTo(within, QPoint()), widget.size())


def _outside(control: QWidget, window: QWidget) -> Iterator[str]:
    """A control must lie in its window, and across in each scrolled area, which is scrolled down only."""
    inner: QWidget = control
    while (area := _area_of(inner)) is not None and window.isAncestorOf(area):
        view = area.viewport()
        place = _place(control, view)
        menu = getattr(area.parentWidget(), "menu_button", None)
        if menu is not None and menu.isVisibleTo(window):
            return
        if place.left() < -_TOLERANCE or place.right() > view.width() + _TOLERANCE:
            yield f"{_name(control, window)} is cut across by {_name(area, window)}"
            return
        inner = area
    place = _place(inner, window)
    if not window.rect().adjusted(-1, -1, 1, 1).contains(place):
        yield f"{_name(inner, window)} is outside: {place.getRect()} of {window.width()} x {window.height()}"


def _area_of(widget: QWidget) -> QAbstractScrollArea | None:
    parent = widget.parentWidget()
    while parent is not None:
        holder = parent.parentWidget()
        if isinstance(holder, QScrollArea) and parent is holder.viewport():
            return holder
        parent = holder
    return None


def _squeezed(control: QWidget, window: QWidget) -> Iterator[str]:
    if not isinstance(control, QPushButton) or not control.text() or getattr(control, "only_icon", False):
        return
    if control.width() < control.minimumSizeHint().width() - 2:
        yield f"{_name(control, window)} is too narrow: {control.width()} of {control.minimumSizeHint().width()}"


def _overlaps(window: QWidget) -> Iterator[str]:
    """Widgets of one layout must not lie over each other."""
    for parent in [window, *window.findChildren(QWidget)]:
        layout = parent.layout()
        if layout is None or not parent.isVisibleTo(window) or parent.window() is not window:
            continue
        shown = [
            child
            for child in parent.children()
            if isinstance(child, QWidget) and child.isVisibleTo(parent) and _lays_out(parent, child)
        ]
        for one, other in combinations(shown, 2):
            common = _taken(one).intersected(_taken(other))
            if common.width() > _TOLERANCE and common.height() > _TOLERANCE:
                yield f"{_name(one, window)} overlaps {_name(other, window)}"


def _taken(widget: QWidget) -> QRect:
    """Return the place of a widget; of a text, that of its lines, since a button may lie in its margin."""
    if isinstance(widget, QPlainTextEdit):
        return widget.viewport().geometry().translated(widget.pos())
    return widget.geometry()


def _lays_out(parent: QWidget, child: QWidget) -> bool:
    layout = parent.layout()
    if layout is None:
        return False
    # Never ``itemAt``: Python may free an item that Qt still holds.
    return any(one.indexOf(child) >= 0 for one in (layout, *layout.findChildren(QLayout)))


def _name(widget: QWidget, window: QWidget) -> str:
    words = [getattr(widget, name)() for name in ("text", "placeholderText") if hasattr(widget, name)]
    said = widget.objectName() or widget.accessibleName() or next(filter(None, words), "")
    path: list[str] = []
    above = widget.parentWidget()
    while above is not None and above is not window and len(path) < 3:
        path.append(type(above).__name__)
        above = above.parentWidget()
    return f"{type(widget).__name__} {said[:40]!r} in {'/'.join(path)}"
