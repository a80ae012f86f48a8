"""Tables as CSV for spreadsheets; texts that one would run as formulas are disarmed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

ENCODING = "utf-8-sig"
"""Spreadsheets know by the mark at the beginning that it is UTF-8."""


def written(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as CSV."""
    made = io.StringIO()
    csv.writer(made, lineterminator="\r\n").writerows([_disarmed(cell) for cell in row] for row in rows)
    return made.getvalue()


def _disarmed(cell: str) -> str:
    number = cell.lstrip("-").replace(".", "", 1).isdigit()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not number else cell
