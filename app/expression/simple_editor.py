"""The simple editor: a condition as groups (AND / OR) of rows, made with the mouse or the keys, written as text.

It writes the language and reads back what it wrote. A text that rows cannot show is refused by ``set_text``, and stays
in the advanced editor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from app.expression.condition_group import ConditionGroupBox
from app.expression.condition_row import ConditionRequests, ConditionRowBox, dragged_path
from app.expression.condition_tree import (
    BLANK,
    EMPTY,
    ConditionPart,
    Path,
    group_at,
    inserted,
    moved,
    neighbour,
    part_at,
    path_of,
    removed,
    with_part,
    written,
)
from app.expression.name_tree import dragged
from app.expression.names import FieldCatalog, Name, fields_of, operators
from app.expression.parameter_fields import SourceParameter, with_parameters_of, with_value
from app.widgets.texts import follow_language
from engine.expression import Scope
from engine.expression.simple_form import ConditionGroup, ConditionRow, to_tree
from engine.expression.types import STRING

NARROW = 620
"""Below this width a row takes two lines."""

_NO_FIELD = frozenset({"function", "section", "category", "event", "source"})


class SimpleEditor(QWidget):
    """Edits a condition as a tree of groups and rows. ``allowed`` lists the values of enumerations by reference."""

    changed = Signal(str)
    """The user changed the condition: its text, without rows that are not finished yet."""

    def __init__(
        self, scope: Scope, allowed: Mapping[str, tuple[object, ...]] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._scope, self._allowed = scope, allowed or {}
        self._fields: FieldCatalog = fields_of(scope, self._allowed)
        self._tree: ConditionGroup = EMPTY
        self._active: Path = ()
        self._narrow = False
        self._requests = ConditionRequests(self)
        self._requests.row.connect(self._row_changed)
        self._requests.verb.connect(self._do)
        self._requests.joined.connect(self._join)
        self._requests.dropped.connect(self._drop)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._area)
        follow_language(self, lambda: self.set_scope(self._scope))
        self._build()

    # What a form uses

    def text(self) -> str:
        """Return the condition in the language; '' when no row is finished."""
        return written(self._tree)

    def set_text(self, text: str) -> bool:
        """Show a condition without a change signal; False for a text that rows cannot show."""
        if text == self.text() and (text or self._tree == EMPTY):
            return True
        tree = to_tree(text) if text.strip() else EMPTY
        if tree is None:
            return False
        self._tree, self._active = tree, ()
        self._build()
        return True

    def set_scope(self, scope: Scope, allowed: Mapping[str, tuple[object, ...]] | None = None) -> None:
        """Set the scope of the condition."""
        self._scope = scope
        self._allowed = self._allowed if allowed is None else allowed
        self._fields = fields_of(scope, self._allowed)
        self._build()

    @property
    def tree(self) -> ConditionGroup:
        """The condition with its unfinished rows."""
        return self._tree

    def set_parameter(self, parameter: SourceParameter, value: str) -> None:
        """Set a parameter of a field group in every row that reads the group; '' removes it."""
        self._tree = _each_row(self._tree, lambda row: replace(row, field=with_value(row.field, parameter, value)))
        self._build()
        self.changed.emit(self.text())

    def add_name(self, name: Name) -> None:
        """Add a row for a name to the group that was last in use."""
        if name.kind not in _NO_FIELD:
            self._add(self._active, self._row_for(name.insert, name.kind))

    def box(self, path: Path) -> ConditionRowBox | ConditionGroupBox:
        """Return the box of the part at a path; raises StopIteration when there is none."""
        return next(box for box in self._top.all_boxes() if box.path == path)

    # What the boxes ask

    def _row_changed(self, path: Path, row: ConditionRow) -> None:
        self._active = path[:-1]
        if row.field:
            row = replace(row, field=with_parameters_of(row.field, self.text(), self._scope))
        self._tree = with_part(self._tree, path, row)
        self.changed.emit(self.text())

    def _join(self, path: Path, word: str) -> None:
        self._change(with_part(self._tree, path, replace(group_at(self._tree, path), joined=word)), path)

    def _do(self, verb: str, path: Path) -> None:
        {
            "add": lambda: self._add(path, BLANK),
            "add_group": lambda: self._add(path, ConditionGroup(self._other_word(path), (BLANK,))),
            "remove": lambda: self._change(removed(self._tree, path), path[:-1]),
            "up": lambda: self._step(path, -1),
            "down": lambda: self._step(path, 1),
            "copy": lambda: self._insert(path[:-1], path[-1] + 1, part_at(self._tree, path)),
            "group": lambda: self._change(
                with_part(self._tree, path, ConditionGroup("and", (part_at(self._tree, path),))), (*path, 0)
            ),
        }[verb]()

    def _other_word(self, path: Path) -> str:
        return "or" if group_at(self._tree, path).joined == "and" else "and"

    def _add(self, group: Path, part: ConditionPart) -> None:
        self._insert(group, len(group_at(self._tree, group).parts), part)

    def _insert(self, group: Path, position: int, part: ConditionPart) -> None:
        self._change(inserted(self._tree, group, position, part), (*group, position))

    def _step(self, path: Path, step: int) -> None:
        goal = neighbour(self._tree, path, step)
        if goal is not None:
            self._move(path, *goal)

    def _move(self, source: Path, group: Path, position: int) -> None:
        part = part_at(self._tree, source)
        tree = moved(self._tree, source, group, position)
        self._change(tree, path_of(tree, part))

    def _drop(self, group: Path, position: int, data: QMimeData) -> None:
        source, name = dragged_path(data), dragged(data)
        if source is not None:
            self._move(source, group, position)
        elif name is not None and name[1] not in _NO_FIELD:
            self._insert(group, position, self._row_for(*name))

    def _row_for(self, insert: str, kind: str) -> ConditionRow:
        """Return a row about a name with the first operator of its type."""
        if kind == "segment":
            tree = to_tree(insert)
            assert tree is not None
            found = tree.parts[0]
            assert isinstance(found, ConditionRow)
            return found
        reference = with_parameters_of(insert, self.text(), self._scope)
        of = self._fields.find(reference).type or STRING
        return ConditionRow(reference, operators(of, False)[0].operator)

    # Showing

    def _change(self, tree: ConditionGroup, focus: Path) -> None:
        """Show another tree and focus one of its parts."""
        self._tree = tree
        self._build()
        for one in self._top.all_boxes():
            if isinstance(one, ConditionRowBox):
                self._tree = with_part(self._tree, one.path, one.settled())
        box = next((one for one in self._top.all_boxes() if one.path == focus), self._top)
        self._active = box.path if isinstance(box, ConditionGroupBox) else box.path[:-1]
        first = box.boxes[0] if isinstance(box, ConditionGroupBox) and box.boxes else box
        if isinstance(first, ConditionRowBox):
            first.focus_first()
            self._area.ensureWidgetVisible(first)
        elif isinstance(first, ConditionGroupBox):
            first.add.setFocus()
        self.changed.emit(self.text())

    def _build(self) -> None:
        held = QWidget()
        column = QVBoxLayout(held)
        column.setContentsMargins(0, 0, 4, 0)
        self._top = ConditionGroupBox(self._tree, (), self._fields, self._requests, self._narrow)
        column.addWidget(self._top)
        column.addStretch(1)
        before = self._area.takeWidget()
        if before is not None:
            before.hide()
            before.deleteLater()
        self._area.setWidget(held)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows take two lines where there is little room."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            self._build()


def _each_row(group: ConditionGroup, change: Callable[[ConditionRow], ConditionRow]) -> ConditionGroup:
    parts = tuple(_each_row(one, change) if isinstance(one, ConditionGroup) else change(one) for one in group.parts)
    return replace(group, parts=parts)
