"""``make soak``: random journeys against the small model of how people move and through both runners, strange texts.

``python -m benchmarks.soak STEPS TEXTS JOURNEYS`` runs other numbers than 200,000 steps, ten million texts for the
language and 2,000 journeys through the simulation and the runner over SQLite; prints JSON. A divergence fails with the
steps that led there, a foreign exception with its text.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks import expressions
from tests.property import test_property_moving, test_property_runners

STEPS_EACH = 40
STEPS = 200_000
TEXTS = 10_000_000
JOURNEYS = 2_000


def main(steps: int = STEPS, texts: int = TEXTS, journeys: int = JOURNEYS) -> dict[str, Any]:
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
    return {"journeys": moved, "runners": compared, "language": read}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*(int(text) for text in sys.argv[1:4]))) + "\n")
