"""The status bar: problems or state at the left, zone and time at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.forms.time_format import now_in
from app.translation import tr, tr_n
from app.widgets.controls import label, restyle
from app.widgets.icons import Icon
from app.widgets.texts import show_text

HEIGHT = 34


class StatusBar(QWidget):
    """Problems of the current journey or a message, and the time in the user's zone."""

    problems_asked = Signal()

    def __init__(self, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self.setObjectName("status-line")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(12)
        self._icon = Icon()
        row.addWidget(self._icon)
        self.problems = QPushButton()
        self.problems.setProperty("role", "problems")
        self.problems.clicked.connect(self.problems_asked)
        row.addWidget(self.problems)
        self.sentence = label("", "secondary")
        row.addWidget(self.sentence, 1)
        self._clock = label("", "secondary")
        row.addWidget(self._clock)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._tick()
        self.say("")

    def say(self, sentence: str, icon: str = "", role: str = "secondary") -> None:
        """Show a message with an icon."""
        self.problems.setVisible(False)
        self._show_icon(icon, role)
        show_text(self.sentence.setText, sentence)

    def show_problem_counts(self, errors: int, warnings: int, first: str) -> None:
        """Show the number of problems and the first one."""
        if not errors and not warnings:
            self.say(tr("No problems"), "check-circle", "event")
            return
        role = "error" if errors else "warning"
        self._show_icon("warning-circle" if errors else "warning", role)
        self.problems.setText(counted(errors, warnings))
        restyle(self.problems, tone=role)
        self.problems.setVisible(True)
        show_text(self.sentence.setText, first)

    def _show_icon(self, icon: str, role: str) -> None:
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.show_icon(icon, role)

    def _tick(self) -> None:
        words = f"{self._zone} · {now_in(self._zone):%H:%M}"
        if words != self._clock.text():
            show_text(self._clock.setText, words)


def counted(errors: int, warnings: int) -> str:
    """Return the number of problems in words."""
    texts = []
    if errors:
        texts.append(tr_n("1 error", "{count} errors", errors))
    if warnings:
        texts.append(tr_n("1 warning", "{count} warnings", warnings))
    return " · ".join(texts)
