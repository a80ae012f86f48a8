"""Random gestures on the canvas and on its page for long: 12 seeds of 1,500 each; prints JSON.

``python -m benchmarks._soak_canvas 1500`` plays them. On the page they come from a real mouse and real keys.

Any message of Qt, like any difference between picture and document, ends it with the seed that led there.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SEEDS = 12
GESTURES = 1500
WITHOUT_A_SCREEN = "This plugin does not support"
"""How Qt's platform without a screen begins what it says of itself."""


def main(gestures: int = GESTURES) -> dict[str, Any]:
    """Play all seeds; raises AssertionError where picture and document differ, or Qt has something to say."""
    from PySide6.QtCore import qInstallMessageHandler

    from app.canvas import CanvasView
    from app.document.document import JourneyDocument
    from app.render import application, definitions_of
    from app.theme.theme import Theme
    from benchmarks._canvas_journey import sample_file
    from tests.helpers.canvas_driver import open_page
    from tests.helpers.random_input import play_page
    from tests.helpers.random_user import play
    from tests.helpers.real_input import settle

    said: list[str] = []
    qInstallMessageHandler(lambda kind, context, message: said.append(message))
    started, file = time.monotonic(), sample_file()
    folder = tempfile.mkdtemp()
    appearance = Theme(application(), "light")
    for seed in range(SEEDS):
        document = JourneyDocument(file.journey, definitions_of(file))
        canvas = CanvasView(document)
        canvas.resize(1200, 800)
        canvas.grab()
        play(canvas, seed, gestures)
        heard = [message for message in said if not message.startswith(WITHOUT_A_SCREEN)]
        assert not heard, (seed, heard)
        canvas.deleteLater()
        made = open_page(Path(folder), file.journey)
        settle()
        play_page(made, seed, gestures)
        made.retire()
        made.deleteLater()
    appearance.deleteLater()
    return {
        "seeds": SEEDS,
        "gestures": SEEDS * gestures,
        "differences": 0,
        "seconds": round(time.monotonic() - started, 1),
    }


if __name__ == "__main__":
    print(json.dumps(main(*(int(text) for text in sys.argv[1:2]))))
