"""Context of an evaluation: data from outside, the budget of steps, and the limits of texts and lists.

A list grows beyond 100,000 items only where a text is split: elsewhere each item is a step, and there are not more
steps than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from engine.expression.errors import UnplacedError, phrase

MAX_STEPS = 100_000
MAX_ITEMS = 100_000
MAX_BYTES = 1 << 20
Run = Callable[["Context"], object]
ReadFieldGroup = Callable[[str, str, tuple[tuple[str, object], ...]], Mapping[str, object] | None]


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


class Context(StepBudget):
    """Data of one evaluation. Nothing here is changed by evaluating, but what ``random`` draws from.

    ``events`` holds the raw JSON payload of each event by name; ``now`` is aware, in the journey's zone;
    ``field_group(source, group, parameters)`` is asked only when the expression needs it, with the values of the
    parameters in the schema's order, and whatever it raises passes through; ``random`` draws from [0, 1).
    ``steps``, ``item`` and ``patterns`` belong to the evaluation under way.
    """

    __slots__ = (
        "events", "field_group", "in_segment", "item", "journey_property", "now", "patterns", "random"
    )  # fmt: skip

    def __init__(
        self,
        events: Mapping[str, Mapping[str, object]],
        now: datetime,
        field_group: ReadFieldGroup = lambda _source, _group, _parameters: None,
        journey_property: Callable[[str], object] = lambda _name: None,
        in_segment: Callable[[str], bool] = lambda _name: False,
        random: Callable[[], float] = lambda: 0.0,
    ) -> None:
        super().__init__()
        self.events = events
        self.now = now
        self.field_group = field_group
        self.journey_property = journey_property
        self.in_segment = in_segment
        self.random = random
        self.item: object = None
        self.patterns: dict[str, object] = {}
