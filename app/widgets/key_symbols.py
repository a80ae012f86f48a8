"""The keys of shortcuts under every keyboard layout: the symbol first, then the place of the key."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

_ROWS = ((16, "QWERTYUIOP"), (30, "ASDFGHJKL"), (44, "ZXCVBNM"), (2, "1234567890"))
_SYMBOLS: Mapping[int, Qt.Key] = {
    first + at: Qt.Key(ord(symbol)) for first, symbols in _ROWS for at, symbol in enumerate(symbols)
}
"""The symbol on each key of a Latin keyboard, by the scan code that Linux and Windows give the key."""
_XKB_OFFSET = 8
_FIRST_SPECIAL, _LAST_LATIN = 0x01000000, 0x7F


def shortcut_key(event: QKeyEvent) -> Qt.Key:
    """Return the key of an event; the Latin one at its place if its symbol is of another script (Cyrillic, Hangul)."""
    key = event.key()
    if key <= _LAST_LATIN or key >= _FIRST_SPECIAL:
        return Qt.Key(key)
    code = event.nativeScanCode()
    if QGuiApplication.platformName() != "windows":
        code -= _XKB_OFFSET
    return _SYMBOLS.get(code, Qt.Key.Key_unknown)
