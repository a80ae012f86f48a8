"""What expressions read of a segment qualification that a person took: ``@{SegmentQualification.status}``."""

from __future__ import annotations

from typing import Any

from engine.core.stimulus import SegmentChanged
from engine.expression.dates import from_epoch_milliseconds, print_date_time


def payload_of(change: SegmentChanged) -> dict[str, Any]:
    """The change as an event's payload, of ``QUALIFICATION_TYPE``."""
    when = print_date_time(from_epoch_milliseconds(change.at))
    return {"status": change.change, "lastQualificationTime": when, "segment": change.segment}
