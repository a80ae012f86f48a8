"""Offer the activities that may come next on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPointF, QSize, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.activity_views import type_icon
from app.canvas.view import CanvasView
from app.document import rules
from app.document.transfer import ActivityTemplate, palette
from app.panels.filter_popup import FilterPopup
from app.translation import tr
from engine.model.journey import Edge


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


class QuickAddController(QObject):
    """Opens quick-add when the canvas requests it."""

    notified = Signal(str)
    chosen = Signal(object)
    """A template was chosen."""

    def __init__(self, canvas: CanvasView, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas
        canvas.quick_add_requested.connect(self.after)
        canvas.insert_requested.connect(self.between)

    def after(self, point: QPointF, name: str, path: str) -> None:
        """Offer what may follow a path's end or begin the journey."""
        journey = self._canvas.document.journey
        after = (name, path) if name else None

        def allowed(template: ActivityTemplate) -> bool:
            if after is None:
                return rules.can_begin(journey, template) is None
            return rules.can_follow(journey, template, *after) is None

        self._offer_next(allowed, point, lambda template: self._canvas.add(template, point, after))

    def between(self, point: QPointF, edge: Edge) -> None:
        """Offer what may be inserted on an edge."""
        journey = self._canvas.document.journey
        self._offer_next(
            lambda template: rules.can_insert(journey, template, edge) is None,
            point,
            lambda template: self._canvas.insert(template, point, edge),
        )

    def _offer_next(
        self, allowed: Callable[[ActivityTemplate], bool], point: QPointF, add: Callable[[ActivityTemplate], None]
    ) -> None:
        templates = [template for template in palette(self._canvas.document.definitions) if allowed(template)]
        if not templates:
            self.notified.emit(tr("Nothing can follow here."))
            return
        popup = QuickAdd(templates, self._canvas)
        popup.chosen.connect(add)
        popup.chosen.connect(self.chosen)
        popup.chosen.connect(lambda _: self._canvas.setFocus())
        popup.open_near(self._canvas.global_point(point))
        self.popup = popup
