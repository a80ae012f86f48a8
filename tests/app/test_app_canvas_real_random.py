"""Random gestures with a real mouse and real keys on the page of a journey: its laws hold, Qt is silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.theme.theme import Theme
from tests.helpers.canvas_driver import page, sample
from tests.helpers.random_input import play_page
from tests.helpers.real_input import settle

GESTURES = 40


@pytest.mark.parametrize("seed", range(2))
def test_random_input_keeps_the_laws(qtbot: Any, qapp: Any, tmp_path: Path, seed: int) -> None:
    appearance = Theme(qapp, "light")
    made = page(qtbot, tmp_path, sample())
    settle()
    play_page(made, seed, GESTURES)
    appearance.deleteLater()
