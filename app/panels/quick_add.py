"""Quick-add: the activities that may come next, opened by Tab or by dragging a path's end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.activity_views import type_icon
from app.document.templates import ActivityTemplate
from app.panels.filter_popup import FilterPopup
from app.translation import tr


class QuickAdd(FilterPopup):
    """A filter popup with the allowed activities."""

    chosen = Signal(object)
    """A template was chosen."""

    def __init__(self, templates: Sequence[ActivityTemplate], parent: QWidget) -> None:
        super().__init__(tr("What comes next?"), QSize(260, 340), parent)
        self._templates = tuple(templates)
        for template in self._templates:
            self.put(theme.icon(type_icon(template.kind), template.category), template.name)

    def take(self, row: int) -> None:
        """Emit the chosen template."""
        self.chosen.emit(self._templates[row])
