"""Render a journey file as PNG, SVG or PDF without a display, with the canvas items."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from app.canvas.journey_picture import FORMATS, SVG, JourneyPicture
from app.canvas.painting import READ_ONLY
from app.theme import fonts
from app.theme.colors import SCHEMES
from app.translation import LanguageSwitcher
from engine.catalogue import ENGLISH, languages
from engine.command_line import OneLineParser
from engine.errors import WrongUseError
from engine.files import naming_file, read_text
from engine.installation import program_name
from engine.json_types import JsonDict, JsonObject
from engine.model import journey_file
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion


def picture(
    journey: JourneyVersion,
    definitions: Definitions,
    target: Path,
    size: QSize | None = None,
    theme: str = "light",
    mode: str = READ_ONLY,
) -> JsonDict:
    """Render a journey into a file; return items and positions as JSON values. Needs a QApplication."""
    kind = target.suffix.lower()
    if kind not in FORMATS:
        raise WrongUseError("picture_format", str(target))
    drawn = JourneyPicture(journey, definitions, SCHEMES[theme], mode, outlined=kind == SVG)
    try:
        drawn.save(target, size)
        return drawn.geometry()
    finally:
        drawn.close()


def application() -> QApplication:
    """Return the running application or one without a display, with the bundled fonts."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    made = QApplication(["sojourn"])
    fonts.register()
    made.setFont(fonts.font())
    return made


def definitions_of(file: Definitions) -> Definitions:
    """Return the definitions of a journey file."""
    return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})


def _size(text: str) -> QSize:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if found is None or not int(found[1]) or not int(found[2]):
        raise argparse.ArgumentTypeError("write a size like 1600x960")
    return QSize(int(found[1]), int(found[2]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the ``render`` subcommand."""
    parser.add_argument("file", type=Path, help="a *.journey.json file")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="PICTURE", help="a .png, .svg or .pdf file")
    parser.add_argument("--size", type=_size, metavar="WxH", help="in pixels; the whole journey at 200 %% if not given")
    parser.add_argument("--theme", choices=tuple(SCHEMES), default="light")
    parser.add_argument("--language", choices=tuple(languages()), default=ENGLISH)
    parser.add_argument("--report", action="store_true", help="print what was drawn and where, as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run the ``render`` subcommand; raise SojournError if reading or writing fails."""
    name = str(arguments.file)
    with naming_file(name):
        file = journey_file.read(read_text(name))
    switcher = LanguageSwitcher(application())
    switcher.set_language(arguments.language)
    report: JsonObject = picture(file.journey, definitions_of(file), arguments.output, arguments.size, arguments.theme)
    if arguments.report:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run ``render`` as a program of its own."""
    parser = OneLineParser(prog=f"{program_name()} render", description="Draw a journey file as a picture.")
    add_arguments(parser)
    return run(parser.parse_args(words))
