"""Texts of widgets that follow the language: set once, and set again in another language after each change of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from weakref import WeakKeyDictionary

import shiboken6
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from app.translation import Translated, current

_GETTERS: Mapping[str, str] = {
    "setText": "text",
    "setToolTip": "toolTip",
    "setAccessibleName": "accessibleName",
    "setAccessibleDescription": "accessibleDescription",
    "setPlaceholderText": "placeholderText",
    "setWindowTitle": "windowTitle",
}
_owner, _name = attrgetter("__self__"), attrgetter("__name__")
_shown: WeakKeyDictionary[QObject, dict[str, Translated]] = WeakKeyDictionary()
"""The texts of each widget that come from the catalogue, by the name of their setter."""


def show_text(setter: Callable[[str], object], text: str) -> None:
    """Set a text of a widget by one of the setters of ``_GETTERS``; a text made by ``tr`` follows the language."""
    text = current(text)
    setter(text)
    widget: QObject = _owner(setter)
    name: str = _name(setter)
    if isinstance(text, Translated):
        _shown.setdefault(widget, {})[name] = text
    elif widget in _shown:
        _shown[widget].pop(name, None)


def retranslate_texts() -> None:
    """Set the texts again in the current language, except those that were replaced meanwhile."""
    for widget, texts in list(_shown.items()):
        if not shiboken6.isValid(widget):
            continue
        for name, text in list(texts.items()):
            if getattr(widget, _GETTERS[name])() == text:
                show_text(getattr(widget, name), text)
            else:
                del texts[name]


class _LanguageFilter(QObject):
    """Calls functions when its parent gets a LanguageChange event."""

    def __init__(self, parent: QObject, actions: Sequence[Callable[[], object]]) -> None:
        super().__init__(parent)
        self._actions = actions
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LanguageChange:
            for action in self._actions:
                action()
        return False


def follow_language(widget: QWidget, *actions: Callable[[], object]) -> None:
    """Call functions after each change of the language, for texts that are made of several parts."""
    _LanguageFilter(widget, actions)
