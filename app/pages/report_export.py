"""Export a custom report: tables as CSV, the whole as PDF or on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app import theme
from app.pages import files
from app.reports.labels import panel_title
from app.reports.pdf_export import PrintedPanel, print_report, write_pdf
from app.reports.table_rows import table
from app.translation import tr
from engine.model.report import Panel


class ReportExport(QObject):
    """Exports one report; ``printed`` returns it with figures, or None while they are computed."""

    notified = Signal(str)

    def __init__(self, parent: QWidget, printed: Callable[[], PrintedPanel | None]) -> None:
        super().__init__(parent)
        self._window, self._printed = parent, printed

    def open_menu(self, button: QWidget) -> QMenu:
        """Open the export menu below a button."""
        menu = QMenu(self._window)
        entries: tuple[tuple[str, str, Callable[[], None]], ...] = (
            (tr("Tables (CSV)"), "table", lambda: self.ask_csv(None)),
            (tr("Document (PDF)"), "file-pdf", self.ask_pdf),
            (tr("Print"), "printer", self.print_report),
        )
        for words, icon, action in entries:
            menu.addAction(theme.icon(icon, "secondary"), words, action)
        menu.aboutToHide.connect(menu.deleteLater)
        corner = button.mapToGlobal(button.rect().bottomRight())
        menu.popup(QPoint(corner.x() - menu.sizeHint().width(), corner.y() + 4))
        return menu

    def _ready(self) -> PrintedPanel | None:
        printed = self._printed()
        if printed is None:
            self.notified.emit(tr("The figures are being computed; try again in a moment."))
        return printed

    def ask_csv(self, panel: Panel | None) -> None:
        """Ask where to write one table or all of them."""
        printed = self._ready()
        if printed is None:
            return
        name = f"{panel_title(panel) if panel is not None else printed.report.name}.csv"
        chosen, _ = QFileDialog.getSaveFileName(self._window, tr("Table (CSV)"), name, "*.csv")
        if chosen:
            self.write_csv(Path(chosen), panel.id if panel is not None else "")

    def write_csv(self, file: Path, panel_id: str = "") -> None:
        """Write one table or all of them as CSV."""
        printed = self._ready()
        if printed is not None:
            text = as_csv(printed, panel_id)
            self.notified.emit(files.write(file, lambda: file.write_text(text, files.CSV_ENCODING, newline="")))

    def ask_pdf(self) -> None:
        """Ask where to write the PDF."""
        printed = self._ready()
        if printed is None:
            return
        name = f"{printed.report.name}.pdf"
        chosen, _ = QFileDialog.getSaveFileName(self._window, tr("Document (PDF)"), name, "*.pdf")
        if chosen:
            self.write_pdf(Path(chosen))

    def write_pdf(self, file: Path) -> None:
        """Write the report as PDF."""
        printed = self._ready()
        if printed is not None:
            self.notified.emit(files.write(file, lambda: write_pdf(file, printed)))

    def print_report(self) -> None:
        """Ask for a printer, then print."""
        printed = self._ready()
        if printed is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda code: print_report(printer, printed) if code else None)
        dialog.show()


def as_csv(printed: PrintedPanel, panel_id: str = "") -> str:
    """Return one panel's table or those of all panels, each below its title."""
    rows: list[tuple[str, ...]] = []
    known = {panel.id: panel for panel in printed.figures.panels}
    for panel in printed.report.panels:
        if panel_id in ("", panel.id):
            shown = table(panel, known[panel.id])
            rows += shown if panel_id else ((panel_title(panel),), *shown, ())
    return files.csv_text(rows)
