"""The header of a report: name, period, journeys, saving state, undo, export."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.reports.document import ReportDocument
from app.reports.labels import SPANS
from app.translation import tr
from app.widgets.controls import Button, Choice, IconButton, label, restyle
from app.widgets.date_input import DateInput
from app.widgets.texts import show_text
from engine.model.report import ReportTime

_NAME_WIDTH = 300
_LONGEST_NAME = 200
_TOLD_AFTER = 700
"""Milliseconds after which "computing" is shown."""


class ReportHeader(QWidget):
    """Two rows: the report and its actions; its period."""

    left = Signal()
    export_asked = Signal()
    settings_asked = Signal()

    def __init__(self, document: ReportDocument, editable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._editable = document, editable
        self._days: tuple[date, date] | None = None
        self.setObjectName("list-head")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(104)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(self._first())
        column.addLayout(self._second())

    def _first(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.back = IconButton("arrow-left", tr("Back to the list"), framed=True)
        self.back.clicked.connect(self.left)
        row.addWidget(self.back)
        self.name = QLineEdit()
        self.name.setProperty("role", "flat")
        self.name.setFixedWidth(_NAME_WIDTH)
        self.name.setMaxLength(_LONGEST_NAME)
        show_text(self.name.setAccessibleName, tr("Report name"))
        self.name.setReadOnly(not self._editable)
        self.name.editingFinished.connect(lambda: self._document.rename(self.name.text()))
        row.addWidget(self.name)
        self.saved = label("", "quiet")
        row.addWidget(self.saved, 1)
        self.undo = IconButton("arrow-counter-clockwise", tr("Undo"), framed=True)
        self.redo = IconButton("arrow-clockwise", tr("Redo"), framed=True)
        self.undo.clicked.connect(self._document.undo_stack.undo)
        self.redo.clicked.connect(self._document.undo_stack.redo)
        self._document.undo_stack.canUndoChanged.connect(self.undo.setEnabled)
        self._document.undo_stack.canRedoChanged.connect(self.redo.setEnabled)
        self.settings_button = IconButton("sliders-horizontal", tr("Report settings"), framed=True)
        self.settings_button.clicked.connect(self.settings_asked)
        for made in (self.undo, self.redo, self.settings_button):
            made.setVisible(self._editable)
            row.addWidget(made)
        self.export_button = Button(tr("Export"), icon=theme.icon("export", "text"))
        self.export_button.clicked.connect(self.export_asked)
        row.addWidget(self.export_button)
        return row

    def _second(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.span = Choice()
        self.span.setFixedWidth(170)
        show_text(self.span.setAccessibleName, tr("Time"))
        self.span.offer([(span, tr(words)) for span, words in SPANS.items()])
        self.span.chosen.connect(self._choose_span)
        self.span.setEnabled(self._editable)
        row.addWidget(self.span)
        self.since, self.until = DateInput(), DateInput()
        for line, words in ((self.since, tr("First day")), (self.until, tr("Final day"))):
            line.setFixedWidth(150)
            show_text(line.setAccessibleName, words)
            show_text(line.setToolTip, words)
            line.setReadOnly(not self._editable)
            line.editingFinished.connect(self._choose_days)
            line.changed.connect(self._choose_whole_days)
            row.addWidget(line)
        self.time = label("", "quiet")
        row.addWidget(self.time)
        self.about = label("", "quiet")
        row.addWidget(self.about, 1)
        self.computing = label("", "quiet")
        row.addWidget(self.computing)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_TOLD_AFTER)
        self._slow.timeout.connect(lambda: show_text(self.computing.setText, tr("Computing…")))
        self.problem = label("", "fault")
        row.addWidget(self.problem)
        return row

    # Showing

    def show_report(self, names: Mapping[str, str]) -> None:
        """Show the report."""
        report, stack = self._document.report, self._document.undo_stack
        if not self.name.hasFocus() or not self.name.isModified():
            self.name.setText(report.name)
        self.span.choose(report.time.span)
        between = report.time.span == "between"
        for line, day in ((self.since, report.time.since), (self.until, report.time.until)):
            line.setVisible(between)
            if not line.hasFocus():
                line.show_moment(day.isoformat() if day else None)
        known = ", ".join(names[key] for key in report.journeys if key in names)
        show_text(self.about.setText, tr("Only {journeys}", journeys=known) if known else "")
        self.undo.setEnabled(stack.canUndo())
        self.redo.setEnabled(stack.canRedo())
        show_text(self.undo.setToolTip, tr("Undo: {step}", step=stack.undoText()) if stack.canUndo() else tr("Undo"))
        show_text(self.redo.setToolTip, tr("Redo: {step}", step=stack.redoText()) if stack.canRedo() else tr("Redo"))

    def show_state(self, words: str, bad: bool) -> None:
        """Show the saving state."""
        show_text(self.saved.setText, words if self._editable else tr("You can view this report but not change it."))
        restyle(self.saved, role="fault" if bad else "quiet")

    def show_computing(self, on: bool) -> None:
        """Show whether figures are being computed, unless they are done at once."""
        if on:
            self._slow.start()
        else:
            self._slow.stop()
            self.computing.setText("")

    def show_time(self, words: str, first: date, last: date) -> None:
        """Show the period; offer dates for a custom one."""
        show_text(self.time.setText, words)
        self._days = (first, last)

    def show_problem(self, words: str) -> None:
        """Show why there are no figures, '' if there are."""
        show_text(self.problem.setText, words)
        if words:
            self.time.setText("")

    # Choosing

    def _choose_span(self, span: object) -> None:
        if span != "between":
            self._document.set_time(ReportTime.model_validate({"span": span}))
            return
        since, until = self._days or (None, None)
        self._document.set_time(ReportTime(span="between", since=since, until=until))
        self.since.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_whole_days(self) -> None:
        """Apply both dates while typing; nothing is invalid yet."""
        if not any(line.problem() for line in (self.since, self.until)):
            self._choose_days()

    def _choose_days(self) -> None:
        for line in (self.since, self.until):
            if line.problem():
                self.show_problem(line.problem())
                return
        days = [line.moment() for line in (self.since, self.until)]
        if any(day is not None and len(day) != len("2026-12-31") for day in days):
            return
        since, until = (date.fromisoformat(day) if day else None for day in days)
        if self._document.report.time.span == "between":
            self._document.set_time(ReportTime(span="between", since=since, until=until))
