"""Files of addresses for the suppression list: one a line, or a column of CSV as other systems export it. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.errors import SojournError
from engine.model.channel import CHANNELS, suppression_key
from engine.services.profile_files import not_csv, separator_of

_HEADS = {
    "email": re.compile(r"e-?mail|^address$|\uc774\uba54\uc77c|\uba54\uc77c|adresse|correo|mail", re.IGNORECASE),
    "sms": re.compile(r"phone|mobile|^number$|^to$|telefon|\uc804\ud654|\ud734\ub300", re.IGNORECASE),
    "push": re.compile(r"token|device", re.IGNORECASE),
}
_EXACT = frozenset({"email", "e-mail", "email address", "e-mail address", "phone", "phone number", "mobile", "token"})
_PHONE = re.compile(r"\+?[0-9]{3,15}")
_TOKEN = re.compile(r"\S{1,4096}")


class AddressRow(NamedTuple):
    """An address and its line; ``good`` if it can be one of the channel."""

    line: int
    address: str
    good: bool


def names_address(channel: str, head: str) -> bool:
    """Whether the head of a column names the addresses of a channel."""
    found = _HEADS.get(channel)
    return found is not None and found.search(head) is not None


def is_address(channel: str, address: str) -> bool:
    """Whether a text can be an address of a channel."""
    try:
        CHANNELS[channel].check_address(address)
    except ValueError:
        return False
    key = suppression_key(channel, address)
    form = {"sms": _PHONE, "push": _TOKEN}.get(channel)
    return form is None or form.fullmatch(key) is not None


def read_addresses(text: str, channel: str, column: str = "") -> Iterator[AddressRow]:
    """Yield the addresses of a file; raises SojournError if the column cannot be told.

    ``column`` is a head. Without it, the head decides; in a file without a head the first column that holds an address.
    """
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator_of(text.partition("\n")[0]))
    place: int | None = None
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise not_csv(error, reader.line_num) from None
        if cells is None:
            return
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        if place is None:
            place, is_head = _place(cells, channel, column)
            if is_head:
                continue
        address = cells[place] if place < len(cells) else ""
        yield AddressRow(reader.line_num, address, is_address(channel, address))


def _place(cells: Sequence[str], channel: str, column: str) -> tuple[int, bool]:
    """Return the column of the addresses, and whether this first line is a head."""
    if column:
        names = [cell.casefold() for cell in cells]
        if column.strip().casefold() in names:
            return names.index(column.strip().casefold()), True
        raise SojournError("suppression_column", "line 1", column=column[:80])
    found = next((index for index, cell in enumerate(cells) if _is_plain(channel, cell)), None)
    if found is not None:
        return found, False
    named = [index for index, cell in enumerate(cells) if names_address(channel, cell)]
    if len(cells) == 1:
        return 0, bool(named)
    exact = [index for index in named if cells[index].casefold() in _EXACT]
    if len(exact or named) != 1:
        raise SojournError("suppression_columns", "line 1")
    return (exact or named)[0], True


def _is_plain(channel: str, cell: str) -> bool:
    """Whether a cell of the first line is an address and no head."""
    return is_address(channel, cell) and (channel != "push" or len(cell) >= 16)
