"""Segments: the number of people inside, the time of computation, memberships by hand (product.md, Segments)."""

from __future__ import annotations

from engine.errors import SojournError
from engine.services.access import MANAGE_DEFINITIONS, READ_DEFINITIONS, Service
from engine.services.service_method import requires
from engine.services.views import Caller, SegmentRow
from engine.store import definition_queries, profile_queries, segment_queries
from engine.store.results import Connection


class SegmentService(Service):
    """See the module; segments are created, changed and deleted as other definitions are."""

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller) -> tuple[SegmentRow, ...]:
        """Every segment, in the order of creation."""
        with self._runner.read() as connection:
            segments = definition_queries.load(connection, caller.sandbox).segments
            rounds = segment_queries.load_rounds(connection, caller.sandbox)
            inside = segment_queries.count_inside(connection, caller.sandbox)
        rows = []
        for segment in segments:
            one = rounds.get(segment.name)
            row = SegmentRow(segment.name, inside.get(segment.name, 0), segment.evaluation, under_way=one is None)
            if one is not None:
                times = (one.computed_at, one.next_at)
                row = SegmentRow(row.name, row.inside, row.evaluation, *times, under_way=one.cursor is not None)
            rows.append(row)
        return tuple(rows)

    @requires(MANAGE_DEFINITIONS)
    def compute(self, caller: Caller, name: str) -> None:
        """Compute a segment now, before its time; journeys react to people who enter or leave."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            one = segment_queries.load_rounds(connection, caller.sandbox).get(name)
            if one is None:
                raise _unknown(name)
            if one.cursor is None:
                began = one._replace(cursor=0, began_at=now, next_at=None)
                segment_queries.put_round(connection, caller.sandbox, began)
            self._access.record(connection, caller, "compute_segment", name)

        self._runner.write(work)

    @requires(MANAGE_DEFINITIONS)
    def set_membership(self, caller: Caller, name: str, namespace: str, value: str, inside: bool | None) -> None:
        """Put a person into a segment or out of it, whatever its rule gives; None: the rule decides again."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            if name not in definition_queries.load(connection, caller.sandbox).segment:
                raise _unknown(name)
            profile_id = profile_queries.find_profile(connection, caller.sandbox, namespace, value)
            if profile_id is None:
                raise SojournError("profile_unknown.namespace", namespace=namespace)
            segment_queries.set_membership(connection, profile_id, name, inside, now)
            segment_queries.mark_profile_changed(connection, caller.sandbox, profile_id)
            self._access.record(connection, caller, "say_segment", name)

        self._runner.write(work)


def _unknown(name: str) -> SojournError:
    return SojournError("definition_unknown.segment", name=name)
