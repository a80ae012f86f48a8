"""The first sheet of an ``.xlsx`` workbook as lines of CSV (ECMA-376, SpreadsheetML); dates as ISO 8601.

Values are those that the workbook stores; formulas are not computed. Only what is needed of the format is read.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from engine.errors import SojournError

SUFFIXES = (".xlsx", ".xlsm")
OTHERS = (".xls", ".xlsb", ".ods", ".numbers")
"""Workbooks of other formats, which are not read."""
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST = 1 << 30
"""Bytes of all parts once they are unpacked."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""Built-in number formats that are dates or times."""
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_CELL = re.compile(r"([A-Z]{1,3})([0-9]+)")
_FIRST_DAY, _FIRST_DAY_1904 = (datetime.combine(day, time()) for day in (date(1899, 12, 30), date(1904, 1, 1)))
_MAX_GAP = 10_000
_MAX_COLUMNS = 16_384


def read_sheet_lines(source: Path | IO[bytes], name: str = "") -> Iterator[str]:
    """Yield the rows of the first sheet as lines of CSV, one for each row number; raises SojournError.

    A row has as many cells as the first one, since workbooks leave out empty cells at its end.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                raise SojournError("spreadsheet_large", name, largest=LARGEST >> 20)
            yield from _lines(_Workbook(archive))
    except OSError as error:
        raise SojournError("file_unreadable.profiles", file=name, reason=error.strerror or str(error)) from None
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, ET.ParseError, RuntimeError, NotImplementedError):
        raise SojournError("spreadsheet_malformed", name) from None


def _lines(book: _Workbook) -> Iterator[str]:
    expected, width = 1, 0
    for number, cells in book.rows():
        width = width or len(cells)
        whole = [*cells, *[""] * (width - len(cells))]
        for _ in range(min(number - expected, _MAX_GAP)):
            yield "\n"
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(whole)
        yield text.getvalue() if any(cells) else "\n"
        expected = number + 1


class _Workbook:
    """The parts of a workbook that give its cells their values."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        book = self._part("xl/workbook.xml")
        properties = book.find(f"{_MAIN}workbookPr")
        is_1904 = properties is not None and properties.get("date1904", "0") in ("1", "true")
        self._first_day = _FIRST_DAY_1904 if is_1904 else _FIRST_DAY
        sheet = next(iter(book.iter(f"{_MAIN}sheet")))
        links = {one.get("Id"): one.get("Target", "") for one in self._part("xl/_rels/workbook.xml.rels")}
        target = links[sheet.get(_REFERENCE)].lstrip("/")
        self._sheet = target if target.startswith("xl/") else f"xl/{target}"
        self._texts = self._shared_texts()
        self._dates = self._date_styles()

    def _part(self, name: str) -> ET.Element:
        return ET.fromstring(self._archive.read(name))

    def _shared_texts(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return []
        return [_plain_text(one) for one in self._part("xl/sharedStrings.xml").iter(f"{_MAIN}si")]

    def _date_styles(self) -> frozenset[int]:
        """Return the numbers of the cell formats that are dates."""
        if "xl/styles.xml" not in self._archive.namelist():
            return frozenset()
        styles = self._part("xl/styles.xml")
        dates = set(_DATES)
        for one in styles.iter(f"{_MAIN}numFmt"):
            number = int(one.get("numFmtId", "0"))
            plain = _LITERAL.sub("", one.get("formatCode", "")).lower()
            (dates.add if re.search("[ydhms]", plain) else dates.discard)(number)
        formats = styles.find(f"{_MAIN}cellXfs")
        found = enumerate(formats if formats is not None else ())
        return frozenset(index for index, one in found if int(one.get("numFmtId", "0")) in dates)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the texts of each row that is stored."""
        number = 0
        with self._archive.open(self._sheet) as part:
            for _, row in ET.iterparse(part):
                if row.tag == f"{_MAIN}row":
                    number = int(row.get("r") or number + 1)
                    yield number, self._cells(row)
                    row.clear()

    def _cells(self, row: ET.Element) -> list[str]:
        cells: list[str] = []
        for one in row.iter(f"{_MAIN}c"):
            place = _CELL.fullmatch(one.get("r", ""))
            column = _column_number(place[1]) if place else len(cells)
            if column >= _MAX_COLUMNS:
                raise ValueError(column)
            cells += [""] * (column - len(cells))
            cells.append(self._value(one))
        return cells

    def _value(self, cell: ET.Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _plain_text(cell)
        value = cell.find(f"{_MAIN}v")
        text = (value.text or "") if value is not None else ""
        if kind == "s" and text:
            return self._texts[int(text)]
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind != "n" or not text:
            return text
        return self._date(float(text)) if int(cell.get("s", "0")) in self._dates else _number(text)

    def _date(self, serial: float) -> str:
        try:
            moment = self._first_day + timedelta(milliseconds=round(serial * 86_400_000))
        except OverflowError:
            return _number(repr(serial))
        if serial < 1:
            return moment.time().isoformat(timespec="seconds")
        return moment.date().isoformat() if serial == int(serial) else moment.isoformat(timespec="seconds")


def _plain_text(node: ET.Element) -> str:
    """Return the text of a string without the phonetic readings of its characters."""
    readings = {id(one) for part in node.iter(f"{_MAIN}rPh") for one in part}
    return "".join(one.text or "" for one in node.iter(f"{_MAIN}t") if id(one) not in readings)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _number(text: str) -> str:
    """Return a number as people write it: integers without a point."""
    if text.lstrip("-").isdigit():
        return text
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
