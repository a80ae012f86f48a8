"""Reading the files that commands and the studio are given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import SojournError


def read_text(name: str) -> str:
    """A file's text, of standard input for ``-``; raises SojournError."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise SojournError("file_not_text", "this is not UTF-8 text; save it so", name) from None
    except OSError as error:
        raise SojournError("file_unreadable", f"cannot be read ({error.strerror}); check the path", name) from None


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Errors of the block say which file they are about."""
    try:
        yield
    except SojournError as error:
        where = f"{name}: {error.where}" if error.where and error.where != name else name
        raise SojournError(error.code, error.message, where) from None
