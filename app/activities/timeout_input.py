"""The input of a timeout: how long is waited at most, and whether giving up has a path of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.activities.activity_form import ActivityForm
from app.translation import tr
from app.widgets.controls import Toggle
from app.widgets.duration_input import DurationInput

_DEFAULT_TIMEOUT = timedelta(days=1)


class TimeoutInput(QWidget):
    """Inputs for ``timeout`` and ``timeout_path`` of an activity."""

    def __init__(self, form: ActivityForm) -> None:
        super().__init__()
        self._form = form
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.on = Toggle(tr("Stop waiting after a time"))
        self.length = DurationInput()
        self.path = Toggle(tr("Path for timeout"))
        for part in (self.on, self.length, self.path):
            column.addWidget(part)
        self.on.toggled.connect(self._switch)
        self.length.changed.connect(form.changed)
        self.path.toggled.connect(lambda _: form.changed.emit())

    def show_settings(self, activity: Any) -> None:
        """Show the timeout of an activity."""
        self.on.setChecked(activity.timeout is not None)
        self.length.show_length(activity.timeout)
        self.path.setChecked(activity.timeout_path)
        self._unfold()

    def settings(self) -> dict[str, Any]:
        """``timeout`` and ``timeout_path`` as the user left them."""
        on = self.on.isChecked()
        return {"timeout": self.length.length() if on else None, "timeout_path": on and self.path.isChecked()}

    def _switch(self, on: bool) -> None:
        if on and self.length.length() is None:
            self.length.show_length(_DEFAULT_TIMEOUT)
        self._unfold()
        self._form.changed.emit()

    def _unfold(self) -> None:
        self.length.setVisible(self.on.isChecked())
        self.path.setVisible(self.on.isChecked())
