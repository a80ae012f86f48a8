"""Segments: named expressions over a profile and its experience events (product.md, Profiles and segments)."""

from __future__ import annotations

from typing import Literal

from engine.model.base import Expression, FreeName, Model


class Segment(Model):
    """People for whom ``expression`` holds; evaluated as data arrives (``streaming``) or on a schedule (``batch``)."""

    name: FreeName
    description: str = ""
    expression: Expression = ""
    evaluation: Literal["streaming", "batch"] = "streaming"
