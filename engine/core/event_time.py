"""Times that senders give: ISO 8601 in its spellings, RFC 2822, epoch numbers (product.md, Profiles and segments).

A time that cannot be read is the time of acceptance, and so is one in the future. Times before 1973 are those of clocks
that were never set; as epochs they cannot be told from dates without separators.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from engine.core.calendar import EPOCH, MILLISECOND, find_zone, to_instant
from engine.json_types import JsonObject

TIMESTAMP = "timestamp"

_EARLIEST = 100_000_000_000
"""The least epoch in milliseconds; times ten to the third below in seconds, above in micro- and nanoseconds."""
_LATEST = 100_000_000_000_000
_UNITS = (1_000.0, 1.0, 0.001, 0.000_001)
_NUMBER = re.compile(r"[+-]?[0-9]{1,24}(?:[.,][0-9]*)?(?:[eE][+]?[0-9]{1,2})?")
_COMPACT = re.compile(r"((?:19|20)[0-9]{6})([0-9]{4}|[0-9]{6})")
_REGION = re.compile(r"\s*(?:\[([^\]]*)\]|\(([^)]*)\))$")
_UTC_NAME = re.compile(r"\s*(?:UTC|GMT|[zZ])$")
_OFFSET_NAME = re.compile(r"\s*(?:UTC|GMT)(?=[+-])|\s+(?=[+-][0-9]{2}(?::?[0-9]{2})?$)")
_SLASHES = re.compile(r"([0-9]{4})[/.]([0-9]{2})[/.]([0-9]{2})")
_LEAP_SECOND = re.compile(r"(?<=:[0-5][0-9]:)60")


def read_instant(value: object) -> int | None:
    """Return the instant that a sender wrote, UTC where no offset is given; None for anything else."""
    if isinstance(value, str):
        found = _read_text(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _read_epoch(value)
    else:
        return None
    return found if found is not None and found >= _EARLIEST else None


def instant_or(value: object, accepted: int) -> int:
    """Return the instant that a sender wrote, not later than the acceptance; that of acceptance for anything else."""
    found = read_instant(value)
    return accepted if found is None else min(found, accepted)


def timed_event(event: JsonObject, accepted: int) -> tuple[int, JsonObject]:
    """Return when an experience event happened, and the event with that time as a dateTime under ``timestamp``."""
    written = event.get(TIMESTAMP)
    at = instant_or(written, accepted)
    if isinstance(written, str) and _is_date_time(written, at):
        return at, event
    text = (EPOCH + at * MILLISECOND).isoformat(timespec="milliseconds")
    return at, {**event, TIMESTAMP: text}


def timed_events(events: tuple[JsonObject, ...], accepted: int) -> tuple[JsonObject, ...]:
    """Return experience events as they are stored, each with a readable time."""
    return tuple(timed_event(event, accepted)[1] for event in events)


def _is_date_time(text: str, at: int) -> bool:
    """Whether a text is that instant in the usual form, with an offset; a date alone is its first moment."""
    if len(text) == len("2026-03-09"):
        return text[4] == text[7] == "-" and read_instant(text) == at
    if len(text) < len("2026-03-09T08:00Z") or text[10] != "T" or text[13] != ":" or text[4] != "-":
        return False
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and (text[-1] == "Z" or text[-3] == ":") and to_instant(moment, "UTC") == at


def _read_epoch(value: float) -> int | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    if not math.isfinite(number):
        return None
    for unit in _UNITS:
        if _EARLIEST <= number * unit < _LATEST:
            return value * int(unit) if isinstance(value, int) and unit >= 1 else round(number * unit)
    return None


def _read_text(text: str) -> int | None:
    compact = _COMPACT.fullmatch(text)
    if compact is not None and (found := _read_iso(f"{compact[1]}T{compact[2]}")) is not None:
        return found
    if _NUMBER.fullmatch(text):
        number = text.replace(",", ".")
        found = _read_epoch(int(number) if number.lstrip("+-").isdigit() else float(number))
        if found is not None:
            return found
    region = _REGION.search(text)
    zone = "UTC" if region is None else region[1] or region[2] or "UTC"
    return _read_iso(_usual_form(text), zone) or _read_mail_date(text)


def _usual_form(text: str) -> str:
    form = _UTC_NAME.sub("Z", _REGION.sub("", text))
    return _LEAP_SECOND.sub("59", _SLASHES.sub(r"\1-\2-\3", _OFFSET_NAME.sub("", form)))


def _read_iso(text: str, zone: str = "UTC") -> int | None:
    """Read a time; without an offset it is that of the zone, and none if the zone is not known."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None and find_zone(zone) is None else to_instant(moment, zone)
    except (ValueError, OverflowError):
        return None


def _read_mail_date(text: str) -> int | None:
    """Read the dates of mails and of HTTP; those of JavaScript name the offset after ``GMT``."""
    try:
        moment = parsedate_to_datetime(re.sub(r"GMT(?=[+-])", "", text))
        return to_instant(moment, "UTC")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
