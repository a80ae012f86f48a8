"""Read the files that commands and the studio are given; write files whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.errors import SojournError


def read_text(name: str) -> str:
    """A file's text, of standard input for ``-``; raises SojournError."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise SojournError("file_not_text", name) from None
    except OSError as error:
        raise SojournError("file_unreadable", name, reason=error.strerror) from None


@contextmanager
def naming_file(name: str) -> Iterator[None]:
    """Errors of the block say which file they are about."""
    try:
        yield
    except SojournError as error:
        error.where = f"{name}: {error.where}" if error.where and error.where != name else name
        raise


@contextmanager
def atomic_file(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file that stands at ``path``, and on the disk, when the block has ended well; else what stood there stays.

    ``mode`` are its permissions, where they are not what files have here. A pipe or a device is written to as it is.
    Raises OSError that names ``path``.
    """
    special = path.exists() and not path.is_file() and not path.is_dir()
    try:
        with path.open("wb") if special else _temporary_beside(path.resolve(), mode) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def _temporary_beside(path: Path, mode: int | None) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            if mode is not None or path.exists():
                temporary.chmod(path.stat().st_mode & 0o777 if mode is None else mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """A text as a whole file; raises OSError."""
    with atomic_file(path) as file:
        file.write(text.encode())
