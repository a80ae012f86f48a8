"""What reports are made of, to drag onto a panel or to add with Enter: panels, dimensions, metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QScrollArea, QVBoxLayout, QWidget

from app.forms.controls import search_field, text
from app.forms.look import Look
from app.reports.words import DIMENSIONS, METRIC_WORDS, SHAPES
from app.translation import tr
from engine.model.report import CYCLES, METRICS, TIMES

WIDTH = 228
MIME = "application/x-sojourn-report-component"
"""Carries ``panel:line``, ``dimension:day`` or ``metric:entered``."""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing of the palette. ``kind``: panel, dimension or metric."""

    kind: str
    name: str

    def written(self) -> str:
        """As it is carried by a drag."""
        return f"{self.kind}:{self.name}"


def carried(mime: QMimeData) -> Component | None:
    """What a drag carries, if it is of the palette."""
    if not mime.hasFormat(MIME):
        return None
    kind, _, name = bytes(mime.data(MIME).data()).decode().partition(":")
    return Component(kind, name)


def _icon_of(component: Component) -> tuple[str, str]:
    """Icon and colour role."""
    if component.kind == "panel":
        return SHAPES[component.name][1], "action"
    if component.kind == "dimension":
        return ("calendar-blank" if component.name in (*TIMES, *CYCLES) else "rows"), "orchestration"
    return {"share": "percent", "ms": "timer", "": "hash"}[METRICS[component.name].unit], "event"


class ComponentItem(QAbstractButton):
    """One component. Double click, or Enter when it has the focus, adds it to the panel that is chosen."""

    wanted = Signal(object)

    def __init__(self, look: Look, component: Component, words: str, told: str) -> None:
        super().__init__()
        self.component, self._look, self._told = component, look, told
        self._reason = ""
        self._pressed_at: QPoint | None = None
        self.setText(words)
        self.setAccessibleName(words)
        self.setFixedHeight(32)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.allow("")

    @property
    def reason(self) -> str:
        """Why this cannot be added now; empty when it can."""
        return self._reason

    def allow(self, reason: str) -> None:
        """Say that it can be added (''), or why not."""
        self._reason = reason
        self.setToolTip(reason or self._told)
        self.setAccessibleDescription(reason or self._told)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 24, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(self._look.color("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(self._look.color("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.setOpacity(0.4 if self._reason else 1)
        self._paint_icon(painter)
        painter.setPen(self._look.color("text"))
        painter.setFont(self._look.font(13))
        room = self.rect().adjusted(38, 0, -8, 0)
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()

    def _paint_icon(self, painter: QPainter) -> None:
        icon, role = _icon_of(self.component)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color(f"{role}_tint"))
        box = QRectF(8, 5, 22, 22)
        painter.drawRoundedRect(box, 6, 6)
        self._look.icon(icon, role).paint(painter, box.toRect().adjusted(4, 4, -4, -4))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        if (event.position().toPoint() - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self.wanted.emit(self.component)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.wanted.emit(self.component)
            return
        super().keyPressEvent(event)

    def mime(self) -> QMimeData:
        """What a drag of it carries."""
        made = QMimeData()
        made.setData(MIME, self.component.written().encode())
        return made

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.mime())
        ghost = QPixmap(self.size() * self.devicePixelRatioF())
        ghost.setDevicePixelRatio(self.devicePixelRatioF())
        ghost.fill(Qt.GlobalColor.transparent)
        self.render(ghost)
        drag.setPixmap(ghost)
        drag.setHotSpot(QPoint(20, 16))
        drag.exec(Qt.DropAction.CopyAction)


class ReportPalette(QWidget):
    """The palette of a report: search, then three groups."""

    wanted = Signal(object)
    """A component is to be added to the chosen panel, or a panel to the report."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.items: dict[str, ComponentItem] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 0, 0)
        column.setSpacing(8)
        self.search = search_field(look, tr("Find a dimension or metric"), WIDTH - 24)
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
        metrics = {name: (tr(words), tr(told)) for name, (words, told) in METRIC_WORDS.items()}
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
        for name, (words, told) in offered.items():
            item = ComponentItem(self._look, Component(kind, name), words, told)
            item.wanted.connect(self.wanted)
            self.items[item.component.written()] = item
            self._groups.addWidget(item)

    def judge(self, why_not: Callable[[str], str]) -> None:
        """Grey what cannot be added to the chosen panel, with the reason."""
        for item in self.items.values():
            item.allow("" if item.component.kind == "panel" else why_not(item.component.name))

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
