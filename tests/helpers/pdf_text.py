"""The words of a PDF as Qt writes it, page by page: what a reader would find by searching."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_RANGE = re.compile(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")


def _content(body: bytes) -> bytes:
    found = _STREAM.search(body)
    if found is None:
        return b""
    try:
        return zlib.decompress(found[1])
    except zlib.error:
        return found[1]


def _letters(cmap: str) -> dict[int, str]:
    """Glyph number → character, from a font's ToUnicode."""
    known: dict[int, str] = {}
    for block in re.findall(r"begin(?:bfrange|bfchar)(.*?)end", cmap, re.DOTALL):
        for first, last, begin, listed in _RANGE.findall(block):
            low, high = int(first, 16), int(last, 16)
            if listed:
                for offset, code in enumerate(re.findall(r"<([0-9A-Fa-f]+)>", listed)):
                    known[low + offset] = bytes.fromhex(code).decode("utf-16-be")
            else:
                known |= {low + offset: chr(int(begin, 16) + offset) for offset in range(high - low + 1)}
    return known


def pages(pdf: bytes) -> list[str]:
    """The words of each page, in the order in which they were drawn."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts: dict[str, dict[int, str]] = {}
    for number, body in objects.items():
        unicode_ = re.search(rb"/ToUnicode (\d+) 0 R", body)
        if unicode_ is not None:
            fonts[f"F{number}"] = _letters(_content(objects[int(unicode_[1])]).decode("latin-1"))
    found = []
    for body in objects.values():
        if re.search(rb"/Type\s*/Page\b(?!s)", body):
            contents = re.search(rb"/Contents (\d+) 0 R", body)
            assert contents is not None
            found.append(_words(_content(objects[int(contents[1])]).decode("latin-1"), fonts))
    return found


def _words(drawn: str, fonts: dict[str, dict[int, str]]) -> str:
    """A line for each piece of text; a font may share one glyph between the blank and the tabulator."""
    return "\n".join(_piece(piece, fonts) for piece in re.findall(r"\bBT\b(.*?)\bET\b", drawn, re.DOTALL))


def _piece(piece: str, fonts: dict[str, dict[int, str]]) -> str:
    letters, said = dict[int, str](), ""
    for font, glyphs in re.findall(r"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>", piece):
        if font:
            letters = fonts.get(font, {})
        said += "".join(letters.get(int(glyphs[at : at + 4], 16), "?") for at in range(0, len(glyphs) - 3, 4))
    return said.replace("\t", " ")
