"""Files that the user names: writing them with the result in a sentence, and tables as CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from app.translation import tr

CSV_ENCODING = "utf-8-sig"
"""Spreadsheets recognize UTF-8 by the mark at the beginning."""


def write(file: Path, work: Callable[[], object]) -> str:
    """Have a file written; the sentence that tells what came of it."""
    try:
        work()
    except OSError as error:
        return tr("Not written: {reason}", reason=error.strerror or str(error))
    return tr("Written to {file}.", file=file.name)


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV; texts that a spreadsheet would run as formulas are disarmed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_disarmed(cell) for cell in row] for row in rows)
    return text.getvalue()


def _disarmed(cell: str) -> str:
    number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not number else cell
