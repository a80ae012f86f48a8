"""What the technical user fixed in an action: not needed to fill it in, shown when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.theme.look import Look
from app.translation import tr
from app.widgets.controls import button, emptied, text, wrapped
from engine.model.action import BodyNode, BodyObject, Constant, CustomAction


class FixedParts(QWidget):
    """A link that unfolds address, method and constants, all read-only."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.link = button(tr("Show what is fixed"), kind="link")
        self.link.setCheckable(True)
        self.link.toggled.connect(self._unfold)
        column.addWidget(self.link)
        self.well = QFrame()
        self.well.setProperty("role", "well")
        self._rows = QVBoxLayout(self.well)
        self._rows.setContentsMargins(12, 10, 12, 10)
        self._rows.setSpacing(4)
        column.addWidget(self.well)
        self.well.setVisible(False)

    def _unfold(self, on: bool) -> None:
        self.well.setVisible(on)
        self.link.setText(tr("Hide what is fixed") if on else tr("Show what is fixed"))

    def show_action(self, action: CustomAction) -> None:
        """Show the fixed parts of this action."""
        emptied(self._rows)
        lines = [(tr("Address"), f"{action.method} {action.url}")]
        lines += [(one.name, str(one.value)) for one in (*action.headers, *action.query) if not one.variable]
        lines += list(_constants(action.body))
        for name, value in lines:
            self._rows.addWidget(text(name, "caption"))
            shown = wrapped(value, "code")
            shown.setAccessibleName(f"{name}: {value}")
            self._rows.addWidget(shown)


def _constants(node: BodyNode | None, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Constant):
        yield path or tr("Body"), json.dumps(node.value, ensure_ascii=False)
    elif isinstance(node, BodyObject):
        for name, child in node.children.items():
            yield from _constants(child, f"{path}.{name}" if path else name)
