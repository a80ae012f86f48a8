"""Functions with patterns: matching, replacing, splitting. A plain pattern is searched for as a text.

Python's own search is quadratic for parts of middling length in texts of middling length, and linear beyond. Such a
text is made longer by a character that the part does not hold, so that nothing more is found, but at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.expression.context import Context, check_items, check_length, check_text
from engine.expression.functions.signatures import Argument, Prepared, Run
from engine.expression.patterns import Pattern, Replacement, compile_pattern, encode, is_pattern
from engine.expression.types import STRING

_GROUP = re.compile(r"\$[1-9]")
_FEW_OPERATIONS = 30_000
_SHORT_PART, _LONG_PART = 24, 100
_FOR_SHORT_PARTS, _FOR_LONG_PARTS = 32_600, 5_000

PATTERN = Argument("pattern", STRING, verify=compile_pattern)


def with_pattern(run: Callable[..., object], prepared: Prepared) -> Run:
    """Compile a literal pattern once; another one is paid for when an evaluation first uses it."""
    literal = prepared.literals.get(1)
    known = compile_pattern(literal) if isinstance(literal, str) and is_pattern(literal) else None
    if known is not None:
        return lambda context, text, _pattern, *rest: run(context, text, known, *rest)

    def compile_then_run(context: Context, text: str, pattern: str, *rest: object) -> object:
        compiled = context.patterns.get(pattern)
        if not isinstance(compiled, Pattern):
            compiled = context.patterns[pattern] = compile_pattern(pattern)
            context.spend(compiled.price)
        return run(context, text, compiled, *rest)

    return compile_then_run


def match_whole(context: Context, text: str, pattern: Pattern) -> bool:
    return pattern.matches_whole(context, text)


def _replace(context: Context, text: str, pattern: Pattern, by: str, count: int) -> str:
    """Replace the first matches, all of them when ``count`` is negative."""
    if pattern.plain is not None and "$" not in by:
        return _replace_plain(context, text, pattern.plain, by, count)
    subject, kept = encode(text), 0
    parts: list[bytes] = []
    replacement: Replacement | None = None
    size = len(subject)
    for spans in pattern.find(context, subject, _GROUP.search(by) is not None):
        replacement = replacement or Replacement(by, pattern)
        filled = replacement.fill(subject, spans)
        start, end = spans[0]
        size += len(filled) - (end - start)
        context.spend(len(filled) >> 6)
        check_length(size - (len(subject) - end))
        parts += (subject[kept:start], filled)
        kept = end
        count -= 1
        if count == 0:
            break
    check_length(size)
    parts.append(subject[kept:])
    return b"".join(parts).decode("utf-8")


def _replace_plain(context: Context, text: str, plain: str, by: str, count: int) -> str:
    context.read(text)
    found = occurrences(text, plain)
    grown = len(text) + (found if count < 0 else min(found, count)) * (len(by) - len(plain))
    check_length(grown)
    context.spend(max(grown - len(text), 0) >> 6)
    return check_text(replaced(text, plain, by, count))


def replace_first(context: Context, text: str, pattern: Pattern, replacement: str) -> str:
    return _replace(context, text, pattern, replacement, 1)


def replace_all(context: Context, text: str, pattern: Pattern, replacement: str) -> str:
    return _replace(context, text, pattern, replacement, -1)


def split(context: Context, text: str, pattern: Pattern) -> list[str]:
    """Return the texts between matches; an empty match at the very start separates nothing."""
    if pattern.plain is not None:
        context.read(text)
        return _split_plain(text, pattern.plain)
    subject, kept = encode(text), 0
    parts: list[str] = []
    for (start, end), *_ in pattern.find(context, subject):
        if end > 0:
            parts.append(subject[kept:start].decode("utf-8"))
            kept = end
    check_items(len(parts))
    parts.append(subject[kept:].decode("utf-8"))
    return _without_trailing(parts)


def _split_plain(text: str, plain: str) -> list[str]:
    if not plain:
        check_items(len(text) - 1)
        return list(text)
    if len(plain) == 1:
        text = text.rstrip(plain)
    check_items(occurrences(text, plain) - text.endswith(plain))
    return _without_trailing(pieces(text, plain))


def _without_trailing(parts: list[str]) -> list[str]:
    while parts and not parts[-1]:
        parts.pop()
    return parts


# Searching in linear time


def searchable(text: str, part: str) -> str:
    """Return the text, or one that begins with it, with the part at the same places, searched in linear time."""
    size, wanted = len(text), len(part)
    if size * min(wanted, size - wanted) < _FEW_OPERATIONS or wanted < _SHORT_PART:
        return text
    enough = _FOR_LONG_PARTS if wanted >= _LONG_PART else _FOR_SHORT_PARTS
    return text if size >= enough else text + _filler(part) * enough


def _filler(part: str) -> str:
    """Return a character that does not occur in the part."""
    return next(character for character in map(chr, range(len(part) + 1)) if character not in part)


def contains(text: str, part: str) -> bool:
    """Whether the part occurs in the text."""
    return part in searchable(text, part)


def first_index(text: str, part: str) -> int:
    """Where the part first begins; -1 when it does not occur."""
    return searchable(text, part).find(part)


def last_index(text: str, part: str) -> int:
    """Where the part last begins, found in the texts read backwards; -1 when it does not occur."""
    at = first_index(text[::-1], part[::-1])
    return at if at < 0 else len(text) - len(part) - at


def occurrences(text: str, part: str) -> int:
    """How often the part occurs; it is not empty."""
    return searchable(text, part).count(part)


def replaced(text: str, part: str, by: str, count: int = -1) -> str:
    """Replace a part of the text."""
    longer = searchable(text, part)
    found = longer.replace(part, by, count)
    return found[: len(found) + len(text) - len(longer)]


def pieces(text: str, part: str) -> list[str]:
    """Return what lies between the occurrences of the part, which is not empty."""
    longer = searchable(text, part)
    found = longer.split(part)
    found[-1] = found[-1][: len(found[-1]) + len(text) - len(longer)]
    return found
