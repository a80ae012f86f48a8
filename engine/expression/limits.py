"""Limits of an evaluation: the budget of steps, and the sizes of texts and lists.

A list grows beyond 100,000 items only where a text is split: elsewhere each item is a step, and there are not more
steps than that.
"""

from __future__ import annotations

from engine.expression.errors import UnplacedError, phrase

MAX_STEPS = 100_000
MAX_ITEMS = 100_000
MAX_BYTES = 1 << 20


class StepBudget:
    """The steps that an evaluation may still take."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take steps off the budget; raises ``UnplacedError`` (``limit``) when it is used up.

        A node, an item, or 64 characters that a function reads take one; what takes much longer costs more, as the page
        of functions says.
        """
        self.steps -= steps
        if self.steps < 0:
            raise UnplacedError("limit", phrase("limit.steps", most=f"{MAX_STEPS:,}"))

    def read(self, text: str) -> None:
        """Pay for reading a text: a step for 64 characters."""
        if len(text) > 63:
            self.spend(len(text) >> 6)


def check_text(text: str) -> str:
    """Check that a text is not too long to be built. Raises ``UnplacedError`` (``limit``) beyond 1 MiB of UTF-8."""
    size = len(text)
    if size > MAX_BYTES >> 2:
        check_length(size if text.isascii() else len(text.encode("utf-8", "surrogatepass")))
    return text


def check_length(size: int) -> None:
    """Raise ``UnplacedError`` (``limit``) for the size of a text too long to be built."""
    if size > MAX_BYTES:
        raise UnplacedError("limit", phrase("limit.text"))


def check_items(separators: int) -> None:
    """Raise ``UnplacedError`` (``limit``) for so many separators that the list between them is too long."""
    if separators >= MAX_ITEMS:
        raise UnplacedError("limit", phrase("limit.items", most=f"{MAX_ITEMS:,}"))
