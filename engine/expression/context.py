"""Evaluation context: data from outside, and the budget of steps.

A list grows beyond 100,000 items only where a text is split: elsewhere each item is a step, and there are not more
steps than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from engine.expression.errors import UnplacedError

if TYPE_CHECKING:
    from engine.expression.patterns import Pattern

MAX_STEPS = 100_000
MAX_ITEMS = 100_000
MAX_BYTES = 1 << 20

ReadFieldGroup = Callable[[str, str, tuple[tuple[str, object], ...]], "Mapping[str, object] | None"]


def _no_field_group(_source: str, _group: str, _parameters: tuple[tuple[str, object], ...]) -> None:
    return None


def _no_property(_name: str) -> None:
    return None


def _no_segment(_name: str) -> bool:
    return False


def _no_draw() -> float:
    return 0.0


class Context:
    """The world of one evaluation. Nothing here is changed by evaluating, but what ``random`` draws from.

    ``events`` holds the raw JSON payload of each event by name; ``now`` is aware, in the journey's zone;
    ``field_group(source, group, parameters)`` is asked only when the expression needs it, with the values of the
    parameters in the schema's order, and whatever it raises passes through; ``random`` draws from [0, 1).
    ``steps``, ``item`` and ``patterns`` belong to the evaluation under way.
    """

    __slots__ = (
        "events", "field_group", "in_segment", "item", "journey_property", "now", "patterns", "random", "steps"
    )  # fmt: skip

    def __init__(
        self,
        events: Mapping[str, Mapping[str, object]],
        now: datetime,
        field_group: ReadFieldGroup = _no_field_group,
        journey_property: Callable[[str], object] = _no_property,
        in_segment: Callable[[str], bool] = _no_segment,
        random: Callable[[], float] = _no_draw,
    ) -> None:
        self.events = events
        self.now = now
        self.field_group = field_group
        self.journey_property = journey_property
        self.in_segment = in_segment
        self.random = random
        self.steps = MAX_STEPS
        self.item: object = None
        self.patterns: dict[str, Pattern] = {}

    def spend(self, steps: int) -> None:
        """Take steps off the budget; raises ``UnplacedError`` (``limit``) when it is used up.

        A node, an item, or 64 characters that a function reads take one; what takes much longer costs more, as the page
        of functions says.
        """
        self.steps -= steps
        if self.steps < 0:
            raise UnplacedError(
                "limit", f"The evaluation takes more than {MAX_STEPS:,} steps; work on fewer items or shorter texts."
            )

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
        raise UnplacedError("limit", "The text grows beyond 1 MiB; build a shorter one.")


def check_items(separators: int) -> None:
    """Raise ``UnplacedError`` (``limit``) for so many separators that the list between them is too long."""
    if separators >= MAX_ITEMS:
        raise UnplacedError("limit", f"The list grows beyond {MAX_ITEMS:,} items; split a shorter text.")
