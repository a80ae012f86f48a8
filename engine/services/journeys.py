"""Journeys and their versions: drafts, publication, closing, stopping (product.md, Versions and states)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.catalogue import Phrase
from engine.core.issues import Issue
from engine.core.stimulus import Resume, Stop
from engine.errors import SojournError
from engine.model import journey_file
from engine.model.journey import JourneyVersion
from engine.ports import Runner, Secrets
from engine.services.access import MANAGE_JOURNEYS, PUBLISH_JOURNEYS, READ_JOURNEYS, AccessService, Service
from engine.services.definition_uses import definitions_for, refuse_jumped
from engine.services.journey_import import Differing, JourneyImporter, file_of
from engine.services.journey_versions import (
    check_only_texts,
    find_version,
    free_name,
    issues_of,
    publish,
    refuse_taken_name,
    unknown_journey,
    version_view,
)
from engine.services.revisions import is_outdated, refuse_unseen
from engine.services.service_method import ANY_PERMISSION, requires
from engine.services.views import Caller, ImportResult, VersionRow
from engine.store import journey_queries, report_queries, runtime_queries
from engine.store.results import Connection

_STOPPED_AT_ONCE = 2_000
_DELETABLE = ("draft", "finished", "stopped")


class JourneyService(Service):
    """Design, publication and files of journeys."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        super().__init__(runner, access)
        self._importer = JourneyImporter(runner, access, secrets)

    @requires(READ_JOURNEYS)
    def list(self, caller: Caller) -> tuple[VersionRow, ...]:
        """List the newest version of each journey, by name."""
        return tuple(row for row in self._rows(caller) if row.newest)

    @requires(READ_JOURNEYS)
    def versions(self, caller: Caller, name: str) -> tuple[VersionRow, ...]:
        """List all versions of a journey, the first one first."""
        return tuple(row for row in self._rows(caller) if row.name == name)

    @requires(READ_JOURNEYS)
    def everything(self, caller: Caller) -> tuple[VersionRow, ...]:
        """List all versions of all journeys, by name and number."""
        return self._rows(caller)

    @requires(ANY_PERMISSION)
    def running(self, caller: Caller) -> int:
        """Count the running journeys of the whole workspace: those that pause when the engine ends."""
        with self._runner.read() as connection:
            return len({row.journey_id for row in journey_queries.in_states(connection, ("live", "closed"))})

    @requires(READ_JOURNEYS)
    def row(self, caller: Caller, version_id: str) -> VersionRow:
        """Return one version."""
        with self._runner.read() as connection:
            return self._view(connection, caller, version_id)

    @requires(READ_JOURNEYS)
    def open(self, caller: Caller, version_id: str) -> JourneyVersion:
        """Return the design of a version."""
        with self._runner.read() as connection:
            return journey_queries.version_model(find_version(connection, caller, version_id))

    @requires(MANAGE_JOURNEYS)
    def create(self, caller: Caller, name: str, namespace: str | None = None) -> VersionRow:
        """Create an empty draft."""
        return self._add(caller, JourneyVersion(name=name, namespace=namespace))

    def _add(self, caller: Caller, version: JourneyVersion) -> VersionRow:
        """Create a journey with this version as its first draft."""

        def work(connection: Connection) -> VersionRow:
            refuse_taken_name(connection, caller.sandbox, version.name)
            created = journey_queries.create(connection, caller.sandbox, version, caller.actor, self._now())
            return self._view(connection, caller, str(created))

        return self._runner.write(work)

    @requires(MANAGE_JOURNEYS)
    def save(
        self,
        caller: Caller,
        version_id: str,
        journey: JourneyVersion,
        revision: int | None = None,
        overwrite: bool = False,
    ) -> VersionRow:
        """Store a draft; of a published version only names, labels and descriptions may change.

        A change of another ``revision`` than the stored one is refused, unless it is to ``overwrite`` that.
        """

        def work(connection: Connection) -> VersionRow:
            row = find_version(connection, caller, version_id)
            before = journey_queries.version_model(row)
            if is_outdated(row, revision, same=before == journey):
                refuse_unseen(row.name, row, overwrite=overwrite)
                self._access.record(connection, caller, "overwrite", row.name)
            if row.state == "test":
                raise SojournError("journey_in_test")
            if row.state != "draft":
                check_only_texts(before, journey)
                self._access.record(connection, caller, "save_published", journey.name)
            if journey.name != before.name:
                refuse_taken_name(connection, caller.sandbox, journey.name)
                refuse_jumped(connection, caller.sandbox, before.name)
            journey_queries.change(connection, row.id, journey, caller.actor, self._now())
            return self._view(connection, caller, version_id)

        return self._runner.write(work)

    @requires(READ_JOURNEYS)
    def validate(self, caller: Caller, version_id: str) -> tuple[Issue, ...]:
        """Return the issues of a version, those of the whole journey first."""
        with self._runner.read() as connection:
            return issues_of(connection, caller, find_version(connection, caller, version_id))

    @requires(PUBLISH_JOURNEYS)
    def publish(self, caller: Caller, version_id: str) -> VersionRow:
        """Publish a version. The version before closes; its people go on to their end."""

        def work(connection: Connection) -> VersionRow:
            row = find_version(connection, caller, version_id)
            publish(connection, caller, row, self._now())
            self._access.record(connection, caller, "publish", row.name)
            return self._view(connection, caller, version_id)

        return self._runner.write(work)

    @requires(PUBLISH_JOURNEYS)
    def close(self, caller: Caller, version_id: str) -> VersionRow:
        """Close a version to new entrances; the people in it go on."""
        return self._end(caller, version_id, "closed", ("live",))

    @requires(PUBLISH_JOURNEYS)
    def stop(self, caller: Caller, version_id: str) -> VersionRow:
        """Stop a version: everybody's journey ends at once, beyond the first thousands within seconds."""
        stopped = self._end(caller, version_id, "stopped", ("live", "closed"))
        with self._runner.read() as connection:
            people = runtime_queries.running_instances(connection, int(stopped.id), _STOPPED_AT_ONCE)
        self._runner.command(people, Stop())
        return stopped

    def _end(self, caller: Caller, version_id: str, state: str, allowed: tuple[str, ...]) -> VersionRow:

        def work(connection: Connection) -> VersionRow:
            row = find_version(connection, caller, version_id)
            if row.state not in allowed:
                state_now = Phrase(f"state.{row.state}")
                raise SojournError(f"journey_state.{state}", name=row.name, state=state_now)
            journey_queries.set_state(connection, row.id, state=state, closed_at=self._now())
            self._access.record(connection, caller, state, row.name)
            return self._view(connection, caller, version_id)

        return self._runner.write(work)

    @requires(MANAGE_JOURNEYS)
    def resume(self, caller: Caller, version_id: str, instance: str) -> None:
        """Let a person go on from the step that failed; nothing happens while the key is in any version."""
        with self._runner.read() as connection:
            row = find_version(connection, caller, version_id)
            known = journey_queries.has_instance(connection, row.id, instance)
        if not known:
            raise SojournError("instance_unknown")
        self._runner.command((int(instance),), Resume())
        self._runner.write(lambda connection: self._access.record(connection, caller, "resume", row.name))

    @requires(PUBLISH_JOURNEYS)
    def new_version(self, caller: Caller, name: str) -> VersionRow:
        """Create a draft that continues the newest version, which must not be a draft itself."""

        def work(connection: Connection) -> VersionRow:
            rows = journey_queries.version_rows(connection, caller.sandbox, name)
            if not rows:
                raise unknown_journey(name)
            if rows[-1].state in ("draft", "test"):
                raise SojournError("journey_state.draft", name=name)
            version = journey_queries.version_model(rows[-1])
            number = journey_queries.next_number(connection, rows[-1].journey_id)
            draft = version.model_copy(update={"version": number})
            created = journey_queries.create(connection, caller.sandbox, draft, caller.actor, self._now())
            return self._view(connection, caller, str(created))

        return self._runner.write(work)

    @requires(MANAGE_JOURNEYS)
    def duplicate(self, caller: Caller, version_id: str, name: str = "") -> VersionRow:
        """Copy a version to a new journey."""
        version = self.open(caller, version_id)
        if not name:
            taken = {row.name for row in self._rows(caller)}
            name = free_name(version.name, taken)
        return self._add(caller, version.model_copy(update={"name": name, "version": 1}))

    @requires(MANAGE_JOURNEYS)
    def delete(self, caller: Caller, version_id: str) -> None:
        """Delete a draft, or a finished or stopped version with its reporting."""

        def work(connection: Connection) -> None:
            row = find_version(connection, caller, version_id)
            if row.state not in _DELETABLE:
                raise SojournError("journey_state.delete", name=row.name, state=Phrase(f"state.{row.state}"))
            if len(journey_queries.version_rows(connection, caller.sandbox, row.name)) == 1:
                refuse_jumped(connection, caller.sandbox, row.name)
            journey_queries.remove(connection, row.id)
            self._access.record(connection, caller, "delete", row.name)

        self._runner.write(work)

    @requires(MANAGE_JOURNEYS)
    def import_file(
        self,
        caller: Caller,
        text: str,
        sets: Sequence[str] = (),
        publish: bool = False,
        differing: Differing = "refuse",
        as_new: bool = False,
    ) -> ImportResult:
        """Import a journey file: its definitions, and its journey as a new draft version; published if asked.

        With ``as_new`` a journey whose name is taken gets another name. ``sets`` are ``PATH=VALUE`` changes made
        first. Nothing is written when anything is refused.
        """
        if publish:
            self._access.require(caller, PUBLISH_JOURNEYS)
        return self._importer.import_file(caller, text, sets, publish, differing, as_new)

    @requires(READ_JOURNEYS)
    def export(self, caller: Caller, name: str, version: int | None = None) -> str:
        """Write a version (the newest by default) as a journey file with all that it uses, without secrets."""
        with self._runner.read() as connection:
            rows = journey_queries.version_rows(connection, caller.sandbox, name)
            if not rows:
                raise unknown_journey(name)
            chosen = [row for row in rows if version is None or row.version == version]
            if not chosen:
                raise SojournError("version_unknown", name=name, version=version)
            definitions = definitions_for(connection, chosen[-1])
        return journey_file.write(file_of(journey_queries.version_model(chosen[-1]), definitions))

    def _now(self) -> int:
        return self._runner.clock.now()

    def _rows(self, caller: Caller) -> tuple[VersionRow, ...]:
        with self._runner.read() as connection:
            rows = journey_queries.version_rows(connection, caller.sandbox)
            counts = report_queries.main_counts(connection, [row.id for row in rows])
        newest = {row.journey_id: row.id for row in rows}
        return tuple(version_view(row, newest[row.journey_id] == row.id, counts.get(row.id, {})) for row in rows)

    def _view(self, connection: Connection, caller: Caller, version_id: str) -> VersionRow:
        row = find_version(connection, caller, version_id)
        rows = journey_queries.version_rows(connection, caller.sandbox, row.name)
        counts = report_queries.main_counts(connection, [row.id])
        return version_view(row, rows[-1].id == row.id, counts.get(row.id, {}))
