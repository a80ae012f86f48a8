"""The panels of a report in halves or full width, reordered by dragging."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.reports.card import PANEL_MIME, PanelCard
from app.reports.empty_state import ReportEmptyState
from app.reports.palette import carried
from app.translation import tr
from app.widgets.tab_order import stops
from engine.model.report import Panel, Report
from engine.services.report_views import PanelFigures

GAP, MARGIN = 16, 16
NARROW = 640
"""Width in pixels below which every panel has full width."""


class PanelBoard(QWidget):
    """Lays out cards and handles drops between them."""

    panel_moved = Signal(str, int)
    """A panel was dropped: its id and new index."""
    component_dropped = Signal(object, int)
    """A component was dropped between panels: add a panel at this index."""

    def __init__(self, editable: bool) -> None:
        super().__init__()
        self.cards: list[PanelCard] = []
        self._line: QRect | None = None
        self.setAcceptDrops(editable)

    def arrange(self) -> None:
        """Lay out the cards and set the height."""
        width = self.width() - 2 * MARGIN
        top = MARGIN
        half = (width - GAP) // 2
        beside: PanelCard | None = None
        for card in self.cards:
            if card.panel.width == "full" or width < NARROW:
                if beside is not None:
                    top += beside.height() + GAP
                card.setGeometry(MARGIN, top, width, card.height())
                top += card.height() + GAP
                beside = None
            elif beside is None:
                card.setGeometry(MARGIN, top, half, card.height())
                beside = card
            else:
                card.setGeometry(MARGIN + half + GAP, top, width - half - GAP, card.height())
                top += max(beside.height(), card.height()) + GAP
                beside = None
        if beside is not None:
            top += beside.height() + GAP
        self.setMinimumHeight(top + 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    # Dropping

    def place_at(self, point: QPoint) -> int:
        """Return the index at which a drop would insert."""
        for index, card in enumerate(self.cards):
            box = card.geometry()
            if point.y() > box.bottom() + GAP // 2:
                continue
            across = box.width() > self.width() - 2 * MARGIN - GAP
            if point.y() < box.top() - GAP // 2:
                return index
            if (across and point.y() < box.center().y()) or (not across and point.x() < box.center().x()):
                return index
        return len(self.cards)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PANEL_MIME) or carried(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._show_line(self.place_at(event.position().toPoint()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_line(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_line(None)
        place = self.place_at(event.position().toPoint())
        component = carried(event.mimeData())
        event.acceptProposedAction()
        if component is not None:
            self.component_dropped.emit(component, place)
            return
        panel_id = bytes(event.mimeData().data(PANEL_MIME).data()).decode()
        before = next((index for index, card in enumerate(self.cards) if card.panel.id == panel_id), place)
        self.panel_moved.emit(panel_id, place - 1 if before < place else place)

    def _show_line(self, place: int | None) -> None:
        self._line = None
        if place is not None and self.cards:
            box = self.cards[min(place, len(self.cards) - 1)].geometry()
            y = box.top() - GAP // 2 if place < len(self.cards) else box.bottom() + GAP // 2
            self._line = QRect(box.left(), y - 1, box.width(), 3)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._line is not None:
            painter = QPainter(self)
            painter.fillRect(self._line, theme.color("accent"))
            painter.end()


class PanelGrid(QStackedWidget):
    """The board in a scroll area, or the empty state. Cards outlive edits of their panels."""

    card_made = Signal(object)
    """A card was created and needs connecting."""

    def __init__(self, editable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editable = editable
        self.board = PanelBoard(editable)
        self.beginning = ReportEmptyState(editable)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.board)
        holder = QWidget()
        self._first = PanelBoard(editable)
        column = QVBoxLayout(self._first)
        column.addWidget(self.beginning)
        outer = QVBoxLayout(holder)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._first)
        self.addWidget(self.area)
        self.addWidget(holder)
        self._first.component_dropped.connect(self.board.component_dropped)

    @property
    def cards(self) -> Mapping[str, PanelCard]:
        """The cards by panel id."""
        return {card.panel.id: card for card in self.board.cards}

    def show_report(self, report: Report, figures: Mapping[str, PanelFigures], names: Mapping[str, str]) -> None:
        """Show a report with known figures; ``names`` are journeys by id."""
        before = dict(self.cards)
        cards = []
        for panel in report.panels:
            card = before.pop(panel.id, None) or self._make(panel)
            card.show_panel(panel, figures.get(panel.id), about(panel, names))
            cards.append(card)
        for gone in before.values():
            gone.hide()
            gone.deleteLater()
        self.board.cards = cards
        for first, second in pairwise([stop for card in cards for stop in stops(card)]):
            QWidget.setTabOrder(first, second)
        self.board.arrange()
        self.setCurrentIndex(0 if cards else 1)

    def _make(self, panel: Panel) -> PanelCard:
        card = PanelCard(panel, self._editable, self.board)
        card.show()
        self.card_made.emit(card)
        return card

    def first_stop(self) -> QWidget | None:
        """Return the first focusable widget: the first panel or preset."""
        return self.board.cards[0] if self.board.cards else self.beginning.buttons[0]

    def choose(self, panel_id: str) -> None:
        """Mark a panel as selected."""
        for key, card in self.cards.items():
            card.mark(key == panel_id)

    def reveal(self, panel_id: str) -> None:
        """Scroll a panel into view and focus it."""
        card = self.cards.get(panel_id)
        if card is not None:
            self.area.ensureWidgetVisible(card)
            card.setFocus(Qt.FocusReason.OtherFocusReason)


def about(panel: Panel, names: Mapping[str, str]) -> str:
    """Return a description of a panel's filter."""
    if not panel.journeys:
        return ""
    known = [names[key] for key in panel.journeys if key in names]
    return tr("Only {journeys}", journeys=", ".join(known)) if known else ""
