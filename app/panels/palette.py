"""What can be put into the journey, to drag or to double-click: events, orchestration, actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.document import rules
from app.document.naming import icon as icon_of
from app.document.templates import MIME_TYPE, Template
from app.forms.controls import emptied, search_field, text
from app.forms.look import Look
from app.theme.icons import draw_icon
from app.translation import mark, tr
from engine.model.journey import JourneyVersion

WIDTH = 228
_LAST = 5
_GROUPS = (("event", mark("Events")), ("orchestration", mark("Orchestration")), ("action", mark("Actions")))


class PaletteItem(QAbstractButton):
    """One thing to drag. Double click, or Enter when it has the focus, puts it on the next free place."""

    wanted = Signal(object)
    """Put this template on the canvas."""
    dragged = Signal(object)
    """This template was dropped somewhere."""

    def __init__(self, look: Look, template: Template) -> None:
        super().__init__()
        self.template, self._look = template, look
        self._reason = ""
        self._pressed_at: QPoint | None = None
        self.setText(template.name)
        self.setAccessibleName(template.name)
        self.setFixedHeight(36)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def reason(self) -> str:
        """Why this cannot be used now; empty when it can."""
        return self._reason

    def allow(self, reason: str | None) -> None:
        """Say that it can be used (None), or why not."""
        if self._reason == (reason or ""):
            return
        self._reason = reason or ""
        self.setToolTip(self._reason)
        self.setAccessibleDescription(self._reason)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 24, 36)

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
        custom = self.template.kind == "action"
        room = self.rect().adjusted(44, 0, -60 if custom else -8, 0)
        words = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        if custom:
            painter.setPen(self._look.color("secondary"))
            painter.setFont(self._look.font(12))
            aside = self.rect().adjusted(0, 0, -10, 0)
            painter.drawText(aside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, tr("custom"))

    def _paint_icon(self, painter: QPainter) -> None:
        role = self.template.category
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color(f"{role}_tint"))
        disc = QRectF(9, 5, 26, 26)
        if self.template.kind.startswith("condition"):
            painter.save()
            painter.translate(disc.center())
            painter.rotate(45)
            painter.drawRoundedRect(QRectF(-9.5, -9.5, 19, 19), 5, 5)
            painter.restore()
        else:
            painter.drawEllipse(disc)
        draw_icon(painter, icon_of(self.template.kind), disc.center(), disc.width() - 10, self._look.color(role))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._reason:
            self._pressed_at = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        if (event.position().toPoint() - self._pressed_at).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed_at = None
        self._drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self._want()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._want()
            return
        super().keyPressEvent(event)

    def _want(self) -> None:
        if not self._reason:
            self.wanted.emit(self.template)

    def _drag(self) -> None:
        carried = QMimeData()
        carried.setData(MIME_TYPE, self.template.to_mime())
        drag = QDrag(self)
        drag.setMimeData(carried)
        ghost = QPixmap(QSize(44, 36) * self.devicePixelRatioF())
        ghost.setDevicePixelRatio(self.devicePixelRatioF())
        ghost.fill(Qt.GlobalColor.transparent)
        painter = QPainter(ghost)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_icon(painter)
        painter.end()
        drag.setPixmap(ghost)
        drag.setHotSpot(QPoint(22, 18))
        if drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction:
            self.dragged.emit(self.template)


class Section(QWidget):
    """A group of items that folds."""

    def __init__(self, look: Look, title: str) -> None:
        super().__init__()
        self._look = look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        self.head = QToolButton()
        self.head.setText(title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setCheckable(True)
        self.head.setChecked(True)
        self.head.setProperty("role", "section")
        self.head.toggled.connect(self._fold)
        column.addWidget(self.head)
        self.body = QWidget()
        self.items = QVBoxLayout(self.body)
        self.items.setContentsMargins(0, 0, 0, 0)
        self.items.setSpacing(0)
        column.addWidget(self.body)
        self._fold(True)

    def _fold(self, open_: bool) -> None:
        self.head.setIcon(self._look.icon("caret-down" if open_ else "caret-right", "secondary"))
        self.body.setVisible(open_)


class Palette(QWidget):
    """The palette: search, the three groups, and only what can be used if the user wants that."""

    wanted = Signal(object)
    """A template is to be put on the next free place."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.items: dict[str, PaletteItem] = {}
        self._last: list[str] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 0, 0)
        column.setSpacing(8)
        self.search = search_field(look, tr("Find an activity"), WIDTH - 24)
        self.search.textChanged.connect(self._sift)
        self.search.returnPressed.connect(self._want_first)
        column.addWidget(self.search)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setObjectName("palette-inside")
        self._groups = QVBoxLayout(inside)
        self._groups.setContentsMargins(0, 0, 12, 12)
        self._groups.setSpacing(0)
        self._nothing = text(tr("Nothing is called that."), "quiet")
        self._nothing.setVisible(False)
        self._sections: dict[str, Section] = {}
        for group, title in _GROUPS:
            section = Section(look, tr(title))
            self._sections[group] = section
            self._groups.addWidget(section)
        self._groups.addWidget(self._nothing)
        self._groups.addStretch(1)
        scroll.setWidget(inside)
        column.addWidget(scroll, 1)

    def offer(self, templates: Sequence[Template]) -> None:
        """Offer these; the order in each group is kept."""
        self.items = {}
        for section in self._sections.values():
            emptied(section.items)
        for template in templates:
            made = PaletteItem(self._look, template)
            made.wanted.connect(self.wanted)
            made.wanted.connect(self._remember)
            made.dragged.connect(self._remember)
            self.items[key_of(template)] = made
            self._sections[template.category].items.addWidget(made)
        self._sift(self.search.text())

    def judge(self, journey: JourneyVersion) -> None:
        """Grey what cannot be used in this journey, with the reason."""
        ask: Callable[[JourneyVersion, Template], str | None] = rules.can_add if journey.activities else rules.can_begin
        for item in self.items.values():
            item.allow(ask(journey, item.template))

    @property
    def last_used(self) -> tuple[str, ...]:
        """The keys of the last five templates used, the latest first."""
        return tuple(self._last)

    def _remember(self, template: Template) -> None:
        key = key_of(template)
        self._last = [key, *(other for other in self._last if other != key)][:_LAST]

    def _sift(self, words: str) -> None:
        wanted = words.casefold().split()
        for group, section in self._sections.items():
            found = False
            for item in self.items.values():
                if item.template.category == group:
                    shown = all(word in item.text().casefold() for word in wanted)
                    item.setVisible(shown)
                    found = found or shown
            section.setVisible(found)
        shown_any = any(not item.isHidden() for item in self.items.values())
        self._nothing.setVisible(bool(self.items) and not shown_any)

    def _want_first(self) -> None:
        first = next((item for item in self.items.values() if not item.isHidden() and not item.reason), None)
        if first is not None and self.search.text().strip():
            first.wanted.emit(first.template)


def key_of(template: Template) -> str:
    """What a palette item is found by: the event's or action's name, else the kind."""
    return str(template.settings.get("event") or template.settings.get("action") or template.kind)
