"""Export the open journey as a picture or print it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from app import theme
from app.canvas.journey_picture import FORMATS, PDF, PNG, SVG, JourneyPicture
from app.document.document import JourneyDocument
from app.forms.engine_texts import error_text
from app.theme.colors import LIGHT
from app.translation import tr
from engine.errors import SojournError


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
        dialog = QPrintDialog(printer, self._widget)
        dialog.accepted.connect(lambda: self.print(printer))
        dialog.finished.connect(dialog.deleteLater)
        dialog.setModal(True)
        dialog.show()

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
