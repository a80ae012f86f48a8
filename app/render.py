"""A journey file as a picture, PNG or SVG, without a display: the same items that the canvas draws."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from app.canvas.look import READ_ONLY, Look
from app.canvas.projection import Projection
from app.canvas.viewer import JourneyViewer
from app.document.document import JourneyDocument
from app.theme import fonts
from app.theme.table import THEMES
from app.translation import Speech
from engine.errors import SojournError
from engine.model import journey_file
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion

MARGIN = 48.0
SHARPNESS = 2.0
"""A PNG without a given size has two pixels for each one on a 100 % canvas."""

FORMATS = (".png", ".svg")


def picture(
    journey: JourneyVersion,
    definitions: Definitions,
    target: Path,
    size: QSize | None = None,
    theme: str = "light",
    mode: str = READ_ONLY,
) -> dict[str, Any]:
    """Draws a journey into a file; what was drawn, and where, as JSON values. Needs a QApplication."""
    if target.suffix.lower() not in FORMATS:
        raise SojournError("picture_format", "A picture ends in .png or .svg; choose one of them.", str(target))
    look = Look(THEMES[theme], mode, outlined=target.suffix.lower() == ".svg")
    document = JourneyDocument(journey, definitions)
    viewer = JourneyViewer(look)
    projection = Projection(viewer, document, look)
    projection.rebuild()
    box = projection.content().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    _draw(viewer, box, target, size)
    report = geometry(projection, box)
    viewer.deleteLater()
    return report


def _draw(viewer: JourneyViewer, box: QRectF, target: Path, size: QSize | None) -> None:
    if target.suffix.lower() == ".svg":
        _draw_svg(viewer, box, target, size or box.size().toSize())
        return
    pixels = size or (box.size() * SHARPNESS).toSize()
    image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(viewer.look.theme.color("canvas"))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    shaped = _shaped(box, pixels)
    painter.save()
    painter.scale(pixels.width() / shaped.width(), pixels.height() / shaped.height())
    painter.translate(-shaped.topLeft())
    viewer.drawBackground(painter, shaped)
    painter.restore()
    viewer.scene().render(painter, QRectF(image.rect()), shaped, Qt.AspectRatioMode.KeepAspectRatio)
    painter.end()
    if not image.save(str(target)):
        raise SojournError("not_written", "The picture could not be written; choose another place.", str(target))


def _draw_svg(viewer: JourneyViewer, box: QRectF, target: Path, size: QSize) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(target))
    generator.setSize(size)
    generator.setViewBox(QRectF(QPointF(0, 0), size.toSizeF()))
    generator.setTitle("Sojourn")
    painter = QPainter()
    if not painter.begin(generator):
        raise SojournError("not_written", "The picture could not be written; choose another place.", str(target))
    painter.fillRect(QRectF(QPointF(0, 0), size.toSizeF()), QColor(viewer.look.theme.hex("canvas")))
    whole = QRectF(QPointF(0, 0), size.toSizeF())
    viewer.scene().render(painter, whole, _shaped(box, size), Qt.AspectRatioMode.KeepAspectRatio)
    painter.end()


def _shaped(box: QRectF, size: QSize) -> QRectF:
    """The box, widened or heightened to the shape of the picture, so that the ground fills it."""
    shape = size.width() / max(1, size.height())
    width = max(box.width(), box.height() * shape)
    height = width / shape
    return QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)


def geometry(projection: Projection, box: QRectF) -> dict[str, Any]:
    """What is drawn and where (in canvas pixels), which texts were shortened, and which activities overlap."""
    nodes = list(projection.nodes.values())
    bodies = {node.id: node.body() for node in nodes}
    overlaps = [
        [one, other]
        for index, one in enumerate(bodies)
        for other in list(bodies)[index + 1 :]
        if _meet(bodies[one], bodies[other])
    ]
    return {
        "size": [round(box.width()), round(box.height())],
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
            for edge, item in projection.edges.items()
        ],
        "shortened": [node.id for node in nodes if node.shortened]
        + [f"{edge.source}:{edge.path}" for edge, item in projection.edges.items() if item.shortened],
        "overlapping": overlaps,
    }


def _meet(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def application() -> QApplication:
    """The running application, or one that needs no display, with the bundled fonts."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    made = QApplication(["sojourn"])
    fonts.register()
    made.setFont(fonts.font())
    return made


def definitions_of(file: Definitions) -> Definitions:
    """Only the definitions of a journey file."""
    return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})


def _size(text: str) -> QSize:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if found is None or not int(found[1]) or not int(found[2]):
        raise argparse.ArgumentTypeError("write a size like 1600x960")
    return QSize(int(found[1]), int(found[2]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the ``render`` subcommand."""
    parser.add_argument("file", type=Path, help="a *.journey.json file")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="PICTURE", help="a .png or .svg file")
    parser.add_argument("--size", type=_size, metavar="WxH", help="in pixels; the whole journey at 200 %% if not given")
    parser.add_argument("--theme", choices=tuple(THEMES), default="light")
    parser.add_argument("--language", choices=("en", "ko"), default="en")
    parser.add_argument("--report", action="store_true", help="print what was drawn and where, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """The ``render`` subcommand; raises SojournError for what cannot be read or written."""
    file = journey_file.read(arguments.file.read_text(encoding="utf-8"))
    speech = Speech(application())
    speech.speak(arguments.language)
    report: Mapping[str, Any] = picture(
        file.journey, definitions_of(file), arguments.output, arguments.size, arguments.theme
    )
    if arguments.report:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """``render`` by itself."""
    parser = argparse.ArgumentParser(prog="render", description="Draw a journey file as a picture.")
    add_arguments(parser)
    return run(parser.parse_args(words))
