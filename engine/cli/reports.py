"""Commands on what happened: the journey summary, exports and archives of step events, and queries with SQL."""

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

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import read_time, shown_time, workspace
from engine.core.metrics import Metrics
from engine.errors import SojournError, WrongUseError
from engine.facade import Engine
from engine.json_types import JsonObject
from engine.services.report_views import StepPage
from engine.services.views import Caller
from engine.store import step_files

COLUMNS = ("entered", "current", "completed", "failed", "stopped", "errors", "timed_out")


def report(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the summary of one or all journeys, or of one version."""
    summary = engine.reports.summary(caller, arguments.journey, arguments.version)
    if arguments.json:
        print_line(json.dumps(summary, indent=2, ensure_ascii=False))
    elif arguments.csv:
        _print_summary_csv(summary)
    else:
        _print_summary(summary, detailed=arguments.journey is not None)


def _print_summary_csv(summary: Mapping[str, dict[str, dict[str, Any]]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    columns = (*COLUMNS, *(name for name in Metrics().to_json() if name not in COLUMNS))
    writer.writerow(("journey", *columns))
    for name, journey in summary.items():
        writer.writerow((name, *(journey["metrics"][column] for column in columns)))


def _print_summary(summary: Mapping[str, dict[str, dict[str, Any]]], *, detailed: bool) -> None:
    if not summary:
        print_line("There are no journeys yet; bring one in with import")
        return
    width = max(len(name) for name in (*summary, "journey"))
    print_line("  ".join((f"{'journey':<{width}}", *(f"{column:>9}" for column in COLUMNS))))
    for name, journey in summary.items():
        numbers = (f"{journey['metrics'][column]:>9}" for column in COLUMNS)
        print_line("  ".join((f"{name:<{width}}", *numbers)))
        if detailed:
            for column in (column for column in journey["metrics"] if column not in COLUMNS):
                print_line(f"  {column.replace('_', ' '):<20}  {_shown_figure(column, journey['metrics'][column]):>9}")
            for activity, counts in journey["activities"].items():
                print_line(f"  {activity:<{width}}  entered {counts['entered']}, errors {counts['errors']}")


def _shown_figure(name: str, value: float) -> str:
    return f"{value:.1%}" if name.endswith("_rate") else str(value)


_WRITERS: Mapping[str, Callable[[Path, Iterator[JsonObject], Mapping[str, type]], int]] = {
    ".jsonl": lambda path, records, _columns: step_files.write_lines(path, records),
    ".csv": lambda path, records, columns: step_files.write_csv(path, records, list(columns)),
    ".parquet": step_files.write_parquet,
}


def export(arguments: Arguments) -> int:
    """Write step events to a file in the format of its name's ending."""
    path = Path(arguments.output)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise WrongUseError("export_form", arguments.output)
    columns = {**step_files.COLUMNS, **(dict.fromkeys(step_files.KEYS, str) if arguments.keys else {})}
    since, until = read_time(arguments.since) or 0, read_time(arguments.until)
    with workspace(arguments) as (engine, caller):
        found = _records(
            lambda cursor: engine.archives.steps(
                caller,
                cursor,
                journey=arguments.journey,
                since=since,
                until=until,
                archived=not arguments.kept,
                with_keys=arguments.keys,
            )
        )
        first = next(found, None)
        if first is None and arguments.journey is not None:
            _require_journey(engine, caller, arguments.journey)
        some = chain(() if first is None else (first,), found)
        records = ({**dict.fromkeys(columns, ""), **record} for record in some)
        count = write(path, records, columns)
        engine.archives.note(caller, "steps", str(path.resolve()), arguments.keys)
    print_line(f"{count} step events")
    return GOOD


def _require_journey(engine: Engine, caller: Caller, name: str) -> None:
    """Raise SojournError for a journey that is not there; archives may know it still."""
    if all(row.name != name for row in engine.journeys.everything(caller)):
        raise SojournError("journey_unknown.report", name=name)


def _records(read_page: Callable[[str], StepPage]) -> Iterator[JsonObject]:
    cursor: str | None = ""
    while cursor is not None:
        page = read_page(cursor)
        yield from page.rows
        cursor = page.cursor


def archives(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Show the archives."""
    rows = engine.archives.list(caller)
    if not rows:
        print_line("There are no archives yet; step events go there when they are older than retention_step_event_days")
    for row in rows:
        missing = "" if row.there else "  (not there any more)"
        print_line(
            f"{row.name}  {row.rows} step events, {shown_time(row.from_at)} to {shown_time(row.until_at)}{missing}"
        )


def query(engine: Engine, caller: Caller, arguments: Arguments) -> None:
    """Print the answer of a SELECT."""
    answer = engine.archives.query(caller, arguments.sql, arguments.limit, arguments.archived)
    if arguments.json:
        for row in answer.rows:
            print_line(json.dumps(dict(zip(answer.columns, map(_as_json, row), strict=True)), ensure_ascii=False))
    elif arguments.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([answer.columns, *(map(_as_json, row) for row in answer.rows)])
    else:
        _print_table([answer.columns, *(tuple(map(_cell, row)) for row in answer.rows)])
    if answer.more:
        sys.stderr.write(f"main.py query: there are more than {arguments.limit} rows; ask for more with --limit\n")


def _as_json(value: object) -> str | int | float | None:
    """Convert an SQL value for JSON: bytes to hexadecimal digits, infinities to texts, decimals to numbers."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _cell(value: object) -> str:
    return "" if value is None else str(_as_json(value))


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        print_line("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
