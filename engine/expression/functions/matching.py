"""Functions with patterns: matching, replacing, splitting. A plain pattern is searched for as a text."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.expression.context import Context
from engine.expression.functions.signatures import Argument, Prepared, Run
from engine.expression.limits import check_items, check_length, check_text
from engine.expression.patterns import Pattern, Replacement, compile_pattern, encode, is_pattern
from engine.expression.text_search import occurrences, pieces, replaced
from engine.expression.types import STRING

_GROUP = re.compile(r"\$[1-9]")

PATTERN = Argument("pattern", STRING, verify=compile_pattern)


def with_pattern(run: Callable[..., object]) -> Callable[[Prepared], Run]:
    """Compile a literal pattern once; another one is paid for when an evaluation first uses it."""

    def prepare(prepared: Prepared) -> Run:
        literal = prepared.literals.get(1)
        known = compile_pattern(literal) if isinstance(literal, str) and is_pattern(literal) else None
        if known is not None:
            return lambda context, text, _pattern, *rest: run(context, text, known, *rest)

        def compile_then_run(context: Context, text: str, pattern: str, *rest: object) -> object:
            compiled = context.patterns.get(pattern)
            if compiled is None:
                compiled = context.patterns[pattern] = compile_pattern(pattern)
                context.spend(compiled.price)
            return run(context, text, compiled, *rest)

        return compile_then_run

    return prepare


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
    """Return the parts without the empty ones at the end."""
    while parts and not parts[-1]:
        parts.pop()
    return parts
