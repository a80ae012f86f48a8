"""Preset panels for a new report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.translation import mark


@dataclass(frozen=True, slots=True)
class PanelPreset:
    """A preset panel: title, icon, settings."""

    words: str
    icon: str
    settings: dict[str, Any]


PANEL_PRESETS = (
    PanelPreset(
        mark("Key figures"),
        "number-square-one",
        {"shape": "number", "metrics": ("entered", "completed", "failed", "completion_rate"), "width": "full",
         "height": "small"},
    ),
    PanelPreset(
        mark("People over time"),
        "chart-line",
        {"shape": "line", "dimension": "day", "metrics": ("entered", "completed"), "width": "full"},
    ),
    PanelPreset(
        mark("Journeys compared"),
        "table",
        {"dimension": "journey", "metrics": ("entered", "completed", "current", "failed", "completion_rate"),
         "width": "full"},
    ),
    PanelPreset(
        mark("Errors by kind"),
        "chart-pie",
        {"shape": "donut", "dimension": "error", "metrics": ("errors",)},
    ),
    PanelPreset(
        mark("Messages by channel"),
        "chart-bar",
        {"shape": "bar", "dimension": "channel", "metrics": ("sent", "opened", "clicked")},
    ),
)  # fmt: skip
