"""Filters shared by all lists: created by me, changed in the last 30 days, dates."""

from __future__ import annotations

from typing import Protocol

from app.forms.time_format import now_ms
from app.lists.filters import FilterGroup
from app.translation import tr

RECENT_MS = 30 * 24 * 60 * 60 * 1000


class AuditedRow(Protocol):
    """A row with creation and change, by user and time (epoch milliseconds)."""

    @property
    def created_by(self) -> str: ...

    @property
    def created_at(self) -> int: ...

    @property
    def changed_by(self) -> str: ...

    @property
    def changed_at(self) -> int: ...


def common_filters() -> FilterGroup:
    """Return the filter group."""
    return FilterGroup(tr("Changes"), {"mine": tr("Mine"), "recent": tr("Changed in the last 30 days")})


def common_tags(row: AuditedRow, user: str) -> frozenset[str]:
    """Return the filter tags of a row for the current user."""
    tags = {"mine"} if user in (row.created_by, row.changed_by) else set()
    return frozenset(tags | ({"recent"} if row.changed_at > now_ms() - RECENT_MS else set()))


def common_dates() -> dict[str, str]:
    """Return the date filters."""
    return {"changed": tr("Changed"), "created": tr("Created")}


def dates_of(row: AuditedRow) -> dict[str, int]:
    """Return when a row was created and changed; nothing for built-in rows."""
    return {key: at for key, at in (("changed", row.changed_at), ("created", row.created_at)) if at}
