"""The log of ``serve``: JSON lines with codes and ids, never secrets, payloads or keys.

Each workspace has its own file in the platform's log folder, rotated.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from zlib import crc32

import platformdirs

from engine.effects.redaction import RedactingFilter, Redactor
from engine.errors import SojournError
from engine.files import make_private_folder

STANDARD_OUTPUT = "-"
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_BYTES = 5 << 20
_FILES = 5
_PARTS = 3
"""Parts of a file's path in a traceback: the package, the module."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what the record adds."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as one JSON line; an exception has its type and its frames, since its text may quote data."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _PLAIN},
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = type(record.exc_info[1]).__name__
            line["traceback"] = list(_frames(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False, default=str)


def _frames(error: BaseException) -> Iterator[str]:
    """Give the frames of an exception and of its causes, the innermost cause last, without any value or source line."""
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{'/'.join(Path(frame.filename).parts[-_PARTS:])}:{frame.lineno} {frame.name}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield f"caused by {type(cause).__name__}"
        yield from _frames(cause)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotated file that only its owner may open."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return TextIOWrapper(BufferedWriter(FileIO(descriptor, "a")), self.encoding)


def log_file_of(location: Path) -> Path:
    """Return the log file of a workspace; ``SOJOURN_LOGS`` names another folder than the platform's."""
    folder = Path(os.environ.get("SOJOURN_LOGS") or platformdirs.user_log_dir("sojourn", False))
    place = location.resolve()
    name = re.sub(r"[^A-Za-z0-9]+", "-", place.name).strip("-")
    return folder / f"engine-{name}-{crc32(str(place).encode()):08x}.log"


def log_to(place: Path | str, level: str = "info") -> None:
    """Send this process's log to a file, or to standard output for ``-``; raise SojournError."""
    handler: logging.Handler
    if place == STANDARD_OUTPUT:
        handler = logging.StreamHandler(sys.stdout)
    else:
        path = Path(place)
        try:
            make_private_folder(path.parent)
            handler = _PrivateFile(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
        except OSError as error:
            raise SojournError("log_unwritable", path=path, reason=error.strerror) from None
    handler.setFormatter(JsonLines())
    root, least = logging.getLogger(), logging.getLevelNamesMapping()[level.upper()]
    root.addHandler(handler)
    root.setLevel(max(least, logging.WARNING))
    logging.getLogger("sojourn").setLevel(least)


def redact_with(redactor: Redactor) -> None:
    """Blot out of everything logged from now on what this knows to be secret."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedactingFilter(redactor))
