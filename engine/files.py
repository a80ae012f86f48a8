"""Read the files that commands and the studio are given; write files whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.errors import SojournError


def read_text(name: str) -> str:
    """Read the text of a file, or of standard input for ``-``; raise SojournError."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise SojournError("file_not_text", name) from None
    except OSError as error:
        raise SojournError("file_unreadable", name, reason=error.strerror) from None


def require_files(names: Iterable[str]) -> None:
    """Raise SojournError for a file that cannot be read; ``-`` is standard input."""
    for name in names:
        try:
            if name != "-":
                Path(name).open("rb").close()
        except OSError as error:
            raise SojournError("file_unreadable", name, reason=error.strerror) from None


def make_private_folder(path: Path) -> None:
    """Create a folder that only its owner may open, and those above it that are missing; raise OSError."""
    if not path.is_dir():
        if path.parent != path:
            make_private_folder(path.parent)
        path.mkdir(0o700, exist_ok=True)


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
    """Open a file for writing that replaces ``path``, durably, when the block ends without an error.

    ``mode`` are its permissions; None keeps those of the file that is replaced. A pipe or a device is written to
    directly. Raise OSError that names ``path``.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as file:
                yield file
        else:
            target = path.resolve()
            with atomic_path(target, mode) as temporary, temporary.open("r+b") as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def atomic_path(path: Path, mode: int | None = None) -> Iterator[Path]:
    """Create an empty file beside ``path`` that replaces it, durably, when the block ends without an error.

    The file and its folder are flushed to the disk: after a crash or a full disk ``path`` is the old or the new file.
    ``mode`` are its permissions; None keeps those of the file that is replaced. Raise OSError.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    temporary = temporary_path(path)
    temporary.unlink(missing_ok=True)
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode))
        if mode is None and path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        yield temporary
        _flush(temporary, os.O_RDWR)
        temporary.replace(path)
        _flush(path.parent, os.O_RDONLY)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_path(path: Path) -> Path:
    """Return the name under which :func:`atomic_path` writes before the file replaces ``path``."""
    return path.with_name(f".{path.name}.new")


def _flush(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str, mode: int | None = None) -> None:
    """Write a text as UTF-8, whole or not at all; raise OSError."""
    with atomic_file(path, mode) as file:
        file.write(text.encode())
