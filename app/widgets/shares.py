"""Shares of a split in per cent, with one decimal: whatever is changed, together they stay 100."""

from __future__ import annotations

from collections.abc import Sequence

WHOLE = 1000
"""A hundred per cent, in tenths."""


def rebalanced(shares: Sequence[float], index: int, share: float) -> tuple[float, ...]:
    """Return the shares with the one at ``index`` changed; the others keep their proportions and fill up to 100."""
    if len(shares) == 1:
        return (100.0,)
    mine = min(max(round(share * 10), 0), WHOLE)
    others = _spread([one for place, one in enumerate(shares) if place != index], WHOLE - mine)
    return _in_per_cent([*others[:index], mine, *others[index:]])


def with_one_more(shares: Sequence[float]) -> tuple[float, ...]:
    """One share more at the end, as large as an even split would make it."""
    mine = WHOLE // (len(shares) + 1)
    return _in_per_cent([*_spread(shares, WHOLE - mine), mine] if shares else [WHOLE])


def without(shares: Sequence[float], index: int) -> tuple[float, ...]:
    """Return the share at ``index`` gone; the others fill up to 100."""
    kept = [one for place, one in enumerate(shares) if place != index]
    return _in_per_cent(_spread(kept, WHOLE)) if kept else ()


def divided(shares: Sequence[float], divider: int, at: float) -> tuple[float, ...]:
    """Return the border between the shares ``divider`` and ``divider + 1`` moved to ``at`` per cent from the left."""
    tenths = [round(one * 10) for one in shares]
    left = sum(tenths[:divider])
    right = left + tenths[divider] + tenths[divider + 1]
    border = min(max(round(at * 10), left), right)
    tenths[divider], tenths[divider + 1] = border - left, right - border
    return _in_per_cent(tenths)


def _spread(shares: Sequence[float], tenths: int) -> list[int]:
    """So many tenths in the proportions of ``shares``, evenly when all are zero; what is left goes to the largest."""
    total = sum(shares)
    parts = [one / total if total else 1 / len(shares) for one in shares]
    spread = [int(tenths * part) for part in parts]
    losses = sorted(range(len(parts)), key=lambda place: spread[place] - tenths * parts[place])
    for place in losses[: tenths - sum(spread)]:
        spread[place] += 1
    return spread


def _in_per_cent(tenths: Sequence[int]) -> tuple[float, ...]:
    return tuple(one / 10 for one in tenths)
