"""The people of a sandbox: profiles, memberships of segments, erasure (product.md, Profiles and segments)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from engine.core.declared import ProfileSchema, profile_schema
from engine.core.stimulus import Stop
from engine.errors import SojournError
from engine.model.definitions import Profile
from engine.ports import Runner
from engine.services.access import ADMINISTER, MANAGE_AUDIENCES, READ_DEFINITIONS, SEND, AccessService, Service
from engine.services.profile_files import (
    ProfileAt,
    ProfileFormat,
    RowFault,
    declared_profile,
    read_csv,
    read_items,
    read_lines,
    read_table,
)
from engine.services.profile_views import IdentityConflict, ProfileFooter, ProfileImportResult, ProfileRefusal
from engine.services.service_method import requires
from engine.services.views import Caller, ErasureResult, ProfilePage, ProfileRow, SegmentRow
from engine.store import definition_queries, erasure_queries, profile_queries, retention_queries, segment_queries
from engine.store.database import BACKUPS
from engine.store.erasure_queries import PersonRecords
from engine.store.profile_queries import ProfileRecord
from engine.store.results import Connection, row_id
from engine.store.scrub import ScrubResult

_AT_ONCE = 1_000


class ProfileService(Service):
    """See the module."""

    @requires(READ_DEFINITIONS)
    def list(
        self, caller: Caller, search: str = "", limit: int = 100, offset: int = 0, test_only: bool = False
    ) -> ProfilePage:
        """Profiles whose identities or attributes contain ``search``; ``test_only``: test profiles alone."""
        with self._runner.read() as connection:
            total, rows = profile_queries.search_profiles(
                connection, caller.sandbox, search, limit, offset, test_only=test_only
            )
        return ProfilePage(total, tuple(_view(row) for row in rows))

    @requires(READ_DEFINITIONS)
    def get(self, caller: Caller, namespace: str, value: str) -> Profile | None:
        """Return the profile with this identity."""
        with self._runner.read() as connection:
            found = profile_queries.find_profile(connection, caller.sandbox, namespace, value)
            return profile_queries.load_profile(connection, found) if found is not None else None

    @requires(MANAGE_AUDIENCES)
    def save(self, caller: Caller, profile: Profile) -> ProfileRow:
        """Create or change one profile."""
        if not profile.identities:
            raise SojournError("profile_identity")
        profile = declared_profile(profile, self._schema(caller), "", known=False)
        now = self._runner.clock.now()
        stored = self._runner.write(
            lambda connection: profile_queries.put_profile(connection, caller.sandbox, profile, now)
        )
        return ProfileRow(
            str(stored.id), profile.identities, profile.attributes, profile.test_profile, len(profile.events)
        )

    @requires(MANAGE_AUDIENCES)
    def delete(self, caller: Caller, profile_id: str) -> None:
        """Delete a profile with its experience events."""
        number = row_id(profile_id)
        if not self._runner.write(
            lambda connection: profile_queries.remove_profile(connection, caller.sandbox, number)
        ):
            raise SojournError("profile_unknown")

    @requires(MANAGE_AUDIENCES)
    def import_text(
        self, caller: Caller, text: str, form: Literal["json", "csv"] = "json", first: int | None = None
    ) -> int:
        """Bring in profiles; how many. Nothing is written when a line is malformed.

        ``first`` is the number of the first line after the head, where the text is a part of a file.
        """
        schema = self._schema(caller)
        profiles = tuple(read_csv(text, schema, first) if form == "csv" else read_lines(text, first or 1, schema))
        self._put(caller, profiles)
        return len(profiles)

    @requires(MANAGE_AUDIENCES)
    def import_rows(
        self,
        caller: Caller,
        text: str,
        form: ProfileFormat = "json",
        first: int | None = None,
        write: bool = False,
        columns: Mapping[str, str] | None = None,
    ) -> ProfileImportResult:
        """Check every row of a text, and with ``write`` bring in those that are profiles; see :meth:`import_text`.

        ``columns`` are the targets of columns whose heads are no targets themselves, see ``profile_files.column_of``.
        """
        return self._import_rows(caller, text, form, first, columns or {}, write=write)

    @requires(SEND)
    def accept(self, caller: Caller, text: str, form: ProfileFormat = "json") -> ProfileImportResult:
        """Bring in the profiles that a sender posted; the others are named by their places, from 0."""
        return self._import_rows(caller, text, form, 0 if form == "json" else None, {}, write=True)

    def _import_rows(
        self,
        caller: Caller,
        text: str,
        form: ProfileFormat,
        first: int | None,
        columns: Mapping[str, str],
        *,
        write: bool,
    ) -> ProfileImportResult:
        schema = self._schema(caller)
        rows = (
            read_table(text, schema, first, columns)
            if form == "csv"
            else read_items(text, schema, 1 if first is None else first)
        )
        profiles: list[ProfileAt] = []
        refused: list[ProfileRefusal] = []
        footer: ProfileFooter | None = None
        for one in rows:
            if isinstance(one, ProfileFooter):
                footer = one
            elif isinstance(one, RowFault):
                refused.append(ProfileRefusal(one.row, one.error.where, one.error.phrase, one.source))
            else:
                profiles.append(one)
        conflicts = self._put(caller, [one.profile for one in profiles]) if write else []
        found = tuple(replace(one, row=profiles[one.row].row) for one in conflicts)
        return ProfileImportResult(len(profiles), tuple(refused), footer, found)

    def _put(self, caller: Caller, profiles: Sequence[Profile]) -> Sequence[IdentityConflict]:
        """Store many a transaction; return the identities of others, whose rows are places in the list."""
        found: Sequence[IdentityConflict] = ()
        for start in range(0, len(profiles), _AT_ONCE):
            some = self._put_some(caller, profiles[start : start + _AT_ONCE])
            found = (*found, *(IdentityConflict(start + index, code, moved) for index, code, moved in some))
        return found

    def _schema(self, caller: Caller) -> ProfileSchema:
        with self._runner.read() as connection:
            return profile_schema(definition_queries.load(connection, caller.sandbox))

    def _put_some(self, caller: Caller, some: Sequence[Profile]) -> Sequence[tuple[int, str, bool]]:
        now = self._runner.clock.now()

        def work(connection: Connection) -> Sequence[tuple[int, str, bool]]:
            return profile_queries.import_profiles(connection, caller.sandbox, some, now)

        return self._runner.write(work)


def _view(row: ProfileRecord) -> ProfileRow:
    return ProfileRow(str(row.id), row.identities, row.attributes, bool(row.test_profile), row.events)


class SegmentService(Service):
    """See the module; segments are created, changed and deleted as other definitions are."""

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller) -> tuple[SegmentRow, ...]:
        """Every segment, in the order of creation."""
        with self._runner.read() as connection:
            segments = definition_queries.load(connection, caller.sandbox).segments
            rounds = segment_queries.load_rounds(connection, caller.sandbox)
            inside = segment_queries.count_inside(connection, caller.sandbox)
        here = (one for one in self._runner.suspensions if (one.kind, one.sandbox) == ("segment", caller.sandbox))
        suspended = {one.name: one.reason for one in here}
        rows = []
        for segment in segments:
            one = rounds.get(segment.name)
            row = SegmentRow(segment.name, inside.get(segment.name, 0), segment.evaluation, under_way=one is None)
            if one is not None:
                times = (one.computed_at, one.next_at)
                row = SegmentRow(row.name, row.inside, row.evaluation, *times, under_way=one.cursor is not None)
            if segment.name in suspended:
                row = replace(row, under_way=False, suspended=suspended[segment.name])
            rows.append(row)
        return tuple(rows)

    @requires(MANAGE_AUDIENCES)
    def compute(self, caller: Caller, name: str) -> None:
        """Compute a segment now, before its time; journeys react to people who enter or leave."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            one = segment_queries.load_rounds(connection, caller.sandbox).get(name)
            if one is None:
                raise _unknown_segment(name)
            if one.cursor is None:
                began = one._replace(cursor=0, began_at=now, next_at=None)
                segment_queries.put_round(connection, caller.sandbox, began)
            self._access.record(connection, caller, "compute_segment", name)

        self._runner.write(work)

    @requires(MANAGE_AUDIENCES)
    def set_membership(self, caller: Caller, name: str, namespace: str, value: str, inside: bool | None) -> None:
        """Put a person into a segment or out of it, whatever its rule gives; None: the rule decides again."""
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            if name not in definition_queries.load(connection, caller.sandbox).segment:
                raise _unknown_segment(name)
            profile_id = profile_queries.find_profile(connection, caller.sandbox, namespace, value)
            if profile_id is None:
                raise SojournError("profile_unknown.namespace", namespace=namespace)
            segment_queries.set_membership(connection, profile_id, name, inside, now)
            segment_queries.mark_profile_changed(connection, caller.sandbox, profile_id)
            self._access.record(connection, caller, "say_segment", name)

        self._runner.write(work)


