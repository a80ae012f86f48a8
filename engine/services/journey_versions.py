"""Versions of journeys in the store: found, shown, checked and published, in the transaction of the caller."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from engine.catalogue import Phrase
from engine.core.issues import Issue
from engine.core.validate import changed_invariant, validate
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.journey import JourneyVersion
from engine.services.definition_uses import complete, definitions_for, freeze
from engine.services.views import Caller, VersionRow
from engine.store import definition_queries, journey_queries, segment_queries, testmode_queries
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection, row_id

_KEPT_WHEN_PUBLISHED = {"name", "description"}
_TEXTS = {"label", "description"}


def version_view(row: StoredVersion, newest: bool, counts: Mapping[str, int]) -> VersionRow:
    """Describe a version for lists."""
    entered = counts.get("entered", 0)
    gone = counts.get("completed", 0) + counts.get("failed", 0) + counts.get("stopped", 0)
    return VersionRow(
        id=str(row.id),
        journey=str(row.journey_id),
        name=row.name,
        description=journey_queries.description(row),
        version=row.version,
        state=row.state,
        newest=newest,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        published_by=row.published_by,
        published_at=row.published_at,
        entered=entered,
        current=entered - gone,
        errors=counts.get("errors", 0),
        entry=journey_queries.entry_type(row),
        revision=row.revision,
    )


def find_version(connection: Connection, caller: Caller, version_id: str) -> StoredVersion:
    """Return the version's row; raises SojournError when there is none in the caller's sandbox."""
    row = journey_queries.version_row(connection, caller.sandbox, row_id(version_id))
    if row is None:
        raise SojournError("journey_unknown.version")
    return row


def unknown_journey(name: str) -> SojournError:
    """There is no such journey."""
    return SojournError("journey_unknown", name=name)


def refuse_taken_name(connection: Connection, sandbox: str, name: str) -> None:
    """Raise SojournError when a journey of that name exists."""
    if journey_queries.journey_id(connection, sandbox, name) is not None:
        raise SojournError("name_taken.journey", name=name)


def free_name(name: str, taken: set[str]) -> str:
    """``name`` with the smallest number behind it that is free."""
    base = re.sub(r" \(\d+\)$", "", name)
    number = 2
    while f"{base} ({number})" in taken:
        number += 1
    return f"{base} ({number})"


def issues_of(connection: Connection, caller: Caller, row: StoredVersion) -> tuple[Issue, ...]:
    """Return the issues of a version, by the definitions that hold for it."""
    version = journey_queries.version_model(row)
    definitions = complete(definitions_for(connection, row))
    others = other_journeys(connection, caller.sandbox, version.name)
    computed = segment_queries.computed_segments(connection, caller.sandbox)
    return validate(version, definitions, journeys=others, computed_segments=computed)


def other_journeys(connection: Connection, sandbox: str, name: str) -> tuple[JourneyVersion, ...]:
    """Return the newest version of every other journey of the sandbox."""
    newest = {row.journey_id: row for row in journey_queries.version_rows(connection, sandbox)}
    return tuple(journey_queries.version_model(row) for row in newest.values() if row.name != name)


def refuse_errors(
    connection: Connection, caller: Caller, version: JourneyVersion, *, for_test: bool = False, live: int = 0
) -> None:
    """Raise SojournError with the first error of a journey that is to run; ``live`` is how many others do."""
    definitions = complete(definition_queries.load(connection, caller.sandbox))
    others = other_journeys(connection, caller.sandbox, version.name)
    issues = validate(version, definitions, journeys=others, for_test=for_test, live_journeys=live)
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        where = f"{version.name}: {errors[0].activity}" if errors[0].activity else version.name
        first, more = errors[0], len(errors) - 1
        key = "journey_has_errors.more" if more else "journey_has_errors"
        raise SojournError(key, where, issue=first.phrase, code=first.code, **({"count": more} if more else {}))


def publish(connection: Connection, caller: Caller, row: StoredVersion, now: int) -> None:
    """Make a draft live, in the transaction of the caller; a missing start is set."""
    if row.state not in ("draft", "test"):
        raise SojournError("journey_state.publish", name=row.name, state=Phrase(f"state.{row.state}"))
    version = journey_queries.version_model(row)
    rows = journey_queries.version_rows(connection, caller.sandbox)
    live = [other for other in rows if other.state == "live"]
    others_live = len({other.journey_id for other in live} - {row.journey_id})
    refuse_errors(connection, caller, version, live=others_live)
    before = [other for other in rows if other.journey_id == row.journey_id and other.id < row.id]
    if before:
        _check_same_rules(journey_queries.version_model(before[-1]), version)
    if version.properties.starts_at is None:
        start = datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        properties = version.properties.model_copy(update={"starts_at": start})
        dated = version.model_copy(update={"properties": properties})
        journey_queries.change(connection, row.id, dated, caller.actor, now)
    if row.state == "test":
        testmode_queries.end_test(connection, row.id)
    for other in live:
        if other.journey_id == row.journey_id:
            journey_queries.set_state(connection, other.id, state="closed", closed_at=now)
    frozen = freeze(connection, caller.sandbox, version)
    published = {"state": "live", "frozen": frozen, "published_by": caller.actor, "published_at": now}
    journey_queries.set_state(connection, row.id, **published)


def _check_same_rules(before: JourneyVersion, version: JourneyVersion) -> None:
    what = changed_invariant(before, version)
    if what is not None:
        raise SojournError("version_differs", part=Phrase(f"rule.{what}"), name=version.name)


def check_only_texts(before: JourneyVersion, after: JourneyVersion) -> None:
    """Raise SojournError when more than names, labels and descriptions of a published version changes."""
    if _without_texts(before) != _without_texts(after):
        raise SojournError("journey_read_only", name=before.name)


def _without_texts(version: JourneyVersion) -> JsonDict:
    shown = version.model_dump(mode="json", exclude={*_KEPT_WHEN_PUBLISHED, "notes", "groups"})
    for activity in shown["activities"]:
        for text in (*_TEXTS, "position"):
            activity.pop(text, None)
        for path in activity.get("paths", ()):
            path.pop("label", None)
    return shown
