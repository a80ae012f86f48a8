"""Headers or query parameters of a call, one a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.translation import tr
from app.widgets.controls import HEIGHT, Button, Choice, IconButton, emptied, label
from app.widgets.texts import show_text


class ParameterRows(QWidget):
    """Headers or query parameters: constant or variable, one a row."""

    changed = Signal()

    def __init__(self, title: str, add: str) -> None:
        super().__init__()
        self._made: list[tuple[QLineEdit, Choice, QLineEdit]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(label(title, "caption"), 1)
        self.add_button = Button(add, icon=theme.icon("plus", "text"))
        self.add_button.clicked.connect(self._add)
        head.addWidget(self.add_button)
        column.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        column.addLayout(self._rows)

    def show_parameters(self, bodies: Any) -> None:
        """Show these, in the form of files."""
        emptied(self._rows)
        self._made = []
        for body in bodies:
            self._row(body)

    def parameters(self) -> list[dict[str, Any]]:
        """Return the parameters that have a name, in the form of files."""
        found: list[dict[str, Any]] = []
        for name, kind, value in self._made:
            if name.text().strip():
                key = "variable" if kind.key() == "variable" else "value"
                found.append({"name": name.text().strip(), key: value.text()})
        return found

    def _add(self) -> None:
        self._row({"name": "", "value": ""})
        self._made[-1][0].setFocus()
        self.changed.emit()

    def _row(self, body: Mapping[str, Any]) -> None:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        name, value = (
            QLineEdit(str(body.get("name", ""))),
            QLineEdit(str(body.get("variable") or body.get("value") or "")),
        )
        kind = Choice()
        kind.setFixedWidth(104)
        kind.offer([("constant", tr("Constant")), ("variable", tr("Variable"))])
        kind.choose("variable" if body.get("variable") else "constant")
        kind.chosen.connect(lambda _: self.changed.emit())
        for line, words in ((name, tr("Name")), (value, tr("Value, or the variable's name"))):
            show_text(line.setPlaceholderText, words)
            show_text(line.setAccessibleName, words)
        show_text(kind.setAccessibleName, tr("Constant or variable"))
        for made in (name, value):
            made.setFixedHeight(HEIGHT)
            made.textEdited.connect(lambda _: self.changed.emit())
        entry = (name, kind, value)
        remove = IconButton("trash", tr("Remove"), size=26)
        remove.clicked.connect(self._remover(entry, holder))
        for widget in (name, kind, value):
            row.addWidget(widget, 0 if widget is kind else 1)
        row.addWidget(remove)
        self._made.append(entry)
        self._rows.addWidget(holder)

    def _remover(self, entry: tuple[QLineEdit, Choice, QLineEdit], holder: QWidget) -> Callable[[], None]:
        def remove() -> None:
            self._made.remove(entry)
            holder.hide()
            holder.deleteLater()
            self.changed.emit()

        return remove
