"""Rows and columns of a list as values, and the Qt models that show, sort and filter them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from app.translation import current

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
CELL_ROLE = Qt.ItemDataRole.UserRole
ROW_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``look``: name, text, secondary, chip, state, link or number; ``stretch`` shares what is left over."""

    key: str
    title: str
    look: str = "text"
    width: int = 120
    stretch: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row says in a column: the text, what it sorts by, and a tone for states and links."""

    text: str
    sort: object = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One object of a list. ``tint`` is the colour role of its icon; filters ask for ``tags`` and ``dates``.

    A row with a ``parent`` stands below it, in the order of the list, and is shown while that one is ``expanded``, or
    when it matches and its parent does not. ``expanded`` is None for a row without rows below it. ``verbs`` are the
    entries of its menu; None means all.
    """

    key: str
    cells: Mapping[str, Cell]
    icon: str = ""
    tint: str = "action"
    tags: frozenset[str] = field(default_factory=frozenset)
    deletable: bool = True
    dates: Mapping[str, int] = field(default_factory=dict)
    """Epoch milliseconds by what happened then; what has not happened is left out."""
    parent: Row | None = None
    expanded: bool | None = None
    verbs: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From one moment to another, of the dates with this key: epoch milliseconds, the end excluded; None is open."""

    key: str
    since: int | None
    until: int | None

    def holds(self, at: int | None) -> bool:
        """Whether a date is in the span; a row that has none is not."""
        return at is not None and (self.since or at) <= at and (self.until is None or at < self.until)


class RowModel(QAbstractTableModel):
    """The rows of one list. New rows replace the old ones; equal rows leave the view as it is."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: tuple[Row, ...] = ()
        self.below: dict[str, list[Row]] = {}
        """The rows below a row, by its key."""
        self.places: dict[str, int] = {}

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows."""
        if tuple(rows) == self.rows:
            return
        self.places = {row.key: place for place, row in enumerate(rows)}
        self.below = {}
        for row in rows:
            if row.parent is not None:
                self.below.setdefault(row.parent.key, []).append(row)
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = tuple(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def retranslate(self) -> None:
        """Show titles and cells in the current language."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        cell = row.cells.get(self.columns[index.column()].key, Cell(""))
        answers: Mapping[int, Callable[[], object]] = {
            Qt.ItemDataRole.DisplayRole: lambda: current(cell.text),
            Qt.ItemDataRole.AccessibleTextRole: lambda: (
                f"{current(self.columns[index.column()].title)}: {current(cell.text)}"
            ),
            CELL_ROLE: lambda: cell,
            ROW_ROLE: lambda: row,
        }
        answer = answers.get(role)
        return answer() if answer else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return current(self.columns[section].title)
        return None


class RowFilter(QSortFilterProxyModel):
    """Rows whose any cell contains every word searched for, and that carry a tag of each group chosen from."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._groups: tuple[frozenset[str], ...] = ()
        self._span: TimeSpan | None = None

    def search(self, text: str) -> None:
        """Keep the rows that contain all these words."""
        self.beginFilterChange()
        self._words = tuple(text.casefold().split())
        self.endFilterChange()

    def choose(self, groups: Sequence[frozenset[str]]) -> None:
        """Keep the rows that carry one of the tags of each group."""
        self.beginFilterChange()
        self._groups = tuple(groups)
        self.endFilterChange()

    def between(self, span: TimeSpan | None) -> None:
        """Keep the rows with a date in a span; None keeps all."""
        self.beginFilterChange()
        self._span = span
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, RowModel)
        row = model.rows[source_row]
        if row.parent is not None:
            return self._matches(row) and (bool(row.parent.expanded) or not self._matches(row.parent))
        return self._matches(row) or any(map(self._matches, model.below.get(row.key, ())))

    def _matches(self, row: Row) -> bool:
        if self._span is not None and not self._span.holds(row.dates.get(self._span.key)):
            return False
        cells = (*row.parent.cells.values(), *row.cells.values()) if row.parent else row.cells.values()
        said = " ".join(cell.text for cell in cells).casefold()
        return all(group & row.tags for group in self._groups) and all(word in said for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, RowModel)
        one, other = model.rows[left.row()], model.rows[right.row()]
        first, second = one.parent or one, other.parent or other
        places = (left.row(), right.row())
        if first.key != second.key:
            key = model.columns[left.column()].key
            mine, others = _order(first, key), _order(second, key)
            if mine != others:
                return mine < others
            places = (model.places[first.key], model.places[second.key])
        return (places[0] < places[1]) == (self.sortOrder() == Qt.SortOrder.AscendingOrder)


def _order(row: Row, column: str) -> tuple[str, object]:
    """Return what a row is sorted by in a column."""
    cell = row.cells.get(column, Cell(""))
    value = cell.text.casefold() if cell.sort is None else cell.sort
    return type(value).__name__, value
