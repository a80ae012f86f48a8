"""Journeys and their versions: drafts, publication, closing, stopping (product.md, Versions and states)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.core.issues import Issue
from engine.core.stimulus import Resume, Stop
from engine.core.validate import validate
from engine.core.versions import changed_invariant
from engine.errors import SojournError
from engine.model.journey import JourneyVersion
from engine.ports import Connection, Runner
from engine.services.access import MANAGE_JOURNEYS, PUBLISH_JOURNEYS, READ_JOURNEYS, AccessService
from engine.services.definitions import complete
from engine.services.views import Caller, VersionRow
from engine.store import definition_rows, house_rows, journey_rows, report_rows, run_rows, segment_rows
from engine.store.rows import Row, row_id

_STOPPED_AT_ONCE = 2_000
_DELETABLE = ("draft", "finished", "stopped")
_KEPT_WHEN_PUBLISHED = {"name", "description"}
_TEXTS = {"label", "description"}


class JourneyService:
    """See the module."""

    def __init__(self, runner: Runner, access: AccessService) -> None:
        self._runner = runner
        self._access = access

    def list(self, caller: Caller) -> tuple[VersionRow, ...]:
        """The newest version of each journey, by name."""
        return tuple(row for row in self._rows(caller) if row.newest)

    def versions(self, caller: Caller, name: str) -> tuple[VersionRow, ...]:
        """All versions of a journey, the first one first."""
        return tuple(row for row in self._rows(caller) if row.name == name)

    def everything(self, caller: Caller) -> tuple[VersionRow, ...]:
        """All versions of all journeys, by name and number."""
        return self._rows(caller)

    def running(self, caller: Caller) -> int:
        """How many journeys of the whole workspace people are in or may enter: what rests when the engine ends."""
        self._access.require_any(caller)
        with self._runner.read() as connection:
            return len({row["journey_id"] for row in journey_rows.in_states(connection, ("live", "closed"))})

    def row(self, caller: Caller, version_id: str) -> VersionRow:
        """One version."""
        self._access.require(caller, READ_JOURNEYS)
        with self._runner.read() as connection:
            return self._view(connection, caller, version_id)

    def open(self, caller: Caller, version_id: str) -> JourneyVersion:
        """A version as designed."""
        self._access.require(caller, READ_JOURNEYS)
        with self._runner.read() as connection:
            return journey_rows.design(found(connection, caller, version_id))

    def create(self, caller: Caller, name: str, namespace: str | None = None) -> VersionRow:
        """A new, empty draft."""
        return self.add(caller, JourneyVersion(name=name, namespace=namespace))

    def add(self, caller: Caller, version: JourneyVersion) -> VersionRow:
        """A new journey with this version as its first draft."""
        self._access.require(caller, MANAGE_JOURNEYS)

        def work(connection: Connection) -> VersionRow:
            refuse_taken(connection, caller.sandbox, version.name)
            created = journey_rows.create(connection, caller.sandbox, version, caller.actor, self._now())
            return self._view(connection, caller, str(created))

        return self._runner.write(work)

    def save(self, caller: Caller, version_id: str, journey: JourneyVersion) -> VersionRow:
        """Store a draft; of a published version only names, labels and descriptions may change."""
        self._access.require(caller, MANAGE_JOURNEYS)

        def work(connection: Connection) -> VersionRow:
            row = found(connection, caller, version_id)
            before = journey_rows.design(row)
            if row["state"] == "test":
                raise SojournError("journey_in_test", "a journey in test mode cannot be edited; switch test mode off")
            if row["state"] != "draft":
                _check_only_texts(before, journey)
                self._access.record(connection, caller, "save_published", journey.name)
            if journey.name != before.name:
                refuse_taken(connection, caller.sandbox, journey.name)
            journey_rows.change(connection, row["id"], journey, caller.actor, self._now())
            return self._view(connection, caller, version_id)

        return self._runner.write(work)

    def validate(self, caller: Caller, version_id: str) -> tuple[Issue, ...]:
        """What is wrong with a version, worst for the whole journey first."""
        self._access.require(caller, READ_JOURNEYS)
        with self._runner.read() as connection:
            return _issues(connection, caller, journey_rows.design(found(connection, caller, version_id)))

    def publish(self, caller: Caller, version_id: str) -> VersionRow:
        """Let people in. The version before closes; its people go on to their end."""
        self._access.require(caller, PUBLISH_JOURNEYS)

        def work(connection: Connection) -> VersionRow:
            row = found(connection, caller, version_id)
            publish(connection, caller, row, self._now())
            self._access.record(connection, caller, "publish", row["name"])
            return self._view(connection, caller, version_id)

        return self._runner.write(work)

    def close(self, caller: Caller, version_id: str) -> VersionRow:
        """Close to new entrances; who is in goes on."""
        return self._end(caller, version_id, "closed", ("live",))

    def stop(self, caller: Caller, version_id: str) -> VersionRow:
        """Stop: everyone's journey ends at once; of a crowd, those beyond the first thousands within seconds."""
        stopped = self._end(caller, version_id, "stopped", ("live", "closed"))
        with self._runner.read() as connection:
            people = run_rows.running(connection, int(stopped.id), _STOPPED_AT_ONCE)
        self._runner.command(people, Stop())
        return stopped

    def _end(self, caller: Caller, version_id: str, state: str, allowed: tuple[str, ...]) -> VersionRow:
        self._access.require(caller, PUBLISH_JOURNEYS)

        def work(connection: Connection) -> VersionRow:
            row = found(connection, caller, version_id)
            if row["state"] not in allowed:
                raise SojournError(
                    "journey_state",
                    f"{row['name']} is {row['state']}; only a {' or '.join(allowed)} version can be {state}",
                )
            journey_rows.set_state(connection, row["id"], state=state, closed_at=self._now())
            self._access.record(connection, caller, state, row["name"])
            return self._view(connection, caller, version_id)

        return self._runner.write(work)

    def resume(self, caller: Caller, version_id: str, instance: str) -> None:
        """Let a person go on from the step that failed; nothing happens while the key is in any version."""
        self._access.require(caller, MANAGE_JOURNEYS)
        with self._runner.read() as connection:
            row = found(connection, caller, version_id)
            known = journey_rows.has_instance(connection, row["id"], instance)
        if not known:
            raise SojournError(
                "instance_unknown", "this person is not in that version any more; look at the list again"
            )
        self._runner.command((int(instance),), Resume())
        self._runner.write(lambda connection: self._access.record(connection, caller, "resume", row["name"]))

    def new_version(self, caller: Caller, name: str) -> VersionRow:
        """A draft that continues the newest version, which must not be a draft itself."""
        self._access.require(caller, PUBLISH_JOURNEYS)

        def work(connection: Connection) -> VersionRow:
            rows = journey_rows.version_rows(connection, caller.sandbox, name)
            if not rows:
                raise unknown(name)
            if rows[-1]["state"] in ("draft", "test"):
                raise SojournError("journey_state", f"{name} has a draft already; publish or delete it first")
            version = journey_rows.design(rows[-1])
            number = journey_rows.next_number(connection, rows[-1]["journey_id"])
            draft = version.model_copy(update={"version": number})
            created = journey_rows.create(connection, caller.sandbox, draft, caller.actor, self._now())
            return self._view(connection, caller, str(created))

        return self._runner.write(work)

    def duplicate(self, caller: Caller, version_id: str, name: str = "") -> VersionRow:
        """A new journey that begins as a copy."""
        version = self.open(caller, version_id)
        if not name:
            taken = {row.name for row in self._rows(caller)}
            name = free_name(version.name, taken)
        return self.add(caller, version.model_copy(update={"name": name, "version": 1}))

    def delete(self, caller: Caller, version_id: str) -> None:
        """Delete a draft, or a finished or stopped version with its reporting."""
        self._access.require(caller, MANAGE_JOURNEYS)

        def work(connection: Connection) -> None:
            row = found(connection, caller, version_id)
            if row["state"] not in _DELETABLE:
                raise SojournError(
                    "journey_state", f"{row['name']} is {row['state']}; stop or finish it before deleting it"
                )
            journey_rows.remove(connection, row["id"])
            self._access.record(connection, caller, "delete", row["name"])

        self._runner.write(work)

    def _now(self) -> int:
        return self._runner.clock.now()

    def _rows(self, caller: Caller) -> tuple[VersionRow, ...]:
        self._access.require(caller, READ_JOURNEYS)
        with self._runner.read() as connection:
            rows = journey_rows.version_rows(connection, caller.sandbox)
            counts = report_rows.main_counts(connection, [row["id"] for row in rows])
        newest = {row["journey_id"]: row["id"] for row in rows}
        return tuple(view(row, newest[row["journey_id"]] == row["id"], counts.get(row["id"], {})) for row in rows)

    def _view(self, connection: Connection, caller: Caller, version_id: str) -> VersionRow:
        row = found(connection, caller, version_id)
        rows = journey_rows.version_rows(connection, caller.sandbox, row["name"])
        counts = report_rows.main_counts(connection, [row["id"]])
        return view(row, rows[-1]["id"] == row["id"], counts.get(row["id"], {}))


