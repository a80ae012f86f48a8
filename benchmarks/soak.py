"""``make soak``: random journeys against the small model of how people move, and strange texts for the language.

``python -m benchmarks.soak STEPS TEXTS`` runs other numbers than 200,000 steps and ten million texts; prints JSON. A
divergence fails with the steps that led there, a foreign exception with its text.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks import expressions
from tests.property.test_property_moving import run_steps

STEPS_EACH = 40
STEPS = 200_000
TEXTS = 10_000_000


def main(steps: int = STEPS, texts: int = TEXTS) -> dict[str, Any]:
    """Run both; raises AssertionError at the first divergence, SystemExit at a foreign exception."""
    started = time.monotonic()
    run_steps(max(1, steps // STEPS_EACH), STEPS_EACH)
    moved = {"steps": steps, "divergences": 0, "seconds": round(time.monotonic() - started, 1)}
    started = time.monotonic()
    read = {**expressions.soak(texts), "seconds": round(time.monotonic() - started, 1)} if texts else {}
    return {"journeys": moved, "language": read}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*(int(text) for text in sys.argv[1:3]))) + "\n")