def _unknown_segment(name: str) -> SojournError:
    return SojournError("definition_unknown.segment", name=name)


_ERASE_ATTEMPTS = 5
_NOTHING_SCRUBBED = ScrubResult(truncated=False, rewritten=False, remaining=0)


class ErasureService(Service):
    """See the module. ``scrub`` sees to the files, ``forget`` drops calls that wait for their turn."""

    def __init__(
        self,
        runner: Runner[Connection],
        access: AccessService,
        folder: Path,
        scrub: Callable[[Sequence[str]], ScrubResult],
        forget: Callable[[Collection[str]], None],
    ) -> None:
        super().__init__(runner, access)
        self._folder = folder
        self._scrub = scrub
        self._forget = forget

    @requires(ADMINISTER)
    def erase(self, caller: Caller, namespace: str, value: str) -> ErasureResult:
        """Erase the person with this identity in the caller's sandbox; journeys under way end. It cannot be undone.

        Step events stay, with the random id that stood for the person. What comes in for the person afterwards is new.
        """
        if not namespace.strip() or not value.strip():
            raise SojournError("identity_missing")
        with self._runner.read() as connection:
            traces = erasure_queries.find_person(connection, caller.sandbox, namespace, value)
            erasure_queries.continue_search(connection, traces)
        ended, rows = self._erase(caller, traces)
        found = any(rows.values())
        done = self._scrub(traces.values) if found else _NOTHING_SCRUBBED
        with self._runner.read() as connection:
            files = erasure_queries.export_paths(connection, caller.sandbox)
            archives = len(retention_queries.list_archives(connection))
        return ErasureResult(
            found=found,
            at=self._runner.clock.now(),
            ended=ended,
            rows=rows,
            people=tuple(sorted(traces.people)),
            files=files,
            backups=tuple(str(file) for file in sorted((self._folder / BACKUPS).glob("*.sqlite"))),
            archives=archives,
            truncated=done.truncated,
            remaining=done.remaining,
        )

    def _erase(self, caller: Caller, traces: PersonRecords) -> tuple[int, dict[str, int]]:
        """End what is under way, then delete everything in one transaction; the person may enter again in between."""

        def work(connection: Connection) -> dict[str, int] | None:
            erasure_queries.continue_search(connection, traces)
            if erasure_queries.running_instances(connection, traces):
                return None
            rows = erasure_queries.erase(connection, traces)
            self._access.record(connection, caller, "erase_person", ", ".join(sorted(traces.people)))
            return rows

        ended = 0
        for _ in range(_ERASE_ATTEMPTS):
            with self._runner.read() as connection:
                under_way = erasure_queries.running_instances(connection, traces)
            ended += len(under_way)
            self._runner.command(under_way, Stop())
            rows = self._runner.write(work)
            if rows is not None:
                self._forget(traces.instances.values())
                return ended, rows
        raise SojournError("person_busy")