def view(row: Row, newest: bool, counts: Mapping[str, int]) -> VersionRow:
    """A version as lists show it."""
    entered = counts.get("entered", 0)
    gone = counts.get("completed", 0) + counts.get("failed", 0) + counts.get("stopped", 0)
    return VersionRow(
        id=str(row["id"]),
        journey=str(row["journey_id"]),
        name=row["name"],
        description=journey_rows.description(row),
        version=row["version"],
        state=row["state"],
        newest=newest,
        created_by=row["created_by"],
        created_at=row["created_at"],
        changed_by=row["changed_by"],
        changed_at=row["changed_at"],
        published_by=row["published_by"],
        published_at=row["published_at"],
        entered=entered,
        current=entered - gone,
        errors=counts.get("errors", 0),
        entry=journey_rows.entry_type(row),
    )


def found(connection: Connection, caller: Caller, version_id: str) -> Row:
    """The version's row; raises SojournError when there is none in the caller's sandbox."""
    row = journey_rows.row(connection, caller.sandbox, row_id(version_id))
    if row is None:
        raise SojournError("journey_unknown", "this version is not there any more; look at the list of journeys again")
    return row


def unknown(name: str) -> SojournError:
    """There is no such journey."""
    return SojournError("journey_unknown", f"there is no journey called {name}; check the name")


