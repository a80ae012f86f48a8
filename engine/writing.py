"""Writing the files that commands are asked for: whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def new_file(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file that stands at ``path``, and on the disk, when the block has ended well; else what stood there stays.

    ``mode`` are its permissions, where they are not what files have here. A pipe or a device is written to as it is.
    Raises OSError that names ``path``.
    """
    special = path.exists() and not path.is_file() and not path.is_dir()
    try:
        with path.open("wb") if special else _beside(path.resolve(), mode) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def _beside(path: Path, mode: int | None) -> Iterator[BinaryIO]:
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
    with new_file(path) as file:
        file.write(text.encode())
