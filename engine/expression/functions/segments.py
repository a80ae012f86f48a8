"""The function of segments; membership is known outside the language."""

from __future__ import annotations

from engine.expression.context import Context
from engine.expression.errors import phrase
from engine.expression.functions.signatures import Argument, Function, Reading, takes
from engine.expression.types import BOOLEAN, STRING


def _in_segment(context: Context, name: str) -> bool:
    return bool(context.in_segment(name))


TABLE: tuple[Function, ...] = (
    Function(
        "inSegment",
        "Segment",
        "True when the person is in the segment, newly or since long.",
        (takes(BOOLEAN, Argument("segment", STRING, constant=phrase("constant.segment")), run=_in_segment),),
        (
            Reading(
                "the person is in the segment {0}",
                "the person is not in the segment {0}",
            ),
        ),
        pure=False,
    ),
)  # fmt: skip
