"""Times as commands read and show them."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.errors import WrongUseError


def read_time(text: str) -> int | None:
    """Convert a time of the command line to epoch milliseconds; UTC unless it has an offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUseError("time_malformed", text=text) from None
    return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def shown_time(at: int) -> str:
    """Epoch milliseconds as a time in UTC, to the second."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
