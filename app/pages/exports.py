"""Export to files and paper: menu and dialogs, the outcome in a sentence, tables as CSV, pictures of a journey."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app import theme
from app.canvas.journey_picture import FORMATS, PDF, PNG, SVG, JourneyPicture
from app.document.document import JourneyDocument
from app.forms.engine_texts import error_text
from app.theme.colors import LIGHT
from app.translation import tr
from engine.errors import SojournError

CSV_ENCODING = "utf-8-sig"
"""Spreadsheets recognize UTF-8 by the mark at the beginning."""


def write_file(file: Path, write: Callable[[], object]) -> str:
    """Write a file that the user named; return the outcome in a sentence."""
    try:
        write()
    except OSError as error:
        return tr("Not written: {reason}", reason=error.strerror or str(error))
    return tr("Written to {file}.", file=file.name)


def write_csv(file: Path, text: str) -> str:
    """Write CSV to a file that the user named; return the outcome in a sentence."""
    return write_file(file, lambda: file.write_text(text, CSV_ENCODING, newline=""))


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV; texts that a spreadsheet would run as formulas are disarmed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_disarmed(cell) for cell in row] for row in rows)
    return text.getvalue()


def _disarmed(cell: str) -> str:
    number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not number else cell


def ask_file(parent: QWidget, title: str, name: str, ending: str, then: Callable[[Path], None]) -> None:
    """Ask where a file is to be written; ``then`` gets it unless the user cancels."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, f"{name}{ending}", f"*{ending}")
    if chosen:
        then(Path(chosen))


def ask_printer(parent: QWidget, printer: QPrinter, then: Callable[[QPrinter], object]) -> None:
    """Ask for the settings of a printer; ``then`` prints unless the user cancels."""
    dialog = QPrintDialog(printer, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(True)
    dialog.accepted.connect(lambda: then(printer))
    dialog.show()


def open_export_menu(
    button: QWidget, table: str, as_table: Callable[[], None], as_pdf: Callable[[], None], on_paper: Callable[[], None]
) -> None:
    """Open the export menu of a report below a button; ``table`` names its tables as files."""
    menu = QMenu(button)
    menu.addAction(theme.icon("table", "secondary"), table, as_table)
    menu.addAction(theme.icon("file-pdf", "secondary"), tr("Document (PDF)"), as_pdf)
    menu.addAction(theme.icon("printer", "secondary"), tr("Print"), on_paper)
    menu.aboutToHide.connect(menu.deleteLater)
    corner = button.mapToGlobal(button.rect().bottomRight())
    menu.popup(QPoint(corner.x() - menu.sizeHint().width(), corner.y() + 4))


class PictureActions(QObject):
    """Asks for the target, then renders."""

    notified = Signal(str)

    def __init__(self, document: JourneyDocument, widget: QWidget) -> None:
        super().__init__(widget)
        self._document, self._widget = document, widget

    def ask(self) -> None:
        """Ask for a file, then write it."""
        kinds = ";;".join(f"{kind[1:].upper()} (*{kind})" for kind in FORMATS)
        suggested = f"{self._document.journey.name}{PNG}"
        name, chosen = QFileDialog.getSaveFileName(self._widget, tr("Save as a picture"), suggested, kinds)
        if not name:
            return
        file = Path(name)
        if file.suffix.lower() not in FORMATS:
            wanted = next((kind for kind in (PNG, SVG, PDF) if f"*{kind}" in chosen), PNG)
            file = file.with_name(file.name + wanted)
        self.save(file)

    def save(self, file: Path) -> None:
        """Write the picture and report the result."""
        try:
            self._drawn(lambda picture: picture.save(file), outlined=file.suffix.lower() == SVG)
        except SojournError as error:
            self.notified.emit(error_text(error))
            return
        self.notified.emit(tr("Written to {file}.", file=file.name))

    def ask_print(self) -> None:
        """Ask for a printer, then print on one page."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageOrientation(QPageLayout.Orientation.Landscape)
        printer.setDocName(self._document.journey.name)
        ask_printer(self._widget, printer, self.print)

    def print(self, printer: QPrinter) -> None:
        """Print on one page in light colours."""

        def draw(picture: JourneyPicture) -> None:
            painter = QPainter()
            if not painter.begin(printer):
                self.notified.emit(tr("The printer does not respond. Choose another."))
                return
            page = printer.pageLayout().paintRectPixels(printer.resolution())
            picture.paint(painter, QRectF(0, 0, page.width(), page.height()))
            painter.end()

        self._drawn(draw, paper=True)

    def _drawn(self, draw: Callable[[JourneyPicture], None], outlined: bool = False, paper: bool = False) -> None:
        scheme = LIGHT if paper else theme.current_scheme()
        picture = JourneyPicture(self._document.journey, self._document.definitions, scheme, outlined=outlined)
        try:
            draw(picture)
        finally:
            picture.close()
