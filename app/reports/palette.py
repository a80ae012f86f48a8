"""The palette of a report: panels, dimensions and metrics to drag or add with Enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.reports.labels import DIMENSIONS, METRIC_WORDS, SHAPES
from app.translation import tr
from app.widgets.controls import search_field, text
from app.widgets.draggable_item import DraggableItem
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


class ReportPalette(QWidget):
    """Search and three groups."""

    wanted = Signal(object)
    """A component is to be added to the selected panel, or a panel to the report."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.items: dict[str, ComponentItem] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 0, 0)
        column.setSpacing(8)
        self.search = search_field(tr("Find a dimension or metric"), WIDTH - 24)
        self.search.textChanged.connect(self._sift)
        self.search.returnPressed.connect(self._want_first)
        column.addWidget(self.search)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._groups = QVBoxLayout(inside)
        self._groups.setContentsMargins(0, 0, 12, 12)
        self._groups.setSpacing(0)
        self._titles: dict[str, QWidget] = {}
        self._fill("panel", tr("Panels"), {name: (tr(words), "") for name, (words, _) in SHAPES.items()})
        self._fill("dimension", tr("Dimensions"), {name: (tr(words), "") for name, words in DIMENSIONS.items()})
        metrics = {name: (tr(words), tr(details)) for name, (words, details) in METRIC_WORDS.items()}
        self._fill("metric", tr("Metrics"), metrics)
        self._nothing = text(tr("Nothing is called that."), "quiet")
        self._nothing.setVisible(False)
        self._groups.addWidget(self._nothing)
        self._groups.addStretch(1)
        scroll.setWidget(inside)
        column.addWidget(scroll, 1)

    def _fill(self, kind: str, title: str, offered: dict[str, tuple[str, str]]) -> None:
        head = text(title, "section")
        head.setFixedHeight(32)
        self._titles[kind] = head
        self._groups.addWidget(head)
        for name, (words, details) in offered.items():
            item = ComponentItem(ReportComponent(kind, name), words, details)
            item.wanted.connect(self.wanted)
            self.items[item.component.written()] = item
            self._groups.addWidget(item)

    def set_availability(self, rejection_reason: Callable[[str], str]) -> None:
        """Disable what cannot be added to the selected panel and show the reason."""
        for item in self.items.values():
            item.allow("" if item.component.kind == "panel" else rejection_reason(item.component.name))

    def _sift(self, words: str) -> None:
        wanted = words.casefold().split()
        for item in self.items.values():
            item.setVisible(all(word in item.text().casefold() for word in wanted))
        for kind, title in self._titles.items():
            found = (item for item in self.items.values() if item.component.kind == kind)
            title.setVisible(any(not item.isHidden() for item in found))
        self._nothing.setVisible(all(item.isHidden() for item in self.items.values()))

    def _want_first(self) -> None:
        first = next((item for item in self.items.values() if not item.isHidden() and not item.reason), None)
        if first is not None and self.search.text().strip():
            self.wanted.emit(first.component)
