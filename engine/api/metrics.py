"""How the engine is, for people and machines: /healthz and /metrics (Prometheus' text form)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypedDict

from engine.host import WorkspaceHost
from engine.store import report_queries

_NAMES = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}


class Health(TypedDict):
    """The state of the engine: what waits to be processed, calls under way, and timers that are overdue."""

    status: Literal["ok", "degraded"]
    reason: str
    waiting: int
    calls: int
    overdue: int


def health(owner: WorkspaceHost) -> Health:
    """Report whether the engine accepts and processes events."""
    writer = owner.writer
    return {
        "status": "degraded" if writer.failure else "ok",
        "reason": writer.failure,
        "waiting": writer.waiting,
        "calls": owner.dispatch.under_way,
        "overdue": writer.overdue,
    }


def metrics_text(owner: WorkspaceHost) -> str:
    """All metrics."""
    return "".join(f"{line}\n" for line in _lines(owner))


def _lines(owner: WorkspaceHost) -> Iterator[str]:
    writer = owner.writer
    yield from _gauge("sojourn_waiting", "Pieces of work that wait for the writer", writer.waiting)
    yield from _gauge("sojourn_calls_under_way", "Calls to the outside under way or waiting", owner.dispatch.under_way)
    yield from _gauge("sojourn_overdue_timers", "Timers that were overdue at the start", writer.overdue)
    yield "# HELP sojourn_processed_total Pieces of work done since the start"
    yield "# TYPE sojourn_processed_total counter"
    yield f"sojourn_processed_total {writer.processed}"
    with owner.database.read() as connection:
        aside = report_queries.count_dead_letters(connection)
        discards = report_queries.discard_counts(connection)
        versions = list(writer.deployment.versions.values())
        counts = report_queries.main_counts(connection, [version.id for version in versions])
    yield from _gauge("sojourn_set_aside", "Stimuli that failed three times", aside)
    yield "# HELP sojourn_discarded Refused events that are listed, by reason"
    yield "# TYPE sojourn_discarded gauge"
    for reason, number in sorted(discards.items()):
        yield f'sojourn_discarded{{reason="{reason}"}} {number}'
    yield "# HELP sojourn_journey_total What happened in each journey version"
    yield "# TYPE sojourn_journey_total counter"
    for version in versions:
        label = f'sandbox="{_escaped(version.sandbox)}",journey="{_escaped(version.name)}",version="{version.number}"'
        for name, number in sorted(counts.get(version.id, {}).items()):
            yield f'sojourn_journey_total{{{label},what="{name}"}} {number}'


def _gauge(name: str, meaning: str, value: int) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} gauge"
    yield f"{name} {value}"


def _escaped(text: str) -> str:
    return "".join(_NAMES.get(mark, mark) for mark in text)
