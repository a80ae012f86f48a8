"""Detect patterns whose search may read far beyond the match.

Finding all matches reads a text once when each search reads little more than its match. So it is when nothing repeats
without bound, and when the pattern is a row of single characters, each repeated or not, that must match one after the
other: what one search reads beyond its match then ends before the next match does, or else the first match would have
been longer. ``a.*b|a`` is not like this: on a text of a's each search reads all that is left.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<endless>[*+]|\{[0-9]+,\})
    |(?P<repeat>\?|\{[0-9]+(?:,[0-9]+)?\})
    |(?P<flags>\(\?[imsU-]+\))
    |(?P<opener>\((?:\?(?:P?<[^>]*>|[imsU-]*:))?)
    |(?P<closer>\))
    |(?P<either>\|)
    |(?P<quoting>\\Q)
    |(?P<single>\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\]|\\[pPx]\{[^}]*\}|\\x[0-9a-fA-F]{2}|\\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_SINGLES = re.compile(r"o(s(es)*)c")


def reads_far(pattern: str) -> bool:
    """Whether it may; when in doubt it may. The pattern is one that RE2 takes."""
    kinds = [found.lastgroup or "" for found in _TOKEN.finditer(pattern)]
    if "endless" not in kinds:
        return False
    short = {"endless": "*", "repeat": "?", "flags": "", "opener": "o", "closer": "c", "either": "e", "quoting": "q"}
    form = _SINGLES.sub("s", "".join(short.get(kind, "s") for kind in kinds))
    return any(part in form for part in ("e", "q", "c?", "c*"))
