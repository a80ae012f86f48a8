"""The welcome panel: three steps to the first message."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.translation import mark, tr
from app.widgets.controls import Button, IconButton, card, label, wrapped
from app.widgets.icons import Icon

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
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 16, 20)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label(tr("Welcome to Sojourn"), "list-title"), 1)
        close = IconButton("x", tr("Close the welcome panel"))
        close.clicked.connect(self.closed)
        head.addWidget(close)
        column.addLayout(head)
        column.addWidget(label(tr("A first message in under a minute: the sample hotel is already running."), "quiet"))
        column.addSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(12)
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
        made = Button(words[2], kind="primary" if verb == "test" else "plain")
        made.clicked.connect(lambda: self.verb.emit(verb))
        self.buttons[verb] = made
        column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        return frame
