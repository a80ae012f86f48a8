"""Files that the user names: what came of writing or reading them, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.translation import tr
from engine.errors import SojournError


def write(file: Path, work: Callable[[], object]) -> str:
    """Have a file written; the sentence that tells what came of it."""
    try:
        work()
    except OSError as error:
        return tr("Not written: {reason}", reason=error.strerror or str(error))
    return tr("Written to {file}.", file=file.name)


def read(file: Path) -> str:
    """The text of a file; raises SojournError when it cannot be read or is no text."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        words = tr("{file} was not read: {reason}", file=file.name, reason=error.strerror or str(error))
    except UnicodeDecodeError:
        words = tr("{file} is not text in UTF-8. Save it as UTF-8 and choose it again.", file=file.name)
    raise SojournError("file_unreadable", words)
