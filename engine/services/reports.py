"""What happened and what happens now, read from the step events' sums (runtime.md, Metrics)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from engine.core.metrics import ActivityCount, Metrics, journey_json
from engine.errors import SojournError
from engine.services.access import ADMINISTER, READ_REPORTS, Service
from engine.services.journey_versions import find_version, unknown_journey
from engine.services.period_reports import narrowed, report
from engine.services.report_views import ActivityCounts, LiveCounts, PeriodReport, PersonRow, StepRow
from engine.services.service_method import requires
from engine.services.views import Caller, DeadLetter, DiscardRow, MessageRow
from engine.store import journey_queries, report_queries
from engine.store.journey_queries import StoredVersion
from engine.store.report_queries import StoredMessage, StoredStep
from engine.store.results import Connection, row_id
from engine.store.runtime_queries import InstanceRow
from engine.store.tables import STATUS_NAMES

_RATE_SECONDS = 10
_RATE_STEPS = 5_000
_HOUR_MS = 3_600_000
_SHOWN = ("live", "closed", "finished", "stopped")


class ReportService(Service):
    """See the module."""

    @requires(READ_REPORTS)
    def live(self, caller: Caller, version_id: str, steps: int = 50, last_ms: int | None = None) -> LiveCounts:
        """Count a version as it is now; its test while it is in test mode.

        With ``last_ms`` of that time only, except for the people at activities now.
        """
        now = self._runner.clock.now()
        with self._runner.read() as connection:
            row = find_version(connection, caller, version_id)
            counts = report_queries.counts(connection, [row.id], in_test=row.state == "test")
            recent = report_queries.latest_steps(connection, row.id, steps)
            count = report_queries.count_steps(connection, row.id, now - _RATE_SECONDS * 1000, _RATE_STEPS)
        version = journey_queries.version_model(row)
        metrics = metrics_of(counts)
        live = LiveCounts(
            version_id=version_id,
            state=row.state,
            at=now,
            metrics={name: value for name, value in metrics.to_json().items() if isinstance(value, int)},
            activities={
                activity.id: ActivityCounts(
                    *(counts.get((kind, activity.id), 0) for kind in ("entered", "at", "errors"))
                )
                for activity in version.activities
            },
            edges=journey_json(version, metrics)["edges"],
            rate=count / _RATE_SECONDS,
            entrances=_entrances(counts, now),
            errors={name: number for (kind, name), number in counts.items() if kind == "error"},
            steps=tuple(map(_step, recent)),
        )
        if last_ms is None:
            return live
        with self._runner.read() as connection:
            return narrowed(connection, row, live, now - last_ms)

    @requires(READ_REPORTS)
    def period(
        self, caller: Caller, since: int, until: int, journey: str | None = None, version: int | None = None
    ) -> PeriodReport:
        """Report on one or all journeys, or one version, between two times; ``until`` is excluded."""
        if until <= since:
            raise SojournError("report_time.order")
        with self._runner.read() as connection:
            names = (journey,) if journey is not None else journey_queries.names(connection, caller.sandbox)
            rows = [row for name in names for row in journey_queries.version_rows(connection, caller.sandbox, name)]
            chosen = rows if journey is None else _chosen(rows, journey, version)
            return report(connection, chosen, since, until)

    @requires(READ_REPORTS)
    def summary(
        self, caller: Caller, journey: str | None = None, version: int | None = None
    ) -> Mapping[str, dict[str, dict[str, Any]]]:
        """Summarize one or all journeys over all their versions, or one version, as ``simulate --json`` does."""
        with self._runner.read() as connection:
            names = (journey,) if journey is not None else journey_queries.names(connection, caller.sandbox)
            return {name: self._summary(connection, caller, name, version) for name in names}

    def _summary(
        self, connection: Connection, caller: Caller, name: str, version: int | None
    ) -> dict[str, dict[str, Any]]:
        rows = _chosen(journey_queries.version_rows(connection, caller.sandbox, name), name, version)
        ran = [row for row in rows if row.state in _SHOWN] or [rows[-1]]
        counts = report_queries.counts(connection, [row.id for row in ran], in_test=False)
        return journey_json(journey_queries.version_model(ran[-1]), metrics_of(counts))

    @requires(READ_REPORTS)
    def people(
        self, caller: Caller, version_id: str, activity: str | None = None, limit: int = 100
    ) -> tuple[PersonRow, ...]:
        """List the people of a version, or those at one activity, the latest first."""
        with self._runner.read() as connection:
            row = find_version(connection, caller, version_id)
            return tuple(_person(one) for one in report_queries.version_instances(connection, row.id, activity, limit))

    @requires(READ_REPORTS)
    def steps(
        self, caller: Caller, version_id: str, instance: str | None = None, limit: int = 100
    ) -> tuple[StepRow, ...]:
        """List the newest step events, of a version or of one instance."""
        number = row_id(instance) if instance is not None else None
        with self._runner.read() as connection:
            row = find_version(connection, caller, version_id)
            return tuple(_step(step) for step in report_queries.latest_steps(connection, row.id, limit, number))

    @requires(READ_REPORTS)
    def messages(self, caller: Caller, limit: int = 100) -> tuple[MessageRow, ...]:
        """List the messages of the local outbox, newest first."""
        with self._runner.read() as connection:
            rows = report_queries.message_rows(connection, caller.sandbox, limit)
            names = journey_queries.names_by_id(connection, caller.sandbox)
            feedback = report_queries.feedback_of(connection, [row.id for row in rows])
        return tuple(_message(row, names, feedback.get(row.id, ())) for row in rows)

    @requires(READ_REPORTS)
    def discards(self, caller: Caller, limit: int = 100, journey: str = "") -> tuple[DiscardRow, ...]:
        """List the refused events, newest first; those that a ``journey`` refused unless it is empty."""
        with self._runner.read() as connection:
            rows = report_queries.discard_rows(connection, caller.sandbox, limit, journey)
        return tuple(DiscardRow(row.at, row.event, row.key, row.journey, row.reason, row.field) for row in rows)

    @requires(READ_REPORTS)
    def dead_letters(self, caller: Caller) -> tuple[DeadLetter, ...]:
        """List the stimuli that failed three times."""
        with self._runner.read() as connection:
            rows = report_queries.dead_letter_rows(connection)
        return tuple(
            DeadLetter(row.id, row.at, row.kind, str(row.instance) if row.instance else None, row.traceback)
            for row in rows
        )

    @requires(ADMINISTER)
    def retry(self, caller: Caller, ids: Sequence[int]) -> int:
        """Process dead letters again and return their number."""
        count = self._runner.retry(ids)
        if count:
            self._runner.write(
                lambda connection: self._access.record(connection, caller, "retry_dead_letters", str(count))
            )
        return count


def _chosen(rows: Sequence[StoredVersion], journey: str, version: int | None) -> Sequence[StoredVersion]:
    """Return the rows of a journey that are reported on; raises SojournError when there are none."""
    if not rows:
        raise unknown_journey(journey)
    chosen = [row for row in rows if version in (None, row.version)]
    if not chosen:
        raise SojournError("version_unknown", name=journey, version=version)
    return chosen


def metrics_of(counts: report_queries.Counts) -> Metrics:
    """Convert the counters of the database to metrics."""
    metrics = Metrics()
    for (kind, name), number in counts.items():
        if kind == "metric":
            setattr(metrics, name, number)
        elif kind == "edge":
            metrics.edges[name] = number
        elif kind == "feedback" and name in metrics.feedback:
            metrics.feedback[name] = number
        elif kind in ("entered", "errors"):
            setattr(metrics.activities.setdefault(name, ActivityCount()), kind, number)
    return metrics


def _entrances(counts: report_queries.Counts, now: int) -> tuple[tuple[int, int], ...]:
    minutes = {int(name): number for (kind, name), number in counts.items() if kind == "minute"}
    return tuple(sorted((minute, number) for minute, number in minutes.items() if minute > now - _HOUR_MS))


def _step(row: StoredStep) -> StepRow:
    fields = json.loads(row.fields)
    return StepRow(
        at=row.at,
        instance=str(row.instance),
        person=fields["person"],
        activity=row.node_id,
        name=fields["node_name"],
        status=row.status,
        transition=fields.get("transition"),
        fields=fields,
    )


def _person(row: InstanceRow) -> PersonRow:
    state = report_queries.read_instance(row)
    return PersonRow(
        instance=str(row.id),
        key=row.key,
        profile=state.profile or None,
        status=STATUS_NAMES[row.status],
        activity=row.activity,
        entered_at=row.entered_at,
        since=row.changed_at,
    )


def _message(row: StoredMessage, names: Mapping[int, str], feedback: tuple[str, ...]) -> MessageRow:
    return MessageRow(
        id=row.id,
        at=row.at,
        journey=names.get(row.journey_id, ""),
        version=row.version,
        activity=row.activity,
        channel=row.channel,
        to=row.address,
        subject=row.subject,
        body=row.body,
        html=row.html,
        feedback=feedback,
    )
