"""Regular expressions in linear time (RE2), and the replacement texts with ``$1``.

A pattern without special characters is searched for as plain text, which is much faster. Time is paid for by the size
of the compiled pattern, since the slowest of RE2's ways takes that many operations for each character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import re2

from engine.expression.context import Context
from engine.expression.errors import UnplacedError

MAX_PATTERN = 2_000
_MAX_MEMORY = 512 << 10
_MATCH_STEPS = 20
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_PLAIN = re.compile(r"(?:[^\\.+*?()|\[\]{}^$]|\\[^A-Za-z0-9])*", re.DOTALL)
_UNESCAPE = re.compile(r"\\(.)", re.DOTALL)
_REPLACEMENT = re.compile(r"\$([0-9$])")


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of the text and its groups; a group that took no part is an empty text."""

    start: int
    end: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. ``plain`` is the text it stands for when it is nothing else."""

    regexp: re2._Regexp
    plain: str | None
    weight: int

    def pay(self, context: Context, text: str) -> None:
        """Pay for one pass over a text."""
        context.spend((len(text) >> 6) if self.plain else 12 + (len(text) * self.weight >> 6))

    def pay_compilation(self, context: Context) -> None:
        """Pay for a pattern that is no literal; whether it was compiled before makes no difference."""
        context.spend(130 + self.weight)

    def matches_whole(self, context: Context, text: str) -> bool:
        """Whether the whole text matches."""
        self.pay(context, text)
        return self.regexp.fullmatch(_encoded(text)) is not None

    def find(self, context: Context, text: str) -> Iterator[Match]:
        """All matches from left to right; each is paid for, with the text it is taken from."""
        self.pay(context, text)
        if self.plain:
            yield from self._find_plain(context, text, self.plain)
            return
        last = (-1, -1)
        subject = _encoded(text)
        for found in self.regexp.finditer(subject if text.isascii() else text):
            context.spend(_MATCH_STEPS)
            if found.span() != last:
                last = found.span()
                groups = found.groups(default=subject[:0]) if self.regexp.groups else ()
                yield Match(last[0], last[1], (text[last[0] : last[1]], *(_text(group) for group in groups)))

    def _find_plain(self, context: Context, text: str, plain: str) -> Iterator[Match]:
        at = text.find(plain)
        while at >= 0:
            context.spend(1)
            yield Match(at, at + len(plain), (plain,))
            at = text.find(plain, at + len(plain))


def _encoded(text: str) -> bytes:
    """The text as RE2 reads it. Raises ``UnplacedError`` for half characters."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        message = "The text holds half a character, so no pattern can be applied to it."
        raise UnplacedError("bad_value", message) from None


def _text(group: bytes | str) -> str:
    return group if isinstance(group, str) else group.decode("utf-8")


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> Pattern:
    """A compiled pattern. Raises ``UnplacedError`` (``bad_value``) with the reason for one that is no RE2 pattern."""
    if len(text) > MAX_PATTERN:
        raise UnplacedError(
            "bad_value", f"A pattern has at most {MAX_PATTERN:,} characters; this one has {len(text):,}."
        )
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        regexp = re2.compile(_encoded(text), options)
    except re2.error as error:
        message = f"The pattern is not valid: {_reason(error)}."
        raise UnplacedError("bad_value", message, "The pattern is no regular expression in RE2 syntax.") from None
    plain = _UNESCAPE.sub(r"\1", text) if _PLAIN.fullmatch(text) else None
    return Pattern(regexp, plain, regexp.programsize)


def _reason(error: Exception) -> str:
    """RE2's own words, which come as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def expand(replacement: str, match: Match) -> str:
    """The replacement with its ``$0`` … ``$9`` and ``$$`` filled in. Raises ``UnplacedError`` for an unknown group."""
    if "$" not in replacement:
        return replacement

    def fill(found: re.Match[str]) -> str:
        mark = found.group(1)
        if mark == "$":
            return "$"
        if int(mark) >= len(match.groups):
            raise UnplacedError(
                "bad_value",
                f"The replacement uses ${mark}, but the pattern has {len(match.groups) - 1} groups; $$ is a dollar.",
            )
        return match.groups[int(mark)]

    return _REPLACEMENT.sub(fill, replacement)
