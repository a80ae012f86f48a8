"""Commands on the log of merges: show it, undo a merge."""

from __future__ import annotations

import json
from dataclasses import asdict

from engine.cli import Arguments, print_line
from engine.facade import Engine
from engine.services.views import Caller


def show(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the merges, newest first, one JSON line each."""
    for row in engine.merges.list(caller, arguments.search, arguments.limit).rows:
        print_line(json.dumps(asdict(row), ensure_ascii=False))


def undo(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Make the profiles of a merge several again."""
    engine.merges.undo(caller, arguments.number)
    print_line(f"merge {arguments.number} is undone")
