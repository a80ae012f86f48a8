"""The list of all shortcuts (``?``)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.translation import mark, tr
from app.widgets.controls import Button, label
from app.widgets.texts import show_text

KEYS = (
    (
        mark("Everywhere"),
        (
            ("Ctrl+K", mark("Search or run a command")),
            ("?", mark("Show these shortcuts")),
            ("Ctrl+W", mark("Close the journey")),
            ("F6", mark("Go to the next pane")),
            ("Esc", mark("Close or discard")),
            ("Enter", mark("Save or open")),
        ),
    ),
    (mark("Lists"), (("C", mark("Create")), ("Enter", mark("Open")), ("Delete", mark("Delete")))),
    (
        mark("Canvas"),
        (
            ("Tab", mark("Add what comes next")),
            ("← ↑ → ↓", mark("Go to the nearest activity")),
            ("Space", mark("Select")),
            ("Ctrl+A", mark("Select everything")),
            ("Ctrl+C / X / V / D", mark("Copy, cut, paste, duplicate")),
            ("Delete", mark("Delete")),
            ("Ctrl+Z / Ctrl+Shift+Z", mark("Undo, redo")),
            ("F2", mark("Rename")),
            ("Shift+F10", mark("Open the menu")),
            ("Alt+← ↑ → ↓", mark("Move the selection")),
            ("Ctrl+G", mark("Group")),
            ("Ctrl+F", mark("Find in the journey")),
            ("O / M", mark("Outline, overview map")),
            ("0 / 1 / 2", mark("100 %, fit, the selection")),
            (mark("Space + drag"), mark("Move the view")),
        ),
    ),
    (
        mark("Reports"),
        (
            ("Ctrl+↑ ↓", mark("Move the panel")),
            ("Ctrl+← →", mark("Half or full width")),
            ("Ctrl+Shift+↑ ↓", mark("Lower, higher")),
            ("Ctrl+D", mark("Duplicate")),
            ("Enter", mark("Panel settings")),
        ),
    ),
    (
        mark("Test"),
        (
            ("T", mark("Test mode on or off")),
            ("E", mark("Send the event")),
            ("P", mark("Choose a profile")),
            ("L", mark("Show the log")),
        ),
    ),
)
"""Groups of (keys, action)."""


class ShortcutsDialog(QDialog):
    """The list in two columns."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show_text(self.setWindowTitle, tr("Keys"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(label(tr("Keys"), "list-title"))
        row = QHBoxLayout()
        row.setSpacing(40)
        halves = (QVBoxLayout(), QVBoxLayout())
        for half in halves:
            half.setSpacing(18)
            row.addLayout(half)
        for index, (title, keys) in enumerate(KEYS):
            halves[0 if index in (0, 1, 3) else 1].addLayout(self._group(tr(title), keys))
        for half in halves:
            half.addStretch(1)
        column.addLayout(row)
        foot = QHBoxLayout()
        foot.addStretch(1)
        close = Button(tr("Close"), shortcut="Esc")
        close.clicked.connect(self.accept)
        foot.addWidget(close)
        column.addLayout(foot)

    def _group(self, title: str, keys: tuple[tuple[str, str], ...]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(label(title, "strong"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for index, (key, words) in enumerate(keys):
            cap = label(tr(key), "keycap")
            grid.addWidget(cap, index, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label(tr(words), "body"), index, 1)
        grid.setColumnMinimumWidth(0, 128)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        return column
