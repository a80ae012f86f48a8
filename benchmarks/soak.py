"""``make soak``: random journeys against the small model of how people move and through both runners, strange texts,
random gestures on the canvas, and the sample built on a real screen.

``python -m benchmarks.soak STEPS TEXTS JOURNEYS GESTURES`` runs other numbers than 200,000 steps, ten million texts for
the language, 2,000 journeys through the simulation and the runner over SQLite, and twelve times 1,500 gestures; prints
JSON. A divergence fails with the steps that led there, a foreign exception with its text. The last two run in processes
of their own; without Xvfb and xdotool the last says what to install.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from benchmarks import _screen, expressions
from tests.property import test_property_moving, test_property_runners

STEPS_EACH = 40
STEPS = 200_000
TEXTS = 10_000_000
JOURNEYS = 2_000
GESTURES = 1_500


def main(steps: int = STEPS, texts: int = TEXTS, journeys: int = JOURNEYS, gestures: int = GESTURES) -> dict[str, Any]:
    """Run all; raises AssertionError at the first divergence, SystemExit at a foreign exception."""
    started = time.monotonic()
    if steps:
        test_property_moving.run_steps(max(1, steps // STEPS_EACH), STEPS_EACH)
    moved = {"steps": steps, "divergences": 0, "seconds": round(time.monotonic() - started, 1)}
    started = time.monotonic()
    if journeys:
        test_property_runners.run_examples(journeys)
    compared = {"journeys": journeys, "divergences": 0, "seconds": round(time.monotonic() - started, 1)}
    started = time.monotonic()
    read = {**expressions.soak(texts), "seconds": round(time.monotonic() - started, 1)} if texts else {}
    drawn = child("benchmarks._gestures", str(gestures)) if gestures else {}
    return {
        "journeys": moved,
        "runners": compared,
        "language": read,
        "gestures": drawn,
        "screen": on_a_screen(gestures),
    }


def on_a_screen(gestures: int) -> dict[str, Any] | str:
    """The sample built by xdotool; what is missing for it in one sentence."""
    if not gestures:
        return {}
    if (reason := _screen.missing()) is not None:
        return reason
    return _screen.main()


def child(*words: str) -> dict[str, Any]:
    """What another process printed; raises CalledProcessError when it failed, having said why."""
    done = subprocess.run([sys.executable, "-m", *words], check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*(int(text) for text in sys.argv[1:5]))) + "\n")
