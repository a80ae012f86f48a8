"""The palette of a report: panels, dimensions and metrics to drag or add with Enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.reports.labels import DIMENSIONS, METRIC_WORDS, SHAPES
from app.translation import tr
from app.widgets.controls import label
from app.widgets.draggable_item import DraggableItem
from app.widgets.item_palette import ItemPalette
from engine.model.report import CYCLES, METRICS, TIMES

WIDTH = 228
MIME = "application/x-sojourn-report-component"
"""Drag data: ``panel:line``, ``dimension:day`` or ``metric:entered``."""


@dataclass(frozen=True, slots=True)
class ReportComponent:
    """An item of the palette. ``kind``: panel, dimension or metric."""

    kind: str
    name: str

    def written(self) -> str:
        """Return the component as drag data."""
        return f"{self.kind}:{self.name}"


def carried(mime: QMimeData) -> ReportComponent | None:
    """Read a component from drag data; None for anything else."""
    if not mime.hasFormat(MIME):
        return None
    kind, _, name = bytes(mime.data(MIME).data()).decode().partition(":")
    return ReportComponent(kind, name)


def _icon_of(component: ReportComponent) -> tuple[str, str]:
    """Return icon and colour role."""
    if component.kind == "panel":
        return SHAPES[component.name][1], "action"
    if component.kind == "dimension":
        return ("calendar-blank" if component.name in (*TIMES, *CYCLES) else "rows"), "orchestration"
    return {"share": "percent", "ms": "timer", "": "hash"}[METRICS[component.name].unit], "event"


class ComponentItem(DraggableItem):
    """One component; choosing it adds it to the selected panel or shows why it cannot."""

    def __init__(self, component: ReportComponent, words: str, details: str) -> None:
        super().__init__(component, words, QSize(WIDTH - 24, 32), 38)
        self.component = component
        self._told = details
        self.allow("")

    def allow(self, reason: str, details: str = "") -> None:
        """Enable the component ('') or show why it cannot be added."""
        super().allow(reason, details or self._told)

    def mime(self) -> QMimeData:
        """Return the drag data."""
        made = QMimeData()
        made.setData(MIME, self.component.written().encode())
        return made

    def paint_icon(self, painter: QPainter) -> None:
        """Paint a square in the colour of its kind."""
        icon, role = _icon_of(self.component)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"{role}_tint"))
        box = QRectF(8, 5, 22, 22)
        painter.drawRoundedRect(box, 6, 6)
        theme.icon(icon, role).paint(painter, box.toRect().adjusted(4, 4, -4, -4))


class ReportPalette(ItemPalette[ComponentItem]):
    """Panels, dimensions and metrics; ``wanted`` carries a component."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Find a dimension or metric"), WIDTH, parent)
        self._fill("panel", tr("Panels"), {name: (tr(words), "") for name, (words, _) in SHAPES.items()})
        self._fill("dimension", tr("Dimensions"), {name: (tr(words), "") for name, words in DIMENSIONS.items()})
        metrics = {name: (tr(words), tr(details)) for name, (words, details) in METRIC_WORDS.items()}
        self._fill("metric", tr("Metrics"), metrics)

    def _fill(self, kind: str, title: str, offered: dict[str, tuple[str, str]]) -> None:
        head = label(title, "section")
        head.setFixedHeight(32)
        self.add_group(kind, head)
        for name, (words, details) in offered.items():
            item = ComponentItem(ReportComponent(kind, name), words, details)
            item.wanted.connect(self.wanted)
            self.items[item.component.written()] = item
            self.add_row(item)

    def set_availability(self, rejection_reason: Callable[[str], str]) -> None:
        """Disable what cannot be added to the selected panel and show the reason."""
        for item in self.items.values():
            item.allow("" if item.component.kind == "panel" else rejection_reason(item.component.name))

    def group_of(self, item: ComponentItem) -> str:
        """Return the kind of the component."""
        return item.component.kind
