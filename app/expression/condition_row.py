"""A row of the simple editor: *field — operator — value*."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout

from app.expression.condition_box import ConditionBox, ConditionDragHandle, ConditionRequests
from app.expression.condition_tree import Path, choice_of, is_finished, type_for
from app.expression.selectable_fields import SEGMENTS, FieldCatalog, SelectableField, operator_label, operators
from app.expression.value_inputs import ValuesInput
from app.theme.icons import icon
from app.translation import tr
from app.widgets.controls import IconButton
from app.widgets.texts import show_text
from engine.expression.simple_form import SEGMENT_CHOICES, ConditionRow, OperatorChoice
from engine.expression.types import STRING, Type

_ICONS = {
    "event": ("broadcast", "event"),
    "source": ("database", "action"),
    "property": ("tag", "secondary"),
    SEGMENTS: ("users-three", "secondary"),
    "unknown": ("warning-circle", "error"),
}


class ConditionRowBox(ConditionBox):
    """One condition. ``narrow``: operator and value below the field."""

    def __init__(
        self, row: ConditionRow, path: Path, fields: FieldCatalog, requests: ConditionRequests, narrow: bool
    ) -> None:
        super().__init__(path, requests)
        self.setProperty("role", "row")
        self._row, self._fields = row, fields
        self._values: ValuesInput | None = None
        self.handle = ConditionDragHandle(path, requests)
        self.field = _combo(tr("Field"))
        self.operator = _combo(tr("Operator"))
        self.case = IconButton("text-aa", tr("Case sensitive"), size=30)
        self.case.setCheckable(True)
        self.remove = IconButton("x", tr("Remove this condition"), size=28)
        self._lay_out(narrow)
        self._offer_fields()
        self._offer_operators()
        self._offer_values()
        self.field.activated.connect(lambda _: self._field_chosen())
        self.operator.activated.connect(lambda _: self._operator_chosen())
        self.case.clicked.connect(lambda on: self._change(replace(self._row, case_sensitive=on)))
        self.remove.clicked.connect(lambda: requests.verb.emit("remove", path))

    def _lay_out(self, narrow: bool) -> None:
        top, below = QHBoxLayout(), QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(6)
        column.addLayout(top)
        second = below if narrow else top
        self._place = QHBoxLayout()
        for line in (top, below, self._place):
            line.setSpacing(6)
        top.addWidget(self.handle)
        top.addWidget(self.field, 3)
        if narrow:
            top.addWidget(self.remove)
            below.setContentsMargins(34, 0, 34, 0)
            column.addLayout(below)
        second.addWidget(self.operator, 2)
        second.addLayout(self._place, 4)
        second.addWidget(self.case)
        if not narrow:
            top.addWidget(self.remove)

    # What is shown

    @property
    def row(self) -> ConditionRow:
        """The row as it stands."""
        return self._row

    def settled(self) -> ConditionRow:
        """Return the row with the initial values of its inputs: a date begins as today."""
        if self._values is not None and not self._row.values:
            self._row = replace(self._row, values=self._values.values())
        return self._row

    @property
    def _about_segments(self) -> bool:
        return any(one.operator == self._row.operator for one in SEGMENT_CHOICES)

    @property
    def _selected_field(self) -> SelectableField | None:
        return self._fields.find(self._row.field) if self._row.field else None

    @property
    def _type(self) -> Type:
        return type_for(self._row, self._selected_field.type if self._selected_field else None)

    def _offer_fields(self) -> None:
        every = [*self._fields.askable]
        if self._fields.segments or self._about_segments:
            every.append(SelectableField(tr("Segments of the person"), SEGMENTS, None, SEGMENTS))
        shown = self._selected_field
        if shown is not None and shown.kind == "unknown":
            every.append(shown)
        for one in every:
            glyph, role = _ICONS[one.kind]
            self.field.addItem(icon(glyph, role), one.label, one.reference)
        wanted = SEGMENTS if self._about_segments else shown.reference if shown else None
        show_text(self.field.setPlaceholderText, tr("Choose a field"))
        self.field.setCurrentIndex(self.field.findData(wanted) if wanted else -1)

    def _offer_operators(self) -> None:
        self.operator.clear()
        chosen = choice_of(self._row.operator)
        offered = [*self._choices()]
        if chosen is not None and chosen.operator not in [one.operator for one in offered]:
            offered.append(chosen)
        for one in offered:
            self.operator.addItem(operator_label(one, self._type), one.operator)
        self.operator.setCurrentIndex(self.operator.findData(self._row.operator) if chosen else -1)
        self.operator.setEnabled(bool(offered))
        self.case.setVisible(chosen is not None and chosen.cased)
        self.case.setChecked(self._row.case_sensitive)

    def _choices(self) -> tuple[OperatorChoice, ...]:
        if not self._row.field and not self._about_segments:
            return ()
        return operators(self._type, self._about_segments)

    def _offer_values(self) -> None:
        """Other inputs for another operator, with what was written kept where it fits."""
        if self._values is not None:
            self._place.removeWidget(self._values)
            self._values.hide()
            self._values.deleteLater()
        choice = choice_of(self._row.operator) or OperatorChoice("", "", 0)
        allowed = self._selected_field.allowed if self._selected_field else ()
        self._values = ValuesInput(choice, self._type, allowed, self._fields.segments)
        self._values.show_values(self._row.values)
        self._values.changed.connect(self._value_changed)
        self._place.addWidget(self._values, 1)

    # What the user does

    def _field_chosen(self) -> None:
        reference = self.field.currentData()
        if reference == SEGMENTS:
            row = ConditionRow("", SEGMENT_CHOICES[0].operator)
        else:
            known = self._fields.find(str(reference))
            offered = operators(known.type or STRING, False)
            same = any(one.operator == self._row.operator for one in offered)
            kept = self._row.values if same and known.type == self._type else ()
            row = ConditionRow(str(reference), self._row.operator if same else offered[0].operator, kept)
        self._show(row)

    def _operator_chosen(self) -> None:
        self._show(replace(self._row, operator=str(self.operator.currentData())))

    def _show(self, row: ConditionRow) -> None:
        """Show a row with another field or operator; values its inputs cannot hold are dropped."""
        self._row = row
        self._offer_operators()
        self._offer_values()
        self._value_changed()

    def _value_changed(self) -> None:
        if self._values is not None:
            self._change(replace(self._row, values=self._values.values()))

    def _change(self, row: ConditionRow) -> None:
        self._row = row
        self.requests.row.emit(self.path, row)

    def focus_first(self) -> None:
        """Focus the field, or the value once a field is chosen."""
        if not self._row.field and not self._about_segments:
            self.field.setFocus()
        elif self._values is not None and self._values.isVisibleTo(self) and not is_finished(self._row):
            self._values.setFocus()
        else:
            self.operator.setFocus()


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(8)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setMaxVisibleItems(14)
    return made
