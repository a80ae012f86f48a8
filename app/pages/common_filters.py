"""The filters that every list of saved objects has: mine, changed in the last 30 days, and between two dates."""

from __future__ import annotations

from typing import Protocol

from app.forms.time_format import now_ms
from app.lists.filters import FilterGroup
from app.translation import tr

RECENT_MS = 30 * 24 * 60 * 60 * 1000


class AuditedRow(Protocol):
    """What was made and changed by somebody at some time, in epoch milliseconds."""

    @property
    def created_by(self) -> str: ...

    @property
    def created_at(self) -> int: ...

    @property
    def changed_by(self) -> str: ...

    @property
    def changed_at(self) -> int: ...


def common_filters() -> FilterGroup:
    """The group of filters to offer."""
    return FilterGroup(tr("Changes"), {"mine": tr("Mine"), "recent": tr("Changed in the last 30 days")})


def common_tags(row: AuditedRow, user: str) -> frozenset[str]:
    """The tags of a row for the user who looks."""
    tags = {"mine"} if user in (row.created_by, row.changed_by) else set()
    return frozenset(tags | ({"recent"} if row.changed_at > now_ms() - RECENT_MS else set()))


def common_dates() -> dict[str, str]:
    """The dates to filter by."""
    return {"changed": tr("Changed"), "created": tr("Created")}


def dates_of(row: AuditedRow) -> dict[str, int]:
    """When a row was made and changed; what is built in was neither."""
    return {key: at for key, at in (("changed", row.changed_at), ("created", row.created_at)) if at}
