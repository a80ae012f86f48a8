"""Commands on the suppression list: show it, put addresses on it, take one off, import a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from engine.cli import Arguments, print_line
from engine.facade import Engine
from engine.files import read_text
from engine.services.views import Caller

_AT_ONCE = 1_000
_HEADS = ("address", "email", "e-mail", "mail", "phone", "number", "token")


def show(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the addresses that get no messages, newest first, one JSON line each."""
    for row in engine.suppressions.list(caller, arguments.search, arguments.limit).rows:
        print_line(json.dumps(asdict(row), ensure_ascii=False))


def add(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Put addresses on the list."""
    print_line(f"{engine.suppressions.add(caller, arguments.channel, arguments.addresses)} added")


def remove(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Take addresses off the list."""
    for address in arguments.addresses:
        engine.suppressions.remove(caller, arguments.channel, address)
    print_line(f"{len(arguments.addresses)} removed")


def load(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Put the addresses of a file on the list: the first cell of each line."""
    addresses, new = _addresses(arguments.file), 0
    while some := list(islice(addresses, _AT_ONCE)):
        new += engine.suppressions.add(caller, arguments.channel, some)
    print_line(f"{new} added")


def _addresses(file: str) -> Iterator[str]:
    text = read_text(file)
    separator = max(",;\t", key=text.partition("\n")[0].count)
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=separator)):
        cell = row[0].strip() if row else ""
        if cell and not (number == 0 and cell.lower() in _HEADS):
            yield cell
