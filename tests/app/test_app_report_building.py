"""A custom report without an engine: its history, what fits where, tables, charts, files and paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, QRectF, QSizeF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.pages.exports import csv_text
from app.pages.report_editor import as_csv
from app.reports.chart import ChartView, draw_chart
from app.reports.chart_painter import ChartPainter
from app.reports.document import ReportDocument
from app.reports.labels import DIMENSIONS, METRIC_WORDS, number, panel_title, row_name
from app.reports.pdf_export import PageRenderer, PrintedPanel, print_report, write_pdf
from app.reports.series import largest, scale_for, series_of, stacked
from app.reports.table import FiguresTable
from app.theme.colors import DARK, LIGHT
from app.translation import LanguageSwitcher
from engine.activities.wait import DurationWait
from engine.catalogue import Phrase
from engine.model import report as model
from engine.model.report import Panel, Report, ReportTime
from engine.services.report_views import PanelFigures, PanelRow, ReportFigures
from tests.helpers.pdf_text import pages

DAYS = Panel(id="days", dimension="day", breakdown="journey", metrics=("entered", "completion_rate"))
DAY_FIGURES = PanelFigures(
    "days",
    rows=(
        PanelRow("2026-03-10", "", (3, 0.5), (PanelRow("1", "Stay", (2, 1.0)), PanelRow("2", "=Mail", (1, 0.0)))),
        PanelRow("2026-03-11", "", (1, None), (PanelRow("1", "Stay", (1, None)),)),
    ),
    total=PanelRow("", "", (4, 0.5)),
)
ERRORS = Panel(id="errors", shape="donut", dimension="error", metrics=("errors",), limit=5)
ERROR_FIGURES = PanelFigures(
    "errors",
    rows=(PanelRow("503", "", (6,)), PanelRow("timedOut", "", (2,))),
    total=PanelRow("", "", (10,)),
    rest=PanelRow("", "", (2,)),
    cut=3,
)


def document(*panels: Panel) -> ReportDocument:
    return ReportDocument(Report(name="R", panels=panels))


def ids(made: ReportDocument) -> list[str]:
    return [panel.id for panel in made.report.panels]


@pytest.fixture
def korean(qapp: QApplication) -> Iterator[None]:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    yield
    switcher.set_language("en")


def test_every_edit_is_one_undoable_step(qapp: Any) -> None:
    made = document(DAYS, ERRORS)
    edits: list[tuple[str, Any]] = [
        ("Rename the report", lambda: made.rename(" Guests ")),
        ("Describe the report", lambda: made.describe("For Monday")),
        ("Choose the time", lambda: made.set_time(ReportTime(span="today"))),
        ("Choose journeys", lambda: made.set_journeys(["1"])),
        ("Add a panel", lambda: made.add_panel(0, shape="bar")),
        ("Duplicate the panel", lambda: made.duplicate_panel("days")),
        ("Move the panel", lambda: made.move_panel("errors", 0)),
        ("Rename the panel", lambda: made.update_panel("days", title="By day")),
        ("Change the display", lambda: made.set_shape("days", "bar")),
        ("Change the metrics", lambda: made.add_component("days", "failed")),
        ("Change the rows", lambda: made.update_panel("days", dimension="week")),
        ("Delete the panel", lambda: made.remove_panel("errors")),
        ("Delete all panels", made.clear),
    ]
    seen = [made.report]
    for name, edit in edits:
        edit()
        assert made.undo_stack.undoText() == name
        seen.append(made.report)
    assert len(set(map(Report.model_dump_json, seen))) == len(seen)
    for report in reversed(seen[:-1]):
        made.undo_stack.undo()
        assert made.report == report
    for report in seen[1:]:
        made.undo_stack.redo()
        assert made.report == report


def test_edit_without_effect_is_not_a_step(qapp: Any) -> None:
    made = document(DAYS)
    made.rename("R")
    made.rename("  ")
    made.move_panel("days", 5)
    made.move_panel("none", 0)
    made.remove_panel("none")
    made.set_shape("none", "bar")
    assert made.duplicate_panel("none") == ""
    assert made.undo_stack.count() == 0


def test_arrow_key_changes_merge_into_one_step(qapp: Any) -> None:
    made = document(DAYS)
    for dimension in ("week", "month", "hour"):
        made.update_panel("days", dimension=dimension)
    made.set_time(ReportTime(span="today"))
    made.set_time(ReportTime(span="yesterday"))
    made.undo_stack.undo()
    made.undo_stack.undo()
    assert made.report.panels == (DAYS,)
    made.update_panel("days", dimension="week")
    made.update_panel("days", dimension="day")
    assert made.undo_stack.count() == 0


def test_history_follows_current_language(qapp: QApplication) -> None:
    made = document()
    made.rename("Guests")
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    made.retranslate()
    assert made.undo_stack.undoText() == "보고서 이름 바꾸기"
    switcher.set_language("en")


def test_invalid_components_are_refused_with_reason(qapp: Any) -> None:
    made = document(Panel(id="a"), Panel(id="reasons", dimension="reason"))
    assert made.add_component("a", "entered") == ""
    assert made.add_component("a", "day") == ""
    assert made.add_component("a", "journey") == ""
    panel = made.panel("a")
    assert panel is not None
    assert (panel.metrics, panel.dimension, panel.breakdown) == (("entered",), "day", "journey")
    assert made.add_component("a", "entered") == "Entered is already there."
    assert made.add_component("a", "day") == "Day is already there."
    assert made.add_component("a", "reason") == "Entered cannot be split by that."
    assert made.add_component("reasons", "sent") == "Messages sent cannot be split by: Refusal reason."
    for metric in list(model.METRICS)[1 : model.MAX_METRICS]:
        made.update_panel("a", metrics=(*made.report.panels[0].metrics, metric))
    assert "at most 12" in made.add_component("a", "clicked")
    assert made.rejection_reason("none", "steps") == ""


def test_line_chart_requires_ordered_rows(qapp: Any) -> None:
    made = document(Panel(id="a", dimension="journey", metrics=("entered",)))
    made.set_shape("a", "line")
    assert (made.report.panels[0].dimension, made.report.panels[0].breakdown) == ("day", "journey")
    made.set_shape("a", "number")
    assert (made.report.panels[0].dimension, made.report.panels[0].breakdown) == ("", "")


def test_report_has_at_most_so_many_panels(qapp: Any) -> None:
    made = document()
    added = [made.add_panel() for _ in range(model.MAX_PANELS + 1)]
    assert added[-1] == ""
    assert len(set(ids(made))) == model.MAX_PANELS


def test_every_metric_and_dimension_has_a_label(qapp: Any) -> None:
    assert tuple(DIMENSIONS) == model.DIMENSIONS
    assert set(METRIC_WORDS) == set(model.METRICS)


@pytest.mark.parametrize(
    ("dimension", "key", "words"),
    [("hour", "2026-03-10T09:00+01:00", "10 March, 09:00"), ("day", "2026-03-10", "10 March"),
     ("week", "2026-03-09", "Week of 9 March"), ("month", "2026-03", "March 2026"), ("weekday", "2", "Tuesday"),
     ("hour_of_day", "07", "07:00"), ("error", "503", "Answered 503"), ("channel", "sms", "SMS"),
     ("status", "transitions", "Continued"), ("reason", "not_waiting", "Not waiting for it"),
     ("reason", "odd", "odd"), ("event", "Enter", "Enter"), ("", "all", "All")],
)  # fmt: skip
def test_row_labels_are_readable(qapp: Any, dimension: str, key: str, words: str) -> None:
    assert row_name(dimension, PanelRow(key, "", ())) == words


def test_activities_are_called_as_on_canvas(qapp: Any) -> None:
    wait = DurationWait(id="pause", type="wait", kind="duration", position=(0, 0))
    assert row_name("activity", PanelRow("1/pause", "", (), activity=wait)) == "Wait (pause)"
    assert row_name("activity", PanelRow("1/pause", "Stay", (), activity=wait)) == "Wait (pause) — Stay"


def test_default_panel_titles(qapp: Any) -> None:
    assert panel_title(DAYS) == "Entered, completion rate by day"
    assert panel_title(Panel(id="a")) == "Empty panel"
    assert panel_title(Panel(id="a", title="Mine")) == "Mine"
    assert panel_title(Panel(id="a", metrics=("sent",))) == "Messages sent"
    assert panel_title(Panel(id="a", metrics=("sent", "opened"))) == "Key figures"


def test_panel_is_called_in_korean(korean: None) -> None:
    assert panel_title(ERRORS) == "오류별 오류"
    assert row_name("month", PanelRow("2026-03", "", ())) == "2026년 3월"


def test_numbers_are_formatted(qapp: Any) -> None:
    assert number("entered", 4812) == "4,812"
    assert number("opened_rate", 0.835) == "83.5 %"
    assert number("call_time", 1234.4) == "1,234 ms"
    assert number("call_time", None) == "–"


def test_scales_end_at_round_numbers() -> None:
    assert (scale_for(13).top, scale_for(13).step) == (15, 5)
    assert scale_for(3).ticks() == (0, 1, 2, 3)
    assert scale_for(0).top == 1
    assert scale_for(0.4, "share").top == 1
    assert scale_for(1.7, "share").top >= 1.7
    assert scale_for(4812).top == 6000
    assert scale_for(0.3, "ms").top >= 0.3


def test_breakdown_is_line_for_each_part(qapp: Any) -> None:
    parts = series_of(DAYS, DAY_FIGURES)
    assert [(one.name, one.values) for one in parts] == [("Stay", (2, 1)), ("=Mail", (1, 0))]
    assert (stacked(parts), largest(parts)) == (3, 2)
    plain = series_of(DAYS.model_copy(update={"breakdown": ""}), DAY_FIGURES)
    assert [(one.metric, one.values) for one in plain] == [("entered", (3, 1)), ("completion_rate", (0.5, None))]


def test_remaining_series_are_grouped(qapp: Any) -> None:
    parts = tuple(PanelRow(str(number), f"J{number}", (1,)) for number in range(9))
    figures = PanelFigures("days", (PanelRow("2026-03-10", "", (12,), parts),), PanelRow("", "", (12,)))
    panel = DAYS.model_copy(update={"metrics": ("entered",)})
    assert [(one.name, one.values) for one in series_of(panel, figures)][-2:] == [("J5", (1,)), ("Others", (6,))]
    shares = panel.model_copy(update={"metrics": ("completion_rate",)})
    assert len(series_of(shares, figures)) == 6


def test_hidden_bars_are_counted(qapp: Any) -> None:
    rows = tuple(PanelRow(f"Event{number}", "", (number + 1,)) for number in range(100))
    panel = Panel(id="a", shape="bar", dimension="event", metrics=("executed_events",), limit=100)
    image = QImage(400, 264, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    ink = ChartPainter(painter, LIGHT)
    draw_chart(ink, QRectF(0, 0, 400, 264), panel, PanelFigures("a", rows, PanelRow("", "", (5050,))))
    painter.end()
    assert 15 < len(ink.hits) < 30
    assert max(box.bottom() for box, _ in ink.hits) <= 264 - 16


def test_unchanged_table_keeps_selection(qtbot: Any) -> None:
    table = FiguresTable()
    qtbot.addWidget(table)
    table.show_figures(DAYS, DAY_FIGURES)
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().select(table.figures.index(1, 0), flags.ClearAndSelect | flags.Rows)
    table.show_figures(DAYS, DAY_FIGURES)
    assert {index.row() for index in table.selectedIndexes()} == {1}


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("shape", ["line", "bar", "donut", "number"])
@pytest.mark.parametrize(("panel", "figures"), [(DAYS, DAY_FIGURES), (ERRORS, ERROR_FIGURES)])
def test_charts_draw_and_describe_values(
    qapp: Any, panel: Panel, figures: PanelFigures, shape: Any, theme: Any
) -> None:
    image = QImage(400, 260, QImage.Format.Format_RGB32)
    image.fill(theme.color("panel"))
    painter = QPainter(image)
    ink = ChartPainter(painter, theme)
    draw_chart(ink, QRectF(8, 8, 384, 244), panel.model_copy(update={"shape": shape}), figures)
    painter.end()
    colors = {image.pixelColor(x, y).name() for x in range(0, 400, 2) for y in range(0, 260, 2)}
    assert shape == "number" or theme.hex("series_1").lower() in colors
    assert ink.hits
    assert all(QRectF(0, 0, 401, 261).contains(box) for box, _ in ink.hits)


def test_shares_are_no_parts_of_whole(qapp: Any, qtbot: Any) -> None:
    view = ChartView()
    qtbot.addWidget(view)
    view.resize(400, 240)
    view.show_figures(ERRORS.model_copy(update={"metrics": ("failure_rate",)}), ERROR_FIGURES)
    view.grab()
    assert view.hits == []
    view.show_figures(ERRORS, ERROR_FIGURES)
    view.grab()
    assert "Answered 503\n6 · 60.0 %" in {words for _, words in view.hits}
    assert view.accessibleDescription() == "Answered 503: 6; No answer in time: 2"
    view.show_figures(ERRORS, PanelFigures("errors"))
    assert view.accessibleDescription() == "No data in this period."


def test_table_is_sorted_and_columns_are_moved(qtbot: Any) -> None:
    table = FiguresTable()
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show_figures(DAYS, DAY_FIGURES)
    table.show()
    model_ = table.figures
    shown = [[model_.words(row, column) for column in range(3)] for row in range(model_.rowCount())]
    assert shown == [["10 March", "3", "50.0 %"], ["Stay", "2", "100.0 %"], ["=Mail", "1", "0.0 %"],
                     ["11 March", "1", "–"], ["Stay", "1", "–"], ["Total", "4", "50.0 %"]]  # fmt: skip
    asked: list[Any] = []
    table.sort_asked.connect(asked.append)
    table.metrics_ordered.connect(asked.append)
    header = table.horizontalHeader()
    for column in (0, 1):
        place = QPoint(header.sectionViewportPosition(column) + 20, 10)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    header.moveSection(2, 1)
    assert asked == ["name", "entered", ("completion_rate", "entered")]
    decorated = Qt.ItemDataRole.DecorationRole
    sorted_ = [DAYS.model_copy(update={"sort": sort}) for sort in ("", "name", "entered", "sent")]
    marks = []
    for panel in sorted_:
        table.show_figures(panel, DAY_FIGURES)
        marks.append([bool(model_.headerData(at, Qt.Orientation.Horizontal, decorated)) for at in range(3)])
    assert marks == [[False] * 3, [True, False, False], [False, True, False], [False] * 3]
    table.show_figures(DAYS, DAY_FIGURES)
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "10 March\t3\t50.0 %"
    assert model_.data(model_.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "10 March, Entered: 3"


def printed(*pairs: tuple[Panel, PanelFigures], **settings: Any) -> PrintedPanel:
    report = Report(name="Guests", panels=tuple(panel for panel, _ in pairs), **settings)
    figures = ReportFigures(0, 1, tuple(figures for _, figures in pairs))
    return PrintedPanel(report, figures, {"1": "Stay"}, "10 March to 11 March, UTC")


def test_csv_holds_plain_numbers_without_formulas(qapp: Any) -> None:
    both = printed((DAYS, DAY_FIGURES), (ERRORS, ERROR_FIGURES))
    rows = list(csv.reader(io.StringIO(as_csv(both))))
    assert rows == [
        ["Entered, completion rate by day"],
        ["Day", "Journey", "Entered", "Completion rate"],
        ["2026-03-10", "", "3", "0.5000"],
        ["2026-03-10", "Stay", "2", "1.0000"],
        ["2026-03-10", "'=Mail", "1", "0.0000"],
        ["2026-03-11", "", "1", ""],
        ["2026-03-11", "Stay", "1", ""],
        ["Total", "", "4", "0.5000"],
        [],
        ["Errors by error"],
        ["Error", "Errors"],
        ["Answered 503", "6"],
        ["No answer in time", "2"],
        ["3 others", "2"],
        ["Total", "10"],
        [],
    ]
    assert next(csv.reader(io.StringIO(as_csv(both, "errors")))) == ["Error", "Errors"]
    assert csv_text([["-5", "-x", "@a"]]) == "-5,'-x,'@a\r\n"


def test_pdf_contains_searchable_text_of_panels(qapp: Any, tmp_path: Path) -> None:
    narrowed = DAYS.model_copy(update={"id": "only", "journeys": ("1",), "title": "Only the stay"})
    bare = Panel(id="bare")
    fault = PanelFigures("broken", fault=Phrase("report_journey"))
    broken = Panel(id="broken", metrics=("entered",))
    file = tmp_path / "guests.pdf"
    count = write_pdf(
        file,
        printed((DAYS, DAY_FIGURES), (ERRORS, ERROR_FIGURES), (narrowed, DAY_FIGURES), (bare, PanelFigures("bare")),
                (broken, fault), description="What guests do."),
    )  # fmt: skip
    found = pages(file.read_bytes())
    assert len(found) == count
    said = "\n".join(found).splitlines()
    for words in ("Guests", "What guests do.", "10 March to 11 March, UTC", "Entered, completion rate by day", "50.0 %",
                  "Only the stay", "Only Stay", "Answered 503", "6 · 60 %", "Page 1"):  # fmt: skip
        assert words in said, words
    assert "Empty panel" not in said
    assert "The journey of this panel was deleted; choose another one" in " ".join(said)


def test_long_table_spans_pages(qapp: Any, tmp_path: Path) -> None:
    rows = tuple(PanelRow(f"Event{number}", "", (number,)) for number in range(100))
    events = Panel(id="events", dimension="event", metrics=("executed_events",), limit=100, width="full")
    figures = PanelFigures("events", rows=rows, total=PanelRow("", "", (4950,)))
    file = tmp_path / "long.pdf"
    assert write_pdf(file, printed((events, figures), (ERRORS, ERROR_FIGURES))) == 5
    found = pages(file.read_bytes())
    said = "\n".join(found).splitlines()
    assert [words for words in said if words.startswith("Event") and words[5:].isdigit()] == [
        f"Event{number}" for number in range(100)
    ]
    assert said.count("Events processed by event, continued") == len([page for page in found if "continued" in page])
    assert "4,950" in said


def test_panels_stay_on_their_paper(qapp: Any) -> None:
    image = QImage(1000, 700, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    tall = ERRORS.model_copy(update={"height": "large"})
    turned: list[int] = []
    names = [f"panel-{number}" for number in range(4)]
    pairs = [
        (tall.model_copy(update={"id": name}), PanelFigures(name, ERROR_FIGURES.rows, ERROR_FIGURES.total))
        for name in names
    ]
    count = PageRenderer(painter, QSizeF(1000, 700), lambda: turned.append(1), printed(*pairs)).draw()
    painter.end()
    assert (count, len(turned)) == (2, 1)


def test_print_matches_pdf(qapp: Any, tmp_path: Path) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    assert print_report(printer, printed((DAYS, DAY_FIGURES))) == 1
    (page,) = pages((tmp_path / "printed.pdf").read_bytes())
    assert "10 March" in page.splitlines()
