"""Help for users: the welcome panel, the hint on an empty canvas, the list of shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.translation import mark, tr
from app.widgets.controls import Button, IconButton, card, column_of, label, row_of, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import show_text

STEPS = (
    (
        "open",
        "path",
        mark("Explore the sample"),
        mark("A hotel greets guests who come near its lobby."),
        mark("Open it"),
    ),
    (
        "test",
        "flask",
        mark("Send a first message"),
        mark("Try it in test mode: send an event as a guest."),
        mark("Try it"),
    ),
    ("new", "plus-circle", mark("Create your own"), mark("Drag activities onto an empty canvas."), mark("New journey")),
)
"""The steps: action, icon, title, sentence, button."""


class WelcomePanel(QFrame):
    """A card above the list of journeys; once closed it does not return."""

    verb = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        column = column_of(self, 4, (20, 16, 16, 20))
        head = QHBoxLayout()
        head.addWidget(label(tr("Welcome to Sojourn"), "list-title"), 1)
        head.addWidget(IconButton("x", tr("Close the welcome panel"), pressed=self.closed))
        column.addLayout(head)
        column.addWidget(
            label(tr("A first message in under a minute, from a sample hotel in a sandbox of its own."), "quiet")
        )
        column.addSpacing(12)
        row = row_of(spacing=12)
        self.buttons: dict[str, QWidget] = {}
        for verb, icon, title, sentence, action in STEPS:
            row.addWidget(self._step(verb, icon, (tr(title), tr(sentence), tr(action))), 1)
        column.addLayout(row)

    def _step(self, verb: str, icon: str, words: tuple[str, str, str]) -> QFrame:
        frame, column = card()
        column.addWidget(Icon(icon, "accent", 26))
        column.addWidget(label(words[0], "strong"))
        column.addWidget(wrapped(words[1], "quiet"))
        column.addStretch(1)
        made = Button(words[2], kind="primary" if verb == "test" else "plain", pressed=lambda: self.verb.emit(verb))
        self.buttons[verb] = made
        column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        return frame


WIDTH = 480


class EmptyCanvasHint(QWidget):
    """Shown in the middle of the canvas; ignores the mouse."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = column_of(self, 8)
        picture = Icon("broadcast", "accent", 40)
        words = tr("Drag one onto the canvas, double-click it in the list, or press Tab to choose.")
        for made in (picture, label(tr("Start with an event or a segment"), "title"), wrapped(words, "quiet")):
            made.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(made)
        self.setFixedWidth(WIDTH)
        canvas.installEventFilter(self)
        self.setVisible(False)

    def show_if(self, empty: bool) -> None:
        """Show the hint while the journey is empty."""
        self.setVisible(empty)
        self._place()

    def _place(self) -> None:
        room = self._canvas.rect()
        self.adjustSize()
        self.move((room.width() - self.width()) // 2, (room.height() - self.height()) // 2 - 24)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the hint centred."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False


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
            ("Tab", mark("Add the next activity")),
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
        show_text(self.setWindowTitle, tr("Keyboard shortcuts"))
        column = column_of(self, 16, (24, 20, 24, 20))
        column.addWidget(label(tr("Keyboard shortcuts"), "list-title"))
        row = row_of(spacing=40)
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
        foot.addWidget(Button(tr("Close"), shortcut="Esc", pressed=self.accept))
        column.addLayout(foot)

    def _group(self, title: str, keys: tuple[tuple[str, str], ...]) -> QVBoxLayout:
        column = column_of(spacing=8)
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
