"""``steps`` and ``query``: step events as files, and asked with SQL."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from engine.cli import GOOD, Arguments, say
from engine.cli.places import workspace
from engine.cli.times import read_time, shown_time
from engine.errors import SojournError, WrongUseError
from engine.facade import Engine
from engine.services.views import Caller
from engine.store import step_files

_WRITERS: Mapping[str, Callable[[Path, Iterator[Mapping[str, Any]], Mapping[str, type]], int]] = {
    ".jsonl": lambda path, records, _columns: step_files.write_lines(path, records),
    ".csv": lambda path, records, columns: step_files.write_csv(path, records, list(columns)),
    ".parquet": step_files.write_parquet,
}


def export(given: Arguments) -> int:
    """Write step events to a file, in the form that its name says."""
    path = Path(given.output)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise WrongUseError("export_form", "the file's name ends in .jsonl, .csv or .parquet; choose one", given.output)
    columns = {**step_files.COLUMNS, **(dict.fromkeys(step_files.KEYS, str) if given.keys else {})}
    wanted: dict[str, Any] = {
        "journey": given.journey,
        "since": read_time(given.since) or 0,
        "until": read_time(given.until),
        "archived": not given.kept,
        "with_keys": given.keys,
    }
    with workspace(given) as (engine, caller):
        found = _records(engine, caller, wanted)
        first = next(found, None)
        if first is None and given.journey is not None:
            _require_journey(engine, caller, given.journey)
        some = chain(() if first is None else (first,), found)
        records = ({**dict.fromkeys(columns, ""), **record} for record in some)
        count = write(path, records, columns)
        engine.archives.note(caller, "steps", str(path.resolve()), given.keys)
    say(f"{count} step events")
    return GOOD


def _require_journey(engine: Engine, caller: Caller, name: str) -> None:
    """Raise SojournError for a journey that is not there; archives may know it still."""
    if all(row.name != name for row in engine.journeys.everything(caller)):
        raise SojournError("journey_unknown", f"there is no journey called {name}; report shows them")


def _records(engine: Engine, caller: Caller, wanted: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        page = engine.archives.steps(caller, cursor, **wanted)
        yield from page.rows
        cursor = page.cursor


def archives(given: Arguments) -> int:
    """Show the archives."""
    with workspace(given) as (engine, caller):
        rows = engine.archives.list(caller)
    if not rows:
        say("There are no archives yet; step events go there when they are older than retention_step_event_days")
    for row in rows:
        missing = "" if row.there else "  (not there any more)"
        say(f"{row.name}  {row.rows} step events, {shown_time(row.from_at)} to {shown_time(row.until_at)}{missing}")
    return GOOD


def query(given: Arguments) -> int:
    """Print the answer of a SELECT."""
    with workspace(given) as (engine, caller):
        answer = engine.archives.query(caller, given.sql, given.limit, given.archived)
    if given.json:
        for row in answer.rows:
            say(json.dumps(dict(zip(answer.columns, map(_as_json, row), strict=True)), ensure_ascii=False))
    elif given.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([answer.columns, *(map(_as_json, row) for row in answer.rows)])
    else:
        _print_table([answer.columns, *(tuple(map(_cell, row)) for row in answer.rows)])
    if answer.more:
        sys.stderr.write(f"main.py query: there are more than {given.limit} rows; ask for more with --limit\n")
    return GOOD


def _as_json(value: Any) -> Any:
    """A value of SQL as JSON can hold it: bytes as hexadecimal digits, an infinity as a text, a decimal as a number."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _cell(value: Any) -> str:
    return "" if value is None else str(_as_json(value))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
