"""Encodings of exported files: by the mark at their beginning, else UTF-8, Korean (CP949) or Western (CP1252).

Files are read as a stream; the choice of a user goes before all recognition.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from engine.errors import SojournError
from engine.services.spreadsheet import OTHERS, SUFFIXES, read_sheet_lines

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PART = 1 << 20
WORKBOOK = "xlsx"
"""What stands for the encoding of a spreadsheet's workbook."""
_KOREAN, _WESTERN = "cp949", "cp1252"


class TextEncoding(NamedTuple):
    """The encoding of a text; ``guessed`` if only the frequency of its letters speaks for it."""

    name: str
    guessed: bool = False


def encoding_of(parts: Callable[[], Iterator[bytes]]) -> TextEncoding:
    """Return the encoding of a text, given a function that reads its bytes from the beginning."""
    start = next(parts(), b"")
    for mark, name in _MARKS:
        if start.startswith(mark):
            return TextEncoding(name)
    if b"\0" in start[:1000]:
        return TextEncoding("utf-16-le" if start[1:2] == b"\0" else "utf-16-be", guessed=True)
    if _decodes(parts(), "utf-8"):
        return TextEncoding("utf-8")
    return TextEncoding(_KOREAN if _is_korean(parts()) else _WESTERN, guessed=True)


def file_encoding(path: Path, chosen: str = "") -> TextEncoding:
    """Return the encoding of a file: the chosen one, else as recognised; raises SojournError."""
    if path.suffix.lower() in SUFFIXES:
        return TextEncoding(WORKBOOK)
    if path.suffix.lower() in OTHERS:
        raise SojournError("spreadsheet_malformed", path.name)
    try:
        return TextEncoding(encoding_name(chosen)) if chosen else encoding_of(lambda: _parts(path))
    except OSError as error:
        raise _unreadable(path, error) from None


def data_encoding(data: bytes, chosen: str = "") -> TextEncoding:
    """Return the encoding of some bytes: the chosen one, else as recognised; raises SojournError."""
    return TextEncoding(encoding_name(chosen)) if chosen else encoding_of(lambda: iter((data,)))


def decode_text(data: bytes, encoding: str = "") -> str:
    """Return the text of some bytes; raises SojournError."""
    name = data_encoding(data, encoding).name
    try:
        return data.decode(name).removeprefix("\ufeff")
    except UnicodeError:
        raise SojournError("profile_encoding", encoding=name) from None


def encoding_name(encoding: str) -> str:
    """Return an encoding that exists, empty for none; raises SojournError."""
    try:
        if encoding:
            "".encode(encoding)
        return encoding
    except (LookupError, UnicodeError, ValueError):
        raise SojournError("encoding_unknown", encoding=encoding[:40]) from None


def read_text_lines(path: Path, encoding: str = "", share: Callable[[float], None] | None = None) -> Iterator[str]:
    """Yield the lines of a file with their ends; ``share`` is told how much has been read. Raises SojournError."""
    name = file_encoding(path, "" if encoding == WORKBOOK else encoding).name
    if name == WORKBOOK:
        yield from read_sheet_lines(path, path.name)
        return
    try:
        size = max(1, path.stat().st_size)
        with path.open("rb") as raw, io.TextIOWrapper(raw, name, newline="") as text:
            for number, line in enumerate(text):
                if share is not None and number % 500 == 0:
                    share(min(1.0, raw.tell() / size))
                yield line.removeprefix("\ufeff") if number == 0 else line
    except OSError as error:
        raise _unreadable(path, error) from None
    except UnicodeError:
        raise SojournError("profile_encoding", path.name, encoding=name) from None


def _unreadable(path: Path, error: OSError) -> SojournError:
    return SojournError("file_unreadable.profiles", file=path.name, reason=error.strerror or str(error))


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part


def _decodes(parts: Iterator[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for part in parts:
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_korean(parts: Iterator[bytes]) -> bool:
    """Whether bytes are CP949: what is not ASCII is mostly Hangul."""
    decoder = codecs.getincrementaldecoder(_KOREAN)()
    other = hangul = 0
    try:
        for part in parts:
            letters = [one for one in decoder.decode(part) if one > "\x7f"]
            other += len(letters)
            hangul += sum("\uac00" <= one <= "\ud7a3" for one in letters)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return hangul * 2 >= other
