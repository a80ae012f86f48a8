"""Render a whole journey as PNG, SVG, PDF or on paper with the canvas items, without handles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from app.canvas.painting import READ_ONLY, CanvasLook
from app.canvas.projection import Projection
from app.canvas.viewer import JourneyViewer
from app.document.document import JourneyDocument
from app.theme.colors import ColorScheme
from engine.errors import SojournError
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion

MARGIN = 48.0
SHARPNESS = 2.0
"""Pixels per canvas pixel of a PNG without a given size."""

PNG, SVG, PDF = ".png", ".svg", ".pdf"
FORMATS = (PNG, SVG, PDF)


class JourneyPicture:
    """One journey rendered off screen. Needs a QApplication; call ``close`` when done."""

    def __init__(
        self,
        journey: JourneyVersion,
        definitions: Definitions,
        theme: ColorScheme,
        mode: str = READ_ONLY,
        outlined: bool = False,
    ) -> None:
        self._look = CanvasLook(theme, mode, outlined=outlined)
        self._document = JourneyDocument(journey, definitions)
        self._viewer = JourneyViewer(self._look)
        self.projection = Projection(self._viewer, self._document, self._look)
        self.projection.rebuild()
        self.box = self.projection.content().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def close(self) -> None:
        """Release all items."""
        self._viewer.deleteLater()
        self._document.deleteLater()

    def save(self, target: Path, size: QSize | None = None) -> None:
        """Write a file whose suffix gives the format; raise SojournError if that fails."""
        kind = target.suffix.lower()
        if kind == SVG:
            self._save_svg(target, size or self.box.size().toSize())
        elif kind == PDF:
            self._save_pdf(target)
        else:
            self._save_png(target, size or (self.box.size() * SHARPNESS).toSize())

    def _save_png(self, target: Path, pixels: QSize) -> None:
        image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(self._look.theme.color("canvas"))
        painter = QPainter(image)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        shaped = _shaped(self.box, pixels)
        painter.save()
        painter.scale(pixels.width() / shaped.width(), pixels.height() / shaped.height())
        painter.translate(-shaped.topLeft())
        self._viewer.drawBackground(painter, shaped)
        painter.restore()
        self.paint(painter, QRectF(image.rect()), shaped)
        painter.end()
        if not image.save(str(target)):
            raise _not_written(target)

    def _save_svg(self, target: Path, size: QSize) -> None:
        generator = QSvgGenerator()
        generator.setFileName(str(target))
        generator.setSize(size)
        whole = QRectF(QPointF(0, 0), size.toSizeF())
        generator.setViewBox(whole)
        generator.setTitle(self._document.journey.name)
        painter = QPainter()
        if not painter.begin(generator):
            raise _not_written(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(whole, QColor(self._look.theme.hex("canvas")))
        self.paint(painter, whole, _shaped(self.box, size))
        painter.end()

    def _save_pdf(self, target: Path) -> None:
        writer = QPdfWriter(str(target))
        writer.setTitle(self._document.journey.name)
        page = QPageSize(QSizeF(self.box.width(), self.box.height()) * 0.75, QPageSize.Unit.Point)
        writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
        painter = QPainter()
        if not painter.begin(writer):
            raise _not_written(target)
        self.paint(painter, QRectF(0, 0, writer.width(), writer.height()), self.box)
        painter.end()

    def paint(self, painter: QPainter, target: QRectF, box: QRectF | None = None) -> None:
        """Paint the journey into a rectangle, keeping its proportions."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = Qt.AspectRatioMode.KeepAspectRatio
        self._viewer.scene().render(painter, target, box if box is not None else self.box, shape)

    def geometry(self) -> dict[str, Any]:
        """Return drawn items and positions in canvas pixels, shortened texts and overlapping activities."""
        nodes = list(self.projection.nodes.values())
        edges = self.projection.edges
        bodies = {node.id: node.body() for node in nodes}
        return {
            "size": [round(self.box.width()), round(self.box.height())],
            "activities": [
                {
                    "id": node.id,
                    "title": node.title,
                    "subtitle": node.subtitle,
                    "box": [round(side) for side in node.body()],
                }
                for node in nodes
            ],
            "edges": [
                {
                    "from": edge.source,
                    "path": edge.path,
                    "to": edge.target,
                    "chip": item.name,
                    "points": [[round(x, 1), round(y, 1)] for x, y in item.points],
                }
                for edge, item in edges.items()
            ],
            "shortened": [node.id for node in nodes if node.shortened]
            + [f"{edge.source}:{edge.path}" for edge, item in edges.items() if item.shortened],
            "overlapping": [
                [one, other]
                for index, one in enumerate(bodies)
                for other in list(bodies)[index + 1 :]
                if _meet(bodies[one], bodies[other])
            ],
        }


def _shaped(box: QRectF, size: QSize) -> QRectF:
    """Return the box extended to the proportions of the picture."""
    shape = size.width() / max(1, size.height())
    width = max(box.width(), box.height() * shape)
    height = width / shape
    return QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _not_written(target: Path) -> SojournError:
    return SojournError("not_written", str(target))
