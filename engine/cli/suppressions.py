"""Commands on the suppression list: show it, put addresses on it, take one off, import a file."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from engine.cli import Arguments, print_line
from engine.errors import SojournError
from engine.facade import Engine
from engine.files import naming_file, read_text
from engine.services.address_files import read_addresses
from engine.services.text_encoding import file_encoding, read_text_lines
from engine.services.views import Caller

_AT_ONCE = 1_000
_SHOWN = 20


def show(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the addresses that get no messages, newest first, one JSON line each."""
    for row in engine.suppressions.list(caller, arguments.search, arguments.limit).rows:
        print_line(json.dumps(asdict(row), ensure_ascii=False))


def add(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Put addresses on the list."""
    print_line(f"{engine.suppressions.add(caller, arguments.channel, arguments.addresses)} added")


def remove(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Take addresses off the list, all or none."""
    engine.suppressions.remove(caller, arguments.channel, tuple(arguments.addresses))
    print_line(f"{len(arguments.addresses)} removed")


def load(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Put the addresses of a file on the list, once every line was checked."""
    name: str = arguments.file
    with naming_file(name):
        rows = list(read_addresses(_text(name, arguments.encoding), arguments.channel, arguments.column))
        refused = [row for row in rows if not row.good]
        for row in refused[:_SHOWN]:
            sys.stderr.write(f"{name}: line {row.line}: this cannot be an address of {arguments.channel}\n")
        if refused and not arguments.skip:
            raise SojournError("suppression_refused", f"line {refused[0].line}", count=len(refused))
    addresses, new = (row.address for row in rows if row.good), 0
    while some := list(islice(addresses, _AT_ONCE)):
        new += engine.suppressions.add(caller, arguments.channel, some)
    print_line(f"{new} added, {len(refused)} refused" if refused else f"{new} added")


def _text(name: str, encoding: str) -> str:
    if name == "-":
        return read_text(name)
    found = file_encoding(Path(name), encoding)
    if found.guessed:
        sys.stderr.write(f"{name}: read as {found.name}, by its letters; --encoding chooses another\n")
    return "".join(read_text_lines(Path(name), found.name))
