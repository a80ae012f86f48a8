"""Evaluation context: data from outside, and the budget of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from engine.expression.limits import StepBudget
from engine.expression.patterns import Pattern

ReadFieldGroup = Callable[[str, str, tuple[tuple[str, object], ...]], Mapping[str, object] | None]


def _no_field_group(_source: str, _group: str, _parameters: tuple[tuple[str, object], ...]) -> None:
    return None


def _no_property(_name: str) -> None:
    return None


def _no_segment(_name: str) -> bool:
    return False


def _no_draw() -> float:
    return 0.0


class Context(StepBudget):
    """The world of one evaluation. Nothing here is changed by evaluating, but what ``random`` draws from.

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
        field_group: ReadFieldGroup = _no_field_group,
        journey_property: Callable[[str], object] = _no_property,
        in_segment: Callable[[str], bool] = _no_segment,
        random: Callable[[], float] = _no_draw,
    ) -> None:
        super().__init__()
        self.events = events
        self.now = now
        self.field_group = field_group
        self.journey_property = journey_property
        self.in_segment = in_segment
        self.random = random
        self.item: object = None
        self.patterns: dict[str, Pattern] = {}
