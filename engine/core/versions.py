"""Properties that all versions of a journey share (product.md, Versions and states)."""

from __future__ import annotations

from engine.model.journey import JourneyVersion


def changed_invariant(before: JourneyVersion, after: JourneyVersion) -> str | None:
    """Name the rule that a later version changes: ``entry``, ``namespace``, ``reentrance``; None if it changes none."""
    rules = (
        ("entry", _entry_kind(before), _entry_kind(after)),
        ("namespace", before.namespace, after.namespace),
        ("reentrance", before.properties.reentrance, after.properties.reentrance),
    )
    return next((what for what, old, new in rules if old != new), None)


def _entry_kind(version: JourneyVersion) -> tuple[str, str | None]:
    entry = next(activity for activity in version.activities if activity.id not in version.incoming)
    return entry.type, vars(entry).get("segment")
