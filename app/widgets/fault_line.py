"""The line for problems of inputs that have no field of their own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.widgets.controls import CheckedInput, restyle
from app.widgets.texts import show_text


class FaultLine(QLabel):
    """The first problem of inputs without a field of their own; hidden while there is none."""

    def __init__(self, *inputs: QWidget) -> None:
        super().__init__()
        self.setProperty("role", "fault")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self._inputs = inputs
        for made in inputs:
            assert isinstance(made, CheckedInput)
            made.text_checked.connect(self._check)
        self._check()

    def _check(self) -> None:
        problems = {made: made.problem() for made in self._inputs if isinstance(made, CheckedInput)}
        for made, problem in problems.items():
            restyle(made, problem=bool(problem))
        show_text(self.setText, next(filter(None, problems.values()), ""))
        self.setVisible(any(problems.values()))
