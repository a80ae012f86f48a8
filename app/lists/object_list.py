"""One list of objects: search, filter, sort, open, duplicate, delete, and what to do first when it is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QMetaMethod, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStackedWidget,
    QTableView,
    QWidget,
)

from app import theme
from app.lists.columns import CARET_WIDTH, ROW_HEIGHT, CellDelegate, ColumnLayout
from app.lists.filters import DateRangeDialog, FilterGroup, FilterMenu
from app.lists.list_head import ListHead
from app.lists.rows import CELL_ROLE, ROW_ROLE, Column, Row, RowFilter, RowModel
from app.translation import tr
from app.widgets.controls import column_of
from app.widgets.empty_state import EmptyState
from app.widgets.key_symbols import shortcut_key
from app.widgets.texts import show_text
from engine.json_types import JsonObject

MIN_WIDTH = 300


class ObjectTable(QTableView):
    """The rows themselves: one row is selected, Enter opens it, Delete asks to delete it.

    A click on the caret of a row and the keys Right and Left show and hide the rows below it.
    """

    pressed_key = Signal(str)
    toggled = Signal(str)
    """The rows below a row are to be shown or hidden: its key."""
    resized = Signal()

    def __init__(self, model: RowFilter, columns: Sequence[Column]) -> None:
        super().__init__()
        self.setObjectName("object-table")
        self._hovered = -1
        self.entering = False
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setFixedHeight(40)
        header.setMinimumSectionSize(40)
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)
        for index, column in enumerate(columns):
            self.setItemDelegateForColumn(index, CellDelegate(column, lambda: self._hovered, self))
            if column.stretch:
                header.setSectionResizeMode(index, QHeaderView.ResizeMode.Stretch)
            else:
                self.setColumnWidth(index, column.width)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_Return: "open",
            Qt.Key.Key_Enter: "open",
            Qt.Key.Key_Delete: "delete",
            Qt.Key.Key_C: "create",
        }
        word = keys.get(shortcut_key(event))
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if word and plain:
            self.pressed_key.emit(word)
            return
        if plain and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._fold(event.key() == Qt.Key.Key_Right):
            return
        super().keyPressEvent(event)

    def _fold(self, wanted: bool) -> bool:
        """Show or hide the rows below the current one, or go from one of these to the row above; return whether."""
        row: Row | None = self.currentIndex().data(ROW_ROLE)
        if row is not None and row.expanded is not None and row.expanded != wanted:
            self.toggled.emit(row.key)
            return True
        if row is not None and row.parent is not None and not wanted:
            rows = range(self.currentIndex().row(), -1, -1)
            above = (self.model().index(number, 0) for number in rows)
            self.setCurrentIndex(next(index for index in above if index.data(ROW_ROLE).key == row.parent.key))
            return True
        return False

    def foldable_at(self, event: QMouseEvent) -> str:
        """Return the key of the row whose caret is under the pointer, '' without one."""
        index = self.indexAt(event.position().toPoint())
        row: Row | None = index.data(ROW_ROLE)
        inside = index.column() == 0 and event.position().x() < self.visualRect(index).left() + CARET_WIDTH
        return row.key if row is not None and row.expanded is not None and inside else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if key := self.foldable_at(event):
            self.toggled.emit(key)
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if key := self.foldable_at(event):
            self.toggled.emit(key)
            return
        super().mouseDoubleClickEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark the first row without choosing it: only a key or a click opens its form."""
        self.entering = True
        super().focusInEvent(event)
        self.entering = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out columns that have no space."""
        super().resizeEvent(event)
        self.resized.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        """Show the whole row that is under the pointer, for a row is what a click chooses."""
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()


class ObjectList(QWidget):
    """A titled list. It knows rows, not objects: its owner fills it and handles its requests."""

    opened = Signal(str)
    """A row was opened: its key."""
    chosen = Signal(str)
    """A row was selected: its key."""
    created = Signal()
    """A new object is wanted."""
    asked = Signal(str, str)
    """A row's menu or key: the verb (``duplicate``, ``delete``, …) and the key."""
    tag_chosen = Signal(str)
    """A filter was chosen: rows that carry the tag are wanted."""
    columns_changed = Signal(object)
    """Columns were hidden, moved or sorted by: how the list is arranged now, to be kept for the next time."""
    link_clicked = Signal(str, str)
    """A link in a row was clicked: the column and the key."""

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        new: str,
        empty: EmptyState,
        verbs: Sequence[tuple[str, str, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        """``verbs`` are what a row's menu offers beside opening: (verb, words, icon)."""
        super().__init__(parent)
        self._verbs = tuple(verbs)
        self._columns = (*columns, Column("menu", "", "menu", 48))
        self.model = RowModel(self._columns, self)
        self.filter = RowFilter(self)
        self.filter.setSourceModel(self.model)
        self.table = ObjectTable(self.filter, self._columns)
        self.filters = FilterMenu()
        self.arrangement = ColumnLayout(self.table, self._columns)
        self._empty = empty
        self._zone = "UTC"
        self._nothing = EmptyState(
            "magnifying-glass", tr("No matches"), tr("Try another word or clear the filter."), tr("Clear")
        )
        self._stack = QStackedWidget()
        for page in (self.table, empty, self._nothing):
            self._stack.addWidget(page)
        self.setMinimumWidth(MIN_WIDTH)
        layout = column_of(self, 0)
        layout.addWidget(self._make_head(title, new))
        layout.addWidget(self._stack, 1)
        self._connect()

    def _make_head(self, title: str, new: str) -> QWidget:
        head = self._head = ListHead(title, new)
        self.search, self.filter_button, self.clear_button = head.search, head.filter_button, head.clear_button
        self._columns_button, self.new_button = head.columns_button, head.new_button
        return head

    def _connect(self) -> None:
        self.search.textChanged.connect(self._search)
        self.new_button.clicked.connect(self.created)
        self._empty.asked.connect(self.created)
        self._nothing.asked.connect(self._clear)
        self.filter_button.clicked.connect(lambda: self.filters.open_below(self.filter_button))
        self.filters.changed.connect(self._filter)
        self.filters.dates_asked.connect(self._ask_dates)
        self.clear_button.clicked.connect(self._clear)
        self._columns_button.clicked.connect(lambda: self.arrangement.open_below(self._columns_button))
        self.table.resized.connect(self.arrangement.fit)
        self.arrangement.changed.connect(self.columns_changed)
        self.table.doubleClicked.connect(lambda index: self.opened.emit(index.data(ROW_ROLE).key))
        self.table.clicked.connect(self._clicked)
        self.table.pressed_key.connect(self._pressed)
        self.table.selectionModel().currentRowChanged.connect(self._moved)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._context)
        self.table.viewport().installEventFilter(self)

    def restore_columns(self, kept: JsonObject) -> None:
        """Arrange the columns as they were kept."""
        self.arrangement.restore_columns(kept)

    def add_button(self, made: QWidget) -> None:
        """Put one more button before the one that makes something new."""
        self._head.add_button(made)

    def show_rows(self, rows: Sequence[Row], total: int | None = None, count: int | None = None) -> None:
        """Show these rows, of ``total``, keeping search, order and selection; they stand for ``count`` objects."""
        kept = self.current_key()
        self.model.show(rows)
        shown = str(len(rows) if count is None else count)
        more = total is not None and total > len(rows)
        self._head.show_count(tr("{count} of {total}", count=shown, total=f"{total:,}") if more else shown)
        self._restack()
        if kept:
            self.select(kept)

    def offer_filters(self, groups: Sequence[FilterGroup]) -> None:
        """Offer these tags as filters, in groups."""
        self.filters.offer(groups)
        self.filter_button.setVisible(bool(groups))

    def offer_dates(self, dates: Mapping[str, str], zone: str) -> None:
        """Offer to filter by these dates, whose days are those of a zone."""
        self._zone = zone
        self.filters.offer_dates(dates)

    def _ask_dates(self) -> None:
        self.dialog = DateRangeDialog(self.filters.dates, self.filters.range, self._zone, self)
        self.dialog.chosen.connect(self.filters.choose_dates)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def current_key(self) -> str | None:
        """Return the key of the selected row."""
        index = self.table.currentIndex()
        return index.data(ROW_ROLE).key if index.isValid() else None

    def select(self, key: str) -> None:
        """Select the row of that key, if it is shown."""
        for number in range(self.filter.rowCount()):
            index = self.filter.index(number, 0)
            if index.data(ROW_ROLE).key == key:
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
                self.table.selectionModel().setCurrentIndex(index, flags)
                return

    def _search(self, words: str) -> None:
        self.filter.search(words)
        self._restack()

    def _restack(self) -> None:
        page: QWidget = self.table
        if not self.model.rows:
            page = self._empty
        elif not self.filter.rowCount():
            page = self._nothing
        self._stack.setCurrentWidget(page)

    def _clear(self) -> None:
        self.search.clear()
        self.filters.choose(())
        self.filters.choose_dates(None)

    def _filter(self) -> None:
        count = self.filters.count
        words = " " + tr("Filter")
        show_text(self.filter_button.setText, words + f" · {count}" if count else words)
        self.clear_button.setVisible(bool(count))
        self.filter.choose(self.filters.groups())
        self.filter.between(self.filters.range.span(self._zone) if self.filters.range else None)
        self._restack()
        for tag in self.filters.chosen:
            self.tag_chosen.emit(tag)

    def _clicked(self, index: QModelIndex) -> None:
        column = self._columns[index.column()]
        row: Row = index.data(ROW_ROLE)
        if column.key == "menu":
            corner = self.table.visualRect(index).bottomLeft()
            self._menu(row).popup(self.table.viewport().mapToGlobal(corner))
        elif column.look == "link" and index.data(CELL_ROLE).tone == "link":
            self.link_clicked.emit(column.key, row.key)

    def _moved(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid() and not self.table.entering:
            self.chosen.emit(current.data(ROW_ROLE).key)

    def _pressed(self, word: str) -> None:
        key = self.current_key()
        if word == "create":
            if not self.new_button.isHidden():
                self.created.emit()
        elif key is not None and word == "open":
            self.opened.emit(key)
        elif key is not None and any(verb == word for verb, _, _ in self._verbs):
            self.asked.emit(word, key)

    def _context(self, point: QPoint) -> None:
        index = self.table.indexAt(point)
        if index.isValid() and not self.table.isColumnHidden(len(self._columns) - 1):
            self._menu(index.data(ROW_ROLE)).popup(self.table.viewport().mapToGlobal(point))

    def _menu(self, row: Row) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._opens():
            menu.addAction(tr("Open"), lambda: self.opened.emit(row.key))
        for verb, words, icon in self._verbs:
            if row.verbs is not None and verb not in row.verbs:
                continue
            action = menu.addAction(theme.icon(icon, "secondary"), words)
            action.triggered.connect(self._asker(verb, row.key))
            action.setEnabled(verb != "delete" or row.deletable)
        return menu

    def _opens(self) -> bool:
        """Whether somebody opens rows: an entry that does nothing is not offered."""
        return self.isSignalConnected(QMetaMethod.fromSignal(self.opened))

    def showEvent(self, event: QShowEvent) -> None:
        """Hide the menu column if rows have no actions."""
        self.table.setColumnHidden(len(self._columns) - 1, not self._verbs and not self._opens())
        super().showEvent(event)

    def _asker(self, verb: str, key: str) -> Callable[[], None]:
        return lambda: self.asked.emit(verb, key)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.model.retranslate()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """C creates, also while the list is empty and shows no table."""
        if shortcut_key(event) == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._pressed("create")
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show a hand over links and menus, so that they look clickable."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            index = self.table.indexAt(event.position().toPoint())
            column = self._columns[index.column()] if index.isValid() else None
            hand = column is not None and (
                column.key == "menu"
                or (column.look == "link" and index.data(CELL_ROLE).tone == "link")
                or bool(self.table.foldable_at(event))
            )
            shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
            self.table.viewport().setCursor(shape)
        return False
