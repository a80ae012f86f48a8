"""Search for a text in another in linear time.

Python's own search is quadratic for parts of middling length in texts of middling length, and linear beyond. Such a
text is made longer by a character that the part does not hold, so that nothing more is found, but at once.
"""

from __future__ import annotations

_FEW_OPERATIONS = 30_000
_SHORT_PART, _LONG_PART = 24, 100
_FOR_SHORT_PARTS, _FOR_LONG_PARTS = 32_600, 5_000


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
