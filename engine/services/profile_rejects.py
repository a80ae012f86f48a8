"""The refused rows of an import as a file that can be read again after it is corrected. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.services.profile_files import COMMENT, ProfileFormat
from engine.services.profile_views import ProfileRefusal

_ENDS: dict[ProfileFormat, str] = {"csv": ".csv", "json": ".jsonl"}
_MARK = "\ufeff"
"""By this mark spreadsheets recognise UTF-8."""


def rejects_path(file: Path, form: ProfileFormat) -> Path:
    """Return where the refused rows of a file are written if nothing else is chosen: ``people.rejects.csv``."""
    name = file.stem if file.name not in ("", "-") else "profiles"
    return file.with_name(f"{name}.rejects{_ENDS[form]}")


def rejects_text(
    form: ProfileFormat, head: Sequence[str], refused: Sequence[ProfileRefusal], told: Callable[[ProfileRefusal], str]
) -> str:
    """Return the refused rows as they were, with their lines and reasons in columns or lines that are comments."""
    if form == "json":
        lines = (f"{COMMENT} {one.where or one.row}: {told(one)}\n{''.join(one.source)}\n" for one in refused)
        return "".join(lines)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    width = max(len(head), *(len(one.source) for one in refused)) if refused else len(head)
    table.writerow([*_filled(head, width), f"{COMMENT}line", f"{COMMENT}reason"])
    for one in refused:
        table.writerow([*_filled(one.source, width), str(one.row), told(one)])
    return _MARK + text.getvalue()


def _filled(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]
