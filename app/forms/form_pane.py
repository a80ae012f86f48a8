"""What every pane with Discard and Save is: a head, a form that scrolls, and the two buttons, with Esc and Enter."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QScrollArea, QWidget

from app.translation import tr
from app.widgets.controls import Button, column_of, rule


class FormPane(QWidget):
    """Base of panes with a form; subclasses save and discard. ``width`` is the full width."""

    closed = Signal()

    def __init__(self, name: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._full_width = width
        self.setFixedWidth(width)
        self.frozen = False
        self.outer = column_of(self, 0)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fit(self, space: int) -> None:
        """Take the full width, or as much of ``space`` as there is."""
        self.setFixedWidth(min(self._full_width, space))

    def begin(self, head: QWidget) -> None:
        """Put the head and the form in their places; what is added to ``outer`` then stands below the form."""
        self.outer.addWidget(head)
        self.outer.addWidget(rule())
        self.outer.addWidget(self.area, 1)

    def end(self, around: QMargins) -> None:
        """Put the buttons at the bottom."""
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(around)
        row.setSpacing(8)
        row.addStretch(1)
        self.discard_button = Button(tr("Discard"), shortcut="Esc")
        self.save_button = Button(tr("Save"), kind="primary", shortcut="Enter")
        self.discard_button.clicked.connect(self.discard)
        self.save_button.clicked.connect(self.save)
        row.addWidget(self.discard_button)
        row.addWidget(self.save_button)
        self.outer.addWidget(foot)

    def set_read_only(self) -> None:
        """Make the form read-only."""
        self.frozen = True
        self.save_button.setVisible(False)
        self.discard_button.setVisible(False)
        shown = self.area.widget()
        if shown is not None:
            shown.setEnabled(False)

    def save(self) -> None:
        """Emit the edited value."""
        raise NotImplementedError

    def discard(self) -> None:
        """Forget what was typed."""
        raise NotImplementedError

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc discards; Enter saves, unless it makes a new line of a text."""
        in_text = isinstance(self.focusWidget(), QPlainTextEdit)
        if event.key() == Qt.Key.Key_Escape:
            self.discard()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not in_text:
            if not self.frozen:
                self.save()
        else:
            super().keyPressEvent(event)
