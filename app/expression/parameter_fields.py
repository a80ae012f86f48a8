"""The parameters of the data sources that a text reads: found in it, written into it, and asked for beside it.

A group's parameters are the same for all its references in one text, so that they are asked for once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.expression.analysis import ExpressionAnalysis, ExpressionAnalyzer, problem_text
from app.expression.code_edit import CodeEdit
from app.expression.completion_controller import CompletionController
from app.translation import tr
from app.widgets.controls import label, wrapped
from app.widgets.texts import show_text
from engine.expression import Scope, parse
from engine.expression.names import quote_segment
from engine.expression.syntax import FieldSegment, Node, Reference, walk


@dataclass(frozen=True, slots=True)
class SourceParameter:
    """A parameter of a field group that a text reads; ``value`` is the expression given, '' for none yet."""

    source: str
    group: str
    name: str
    value: str = ""


def asked(text: str, tree: Node, scope: Scope) -> tuple[SourceParameter, ...]:
    """Return the parameters of all groups read by a text, in its order, each once."""
    found: dict[tuple[str, str, str], SourceParameter] = {}
    for node in walk(tree):
        root = _group_of(node)
        if root is None or not isinstance(node, Reference):
            continue
        source, group = root
        schema = scope.sources.get(source, {}).get(group)
        given = {one.name: text[one.value.start : one.value.end] for one in node.parameters or ()}
        for name in schema.parameters if schema else ():
            before = found.get((source, group, name))
            if before is None or not before.value:
                found[source, group, name] = SourceParameter(source, group, name, given.get(name, ""))
    return tuple(found.values())


def with_value(text: str, parameter: SourceParameter, value: str) -> str:
    """Return the text with a parameter given a value in every reference to the group; '' takes it out.

    A value that cannot be read by itself would tear the text apart, and is not written.
    """
    if value.strip() and parse(value).errors:
        return text
    changed = sorted(_references(parse(text).tree, parameter), key=lambda node: node.start, reverse=True)
    for node in _outermost(changed):
        text = _rewritten(text, node, parameter.name, value.strip())
    return text


def with_parameters_of(reference: str, text: str, scope: Scope) -> str:
    """Return a reference with the parameters that the text gives the same group already."""
    root = _group_of(parse(reference).tree)
    for one in asked(text, parse(text).tree, scope):
        if (one.source, one.group) == root and one.value:
            reference = with_value(reference, one, one.value)
    return reference


def _group_of(node: Node) -> tuple[str, str] | None:
    """Return the source and group of a reference to a data source."""
    if not isinstance(node, Reference) or node.sigil != "#" or len(node.steps) < 2:
        return None
    source, group = node.steps[:2]
    return (source.name, group.name) if isinstance(source, FieldSegment) and isinstance(group, FieldSegment) else None


def _references(tree: Node, parameter: SourceParameter) -> list[Reference]:
    root = parameter.source, parameter.group
    return [node for node in walk(tree) if isinstance(node, Reference) and _group_of(node) == root]


def _outermost(nodes: list[Reference]) -> Iterator[Reference]:
    """Without those inside another one; from the last to the first."""
    for node in nodes:
        if not any(other is not node and other.start <= node.start and node.end <= other.end for other in nodes):
            yield node


def _rewritten(text: str, node: Reference, name: str, value: str) -> str:
    """Return the text with one reference given other parameters."""
    given = {one.name: text[one.value.start : one.value.end] for one in node.parameters or ()}
    given = {**given, name: value} if value else {key: one for key, one in given.items() if key != name}
    inside = ", ".join(f"{quote_segment(key)}: {one}" for key, one in given.items())
    written = f", params: {{{inside}}}" if given else ""
    head = node.steps[-1].end
    default = "" if node.default is None else f", defaultValue: {text[node.default.start : node.default.end]}"
    return f"{text[:head]}{default}{written}}}{text[node.end :]}"


# Fields beside an expression


class _Row(QWidget):
    """One parameter: its name, whose it is, and the expression of its value."""

    value_changed = Signal(str)
    """The user wrote a value that can be read, or took it away."""

    def __init__(self, one: SourceParameter, scope: Scope, parent: QWidget) -> None:
        super().__init__(parent)
        self.one = one
        owner = tr("parameter of {source}", source=one.source)
        self.code = CodeEdit(parent=self)
        self._problem = wrapped("", "error")
        self._problem.hide()
        self._completing = CompletionController(self.code, scope)
        self._reader = ExpressionAnalyzer(self)
        self._reader.done.connect(self._read)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(label(one.name, "strong"))
        head.addWidget(label(owner, "secondary"), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.code)
        column.addWidget(self._problem)
        self.code.set_text(one.value)
        self.code.edited.connect(lambda text: self._reader.analyze(text, scope, None))
        show_text(self.code.setAccessibleName, f"{one.name}, " + owner)
        show_text(self.code.setPlaceholderText, tr("A field or a value"))

    def show_value(self, one: SourceParameter) -> None:
        """Another value from the expression; what is being written here stays."""
        self.one = one
        if not self.code.hasFocus():
            self.code.set_text(one.value)

    def _read(self, reading: object) -> None:
        if not isinstance(reading, ExpressionAnalysis):
            return
        self.code.show_problems(reading.problems)
        self._problem.setText(problem_text(reading.problems[0]) if reading.problems else "")
        self._problem.setVisible(bool(reading.problems))
        readable = not any(problem.kind == "syntax" for problem in reading.problems)
        if readable and reading.text.strip() != self.one.value:
            self.value_changed.emit(reading.text)


class ParameterFields(QWidget):
    """A row for each parameter that is asked for; hidden when there is none."""

    value_changed = Signal(object, str)
    """A parameter (:class:`SourceParameter`) got another value, '' for none."""

    def __init__(self, scope: Scope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = scope
        self._rows: list[_Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 2, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def set_scope(self, scope: Scope) -> None:
        """Set the scope of the values."""
        self._scope = scope
        self._clear()

    def show_parameters(self, wanted: Sequence[SourceParameter]) -> None:
        """Asks for these; rows that stay keep their cursor."""
        if [_key(one) for one in wanted] != [_key(row.one) for row in self._rows]:
            self._clear()
            for one in wanted:
                self._add(one)
        for row, one in zip(self._rows, wanted, strict=True):
            row.show_value(one)
        self.setVisible(bool(wanted))

    def field(self, name: str) -> CodeEdit:
        """Return the field of a parameter; StopIteration if there is none."""
        return next(row.code for row in self._rows if row.one.name == name)

    def _add(self, one: SourceParameter) -> None:
        row = _Row(one, self._scope, self)
        row.value_changed.connect(lambda text: self.value_changed.emit(row.one, text))
        self._rows.append(row)
        self._column.addWidget(row)

    def _clear(self) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []


def _key(one: SourceParameter) -> tuple[str, str, str]:
    return one.source, one.group, one.name
