"""Files that the user names: what came of writing them, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.translation import tr


def write(file: Path, work: Callable[[], object]) -> str:
    """Have a file written; the sentence that tells what came of it."""
    try:
        work()
    except OSError as error:
        return tr("Not written: {reason}", reason=error.strerror or str(error))
    return tr("Written to {file}.", file=file.name)
