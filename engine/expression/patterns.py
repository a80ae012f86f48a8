"""Regular expressions in linear time (RE2), and the replacement texts with ``$1``.

A pattern without special characters is searched for as plain text. Any other is paid for, beyond what reading the text
costs, where its slowest way takes longer: a larger pattern for each character, a match for what RE2's Python binding
takes, and a search that may read all that is left (see ``reads_far``) for reading it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from re2 import _re2

from engine.expression.context import StepBudget, check_length
from engine.expression.errors import UnplacedError, phrase

MAX_PATTERN = 2_000
_MAX_MEMORY = 512 << 10
_SMALL = 10
_WHOLE_STEPS, _MATCH_STEPS, _GROUPS_STEPS = 1, 4, 8
_PLAIN = re.compile(r"(?:[^\\.+*?()|\[\]{}^$]|\\[^A-Za-z0-9])*", re.DOTALL)
_UNESCAPE = re.compile(r"\\(.)", re.DOTALL)
_REPLACEMENT = re.compile(r"\$([0-9$])")
_ANYWHERE, _WHOLE = _re2.RE2.Anchor.UNANCHORED, _re2.RE2.Anchor.ANCHOR_BOTH


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
    """Whether a search for a pattern, which RE2 takes, may read far beyond the match; True when in doubt.

    Finding all matches reads a text once when each search reads little more than its match. This holds when nothing
    repeats without bound, and when the pattern is a row of single characters, each repeated or not, that must match one
    after the other: the text that one search reads beyond its match then ends before the next match does, or else the
    first match would have been longer. For ``a.*b|a`` it does not hold: on a text of a's each search
    reads all the rest.
    """
    kinds = [found.lastgroup or "" for found in _TOKEN.finditer(pattern)]
    if "endless" not in kinds:
        return False
    short = {"endless": "*", "repeat": "?", "flags": "", "opener": "o", "closer": "c", "either": "e", "quoting": "q"}
    form = _SINGLES.sub("s", "".join(short.get(kind, "s") for kind in kinds))
    return any(part in form for part in ("e", "q", "c?", "c*"))


Spans = list[tuple[int, int]]


def _options(capture: bool) -> _re2.RE2.Options:
    options = _re2.RE2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.never_capture = not capture
    return options


_WITH_GROUPS, _WITHOUT_GROUPS = _options(True), _options(False)


class Pattern:
    """A compiled pattern.

    ``plain`` is the text it stands for when it is nothing else; ``price`` the steps to compile it,
    when it is no literal.
    """

    __slots__ = ("_encoded", "_far", "_grouping", "_match", "_rate", "_rate_of_groups", "plain", "price")

    def __init__(self, text: str) -> None:
        """Compile. Raises ``UnplacedError`` (``bad_value``) with the reason for a text that is no RE2 pattern."""
        self._encoded = encode(text)
        regexp = _re2.RE2(self._encoded, _WITHOUT_GROUPS)
        if not regexp.ok():
            fault = phrase("pattern.invalid", reason=regexp.error().decode("utf-8", "replace"))
            raise UnplacedError("bad_value", fault, phrase("pattern.syntax"))
        weight: int = regexp.ProgramSize()
        self.plain = _UNESCAPE.sub(r"\1", text) if _PLAIN.fullmatch(text) else None
        self.price = 40 + weight + (weight >> 1)
        self._match = regexp.Match
        self._rate = min(weight, 1 + 2 * max(weight - _SMALL, 0))
        self._rate_of_groups = max(self._rate, weight + (weight >> 1))
        self._far = reads_far(text)
        self._grouping: _re2.RE2 | None = None

    def matches_whole(self, budget: StepBudget, text: str) -> bool:
        """Whether the whole text matches."""
        budget.spend(_WHOLE_STEPS)
        budget.spend(len(text) * self._rate >> 6)
        subject = encode(text)
        return bool(self._match(_WHOLE, subject, 0, len(subject))[0][0] >= 0)

    def find(self, budget: StepBudget, subject: bytes, groups: bool = False) -> Iterator[Spans]:
        """All matches from left to right: where they and, if wished, their groups start and end, or -1."""
        match, rate, steps = self._match, self._rate, _MATCH_STEPS
        if groups:
            match, rate, steps = self._with_groups().Match, self._rate_of_groups, _GROUPS_STEPS
        start, size = 0, len(subject)
        if not self._far:
            budget.spend(size * rate >> 6)
        while start <= size:
            if self._far:
                budget.spend((size - start) * rate >> 6)
            budget.spend(steps)
            spans: Spans = match(_ANYWHERE, subject, start, size)
            begin, end = spans[0]
            if begin < 0:
                return
            yield spans
            start = end if end > begin else _after(subject, end)

    def groups(self) -> int:
        """How many groups it has."""
        return int(self._with_groups().NumberOfCapturingGroups())

    def _with_groups(self) -> _re2.RE2:
        if self._grouping is None:
            self._grouping = _re2.RE2(self._encoded, _WITH_GROUPS)
        return self._grouping


def _after(subject: bytes, at: int) -> int:
    """Where the character after the one at a place begins."""
    at += 1
    while at < len(subject) and subject[at] & 0xC0 == 0x80:
        at += 1
    return at


def encode(text: str) -> bytes:
    """Encode a text as RE2 reads it. Raises ``UnplacedError`` for half characters."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnplacedError("bad_value", phrase("pattern.half_character")) from None


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """Compile a pattern. Raises ``UnplacedError`` (``bad_value``) with the reason for one that is no RE2 pattern."""
    if len(text) > MAX_PATTERN:
        fault = phrase("pattern.too_long", most=f"{MAX_PATTERN:,}", size=f"{len(text):,}")
        raise UnplacedError("bad_value", fault)
    return Pattern(text)


def is_pattern(text: str) -> bool:
    """Whether the text can be compiled."""
    try:
        compile_pattern(text)
    except UnplacedError:
        return False
    return True


class Replacement:
    """What matches are replaced by: pieces of text with the numbers of groups between them."""

    __slots__ = ("_parts", "constant", "groups")

    def __init__(self, text: str, pattern: Pattern) -> None:
        """Read the replacement. Raises ``UnplacedError`` for a group that the pattern does not have."""
        parts = _REPLACEMENT.split(text)
        self._parts: list[bytes | int] = []
        for at, part in enumerate(parts):
            self._parts.append(int(part) if at % 2 and part != "$" else encode(part))
        numbers = [part for part in self._parts if isinstance(part, int)]
        self.groups = any(numbers)
        self.constant = None if numbers else b"".join(part for part in self._parts if isinstance(part, bytes))
        if self.groups and max(numbers) > pattern.groups():
            fault = phrase("pattern.group", number=max(numbers), groups=pattern.groups())
            raise UnplacedError("bad_value", fault)

    def fill(self, subject: bytes, spans: Spans) -> bytes:
        """Write the text for one match; a group that took no part is empty. Raises ``UnplacedError`` (``limit``)."""
        if self.constant is not None:
            return self.constant
        check_length(sum(len(part) if isinstance(part, bytes) else _size(spans[part]) for part in self._parts))
        parts = [part if isinstance(part, bytes) else _taken(subject, spans[part]) for part in self._parts]
        return b"".join(parts)


def _size(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def _taken(subject: bytes, span: tuple[int, int]) -> bytes:
    """Return the text of a group; nothing when it took no part."""
    start, end = span
    return subject[max(start, 0) : max(end, 0)]
