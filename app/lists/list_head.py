"""The head of a list: title, count, search, filters and buttons, in one row, or in two where there is little space."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.translation import tr
from app.widgets.controls import NO_MARGINS, Button, IconButton, column_of, label, row_of
from app.widgets.search_field import SearchField
from app.widgets.texts import show_text

HEAD_HEIGHT, SECOND_ROW, SEARCH_WIDTH = 68, 42, 240
_SPACING, _MARGIN = 8, 16


class ListHead(QWidget):
    """The search moves into a second row, and buttons show only their icons, if their words do not fit."""

    def __init__(self, title: str, new: str) -> None:
        super().__init__()
        self._fitted: tuple[bool, bool] | None = None
        column = column_of(self, 0)
        self._row = row_of(None, _SPACING, (_MARGIN, 0, _MARGIN, 0))
        self._second = row_of(None, _SPACING)
        self._row.addStrut(HEAD_HEIGHT)
        column.addLayout(self._row)
        column.addLayout(self._second)
        self._row.addWidget(label(title, "list-title"))
        self._count = label("", "quiet")
        self._row.addWidget(self._count)
        self._row.addSpacing(12)
        self.search = SearchField(tr("Search"))
        self.filter_button = Button(tr("Filter"), icon=theme.icon("funnel", "text"))
        self.filter_button.setVisible(False)
        self.clear_button = Button(tr("Clear"), kind="quiet")
        self.clear_button.setVisible(False)
        self._movable: tuple[QWidget, ...] = (self.search, self.filter_button, self.clear_button)
        for made in self._movable:
            self._row.addWidget(made)
        self._row.addStretch(1)
        self.columns_button = IconButton("columns", tr("Columns"), framed=True)
        self._row.addWidget(self.columns_button)
        self.new_button = Button(new, kind="primary", icon=theme.icon("plus", "on_accent"), shortcut="C")
        self._row.addWidget(self.new_button)
        self.new_button.setVisible(bool(new))
        self._fit()

    def add_button(self, made: QWidget) -> None:
        """Put one more button before the one that makes something new."""
        self._row.insertWidget(self._row.count() - 1, made)
        self._fit()

    def show_count(self, words: str) -> None:
        """Show the number of rows."""
        show_text(self._count.setText, words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the parts for the new width."""
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Arrange the parts again after a button appeared or got other words."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _buttons(self) -> list[Button]:
        return [made for made in self.findChildren(Button) if made not in self._movable]

    def _fit(self) -> None:
        """Move the search between the rows of one widget, so that the order of the keyboard stays."""
        space = self.width() - 2 * _MARGIN
        movable = sum(SEARCH_WIDTH if made is self.search else _width(made) for made in self._movable)
        parts = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        fixed = 28 + sum(_width(made) for made in parts if made not in self._movable)
        two_rows = fixed + movable > space
        fitted = two_rows, two_rows and fixed > space
        if fitted == self._fitted:
            return
        self._fitted = fitted
        for part in self._movable:
            (self._row if two_rows else self._second).removeWidget(part)
        for place, part in enumerate(self._movable):
            if two_rows:
                self._second.addWidget(part)
            else:
                self._row.insertWidget(4 + place, part)
        self._second.setStretch(0, 1)
        self.search.setMinimumWidth(80 if two_rows else SEARCH_WIDTH)
        self.search.setMaximumWidth(16_777_215 if two_rows else SEARCH_WIDTH)
        for button in self._buttons():
            button.show_only_icon(fitted[1])
        self._second.setContentsMargins(*((_MARGIN, 0, _MARGIN, _SPACING) if two_rows else NO_MARGINS))
        self.setFixedHeight(HEAD_HEIGHT + (SECOND_ROW if two_rows else 0))


def _width(made: QWidget) -> int:
    """Return the space that a visible part needs with its words, and the space after it."""
    if made.isHidden():
        return 0
    return (made.full_width() if isinstance(made, Button) else made.sizeHint().width()) + _SPACING
