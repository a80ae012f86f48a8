"""The palette: events, orchestration and actions to drag or double-click, and its filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app import theme
from app.activity_views import type_icon
from app.document import rules
from app.document.transfer import MIME_TYPE, ActivityTemplate
from app.theme.icons import draw_icon
from app.translation import mark, tr
from app.widgets.controls import column_of, emptied
from app.widgets.draggable_item import DraggableItem
from app.widgets.item_palette import ItemPalette
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject
from engine.model.journey import JourneyVersion

LAST = 5
"""Number of remembered events and actions, across journeys."""


class PaletteFilter(QToolButton):
    """A button with a menu, checked while anything is hidden."""

    changed = Signal()
    """The filter or the remembered items changed."""

    def __init__(self) -> None:
        super().__init__()
        self.available = self.recent = False
        self.last: tuple[str, ...] = ()
        self.setIconSize(QSize(18, 18))
        self.setProperty("role", "framed")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(34, 34)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.only_available = self._entry(menu, tr("Only available activities"), self._choose_available)
        self.only_recent = self._entry(menu, tr("Only the last five events and actions"), self._choose_recent)
        self.setMenu(menu)
        self._show()

    def _entry(self, menu: QMenu, words: str, choose: Callable[[bool], None]) -> QAction:
        made = menu.addAction(words)
        made.setCheckable(True)
        made.toggled.connect(choose)
        return made

    def _choose_available(self, on: bool) -> None:
        self._set(on, self.recent, self.last)

    def _choose_recent(self, on: bool) -> None:
        self._set(self.available, on, self.last)

    def remember(self, key: str) -> None:
        """Remember a used event or action."""
        self._set(self.available, self.recent, (key, *(other for other in self.last if other != key))[:LAST])

    def state(self) -> JsonDict:
        """Return the filter's state for the preferences."""
        return {"available": self.available, "recent": self.recent, "last": list(self.last)}

    def restore(self, state: JsonObject) -> None:
        """Restore a saved state; invalid values are ignored."""
        last = state.get("last")
        names = tuple(map(str, last))[:LAST] if isinstance(last, list) else ()
        self._set(state.get("available") is True, state.get("recent") is True, names)

    def _set(self, available: bool, recent: bool, last: tuple[str, ...]) -> None:
        if (available, recent, last) == (self.available, self.recent, self.last):
            return
        self.available, self.recent, self.last = available, recent, last
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.only_available.setChecked(self.available)
        self.only_recent.setChecked(self.recent)
        narrowed = self.available or self.recent
        self.setIcon(theme.icon("funnel", "accent" if narrowed else "secondary"))
        words = tr("Filter is on") if narrowed else tr("Filter")
        show_text(self.setToolTip, words)
        show_text(self.setAccessibleName, words)


WIDTH = 228
CONFIGURED = ("event", "action")
"""Kinds that users define: there may be many, so recently used ones are offered."""
_GROUPS = (("event", mark("Events")), ("orchestration", mark("Orchestration")), ("action", mark("Actions")))


class PaletteItem(DraggableItem):
    """One activity; unusable ones can neither be dragged nor chosen."""

    def __init__(self, template: ActivityTemplate) -> None:
        super().__init__(template, template.name, QSize(WIDTH - 24, 36), 44)
        self.template = template

    @property
    def secondary_text(self) -> str:
        """The mark of a custom action."""
        return tr("custom") if self.template.kind == "action" else ""

    @property
    def usable(self) -> bool:
        """Whether the activity may be used in the journey."""
        return not self.reason

    def ghost_size(self) -> QSize:
        """Return the size of the drag image: only the icon."""
        return QSize(44, 36)

    def mime(self) -> QMimeData:
        made = QMimeData()
        made.setData(MIME_TYPE, self.template.to_mime())
        return made

    def paint_icon(self, painter: QPainter) -> None:
        role = self.template.category
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"{role}_tint"))
        disc = QRectF(9, 5, 26, 26)
        if self.template.kind.startswith("condition"):
            painter.save()
            painter.translate(disc.center())
            painter.rotate(45)
            painter.drawRoundedRect(QRectF(-9.5, -9.5, 19, 19), 5, 5)
            painter.restore()
        else:
            painter.drawEllipse(disc)
        draw_icon(painter, type_icon(self.template.kind), disc.center(), disc.width() - 10, theme.color(role))


class PaletteSection(QWidget):
    """A collapsible group of items."""

    def __init__(self, title: str) -> None:
        super().__init__()
        column = column_of(self, 0, (0, 0, 0, 8))
        self.head = QToolButton()
        show_text(self.head.setText, title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setCheckable(True)
        self.head.setChecked(True)
        self.head.setProperty("role", "section")
        self.head.toggled.connect(self._fold)
        column.addWidget(self.head)
        self.body = QWidget()
        self.items = column_of(self.body, 0)
        column.addWidget(self.body)
        self._fold(True)

    def _fold(self, open_: bool) -> None:
        self.head.setIcon(theme.icon("caret-down" if open_ else "caret-right", "secondary"))
        self.body.setVisible(open_)


class ActivityPalette(ItemPalette[PaletteItem]):
    """Three groups of activities and a filter for usable or recent ones; ``wanted`` carries a template."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Find an activity"), WIDTH, parent)
        self._sought: set[str] = set()
        self.filter = PaletteFilter()
        self.filter.changed.connect(self.filter_items)
        self.top.addWidget(self.filter)
        self._sections = {group: PaletteSection(tr(title)) for group, title in _GROUPS}
        for group, section in self._sections.items():
            self.add_group(group, section)

    def offer(self, templates: Sequence[ActivityTemplate], sought: Sequence[ActivityTemplate] = ()) -> None:
        """Offer these, and the ``sought`` ones to a search; the order in each group is kept."""
        self._sought = {key_of(template) for template in sought}
        self.items = {}
        for section in self._sections.values():
            emptied(section.items)
        for template in (*templates, *sought):
            made = PaletteItem(template)
            made.wanted.connect(self.wanted)
            made.wanted.connect(self.remember)
            made.dragged.connect(self.remember)
            self.items[key_of(template)] = made
            self._sections[template.category].items.addWidget(made)
        self.filter_items()

    def set_availability(self, journey: JourneyVersion) -> None:
        """Disable items that cannot be used in this journey and show the reason."""
        ask: Callable[[JourneyVersion, ActivityTemplate], str | None] = (
            rules.can_add if journey.activities else rules.can_begin
        )
        for item in self.items.values():
            item.allow(ask(journey, item.template) or "")
        self.filter_items()

    def remember(self, template: ActivityTemplate) -> None:
        """Remember a used event or action."""
        if template.kind in CONFIGURED:
            self.filter.remember(key_of(template))

    def group_of(self, item: PaletteItem) -> str:
        return item.template.category

    def passes_filter(self, item: PaletteItem) -> bool:
        if key_of(item.template) in self._sought and not self.search.sought().strip():
            return False
        if self.filter.available and item.reason:
            return False
        configured = item.template.kind in CONFIGURED
        return not (self.filter.recent and configured) or key_of(item.template) in self.filter.last

    def empty_text(self) -> str:
        return super().empty_text() if self.search.text().strip() else tr("Nothing matches the filter.")


def key_of(template: ActivityTemplate) -> str:
    """Return the key of a palette item: the event's or action's name, else the kind."""
    return template.definition or template.kind
