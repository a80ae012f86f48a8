"""What is read can be read: the contrast of every pair of colours that stands as words on a ground, in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from app.theme.colors import COLORS, SCHEMES, ColorScheme

ENOUGH, ENOUGH_FOR_SHAPES = 4.5, 3.0
"""WCAG 2.2: text, and what is no text but must be seen."""
GROUNDS = ("panel", "rail", "canvas", "hover")
PAIRS = (
    *(("text", ground) for ground in (*GROUNDS, "accent_tint", "pressed", "note", "chip")),
    *(("secondary", ground) for ground in ("panel", "rail", "canvas", "hover", "chip")),
    ("accent", "panel"),
    *((f"{role}", "panel") for role in ("error", "warning", "event")),
    *((f"{role}_ink", f"{role}_tint") for role in ("accent", "event", "orchestration", "warning", "error")),
    *(("accent_ink", ground) for ground in ("panel", "hover")),
    *(("on_accent", ground) for ground in ("accent", "accent_hover", "accent_pressed")),
    ("on_toast", "toast"),
)
SHAPES = (
    *((role, f"{role}_tint") for role in ("event", "orchestration", "action", "success")),
    *((role, "canvas") for role in ("accent", "event", "error")),
    ("on_badge", "error"),
    ("on_badge", "warning"),
)


def _luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def contrast(theme: ColorScheme, ink: str, ground: str) -> float:
    one, other = sorted((_luminance(theme.color(ink)), _luminance(theme.color(ground))))
    return (other + 0.05) / (one + 0.05)


@pytest.mark.parametrize("theme", SCHEMES.values(), ids=lambda theme: theme.name)
def test_text_contrast(theme: ColorScheme) -> None:
    weak = {pair: round(contrast(theme, *pair), 2) for pair in PAIRS if contrast(theme, *pair) < ENOUGH}
    assert weak == {}


@pytest.mark.parametrize("theme", SCHEMES.values(), ids=lambda theme: theme.name)
def test_shape_contrast(theme: ColorScheme) -> None:
    weak = {pair: round(contrast(theme, *pair), 2) for pair in SHAPES if contrast(theme, *pair) < ENOUGH_FOR_SHAPES}
    assert weak == {}


def test_every_tint_has_a_text_color() -> None:
    assert {role.removesuffix("_tint") for role in COLORS if role.endswith("_tint")} <= set(COLORS)
