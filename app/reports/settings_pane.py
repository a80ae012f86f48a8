"""Settings of the selected panel, or of the report; changes apply at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.reports.document import ReportDocument
from app.reports.labels import DIMENSIONS, METRIC_WORDS, SHAPES, dimension_name, metric_name, panel_title
from app.translation import tr
from app.widgets.check_list import CheckList
from app.widgets.controls import Choice, FormField, IconButton, Segmented, Toggle, emptied, label, wrapped
from app.widgets.texts import show_text
from engine.model.report import LIMITS, Panel, fits

WIDTH = 308
_JOURNEYS_HIGH = 168


class ReportSettingsPane(QWidget):
    """The pane at the right of a report; edits the document directly."""

    closed = Signal()
    """The pane was closed."""

    def __init__(self, document: ReportDocument, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._chosen = ""
        self._journeys: tuple[tuple[str, str], ...] = ()
        self.setObjectName("settings-pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(18, 16, 18, 24)
        self._column.setSpacing(14)
        self._make_report_part()
        self._make_panel_part()
        self._column.addStretch(1)
        area.setWidget(inside)
        outer.addWidget(area)

    # Making

    def _make_report_part(self) -> None:
        self._report_part = QWidget()
        column = QVBoxLayout(self._report_part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(label(tr("Report settings"), "title"))
        self.description = QPlainTextEdit()
        self.description.setFixedHeight(96)
        self.description.setTabChangesFocus(True)
        show_text(self.description.setPlaceholderText, tr("Purpose and audience"))
        self.description.installEventFilter(self)
        column.addWidget(FormField(tr("Description"), self.description))
        self.report_journeys = CheckList()
        self.report_journeys.changed.connect(lambda: self._document.set_journeys(self.report_journeys.chosen()))
        column.addWidget(self._journeys_field(self.report_journeys, tr("All journeys if none is selected.")))
        column.addWidget(wrapped(tr("Choose a panel to change what it shows."), "quiet"))
        self._column.addWidget(self._report_part)

    def _make_panel_part(self) -> None:
        self._panel_part = QWidget()
        column = QVBoxLayout(self._panel_part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(label(tr("Panel settings"), "title"))
        self.title = QLineEdit()
        self.title.editingFinished.connect(lambda: self._update(title=self.title.text().strip()))
        column.addWidget(FormField(tr("Title"), self.title))
        self.shape = Choice()
        self.shape.offer(
            [(shape, tr(words)) for shape, (words, _) in SHAPES.items()],
            [theme.icon(icon, "secondary") for _, icon in SHAPES.values()],
        )
        self.shape.chosen.connect(lambda shape: self._document.set_shape(self._chosen, str(shape)))
        column.addWidget(FormField(tr("Show as"), self.shape))
        self.dimension, self.breakdown = Choice(), Choice()
        self.dimension.chosen.connect(lambda name: self._update(dimension=str(name)))
        self.breakdown.chosen.connect(lambda name: self._update(breakdown=str(name)))
        column.addWidget(FormField(tr("Rows"), self.dimension))
        column.addWidget(FormField(tr("Break down by"), self.breakdown))
        column.addWidget(self._metrics_field())
        column.addWidget(self._order_field())
        self.width_choice = Segmented([("half", tr("Half")), ("full", tr("Full"))])
        self.width_choice.chosen.connect(lambda width: self._update(width=width))
        column.addWidget(FormField(tr("Width"), self.width_choice))
        heights = [("small", tr("Low")), ("medium", tr("Medium")), ("large", tr("High"))]
        self.height_choice = Segmented(heights)
        self.height_choice.chosen.connect(lambda height: self._update(height=height))
        column.addWidget(FormField(tr("Height"), self.height_choice))
        self.journeys = CheckList()
        self.journeys.changed.connect(lambda: self._update(journeys=self.journeys.chosen()))
        column.addWidget(self._journeys_field(self.journeys, tr("The journeys of the report if none is selected.")))
        self._column.addWidget(self._panel_part)

    def _metrics_field(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._metric_rows = QVBoxLayout()
        self._metric_rows.setSpacing(0)
        column.addLayout(self._metric_rows)
        self.add_metric = Choice()
        self.add_metric.chosen.connect(self._add_metric)
        column.addWidget(self.add_metric)
        return FormField(tr("Metrics"), holder)

    def _order_field(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.sort = Choice()
        self.sort.chosen.connect(lambda sort: self._update(sort=str(sort)))
        self.ascending = Toggle(tr("Smallest first"))
        self.ascending.clicked.connect(lambda on: self._update(ascending=on))
        self.limit = Choice()
        self.limit.offer([(limit, tr("At most {count} rows", count=limit)) for limit in LIMITS])
        show_text(self.limit.setAccessibleName, tr("Number of rows"))
        self.limit.chosen.connect(lambda limit: self._update(limit=limit))
        for part in (self.sort, self.ascending, self.limit):
            column.addWidget(part)
        show_text(self.sort.setAccessibleName, tr("Sorted by"))
        return FormField(tr("Sorted by"), holder)

    def _journeys_field(self, boxes: CheckList, hint: str) -> QWidget:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFixedHeight(_JOURNEYS_HIGH)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(boxes)
        return FormField(tr("Journeys"), area, hint)

    # Showing

    def offer_journeys(self, journeys: Sequence[tuple[str, str]]) -> None:
        """Set the existing journeys: (id, name)."""
        if tuple(journeys) != self._journeys:
            self._journeys = tuple(journeys)
            self.report_journeys.offer(self._journeys)
            self.journeys.offer(self._journeys)
            self.refresh()

    def choose(self, panel_id: str) -> None:
        """Show a panel's settings, '' for the report's."""
        self._chosen = panel_id
        self.refresh()

    def refresh(self) -> None:
        """Show the current document."""
        panel = self._document.panel(self._chosen)
        self._report_part.setVisible(panel is None)
        self._panel_part.setVisible(panel is not None)
        report = self._document.report
        if not self.description.hasFocus() and self.description.toPlainText() != report.description:
            self.description.setPlainText(report.description)
        self.report_journeys.choose(report.journeys)
        if panel is not None:
            self._show_panel(panel)

    def _show_panel(self, panel: Panel) -> None:
        if not self.title.hasFocus() or self.title.text().strip() == panel.title:
            self.title.setText(panel.title)
        self.title.setPlaceholderText(panel_title(panel.model_copy(update={"title": ""})))
        self.shape.choose(panel.shape)
        names = [(name, dimension_name(name)) for name in DIMENSIONS]
        self.dimension.offer([("", tr("No grouping")), *names])
        self.dimension.choose(panel.dimension)
        self.breakdown.offer([("", tr("No breakdown")), *(pair for pair in names if pair[0] != panel.dimension)])
        self.breakdown.choose(panel.breakdown)
        self.breakdown.setEnabled(bool(panel.dimension))
        self._show_metrics(panel)
        firsts = [(metric, metric_name(metric)) for metric in panel.metrics]
        self.sort.offer([("", tr("Default order")), ("name", tr("Name")), *firsts])
        self.sort.choose(panel.sort if panel.sort in ("", "name", *panel.metrics) else "")
        self.ascending.setChecked(panel.ascending)
        self.limit.choose(panel.limit)
        self.width_choice.choose(panel.width)
        self.height_choice.choose(panel.height)
        self.journeys.choose(panel.journeys)

    def _show_metrics(self, panel: Panel) -> None:
        emptied(self._metric_rows)
        for index, metric in enumerate(panel.metrics):
            self._metric_rows.addWidget(self._metric_row(panel, index, metric))
        left = [name for name in METRIC_WORDS if name not in panel.metrics and fits(name, panel.dimension)]
        self.add_metric.offer([("", tr("Add a metric")), *((name, metric_name(name)) for name in left)])
        show_text(self.add_metric.setAccessibleName, tr("Add a metric"))
        self.add_metric.choose("")

    def _metric_row(self, panel: Panel, index: int, metric: str) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        name = label(metric_name(metric))
        if not fits(metric, panel.dimension):
            name.setProperty("role", "quiet")
            name.setToolTip(self._document.rejection_reason(self._chosen, metric))
        row.addWidget(name, 1)
        up = IconButton("arrow-up", tr("{name}: move left", name=metric_name(metric)), size=26)
        up.setEnabled(index > 0)
        up.clicked.connect(self._mover(panel, index))
        away = IconButton("x", tr("Remove {name}", name=metric_name(metric)), size=26)
        away.clicked.connect(self._remover(panel, metric))
        row.addWidget(up)
        row.addWidget(away)
        return holder

    # Editing

    def _mover(self, panel: Panel, index: int) -> Callable[[], None]:
        order = list(panel.metrics)
        order.insert(max(index - 1, 0), order.pop(index))
        return lambda: self._update(metrics=tuple(order))

    def _remover(self, panel: Panel, metric: str) -> Callable[[], None]:
        left = tuple(one for one in panel.metrics if one != metric)
        return lambda: self._update(metrics=left)

    def _add_metric(self, metric: object) -> None:
        if metric:
            self._document.add_component(self._chosen, str(metric))

    def _update(self, **settings: object) -> None:
        if self._document.panel(self._chosen) is not None:
            self._document.update_panel(self._chosen, **settings)

    def describe(self) -> None:
        """Set the description."""
        self._document.describe(self.description.toPlainText())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Apply the description when it loses focus."""
        if watched is self.description and event.type() == QEvent.Type.FocusOut:
            self.describe()
        return False
