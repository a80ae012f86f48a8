"""``report``: the journey summary as a table, JSON or CSV."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from typing import Any

from engine.cli import GOOD, Arguments, print_line
from engine.cli.workspaces import workspace
from engine.core.metrics import Metrics

COLUMNS = ("entered", "current", "completed", "failed", "stopped", "errors", "timed_out")


def report(arguments: Arguments) -> int:
    """Print the summary of one or all journeys."""
    with workspace(arguments) as (engine, caller):
        summary = engine.reports.summary(caller, arguments.journey)
    if arguments.json:
        print_line(json.dumps(summary, indent=2, ensure_ascii=False))
    elif arguments.csv:
        _print_csv(summary)
    else:
        _print_table(summary, detailed=arguments.journey is not None)
    return GOOD


def _print_csv(summary: Mapping[str, Any]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    columns = (*COLUMNS, *(name for name in Metrics().to_json() if name not in COLUMNS))
    writer.writerow(("journey", *columns))
    for name, journey in summary.items():
        writer.writerow((name, *(journey["metrics"][column] for column in columns)))


def _print_table(summary: Mapping[str, Any], *, detailed: bool) -> None:
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
                print_line(f"  {column.replace('_', ' '):<20}  {_figure(column, journey['metrics'][column]):>9}")
            for activity, counts in journey["activities"].items():
                print_line(f"  {activity:<{width}}  entered {counts['entered']}, errors {counts['errors']}")


def _figure(name: str, value: float) -> str:
    return f"{value:.1%}" if name.endswith("_rate") else str(value)
