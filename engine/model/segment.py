"""Segments: named expressions over a profile and its experience events (product.md, Profiles and segments)."""

from __future__ import annotations

from typing import Literal

from engine.expression.types import DATE_TIME, STRING, ObjectType
from engine.model.base import Expression, FreeName, Model

QUALIFICATION = "SegmentQualification"
"""The name under which expressions read the latest qualification that the person took; an event of this name wins."""
QUALIFICATION_TYPE = ObjectType({"status": STRING, "lastQualificationTime": DATE_TIME, "segment": STRING})


class Segment(Model):
    """People for whom ``expression`` holds; evaluated as data arrives (``streaming``) or on a schedule (``batch``)."""

    name: FreeName
    description: str = ""
    expression: Expression = ""
    evaluation: Literal["streaming", "batch"] = "streaming"