def refuse_taken(connection: Connection, sandbox: str, name: str) -> None:
    """Raise SojournError when a journey of that name exists."""
    if journey_rows.journey_id(connection, sandbox, name) is not None:
        raise SojournError("name_taken", f"there is already a journey called {name}; choose another name")


def free_name(name: str, taken: set[str]) -> str:
    """``name`` with the smallest number behind it that is free."""
    base = re.sub(r" \(\d+\)$", "", name)
    number = 2
    while f"{base} ({number})" in taken:
        number += 1
    return f"{base} ({number})"


def _issues(connection: Connection, caller: Caller, version: JourneyVersion) -> tuple[Issue, ...]:
    definitions = complete(definition_rows.load(connection, caller.sandbox))
    others = other_journeys(connection, caller.sandbox, version.name)
    computed = segment_rows.computed(connection, caller.sandbox)
    return validate(version, definitions, journeys=others, computed_segments=computed)


def other_journeys(connection: Connection, sandbox: str, name: str) -> tuple[JourneyVersion, ...]:
    """The newest version of every other journey of the sandbox."""
    newest = {row["journey_id"]: row for row in journey_rows.version_rows(connection, sandbox)}
    return tuple(journey_rows.design(row) for row in newest.values() if row["name"] != name)


def refuse_errors(
    connection: Connection, caller: Caller, version: JourneyVersion, *, for_test: bool = False, live: int = 0
) -> None:
    """Raise SojournError with the first error of a journey that is to run; ``live`` is how many others do."""
    definitions = complete(definition_rows.load(connection, caller.sandbox))
    others = other_journeys(connection, caller.sandbox, version.name)
    issues = validate(version, definitions, journeys=others, for_test=for_test, live_journeys=live)
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        where = f"{version.name}: {errors[0].activity}" if errors[0].activity else version.name
        more = f" (and {len(errors) - 1} more errors)" if len(errors) > 1 else ""
        raise SojournError("journey_has_errors", f"{errors[0].message} ({errors[0].code}){more}", where)


def publish(connection: Connection, caller: Caller, row: Row, now: int) -> None:
    """Make a draft live, in the transaction of the caller; a missing start is set."""
    if row["state"] not in ("draft", "test"):
        raise SojournError("journey_state", f"{row['name']} is {row['state']}; only a draft can be published")
    version = journey_rows.design(row)
    rows = journey_rows.version_rows(connection, caller.sandbox)
    live = [other for other in rows if other["state"] == "live"]
    others_live = len({other["journey_id"] for other in live} - {row["journey_id"]})
    refuse_errors(connection, caller, version, live=others_live)
    before = [other for other in rows if other["journey_id"] == row["journey_id"] and other["id"] < row["id"]]
    if before:
        _check_same_rules(journey_rows.design(before[-1]), version)
    if version.properties.starts_at is None:
        start = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        properties = version.properties.model_copy(update={"starts_at": start})
        dated = version.model_copy(update={"properties": properties})
        journey_rows.change(connection, row["id"], dated, caller.actor, now)
    if row["state"] == "test":
        house_rows.end_test(connection, row["id"])
    for other in live:
        if other["journey_id"] == row["journey_id"]:
            journey_rows.set_state(connection, other["id"], state="closed", closed_at=now)
    published = {"state": "live", "published_by": caller.actor, "published_at": now}
    journey_rows.set_state(connection, row["id"], **published)


def _check_same_rules(before: JourneyVersion, version: JourneyVersion) -> None:
    what = changed_invariant(before, version)
    if what is not None:
        raise SojournError(
            "version_differs",
            f"the {what} of {version.name} stays the same in all versions; duplicate the journey instead",
        )


def _check_only_texts(before: JourneyVersion, after: JourneyVersion) -> None:
    if _without_texts(before) != _without_texts(after):
        raise SojournError(
            "journey_read_only",
            f"{before.name} is published and read-only, but for names, labels and descriptions; make a new version",
        )


def _without_texts(version: JourneyVersion) -> dict[str, Any]:
    shown: dict[str, Any] = version.model_dump(mode="json", exclude={*_KEPT_WHEN_PUBLISHED, "notes", "groups"})
    for activity in shown["activities"]:
        for text in (*_TEXTS, "position"):
            activity.pop(text, None)
        for path in activity.get("paths", ()):
            path.pop("label", None)
    return shown
