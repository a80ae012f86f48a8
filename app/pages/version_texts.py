"""Texts about the versions of a journey: their names, and the effects of actions on the other versions."""

from __future__ import annotations

from collections.abc import Sequence

from app.forms.time_format import short_time
from app.panels.journey_header import STATES, VersionEntry
from app.panels.ranking_rows import grouped
from app.translation import tr, tr_n
from engine.services.views import VersionRow

DELETABLE = ("draft", "finished", "stopped")


def tab_name(name: str, version: int, alone: bool) -> str:
    """Return the text of a version's tab; ``alone``: it is the first version, and no other one is open."""
    return name if alone and version == 1 else tr("{name} v{number}", name=name, number=version)


def full_name(row: VersionRow, versions: Sequence[VersionRow]) -> str:
    """Return a version's name; with its number if the journey has several ``versions``."""
    if len(versions) < 2:
        return row.name
    return tr("{name}, version {number}", name=row.name, number=row.version)


def version_entries(versions: Sequence[VersionRow]) -> list[VersionEntry]:
    """Return the entries of the header's menu of versions."""
    return [VersionEntry(row.id, row.version, _line(row)) for row in versions]


def _line(row: VersionRow) -> str:
    """Return a version's number, state and the number of people in it."""
    parts = [tr("Version {number}", number=row.version), tr(STATES[row.state][0])]
    if row.current:
        parts.append(tr_n("1 person inside", "{count} people inside", row.current))
    return " · ".join(parts)


def state_line(row: VersionRow, zone: str, saving: bool) -> str:
    """Return when a version was published or saved."""
    if row.published_at is not None:
        when = short_time(row.published_at, zone)
        return tr("published {when} by {who}", when=when, who=row.published_by or "")
    if saving:
        return tr("saving…")
    return tr("saved {when}", when=short_time(row.changed_at, zone))


def deletion_details(row: VersionRow, versions: Sequence[VersionRow]) -> str:
    """Return what the deletion of a version deletes and leaves."""
    others = [other for other in versions if other.id != row.id]
    if not others:
        return tr("Its design and its figures are deleted. This cannot be undone.")
    return tr(
        "Only this version is deleted, with its design and its figures ({count} entrances). These versions remain: "
        "{versions}. This cannot be undone.",
        count=grouped(row.entered),
        versions=", ".join(f"{other.version} ({tr(STATES[other.state][0])})" for other in others),
    )


def publication_details(row: VersionRow, versions: Sequence[VersionRow]) -> str:
    """Return the effects of a publication, also on the version that is live now."""
    details = tr("It runs for every person whose event arrives and can no longer be edited.")
    before = next((other for other in versions if other.state == "live" and other.id != row.id), None)
    if before is None:
        return details
    if not before.current:
        closed = tr("Version {number} is closed to new entrances.", number=before.version)
        return f"{details}\n{closed}"
    closed = tr_n(
        "Version {number} is closed to new entrances; the person in it continues in that version to the end.",
        "Version {number} is closed to new entrances; the {count} people in it continue in that version to the end.",
        before.current,
        number=before.version,
    )
    return f"{details}\n{closed}"


def stop_details(row: VersionRow) -> str:
    """Return the effects of stopping a version."""
    if not row.current:
        return tr("This cannot be undone.")
    return tr_n(
        "The person in it leaves at once. This cannot be undone.",
        "The {count} people in it leave at once. This cannot be undone.",
        row.current,
    )
