"""Long work that goes on behind a page: what it is, how far it is, and a button that ends it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar

from app.translation import tr
from app.widgets.controls import Button, label
from app.widgets.texts import show_text

STEPS = 1000


class ProgressRow(QFrame):
    """Hidden while nothing goes on."""

    cancelled = Signal()

    def __init__(self, cancellable: bool = True) -> None:
        super().__init__()
        self.setProperty("role", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(14)
        self.words = label("", "secondary")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, STEPS)
        self.cancel_button = Button(tr("Cancel"))
        self.cancel_button.setVisible(cancellable)
        self.cancel_button.clicked.connect(self._cancel)
        row.addWidget(self.words)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel_button)
        self.hide()

    def show_progress(self, words: str, share: float | None) -> None:
        """Say what goes on and how far it is; None when nobody knows."""
        show_text(self.words.setText, words)
        show_text(self.bar.setAccessibleName, words)
        self.bar.setRange(0, 0 if share is None else STEPS)
        if share is not None:
            self.bar.setValue(round(share * STEPS))
        self.show()

    def end(self) -> None:
        """Nothing goes on any more."""
        self.cancel_button.setEnabled(True)
        self.hide()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.cancelled.emit()
